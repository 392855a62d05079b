"""Taking a change back: a three-way merge of a channel before it, after it, and now. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.command.change import Full, called

if TYPE_CHECKING:
    from bot.model.channel import Channel
    from bot.model.subscription import Subscription, SubscriptionId


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What a later change touched again; taking the earlier one back would overwrite it."""

    what: str


def take_back(
    before: Channel, after: Channel, now: Channel, at_most: int
) -> Channel | Overtaken | Full:
    """The channel as it would be now, had the change from `before` to `after` not been made.

    What the change did not touch stays as it is now. What it did touch must be as it left it.
    A pause that the platform caused is nobody's change and stays.
    """
    subscriptions = _subscriptions(before, after, now)
    if isinstance(subscriptions, Overtaken):
        return subscriptions
    if len(subscriptions) > max(at_most, len(now.subscriptions)):
        return Full(now.id, at_most)
    pause = now.pause
    by_platform = after.pause is not None and after.pause.by is None
    if before.pause != after.pause and not by_platform:
        if now.pause != after.pause:
            return Overtaken("the pause of the channel")
        pause = before.pause
    ambiguous = now.ambiguous
    if before.ambiguous != after.ambiguous:
        if now.ambiguous != after.ambiguous:
            return Overtaken("the choice for lost answers")
        ambiguous = before.ambiguous
    managers = now.managers
    if before.managers != after.managers:
        if now.managers != after.managers:
            return Overtaken("who may manage all channels")
        managers = before.managers
    return replace(
        now,
        subscriptions=subscriptions,
        muted=_muted(before, after, now),
        pause=pause,
        ambiguous=ambiguous,
        managers=managers,
        next_number=max(now.next_number, before.next_number, after.next_number),
    )


def _subscriptions(
    before: Channel, after: Channel, now: Channel
) -> tuple[Subscription, ...] | Overtaken:
    old, new, current = _by_id(before), _by_id(after), _by_id(now)
    result = dict(current)
    for key in {**old, **new}:
        if old.get(key) == new.get(key):
            continue
        if current.get(key) != new.get(key):
            touched = current.get(key) or old.get(key) or new[key]
            return Overtaken(called(touched))
        if key in old:
            result[key] = old[key]
        else:
            result.pop(key, None)
    clash = _clash(result)
    if clash is not None:
        return Overtaken(called(clash))
    return tuple(sorted(result.values(), key=lambda one: one.number))


def _clash(result: dict[SubscriptionId, Subscription]) -> Subscription | None:
    """A subscription whose query or name another one has by now."""
    queries: set[str] = set()
    names: set[str] = set()
    for one in sorted(result.values(), key=lambda one: one.number):
        if one.query in queries or (one.name and one.name.casefold() in names):
            return one
        queries.add(one.query)
        if one.name:
            names.add(one.name.casefold())
    return None


def _muted(before: Channel, after: Channel, now: Channel) -> tuple[str, ...]:
    """Words have no state but being there, so their changes always merge."""
    added = set(after.muted) - set(before.muted)
    removed = [word for word in before.muted if word not in after.muted]
    kept = [word for word in now.muted if word not in added]
    return tuple(dict.fromkeys((*kept, *removed)))


def _by_id(channel: Channel) -> dict[SubscriptionId, Subscription]:
    return {one.id: one for one in channel.subscriptions}
