"""What operators look at: metrics, whether the program is well, and how each source is doing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.model.errors import StoreDown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.ports import Clock, Feeds, FeedState, Leases, Outbox

READY_S: Final = 1.9
"""RELIABILITY's G34: a store that froze is told within two seconds."""

_LATENCY_S: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 14_400)


class Metrics:
    """All metrics of one process; labels name sources and platforms, never tenants or people."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        one = self.registry
        self.polls = Counter(
            "paperwire_poll", "Questions to sources", ["source", "outcome"], registry=one
        )
        self.poll_age = Gauge(
            "paperwire_poll_age_seconds", "Since a source last answered", ["source"], registry=one
        )
        self.source_items = Counter(
            "paperwire_source_items",
            "Papers that sources showed",
            ["source", "kind"],
            registry=one,
        )
        self.batch_held = Gauge(
            "paperwire_batch_held",
            "Feeds held back as too new to be true",
            ["source"],
            registry=one,
        )
        self.match_seconds = Histogram(
            "paperwire_match_seconds",
            "Matching one paper with all subscriptions",
            buckets=(0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5),
            registry=one,
        )
        self.alert_latency = Histogram(
            "paperwire_alert_latency_seconds",
            "From a post's queueing to its receipt",
            ["platform"],
            buckets=_LATENCY_S,
            registry=one,
        )
        self.posts = Counter(
            "paperwire_post", "Answers of platforms", ["platform", "outcome"], registry=one
        )
        self.ambiguous = Counter(
            "paperwire_ambiguous",
            "Posts whose answer was lost, by what became of them",
            ["platform", "resolution"],
            registry=one,
        )
        self.fence_rejected = Counter(
            "paperwire_fence_rejected", "Writes refused because the lease was lost", registry=one
        )
        self.ratelimit_wait = Counter(
            "paperwire_ratelimit_wait_seconds",
            "Waits that platforms asked for",
            ["platform"],
            registry=one,
        )
        self.invalid_requests = Gauge(
            "paperwire_invalid_requests_10m",
            "Requests of the last ten minutes that a platform held to be invalid",
            ["platform"],
            registry=one,
        )
        self.task_restarts = Counter(
            "paperwire_task_restarts", "Tasks begun again after a failure", ["task"], registry=one
        )
        self.loop_lag = Gauge(
            "paperwire_loop_lag_seconds", "How late the event loop woke last", registry=one
        )
        self.outbox_depth = Gauge("paperwire_outbox_depth", "Posts that wait", registry=one)
        self.outbox_oldest = Gauge(
            "paperwire_outbox_oldest_seconds", "Age of the oldest waiting post", registry=one
        )
        self.ambiguous_open = Gauge(
            "paperwire_ambiguous_open", "Posts whose answer is not known now", registry=one
        )
        self.dead_letters = Gauge(
            "paperwire_dead_letters", "Posts that could not be posted", registry=one
        )
        self.ledger_difference = Gauge(
            "paperwire_ledger_difference", "queued - sent - dead - waiting: zero", registry=one
        )


async def metrics_text(metrics: Metrics, outbox: Outbox, feeds: Feeds, clock: Clock) -> bytes:
    """The Prometheus text, with the store's own figures read now; without them when it is down."""
    try:
        books, states = await outbox.books(), await feeds.all()
    except StoreDown:
        return generate_latest(metrics.registry)
    now = clock.now()
    metrics.outbox_depth.set(books.waiting)
    metrics.outbox_oldest.set(_age_s(books.oldest_waiting_at, now))
    metrics.ambiguous_open.set(books.ambiguous)
    metrics.dead_letters.set(books.dead)
    metrics.ledger_difference.set(books.difference)
    for standing in standings(states):
        if standing.succeeded_at is not None:
            age_s = _age_s(standing.succeeded_at, now)
            metrics.poll_age.labels(standing.source).set(age_s)
    return generate_latest(metrics.registry)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one source is doing over all its feeds. `reason`: why its last question failed."""

    source: str
    polled_at: datetime | None
    succeeded_at: datetime | None
    batch_at: datetime | None
    papers_seen: int
    feeds: int
    feeds_asked: int
    feeds_failing: int
    reason: str | None
    retry_at: datetime | None
    backfilled: int
    backfill_papers: int

    @property
    def is_down(self) -> bool:
        """Whether the source did not answer: the last question failed, and none after it."""
        return self.reason is not None


def standings(states: Sequence[FeedState]) -> list[Standing]:
    """One line a source, by name."""
    names = sorted({state.feed.partition("/")[0] for state in states})
    return [
        _standing(name, [one for one in states if one.feed.partition("/")[0] == name])
        for name in names
    ]


def _standing(source: str, states: Sequence[FeedState]) -> Standing:
    asked = [state for state in states if state.polled_at is not None]
    failing = [state for state in asked if state.failures_in_a_row]
    succeeded_at = max((s.succeeded_at for s in states if s.succeeded_at), default=None)
    last = max(failing, key=lambda s: (s.polled_at is not None, s.polled_at), default=None)
    down = last if last and (not succeeded_at or _after(last.polled_at, succeeded_at)) else None
    return Standing(
        source=source,
        polled_at=max((s.polled_at for s in asked if s.polled_at), default=None),
        succeeded_at=succeeded_at,
        batch_at=max((s.batch_at for s in states if s.batch_at), default=None),
        papers_seen=sum(s.papers_seen for s in states),
        feeds=len(states),
        feeds_asked=len(asked),
        feeds_failing=len(failing),
        reason=down.failure if down else None,
        retry_at=min((s.retry_at for s in failing if s.retry_at), default=None) if down else None,
        backfilled=sum(1 for s in states if s.backfilled_at),
        backfill_papers=sum(s.backfill_papers for s in states),
    )


async def ready(leases: Leases, owner: str, *, draining: bool) -> str | None:
    """None when the program can do its work: the store takes writes, and no stop was asked."""
    if draining:
        return "paperwire is shutting down."
    try:
        async with asyncio.timeout(READY_S):
            await leases.acquire(f"ready/{owner}", owner, 60)
    except StoreDown as error:
        return f"The store does not take writes: {error}"
    except TimeoutError:
        return f"The store has not taken a write within {READY_S:g} s."
    return None


async def watch_loop(clock: Clock, metrics: Metrics, pause_s: float = 1.0) -> None:
    """Measure how late the event loop wakes, for ever."""
    while True:
        began = clock.monotonic()
        await clock.sleep(pause_s)
        metrics.loop_lag.set(max(0.0, clock.monotonic() - began - pause_s))


def _after(one: datetime | None, other: datetime) -> bool:
    return one is not None and one > other


def _age_s(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
