"""The real connection against the loopback Discord: set up, held, stopped."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_places import TOKEN
from virtual import FakeClock

from adapters.discord.client import set_ends
from adapters.discord.gateway import Gateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    import discord
    from discord_server import DiscordServer

    from adapters.discord.guilds import Heard


@dataclass
class Held:
    """A gateway that runs, and what it told."""

    gateway: Gateway
    stop: asyncio.Event
    running: asyncio.Task[None]
    clock: FakeClock
    heard: list[Heard]
    holds: list[bool]
    commands: list[discord.Interaction] = field(default_factory=list)
    released: int = 0

    async def until(
        self, claim: Callable[[], object], timeout_s: float = 8.0, step_s: float = 0.0
    ) -> None:
        """Wait until something is so; our own waits pass by `step_s` each time it is not."""
        async with asyncio.timeout(timeout_s):
            while not claim():
                await asyncio.sleep(0.005)  # noqa: TID251 - real sockets, real time
                await self.clock.advance(step_s)


async def eventually(claim: Callable[[], object], timeout_s: float = 8.0) -> None:
    """Wait until something is so, of which nobody tells."""
    async with asyncio.timeout(timeout_s):
        while not claim():  # noqa: ASYNC110 - as it says
            await asyncio.sleep(0.005)  # noqa: TID251 - real sockets, real time


@asynccontextmanager
async def ends_at(server: DiscordServer) -> AsyncIterator[None]:
    """Discord is where the server is."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    set_ends(server.url, server.gateway.url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def holding(
    server: DiscordServer,
    *,
    token: str = TOKEN,
    frozen_s: float = 60.0,
    holds: Sequence[bool] = (),
    **given: Any,
) -> AsyncIterator[Held]:
    """A connection, stopped in the end; what it raised is raised then."""
    clock = FakeClock()
    stop = asyncio.Event()
    held: list[Held] = []
    heard: list[Heard] = []
    turns = list(holds)

    def attach(client: discord.Client) -> None:
        async def on_interaction(interaction: discord.Interaction) -> None:
            held[0].commands.append(interaction)

        client.event(on_interaction)

    async def hold() -> bool:
        return turns.pop(0) if turns else True

    async def release() -> None:
        held[0].released += 1

    async def idle() -> None:
        return

    made: dict[str, Any] = {"attach": attach, "idle": idle, "hold": hold, **given}
    gateway = Gateway(
        token=token,
        tell=heard.append,
        release=release,
        clock=clock,
        api_url=server.url,
        frozen_s=frozen_s,
        **made,
    )
    async with ends_at(server), asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run(stop))
        held.append(Held(gateway, stop, running, clock, heard, turns))
        try:
            yield held[0]
        finally:
            stop.set()
