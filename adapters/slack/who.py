"""Who asks, from where: read from the verified payload alone, never from what was typed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bot.command.request import Request
from bot.model.channel import ChannelId, UserId

PLATFORM: Final = "slack"

Payload: TypeAlias = Mapping[str, Any]

_CHANNEL: Final = re.compile(r"<#([CG][A-Z0-9]{1,30})(?:\|[^>]*)?>")
_LINK: Final = re.compile(r"<((?:https?|ftp)://[^|>\s]+)(?:\|[^>]*)?>")
_MAIL: Final = re.compile(r"<mailto:[^|>\s]+\|([^>]*)>")


@dataclass(frozen=True, slots=True)
class Asker:
    """A person in a channel. `team` is the workspace that the app is asked in.

    `home` is the person's own workspace where Slack says it: another one for a guest of Slack
    Connect. `url` takes answers for half an hour, `trigger` opens a form for three seconds.
    """

    team: str
    channel: str
    user: str
    home: str | None
    event: str | None
    url: str | None
    trigger: str | None

    @property
    def is_guest(self) -> bool:
        """Whether the person belongs to another workspace."""
        return self.home is not None and self.home != self.team


MayManage: TypeAlias = Callable[[Asker], Awaitable[bool]]
"""Who may change what is posted in a channel."""


async def full_members(asker: Asker) -> bool:
    """Everyone but guests of Slack Connect: with `commands` and `chat:write` no more is known."""
    return not asker.is_guest


def asker_of(payload: Payload, channel: str | None = None, url: str | None = None) -> Asker | None:
    """Who asks; None when the payload does not say. A form gives its channel and address along."""
    person = payload.get("user")
    person = person if isinstance(person, dict) else {}
    view = payload.get("view")
    message = payload.get("message")
    # in a shared channel `team` may be the guest's; the form and our own message name the app's
    installed = view.get("app_installed_team_id") if isinstance(view, dict) else None
    ours = message.get("team") if isinstance(message, dict) else None
    # an organisation's installation names no team; it is refused, but its person must be told
    named = (_id(payload.get("team")), payload.get("team_id"), person.get("team_id"))
    team = _text(installed, ours, *named)
    user = _text(person.get("id"), payload.get("user_id"))
    place = _text(channel, _id(payload.get("channel")), payload.get("channel_id"))
    if not team or not user or not place:
        return None
    trigger = _text(payload.get("trigger_id"))
    return Asker(
        team=team,
        channel=place,
        user=user,
        home=_text(person.get("team_id"), _id(payload.get("team"))),
        event=trigger,
        url=_text(url, payload.get("response_url")),
        trigger=trigger,
    )


def is_for_organisation(payload: Payload) -> bool:
    """Whether the app is installed for a whole organisation, where one tenant is not one team."""
    return payload.get("is_enterprise_install") in {True, "true"}


def request_of(asker: Asker, text: str, *, may_manage: bool) -> Request:
    """The request, free of Slack."""
    return Request(
        ChannelId(PLATFORM, asker.team, asker.channel),
        UserId(asker.user),
        text,
        may_manage,
        asker.event,
    )


def as_typed(text: str) -> str:
    """A command's text as it was typed: addresses without Slack's brackets, `&` for `&amp;`.

    A channel stays `<#C1|name>`: only Slack can have written that.
    """
    bare = _MAIL.sub(r"\1", _LINK.sub(r"\1", text))
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


async def find_channel(request: Request, text: str) -> ChannelId | None:
    """FindChannel for Slack: a channel of the asker's workspace, as Slack itself writes it."""
    found = _CHANNEL.fullmatch(text.strip())
    if found is None:
        return None
    return ChannelId(request.channel.platform, request.channel.tenant, found.group(1))


def _id(found: object) -> str | None:
    """An id that stands alone or within an object."""
    return _text(found.get("id") if isinstance(found, dict) else found)


def _text(*found: object) -> str | None:
    return next((one for one in found if isinstance(one, str) and one), None)
