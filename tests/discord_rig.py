"""A poster with the real discord.py on the loopback Discord, in virtual time.

Minutes of limits, deadlines and nonces pass at once: the loop's time moves when nothing is left to
do on its sockets.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec

from discord_link import ends_at
from discord_places import GENERAL_ID, GUILD_ID, TOKEN
from discord_server import DiscordServer, discord_server
from fakes import FakeButtonTexts, FakeLeases, FakeStore
from virtual import FakeChance, FakeClock
from virtual import run as run_virtually

from adapters.discord.call import Watch
from adapters.discord.client import Rest
from adapters.discord.invalid import Gate
from adapters.discord.once import Once
from adapters.discord.poster import DiscordPoster
from bot.card.alert import alert_card
from bot.flow.deliver import lease, send
from bot.flow.sender import Sender
from bot.flow.watch import Metrics
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import ChannelId
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import SubscriptionId
from bot.ports import PaperRecord, PaperWrite

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.card.card import Card
    from bot.model.alert import Receipt
    from bot.ports import Books, Clock, Found, Outcome

P = ParamSpec("P")

PATIENCE_S: Final = 0.005
"""Real seconds until a silent socket counts as silent; the kernel delivers at once, or nearly."""

KEY: Final = PostKey("arxiv:2603.00001")


def place_id(number: int = GENERAL_ID, guild: int = GUILD_ID) -> ChannelId:
    """The core's name of a channel."""
    return ChannelId("discord", str(guild), str(number))


def a_paper(title: str = "Scaling laws for sparse attention", number: int = 1) -> Paper:
    """A paper of this morning."""
    return Paper(
        id=PaperId(f"arxiv:2603.{number:05d}"),
        title=title,
        abstract="We study sparse attention. It scales.",
        authors=("Ada Lovelace", "Kaiming He"),
        categories=("cs.AI", "cs.LG"),
        published_at=FakeClock().now(),
        announced=AnnounceType.NEW,
        sources=("arxiv",),
    )


def an_alert(one: Paper, channel: ChannelId) -> Alert:
    """An alert of one subscription."""
    reason = Reason(SubscriptionId("s1"), 1, "sparse", ("sparse attention",))
    return Alert(PostKey(one.id), channel, one.id, (reason,), FakeClock().now())


def a_card(number: int = 1) -> Card:
    """What is posted of a paper."""
    one = a_paper(number=number)
    return alert_card(an_alert(one, place_id()), one)


@dataclass
class Stage:
    """A Discord, and a process that posts to it."""

    server: DiscordServer
    clock: FakeClock
    poster: DiscordPoster = field(init=False)
    gate: Gate = field(init=False)
    watch: Watch = field(init=False)
    token: str = TOKEN
    leases: FakeLeases = field(init=False)
    _made: list[Rest | Once] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The first process."""
        self.leases = FakeLeases(self.clock)
        self.restart()

    def restart(self, clock: Clock | None = None) -> DiscordPoster:
        """Another process with the same token: nothing is remembered."""
        own = clock or self.clock
        self.gate = Gate(own)
        self.watch = Watch(self.gate.heard)
        rest = Rest(self.token, self.server.url, trace=self.watch.trace())
        once = Once(self.token, self.watch.trace())
        self._made += [rest, once]
        texts = FakeButtonTexts()
        self.poster = DiscordPoster(rest, once, self.watch, self.gate, texts, own, self.leases)
        return self.poster

    async def post(self, number: int = GENERAL_ID, key: PostKey = KEY) -> Outcome:
        """Post an alert in a channel."""
        return await self.poster.post(a_card(), place_id(number), key)

    async def find(self, number: int = GENERAL_ID, key: PostKey = KEY) -> Receipt | Found:
        """Look for it among what was written in the last ten minutes."""
        return await self.poster.find(place_id(number), key, self.since())

    def since(self, minutes: float = 10) -> datetime:
        """A time ago."""
        return self.clock.now() - timedelta(minutes=minutes)

    def marks(self, number: int = GENERAL_ID) -> list[str]:
        """The nonces of a channel's messages, in order."""
        return [one.mark for one in self.server.messages(number)]

    async def close(self) -> None:
        """Close all processes' connections."""
        for one in self._made:
            await one.close()


@dataclass
class Outgoing:
    """An outbox of fakes whose one platform is the stage's Discord, and its sender."""

    stage: Stage
    metrics: Metrics = field(default_factory=Metrics)
    store: FakeStore = field(init=False)
    steps: int = 0
    _sender: Sender | None = None

    def __post_init__(self) -> None:
        """An empty store on the stage's clock."""
        self.store = FakeStore(self.stage.clock)

    @property
    def sender(self) -> Sender:
        """The sender of the process that runs now: it keeps in mind how long to keep away."""
        store, poster = self.store, self.stage.poster
        if self._sender is None or self._sender.posters["discord"] is not poster:
            self._sender = Sender(
                {"discord": poster},
                store.outbox,
                store.papers,
                store.archive,
                store.channels,
                self.stage.clock,
                FakeChance(),
                "sender",
                self.metrics,
            )
        return self._sender

    async def queue(self, *numbers: int, papers: int = 1) -> None:
        """Queue alerts of papers for each of these channels."""
        seen = frozenset({"arxiv/cs.AI"})
        for count in range(1, papers + 1):
            one = a_paper(number=count)
            record = PaperRecord(one.id, 0, self.stage.clock.now(), seen, 1, one)
            await self.store.papers.remember([PaperWrite(record, None)])
            for number in numbers:
                await self.store.outbox.queue([an_alert(one, place_id(number))])

    async def step(self) -> bool:
        """Send what is due; whether something was."""
        sender = self.sender
        head = await lease(sender)
        if head is not None:
            self.steps += 1
            await send(sender, head)
        return head is not None

    async def settle(self, hours: float = 6) -> Books:
        """Let time pass until nothing waits; the books then."""
        end = self.stage.clock.monotonic() + hours * 3600
        for count in range(10_000):
            while await self.step():
                pass
            books = await self.store.outbox.books()
            if not books.waiting or self.stage.clock.monotonic() >= end:
                return books
            await self.stage.clock.advance(2 if count < 25 else 10 if count < 50 else 60)
        raise AssertionError("it never comes to rest")

    def count(self, resolution: str) -> float:
        """How many ambiguous posts ended that way."""
        value: float = self.metrics.ambiguous.labels("discord", resolution)._value.get()
        return value


def staged(
    test: Callable[Concatenate[Stage, P], Awaitable[None]],
) -> Callable[P, None]:
    """Run an async test on a Discord of its own, in virtual time."""

    @wraps(test)
    def run(*args: P.args, **given: P.kwargs) -> None:
        clock = FakeClock()

        async def main() -> None:
            async with discord_server(clock=clock) as server, ends_at(server):
                stage = Stage(server, clock)
                try:
                    await test(stage, *args, **given)
                finally:
                    await stage.close()

        run_virtually(main, clock, PATIENCE_S)

    asked = inspect.signature(test)
    shown: Any = run
    shown.__signature__ = asked.replace(parameters=list(asked.parameters.values())[1:])
    return run
