"""Answering an interaction: its first answer within three seconds, what follows for 15 minutes.

Plain JSON goes through discord.py's webhook adapter, which keeps Discord's limits of it. An answer
that is lost is logged, never raised: the person has gone on, and nothing else depends on it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp
import structlog
from discord import HTTPException
from discord.http import MultipartParameters
from discord.webhook.async_ import async_context

if TYPE_CHECKING:
    from collections.abc import Awaitable

    import discord

    from adapters.discord.tree import Json

log = structlog.get_logger()

FIRST_S: Final = 5.0
"""Discord takes a first answer within 3 s; what it says of a late one is waited for, too."""

NEXT_S: Final = 20.0

PRIVATE: Final = 64
"""The flag of a message that only the asker sees."""

ELSEWHERE: Final = (
    "another program with this token answered first and carried the command out: if that is a "
    "paperwire with another store, stop one of them"
)

NOBODY: Final = {"parse": list[str]()}
"""An answer calls no one. On edits, too: Discord takes a missing one as everyone."""

_ANSWERED: Final = 40060
_SERVER_ERROR: Final = 500
_GONE: Final = frozenset({401, 404})
"""10062, and what is said of an address that has run out: 10015, 50027."""


class First(IntEnum):
    """Kinds of a first answer (interactions, interaction callback type)."""

    MESSAGE = 4
    LATER = 5
    """A message comes: the person sees that paperwire is at it."""
    LATER_THERE = 6
    """The message with the component may change; nothing is shown."""
    CHOICES = 8
    FORM = 9


class Taken(StrEnum):
    """What became of an answer."""

    YES = "yes"
    LATE = "late"
    """Over three seconds, or over 15 minutes: the person sees that nothing answered."""
    TWICE = "twice"
    """Answered already, by another process with the same token."""
    REFUSED = "refused"
    """It is not as Discord wants it; another one can be tried."""
    LOST = "lost"
    """No certain answer: it may have arrived."""

    @property
    def goes_on(self) -> bool:
        """Whether the person may be waiting for what follows."""
        return self in {Taken.YES, Taken.LOST}


@dataclass
class _Counted:
    """A session of aiohttp that counts what is asked."""

    session: aiohttp.ClientSession
    requests: int = 0

    def request(self, *given: Any, **more: Any) -> Any:
        """As the session's."""
        self.requests += 1
        return self.session.request(*given, **more)


async def first(interaction: discord.Interaction, kind: First, data: Json | None = None) -> Taken:
    """Give the first answer."""
    payload: Json = {"type": int(kind)}
    if data is not None:
        payload["data"] = data
    counted = _Counted(interaction._session)  # noqa: SLF001 - discord.py gives it nowhere else
    sent = async_context.get().create_interaction_response(
        interaction.id,
        interaction.token,
        session=cast("aiohttp.ClientSession", counted),
        proxy=interaction.client.http.proxy,
        proxy_auth=interaction.client.http.proxy_auth,
        params=MultipartParameters(payload=payload, multipart=None, files=None),
    )
    taken = await _taken(interaction, kind.name.lower(), FIRST_S, sent)
    if taken is not Taken.TWICE:
        return taken
    if counted.requests > 1:
        # discord.py asks again after a 5xx: then it is our own first attempt that was taken
        return Taken.YES
    if kind in {First.LATER, First.LATER_THERE}:  # nothing of ours went before it
        log.warning("discord.answered_elsewhere", hint=ELSEWHERE)
    return taken


async def say(interaction: discord.Interaction, payload: Json, *, private: bool) -> Taken:
    """Give a message as the first answer."""
    return await first(interaction, First.MESSAGE, _message(payload, private=private))


async def edit(interaction: discord.Interaction, payload: Json) -> Taken:
    """Put a message in the place of the first answer, or of the message with the component."""
    # who sees it was settled by the first answer; what else the flags say still counts
    flags = int(payload.get("flags") or 0) & ~PRIVATE
    changed = {"allowed_mentions": NOBODY, **payload, "flags": flags}
    sent = async_context.get().edit_original_interaction_response(
        interaction.application_id,
        interaction.token,
        session=interaction._session,  # noqa: SLF001 - as above
        proxy=interaction.client.http.proxy,
        proxy_auth=interaction.client.http.proxy_auth,
        payload=changed,
    )
    return await _taken(interaction, "edit", NEXT_S, sent)


async def follow(interaction: discord.Interaction, payload: Json, *, private: bool) -> Taken:
    """Give one more message."""
    sent = async_context.get().execute_webhook(
        interaction.application_id,
        interaction.token,
        session=interaction._session,  # noqa: SLF001 - as above
        proxy=interaction.client.http.proxy,
        proxy_auth=interaction.client.http.proxy_auth,
        payload=_message(payload, private=private),
        wait=True,
    )
    return await _taken(interaction, "follow", NEXT_S, sent)


def _message(payload: Json, *, private: bool) -> Json:
    flags = int(payload.get("flags") or 0) & ~PRIVATE | (PRIVATE if private else 0)
    return {"allowed_mentions": NOBODY, **payload, "flags": flags}


async def _taken(
    interaction: discord.Interaction, what: str, within_s: float, sent: Awaitable[Any]
) -> Taken:
    """What Discord said to it, logged where it is not yes."""
    try:
        async with asyncio.timeout(within_s):
            await sent
    except HTTPException as error:
        taken, reason = _refusal(error), f"{error.status}/{error.code}"
    except (aiohttp.ClientError, OSError, RuntimeError) as error:
        # a TimeoutError is an OSError; aiohttp says RuntimeError when the process is closing
        taken, reason = Taken.LOST, type(error).__name__
    else:
        return Taken.YES
    told = log.info if taken is Taken.TWICE else log.warning
    told(
        "discord.answer_lost",
        what=what,
        taken=taken.value,
        reason=reason,
        tenant=str(interaction.guild_id),
    )
    return taken


def _refusal(error: HTTPException) -> Taken:
    if error.code == _ANSWERED:
        return Taken.TWICE
    if error.status in _GONE:
        return Taken.LATE
    return Taken.LOST if error.status >= _SERVER_ERROR else Taken.REFUSED
