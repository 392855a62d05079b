"""Old state of a channel to its new state, with the sentence for the log. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.command.meaning import meaning
from bot.command.mentioning import spoken_mention, spoken_tags
from bot.match.mute import muted_tree
from bot.model.subscription import DEFAULT_TYPES, Subscription

if TYPE_CHECKING:
    from bot.model.channel import Ambiguous, Channel, ChannelId, Pause
    from bot.model.subscription import ChangeType

LABEL_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Changed:
    """The channels as they shall be, and what was done, for the log: "subscribed #3 to x"."""

    channels: tuple[Channel, ...]
    what: str


@dataclass(frozen=True, slots=True)
class Same:
    """The subscription that has this query already."""

    subscription: Subscription


@dataclass(frozen=True, slots=True)
class NameTaken:
    """The subscription that has this name already."""

    subscription: Subscription


@dataclass(frozen=True, slots=True)
class Full:
    """The channel that cannot hold more, and what it holds at most."""

    channel: ChannelId
    at_most: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """It is so already."""


Unchanged: TypeAlias = Same | NameTaken | Full | Nothing


def label(subscription: Subscription) -> str:
    """Its name, or its query."""
    return subscription.name or subscription.query


def short(text: str) -> str:
    """A text for one line of the log."""
    return text if len(text) <= LABEL_MAX else text[: LABEL_MAX - 1] + "…"


def called(subscription: Subscription) -> str:
    """`#3 Retrieval` or `#3`."""
    return f"#{subscription.number}" + (
        f" {short(subscription.name)}" if subscription.name else ""
    )


def spoken_types(types: frozenset[ChangeType]) -> str:
    """`new, cross`, in a fixed order."""
    return ", ".join(kind.value for kind in type(next(iter(types))) if kind in types)


def subscribe(channel: Channel, wanted: Subscription, at_most: int) -> Changed | Unchanged:
    """Add a subscription; its number is the channel's next one."""
    for known in channel.subscriptions:
        if meaning(known.query) == meaning(wanted.query):
            return Same(known)
    taken = name_taken(channel, wanted.name, None)
    if taken is not None:
        return taken
    if len(channel.subscriptions) >= at_most:
        return Full(channel.id, at_most)
    added = replace(wanted, channel=channel.id, number=channel.next_number)
    new = replace(
        channel,
        next_number=channel.next_number + 1,
        subscriptions=(*channel.subscriptions, added),
    )
    types = "" if added.types == DEFAULT_TYPES else f" ({spoken_types(added.types)})"
    calls = f", calling {spoken_mention(added.mention)}" if added.mention is not None else ""
    tags = f", tagged {spoken_tags(added.tags)}" if added.tags else ""
    what = f"subscribed {called(added)} to {short(added.query)}{types}{calls}{tags}"
    return Changed((new,), what)


def name_taken(channel: Channel, name: str | None, besides: int | None) -> NameTaken | None:
    """Another subscription of that name: names are for calling by, so each is there once."""
    for known in channel.subscriptions:
        same = name and known.name and known.name.casefold() == name.casefold()
        if same and known.number != besides:
            return NameTaken(known)
    return None


def unsubscribe(channel: Channel, subscription: Subscription) -> Changed:
    """Remove it."""
    left = tuple(one for one in channel.subscriptions if one.id != subscription.id)
    what = f"removed {called(subscription)}: {short(subscription.query)}"
    return Changed((replace(channel, subscriptions=left),), what)


def edit(channel: Channel, old: Subscription, new: Subscription) -> Changed | Unchanged:
    """Put a changed subscription in the place of the old one."""
    if old == new:
        return Nothing()
    for known in channel.subscriptions:
        if known.id != old.id and meaning(known.query) == meaning(new.query):
            return Same(known)
    taken = name_taken(channel, new.name, old.number)
    if taken is not None:
        return taken
    told = []
    if old.query != new.query:
        told.append(f"from {short(old.query)} to {short(new.query)}")
    if old.name != new.name:
        told.append(f"name {short(new.name)}" if new.name else "without a name")
    if old.types != new.types:
        told.append(f"types {spoken_types(new.types)}")
    if old.mention != new.mention:
        told.append(f"calls {spoken_mention(new.mention)}")
    if old.tags != new.tags:
        told.append(f"tags {spoken_tags(new.tags)}")
    return Changed((_put(channel, new),), f"edited {called(old)}: {', '.join(told)}")


def pause(channel: Channel, subscription: Subscription | None, why: Pause) -> Changed | Unchanged:
    """Pause the channel, or one subscription."""
    if subscription is None:
        if channel.pause is not None and channel.pause.by is not None:
            return Nothing()
        return Changed((replace(channel, pause=why),), "paused the channel")
    if subscription.pause is not None:
        return Nothing()
    new = _put(channel, replace(subscription, pause=why))
    return Changed((new,), f"paused {called(subscription)}")


def resume(channel: Channel, subscription: Subscription | None) -> Changed | Unchanged:
    """End the pause of the channel, or of one subscription."""
    if subscription is None:
        if channel.pause is None:
            return Nothing()
        return Changed((replace(channel, pause=None),), "resumed the channel")
    if subscription.pause is None:
        return Nothing()
    new = _put(channel, replace(subscription, pause=None))
    return Changed((new,), f"resumed {called(subscription)}")


def choose(channel: Channel, ambiguous: Ambiguous) -> Changed | Unchanged:
    """Choose what becomes of a post whose answer was lost."""
    if channel.ambiguous is ambiguous:
        return Nothing()
    what = f"chose to {ambiguous.value} posts whose answer was lost"
    return Changed((replace(channel, ambiguous=ambiguous),), what)


def manage(whole: Channel, roles: tuple[str, ...]) -> Changed | Unchanged:
    """Choose the roles that may manage all channels; `whole` is the tenant's own record."""
    if whole.managers == roles:
        return Nothing()
    count = f"{len(roles)} {'role' if len(roles) == 1 else 'roles'}"
    what = f"let {count} manage all channels" if roles else "let no role manage all channels"
    return Changed((replace(whole, managers=roles),), what)


def mute(channel: Channel, word: str, at_most: int) -> Changed | Unchanged:
    """Add a word to the muted ones."""
    if muted_as(channel, word) is not None:
        return Nothing()
    if len(channel.muted) >= at_most:
        return Full(channel.id, at_most)
    return Changed((replace(channel, muted=(*channel.muted, word)),), f"muted {short(word)}")


def muted_as(channel: Channel, word: str) -> str | None:
    """The muted word that means the same, as it was written: `robot` for `Robots`."""
    if word in channel.muted:
        return word
    tree = muted_tree(word)
    if tree is None:
        return next((one for one in channel.muted if one.casefold() == word.casefold()), None)
    return next((one for one in channel.muted if muted_tree(one) == tree), None)


def unmute(channel: Channel, word: str) -> Changed | Unchanged:
    """Take a word off the muted ones."""
    if word not in channel.muted:
        return Nothing()
    left = tuple(one for one in channel.muted if one != word)
    return Changed((replace(channel, muted=left),), f"unmuted {short(word)}")


@dataclass(frozen=True, slots=True)
class Moved:
    """A move: both channels, (old number, new subscription) pairs, and what was there already."""

    changed: Changed
    numbers: tuple[tuple[int, Subscription], ...]
    doubles: tuple[tuple[int, Subscription], ...]
    muted: bool


def move(source: Channel, target: Channel, at_most: int, shown: str) -> Moved | Full:
    """Carry all subscriptions over; they get the target's next numbers.

    A query that the target has already is not doubled, a name that it has is dropped. Muted words
    go along only into a channel without subscriptions, whose alerts they would otherwise narrow.
    """
    have = {meaning(known.query): known for known in target.subscriptions}
    known = [(s, have.get(meaning(s.query))) for s in source.subscriptions]
    doubles = tuple((s.number, there) for s, there in known if there is not None)
    coming = [s for s, there in known if there is None]
    if len(target.subscriptions) + len(coming) > at_most:
        return Full(target.id, at_most)
    muted = bool(source.muted) and not target.subscriptions
    numbers = []
    for number, old in enumerate(coming, target.next_number):
        name = None if name_taken(target, old.name, None) else old.name
        numbers.append((old.number, replace(old, channel=target.id, number=number, name=name)))
    new_target = replace(
        target,
        next_number=target.next_number + len(coming),
        subscriptions=(*target.subscriptions, *(new for _, new in numbers)),
        muted=tuple(dict.fromkeys((*target.muted, *source.muted))) if muted else target.muted,
    )
    new_source = replace(source, subscriptions=(), muted=() if muted else source.muted)
    count = len(source.subscriptions)
    what = f"moved {count} {'subscription' if count == 1 else 'subscriptions'} to {short(shown)}"
    return Moved(Changed((new_source, new_target), what), tuple(numbers), doubles, muted)


def _put(channel: Channel, new: Subscription) -> Channel:
    return replace(
        channel,
        subscriptions=tuple(new if one.id == new.id else one for one in channel.subscriptions),
    )
