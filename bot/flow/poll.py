"""Keep asking one source: whichever feed is due, and in between the past of new classes.

One process holds the lease on a source and asks; the others wait for it to let go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from bot.flow.backfill import Setbacks, backfill_page, next_backfill
from bot.flow.classes import names_class
from bot.flow.ingest import poll_feed
from bot.flow.nap import nap
from bot.flow.schedule import choose, due_at, throttle_s
from bot.flow.subscribers import Subscribers
from bot.ports import FeedState

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.flow.ingest import Polled
    from bot.flow.schedule import Plan
    from bot.flow.watch import Metrics
    from bot.ports import Backfill, Chance, ChannelFeed, Clock, Feeds, Leases, Papers, Source

log = structlog.get_logger()

LEASE_S: Final = 120.0
"""Longer than one question can take (30 s and a turn of up to 60 s)."""

LOOK_S: Final = 5.0
"""The longest sleep: a new subscription's classes come first that soon."""


@dataclass(frozen=True, slots=True)
class Poller:
    """The ports and settings of one source's polling. `parts` are its feeds without its name."""

    source: Source
    parts: tuple[str, ...]
    plan: Plan
    papers: Papers
    feeds: Feeds
    leases: Leases
    channels: ChannelFeed
    clock: Clock
    chance: Chance
    owner: str
    metrics: Metrics
    backfill: Backfill | None = None
    look_s: float = LOOK_S
    subscribers: Subscribers = field(default_factory=partial(Subscribers, matching=False))
    """Who says which classes are asked for; one for all who ask in this process."""

    @property
    def lease(self) -> str:
        """The name of the lease on the source."""
        return f"poll/{self.source.name}"

    async def renew(self) -> bool:
        """Take or keep the lease; False while another process asks the source."""
        return await self.leases.acquire(self.lease, self.owner, LEASE_S)


@dataclass(slots=True)
class _Memory:
    """What one process remembers between turns; losing it costs at most a few questions."""

    setbacks: Setbacks = field(default_factory=Setbacks)
    turn: int = 0
    failures: int = 0
    failed_at: float = 0.0
    backfilled_last: bool = False


async def run(poller: Poller, stop: asyncio.Event) -> None:
    """Poll until told to stop, then give the lease back."""
    memory = _Memory()
    try:
        while not stop.is_set():
            if await poller.renew():
                sleep_s = await turn(poller, memory)
            else:
                sleep_s = poller.look_s
            await nap(poller.clock, sleep_s, stop)
    finally:
        await poller.leases.release(poller.lease, poller.owner)


async def turn(poller: Poller, memory: _Memory) -> float:
    """Ask one feed or read one page of the past, if anything is due; the seconds to sleep."""
    await poller.subscribers.refresh(poller.channels, poller.clock.sleep)
    states = await _states(poller)
    now = poller.clock.now()
    named = _is_named(poller.subscribers.named)
    chosen = choose(states, poller.plan, named, now, memory.turn)
    if chosen is not None and _held_s(memory, chosen, poller.clock.monotonic()) > 0:
        sound = [state for state in states if not _is_doubtful(state)]
        chosen = choose(sound, poller.plan, named, now, memory.turn) or chosen
    past = _past(poller, memory, states, now, is_due=chosen is not None)
    if past is not None and poller.backfill is not None:
        memory.backfilled_last = True
        await backfill_page(
            poller.backfill,
            past,
            poller.papers,
            poller.feeds,
            poller.clock,
            poller.chance,
            memory.setbacks,
        )
        return 0.0
    memory.backfilled_last = False
    if chosen is None:
        soonest = min((due_at(state, poller.plan, now) for state in states), default=None)
        wait_s = (soonest - now).total_seconds() if soonest is not None else poller.look_s
        return min(max(wait_s, 0.01), poller.look_s)
    held_s = _held_s(memory, chosen, poller.clock.monotonic())
    if held_s > 0:
        return min(held_s, poller.look_s)
    await _ask(poller, memory, chosen)
    return 0.0


async def _ask(poller: Poller, memory: _Memory, state: FeedState) -> None:
    memory.turn += 1
    part = state.feed.partition("/")[2]
    polled = await poll_feed(
        poller.source,
        part,
        poller.papers,
        poller.feeds,
        poller.clock,
        poller.chance,
        poller.renew,
    )
    if polled.source_down:
        memory.failures += 1
        memory.failed_at = poller.clock.monotonic()
    else:
        memory.failures = 0
    _count(poller, polled)


def _past(
    poller: Poller,
    memory: _Memory,
    states: Sequence[FeedState],
    now: datetime,
    *,
    is_due: bool,
) -> FeedState | None:
    """The class whose past may be read now: when nothing is due, as the two share one pace.

    Where every few seconds something is due, because a person set a short pace, turns alternate.
    """
    if poller.backfill is None:
        return None
    if is_due:
        first_round = any(state.polled_at is None for state in states)
        if poller.plan.poll_s is None or first_round or memory.backfilled_last:
            return None
    return next_backfill(states, _is_named(poller.subscribers.named), memory.setbacks, now)


def _held_s(memory: _Memory, chosen: FeedState, now_s: float) -> float:
    """How much longer to leave the source alone after one feed after the other failed."""
    held_s = throttle_s(memory.failures, doubtful=_is_doubtful(chosen))
    return memory.failed_at + held_s - now_s


def _is_doubtful(state: FeedState) -> bool:
    """Whether it is not known that the feed answers."""
    return state.polled_at is None or state.failures_in_a_row > 0


async def _states(poller: Poller) -> Sequence[FeedState]:
    """The states of the feeds that are watched; what was watched once is left alone."""
    known = {state.feed: state for state in await poller.feeds.all()}
    names = [f"{poller.source.name}/{part}" for part in poller.parts]
    return [known.get(name) or FeedState(name) for name in names]


def _is_named(named: frozenset[str]) -> Callable[[str], bool]:
    """Whether subscriptions name a feed's class."""
    return lambda feed: names_class(named, feed.partition("/")[2])


def _count(poller: Poller, polled: Polled) -> None:
    name, taken = poller.source.name, polled.taken
    outcome = "failed" if polled.state.failures_in_a_row else "answered"
    poller.metrics.polls.labels(name, outcome).inc()
    poller.metrics.source_items.labels(name, "new").inc(taken.alerting)
    poller.metrics.source_items.labels(name, "known").inc(taken.shown - taken.alerting)
    poller.metrics.source_items.labels(name, "held").inc(taken.held)
    poller.metrics.batch_held.labels(name).set(1 if taken.held else 0)
