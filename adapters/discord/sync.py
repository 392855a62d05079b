"""Registers the commands at Discord when their definition has changed, not at every start."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, Protocol

import aiohttp
import structlog
from discord import HTTPException
from discord.http import Route

from adapters.discord.gateway import asked_s
from bot.flow.nap import nap

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Sequence

    from adapters.discord.client import Rest
    from bot.ports import Clock

log = structlog.get_logger()

WAIT_FIRST_S: Final = 5.0
WAIT_MAX_S: Final = 3600.0


class Asking(Protocol):
    """Discord's REST side."""

    def request(self, route: Route, **given: Any) -> Awaitable[Any]:
        """One request, as discord.py makes it."""
        ...


class Told(Protocol):
    """What platforms were told last."""

    async def read(self, name: str) -> str | None:
        """What was told under a name; None when nothing was."""
        ...

    async def write(self, name: str, value: str) -> None:
        """Note what was told."""
        ...


def digest_of(commands: Sequence[dict[str, Any]]) -> str:
    """The same text for the same definition."""
    text = json.dumps(commands, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def name_of(application: int) -> str:
    """Under what it is noted which commands an application has."""
    return f"discord:commands:{application}"


async def sync(
    rest: Asking, application: int, commands: Sequence[dict[str, Any]], told: Told
) -> bool:
    """Tell Discord the commands of all servers if they changed; whether it was told.

    Noted after it was done: a crash before tells it twice, which changes nothing. Raises what
    discord.py raises when Discord does not take them.
    """
    digest = digest_of(commands)
    if await told.read(name_of(application)) == digest:
        return False
    await put(rest, application, commands)
    await told.write(name_of(application), digest)
    log.info("discord.commands_synced", application=application)
    return True


async def put(rest: Asking, application: int, commands: Sequence[dict[str, Any]]) -> None:
    """Tell Discord the commands: they take the place of all that it has of the application."""
    route = Route("PUT", "/applications/{application}/commands", application=application)
    await rest.request(route, json=list(commands))


async def keep_synced(
    rest: Rest, commands: Sequence[dict[str, Any]], told: Told, clock: Clock, stop: asyncio.Event
) -> None:
    """Sync, again until it is done; then rest until the stop."""
    failures = 0
    while not stop.is_set():
        try:
            await sync(rest, await rest.application(), commands, told)
        except (HTTPException, aiohttp.ClientError, OSError, ValueError) as error:
            failures += 1
            status = error.status if isinstance(error, HTTPException) else None
            log.warning("discord.not_synced", error=type(error).__name__, status=status)
            ours = min(WAIT_FIRST_S * 2.0 ** min(failures - 1, 10), WAIT_MAX_S)
            await nap(clock, max(ours, asked_s(error)), stop)
        else:
            await stop.wait()
