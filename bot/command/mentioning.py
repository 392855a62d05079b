"""Whom alerts call: reading `--mention`, and saying it. Everyone at once is never called. Pure.

Of people only the asker: who is called for each paper is to have asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.command.platforms import PLATFORMS, platform_of
from bot.command.reply import Problem
from bot.model.subscription import Mention, MentionKind

if TYPE_CHECKING:
    import re

    from bot.command.platforms import Platform
    from bot.command.request import Request
    from bot.command.values import Options
    from bot.model.channel import ChannelId, UserId
    from bot.model.subscription import Subscription

_SHOWN_MAX: Final = 40
_EVERYONE: Final = frozenset({"everyone", "here", "channel", "all"})
_ALL_OF: Final = ("<!everyone", "<!here", "<!channel")
"""How Slack writes them."""


def read_mention(request: Request, text: str) -> Mention | Problem | None:
    """Whom a text means; None for nobody (`none`, "")."""
    said = text.strip()
    here = platform_of(request.channel.platform)
    if said.casefold() in {"", "none"}:
        return None
    if here.user is None or here.role is None:
        return _not_here(request.channel)
    if said.casefold() == "me":
        return Mention(MentionKind.USER, request.user)
    named = _named(here.user, here.role, said)
    if named is None or named.id == request.channel.tenant:
        return _nobody(here, said, is_everyone=named is not None or _is_everyone(said))
    return named


def _named(user: re.Pattern[str], role: re.Pattern[str], said: str) -> Mention | None:
    for kind, pattern in ((MentionKind.USER, user), (MentionKind.ROLE, role)):
        found = pattern.fullmatch(said)
        if found is not None:
            return Mention(kind, found[1])
    return None


def unasked(request: Request, wanted: Mention | None, had: Mention | None) -> Problem | None:
    """Why the person wanted is not called, where that is another than the asker.

    What the subscription had may be said again: a form of it sends back what was not touched.
    """
    if wanted is None or wanted.kind is not MentionKind.USER:
        return None
    if wanted.id == request.user or wanted == had:
        return None
    here = platform_of(request.channel.platform)
    why = "Another person would be called for each paper without having asked."
    then = f"They can choose themselves in a command of their own. {here.how_to_name}"
    said = (f"{why} Nothing was changed.", then)
    return Problem("Other people are not called", said, correctable=True)


def _is_everyone(said: str) -> bool:
    """In words; Discord gives its role of all members the id of the server, the tenant."""
    word = said.casefold()
    return word.lstrip("@") in _EVERYONE or word.startswith(_ALL_OF)


def _nobody(here: Platform, said: str, *, is_everyone: bool) -> Problem:
    if is_everyone:
        why = "A whole channel or server is never called: each of them would hear of each paper."
        told = (f"{why} Nothing was changed.", here.how_to_name)
        return Problem("Everyone is not called", told, correctable=True)
    shown = said if len(said) <= _SHOWN_MAX else said[:_SHOWN_MAX] + "…"
    return Problem(
        "Whom shall it call?",
        (
            f"{shown} names no one that {here.title} knows for certain. Nothing was changed.",
            f"{here.how_to_name} Or write none.",
        ),
        correctable=True,
    )


def no_forums(request: Request, options: Options) -> Problem | None:
    """Why tags can do nothing here, where some were given."""
    here = platform_of(request.channel.platform)
    if not options.tags or here.has_forums:
        return None
    places = " and ".join(one.title for one in PLATFORMS.values() if one.has_forums)
    return Problem(
        "No tags here",
        (
            f"Tags sort the posts of forums, which are on {places} only. Nothing was changed.",
            "Leave --tag out; --name gives a subscription a name.",
        ),
    )


def _not_here(channel: ChannelId) -> Problem:
    places = " and ".join(one.title for one in PLATFORMS.values() if one.user is not None)
    here = platform_of(channel.platform).title
    return Problem(
        "Nobody to call here",
        (
            f"--mention works on {places}; {here} calls nobody. Nothing was changed.",
            "Leave --mention out.",
        ),
    )


def spoken_mention(mention: Mention | None, asker: UserId | None = None) -> str:
    """`you`, `a person`, `a role`: their names are not stored, and ids tell people nothing."""
    if mention is None:
        return "nobody"
    if mention.kind is MentionKind.ROLE:
        return "a role"
    return "you" if mention.id == asker else "a person"


def spoken_tags(tags: tuple[str, ...]) -> str:
    """`robotics, vision`."""
    return ", ".join(tags) if tags else "none"


def setup_of(one: Subscription, asker: UserId | None) -> tuple[tuple[str, str], ...]:
    """Label and value of what a subscription has beyond its query; nothing for what it has not."""
    said = []
    if one.mention is not None:
        said.append(("Calls", spoken_mention(one.mention, asker)))
    if one.tags:
        said.append(("Tags", spoken_tags(one.tags)))
    return tuple(said)
