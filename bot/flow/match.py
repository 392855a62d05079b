"""Turn papers on the stream into alerts: match, join reasons, queue, acknowledge last.

An alert says which subscriptions matched; the words that made it so are looked for when a card
shows them (bot.card.why), as most alerts of a busy day end in a list.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

import numpy as np
import structlog

from bot.flow.accept import FACTS_FOR
from bot.flow.subscribers import Subscribers
from bot.match.mute import muted
from bot.match.texts import Texts
from bot.model.alert import Alert, PostKey
from bot.model.subscription import ChangeType, change_type
from bot.ports import EventKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence
    from datetime import datetime

    from bot.flow.table import Numbers, Table
    from bot.flow.watch import Metrics
    from bot.model.paper import Paper
    from bot.ports import ChannelFeed, Clock, Outbox, PaperEvent, Papers

log = structlog.get_logger()

EVENTS: Final = 100
"""Papers taken from the stream at once: one refresh and few scripts for all of them."""

BURST: Final = 16
"""Papers matched at once: some milliseconds, and half as many of them with MANY subscriptions."""

MANY: Final = 250_000
"""At a million, 16 papers took 20 ms while the index was not in the processor's caches."""

MATCHES: Final = 500
"""Alerts made of one paper before others get their turn: about 2 ms."""

QUEUE_AT: Final = 5_000
"""Alerts queued at once, while as many are made: some 5 MB, and a twentieth of a second's work."""

WAIT_S: Final = 1.0
"""How long a read waits for papers; a stop is noticed that soon."""


class _Made(NamedTuple):
    """Alerts, and the papers all of whose alerts are among these or were before them."""

    events: list[PaperEvent]
    alerts: list[Alert]


async def run(
    papers: Papers,
    channels: ChannelFeed,
    outbox: Outbox,
    clock: Clock,
    consumer: str,
    stop: asyncio.Event,
    queued: asyncio.Event,
    metrics: Metrics,
    wait_s: float = WAIT_S,
    subscribers: Subscribers | None = None,
) -> None:
    """Match until told to stop. `queued` wakes the senders of this process.

    `subscribers` are given where others follow them too (bot.flow.subscribers.follow).
    """
    subscribers = subscribers if subscribers is not None else Subscribers()
    await subscribers.refresh(channels, clock.sleep)  # no paper is taken before it can be matched
    while not stop.is_set():
        events = await papers.read(consumer, EVENTS, wait_s)
        if events:
            await step(events, subscribers, papers, channels, outbox, clock, metrics)
            queued.set()


async def step(
    events: Sequence[PaperEvent],
    subscribers: Subscribers,
    papers: Papers,
    channels: ChannelFeed,
    outbox: Outbox,
    clock: Clock,
    metrics: Metrics,
) -> int:
    """Queue the alerts of these papers and acknowledge them; how many alerts were new."""
    await subscribers.refresh(channels, clock.sleep)
    new = 0
    async with aclosing(_made(events, subscribers, clock, metrics)) as parts:
        part = await anext(parts, None)
        while part is not None:
            # The store's work and ours at once: one part is queued while the next one is made.
            more, count = await asyncio.gather(
                anext(parts, None), _queued(part, outbox, papers), return_exceptions=True
            )
            if isinstance(count, BaseException):
                raise count
            if isinstance(more, BaseException):
                raise more
            part, new = more, new + count
    return new


async def _made(
    events: Sequence[PaperEvent], subscribers: Subscribers, clock: Clock, metrics: Metrics
) -> AsyncGenerator[_Made, None]:
    """The alerts of these papers in parts of about QUEUE_AT.

    A paper stands in the part that has its last alert. Subscriptions change between bursts only.
    """
    made = _Made([], [])
    size = BURST if len(subscribers) < MANY else BURST // 2
    for start in range(0, len(events), size):
        burst = events[start : start + size]
        async with subscribers.still:
            table = subscribers.table
            began = clock.monotonic()
            matched = _found(burst, table)
            metrics.match_seconds.observe((clock.monotonic() - began) / len(burst))
            await clock.sleep(0)
            for event, found in zip(burst, matched, strict=True):
                if found is None:
                    continue
                alerts = alerts_for(event, found, table, clock.now())
                count: int | None = MATCHES
                while count == MATCHES:
                    count = _take(alerts, made.alerts, event)
                    if count is not None and count < MATCHES:
                        made.events.append(event)
                    await clock.sleep(0)
                    if len(made.alerts) >= QUEUE_AT:
                        yield made
                        made = _Made([], [])
    yield made


async def _queued(made: _Made, outbox: Outbox, papers: Papers) -> int:
    new = await outbox.queue(made.alerts) if made.alerts else 0
    # Acknowledged last: a crash before this line queues again, which changes nothing.
    await papers.acknowledge(made.events)
    if new:
        log.info("alerts.queued", papers=len(made.events), alerts=new)
    return new


def _found(events: Sequence[PaperEvent], table: Table) -> list[Numbers | None]:
    """The subscriptions that each change makes hold; None for a paper that broke the matcher."""
    try:
        return [*news_for(events, table)]
    except Exception:
        # Each alone then, so that only the one that breaks the matcher is put off.
        log.exception("papers.unmatchable", papers=len(events))
        return [_found_alone(event, table) for event in events]


def _found_alone(event: PaperEvent, table: Table) -> Numbers | None:
    try:
        return news_for([event], table)[0]
    except Exception:
        log.exception("paper.unmatchable", paper=event.paper.id, event_id=event.id)
        return None


def _take(alerts: Iterator[Alert], made: list[Alert], event: PaperEvent) -> int | None:
    """Make MATCHES more of a change's alerts: how many these were; None where making one failed.

    Then the paper stops only itself: it stays on the stream, is given out again, and is put aside
    by the store after some deliveries. The alerts made before the one that failed count.
    """
    before = len(made)
    try:
        made.extend(islice(alerts, MATCHES))
    except Exception:
        log.exception("paper.unmatchable", paper=event.paper.id, event_id=event.id)
        return None
    return len(made) - before


def news_for(events: Sequence[PaperEvent], table: Table) -> list[Numbers]:
    """The subscriptions whose queries hold for each paper, by number.

    Late votes or code count where they made the query hold: who subscribed since gets no history.
    """
    asked = [one for one in events if one.kind is not EventKind.BASELINE]
    late = [one for one in asked if one.kind is EventKind.FACTS]
    earlier = [one.before or _without_facts(one.paper) for one in late]
    found = iter(table.match([*(one.paper for one in asked), *earlier]))
    holds = {id(one): next(found) for one in asked}
    held = {id(one): next(found) for one in late}
    none = np.zeros(0, np.uint32)
    return [
        np.setdiff1d(holds[id(one)], held[id(one)], assume_unique=True)
        if id(one) in held
        else holds.get(id(one), none)
        for one in events
    ]


def alerts_for(event: PaperEvent, found: Numbers, table: Table, now: datetime) -> Iterator[Alert]:
    """One alert for each channel that wants this change of the paper, with all its reasons."""
    key, paper = post_key(event), event.paper
    texts: Texts | None = None
    for place, numbers in table.wanted(found, wanted_types(event)):
        if place in table.muted:
            texts = texts or Texts(paper)  # read once for the muted words of all channels
            if muted(table.muted[place], paper, texts) is not None:
                continue
        yield Alert(key, table.channel(place), paper.id, table.reasons(place, numbers), now)


def alerts_of(event: PaperEvent, subscribers: Subscribers, now: datetime) -> Sequence[Alert]:
    """The alerts of one change, at once."""
    (found,) = news_for([event], subscribers.table)
    return [*alerts_for(event, found, subscribers.table, now)]


def post_key(event: PaperEvent) -> PostKey:
    """The paper's id, so that it alerts a channel once; a replacement once a version."""
    if event.kind is EventKind.REPLACE:
        return PostKey(f"{event.paper.id}#v{event.paper.version}")
    return PostKey(event.paper.id)


def wanted_types(event: PaperEvent) -> frozenset[ChangeType]:
    """Which of a subscription's types this change counts as.

    Votes and code count as the paper's own announcement; a revision of it in between does not make
    a paper of this month an old one.
    """
    match event.kind:
        case EventKind.NEW:
            return frozenset({ChangeType.NEW})
        case EventKind.CROSS:
            return frozenset({ChangeType.CROSS})
        case EventKind.REPLACE:
            return frozenset({ChangeType.REPLACE})
        case EventKind.FACTS:
            own = change_type(event.paper.announced)
            young = event.at - event.paper.published_at <= FACTS_FOR
            if own is ChangeType.REPLACE and young:
                return frozenset({own, ChangeType.NEW})
            return frozenset({own})
        case EventKind.BASELINE:
            return frozenset()
        case _ as never:
            assert_never(never)


def _without_facts(paper: Paper) -> Paper:
    """The paper as it stood before anybody counted or linked anything."""
    return replace(
        paper,
        upvotes=None,
        stars=None,
        code_links=(),
        project_url=None,
        sources=tuple(one for one in paper.sources if one != "huggingface"),
    )
