"""Whole processes of paperwire in a test: matcher, sender and Slack, on one store."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from asking import desk_of
from fakes import FakeArchive
from slack_rig import Talk, poster_on, talking
from virtual import FakeChance

from adapters.slack.turns import LeaseTurns
from adapters.slack.who import find_channel
from bot.app.confirming import confirming
from bot.command.desk import Desk, Limits
from bot.command.handle import answer
from bot.flow import deliver, match
from bot.flow.ingest import take
from bot.flow.sender import Sender
from bot.flow.watch import Metrics
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fakes import FakeStore
    from slack_server import SlackServer

    from adapters.redis.store import Store
    from bot.model.paper import Paper
    from bot.ports import Clock

FEED = "arxiv/cs.AI"


@dataclass
class SlackWorld:
    """A store and a Slack that outlive the processes."""

    store: Store
    server: SlackServer
    clock: Clock = field(default_factory=SystemClock)
    archive: FakeArchive = field(default_factory=FakeArchive)
    generation: int = 0

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Talk]:
        """One process with every role, until the context ends."""
        self.generation += 1
        owner, chance, metrics = f"p{self.generation}", FakeChance(self.generation), Metrics()
        store, stop, queued = self.store, asyncio.Event(), asyncio.Event()
        turns = LeaseTurns(store.leases, FakeChance(1000 + self.generation))
        sender = Sender(
            {"slack": poster_on(self.server, turns)},
            store.outbox,
            store.papers,
            self.archive,
            store.channels,
            self.clock,
            chance,
            owner,
            metrics,
            idle_s=0.05,
        )
        desk = Desk(
            channels=store.channels,
            outbox=store.outbox,
            papers=store.papers,
            archive=self.archive,
            feeds=store.feeds,
            leases=store.leases,
            clock=self.clock,
            chance=chance,
            limits=Limits(previews=1000),
            find_channel=find_channel,
            confirm=confirming(poster_on(self.server, turns), self.clock, chance),
        )
        matching = match.run(
            store.papers,
            store.channels,
            store.outbox,
            self.clock,
            owner,
            stop,
            queued,
            metrics,
            wait_s=0.05,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(matching)
            group.create_task(deliver.run(sender, stop, queued))
            async with talking(self.server, partial(answer, desk)) as talk:
                yield talk
            stop.set()

    async def feed(self, *papers: Paper) -> None:
        """Let a source show papers."""
        await self.archive.add(papers, None)
        await take(papers, FEED, self.store.papers, self.clock, baseline=False)

    async def settled(self) -> None:
        """Wait until the outbox is empty and its books balance."""
        async with asyncio.timeout(30):
            while True:
                await self.clock.sleep(0.1)
                books = await self.store.outbox.books()
                if not books.waiting:
                    break
        assert books.difference == 0
        assert books.dead == 0


def sender_on(server: SlackServer, store: FakeStore, metrics: Metrics) -> Sender:
    """A sender on fakes whose one platform is the loopback Slack."""
    desk = desk_of(store)
    return Sender(
        {"slack": poster_on(server)},
        store.outbox,
        store.papers,
        store.archive,
        store.channels,
        store.clock,
        desk.chance,
        "sender",
        metrics,
    )
