"""Turn papers on the stream into alerts: match, join reasons, queue, acknowledge last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

import structlog

from bot.flow.accept import FACTS_FOR
from bot.flow.subscribers import Subscribers
from bot.match.mute import muted
from bot.match.plain import holds
from bot.match.texts import Texts
from bot.model.alert import Alert, PostKey, Reason
from bot.model.subscription import ChangeType, change_type
from bot.ports import EventKind

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.flow.watch import Metrics
    from bot.match.matcher import Match
    from bot.model.channel import ChannelId
    from bot.model.paper import Paper
    from bot.model.subscription import Subscription
    from bot.ports import Channels, Clock, Outbox, PaperEvent, Papers
    from bot.query.ast import Node

    _Reasons: TypeAlias = dict[ChannelId, list[Reason]]

log = structlog.get_logger()

EVENTS: Final = 100
"""Papers taken from the stream at once: one refresh and few scripts for all of them."""

CHUNK: Final = 500
"""Alerts of one tenant queued by one script, some milliseconds of the store's time."""

WAIT_S: Final = 1.0
"""How long a read waits for papers; a stop is noticed that soon."""

WORDS_MAX: Final = 8
"""Matched words kept with an alert; a card shows fewer."""

MATCHES: Final = 100
"""Matches of one paper explained before others get their turn: about 20 ms."""


async def run(
    papers: Papers,
    channels: Channels,
    outbox: Outbox,
    clock: Clock,
    consumer: str,
    stop: asyncio.Event,
    queued: asyncio.Event,
    metrics: Metrics,
    wait_s: float = WAIT_S,
) -> None:
    """Match until told to stop. `queued` wakes the senders of this process."""
    subscribers = Subscribers()
    while not stop.is_set():
        events = await papers.read(consumer, EVENTS, wait_s)
        if events:
            await step(events, subscribers, papers, channels, outbox, clock, metrics)
            queued.set()


async def step(
    events: Sequence[PaperEvent],
    subscribers: Subscribers,
    papers: Papers,
    channels: Channels,
    outbox: Outbox,
    clock: Clock,
    metrics: Metrics,
) -> int:
    """Queue the alerts of these papers and acknowledge them; how many alerts were new."""
    await subscribers.refresh(channels)
    done: list[PaperEvent] = []
    by_tenant: dict[tuple[str, str], list[Alert]] = {}
    began = clock.monotonic()
    for event in events:
        alerts = await _alerts_or_none(event, subscribers, clock)
        if alerts is None:
            continue
        done.append(event)
        for alert in alerts:
            tenant = (alert.channel.platform, alert.channel.tenant)
            by_tenant.setdefault(tenant, []).append(alert)
        await clock.sleep(0)
    metrics.match_seconds.observe((clock.monotonic() - began) / max(1, len(events)))
    new = 0
    for waiting in by_tenant.values():
        for start in range(0, len(waiting), CHUNK):
            new += await outbox.queue(waiting[start : start + CHUNK])
    # Acknowledged last: a crash before this line queues again, which changes nothing.
    await papers.acknowledge(done)
    if new:
        log.info("alerts.queued", papers=len(done), alerts=new)
    return new


async def _alerts_or_none(
    event: PaperEvent, subscribers: Subscribers, clock: Clock
) -> Sequence[Alert] | None:
    reasons: _Reasons = {}
    try:
        for count, (channel, reason) in enumerate(_reasons(event, subscribers), start=1):
            reasons.setdefault(channel, []).append(reason)
            if count % MATCHES == 0:
                await clock.sleep(0)
        return _alerts(event, reasons, subscribers, clock.now())
    except Exception:
        # A paper that breaks the matcher stops only itself: it stays on the stream, is given out
        # again, and is put aside by the store after some deliveries.
        log.exception("paper.unmatchable", paper=event.paper.id, event=event.id)
        return None


def alerts_of(event: PaperEvent, subscribers: Subscribers, now: datetime) -> Sequence[Alert]:
    """One alert for each channel that wants this change of the paper, with all its reasons."""
    reasons: _Reasons = {}
    for channel, reason in _reasons(event, subscribers):
        reasons.setdefault(channel, []).append(reason)
    return _alerts(event, reasons, subscribers, now)


def _reasons(event: PaperEvent, subscribers: Subscribers) -> Iterator[tuple[ChannelId, Reason]]:
    """Each subscription that wants the change, in no order."""
    if event.kind is EventKind.BASELINE:
        return
    types = wanted_types(event)
    for channel, subscription, tree, match in subscribers.match(event.paper):
        if subscription.types & types and _is_news(event, tree):
            yield channel, _reason(subscription, match)


def _alerts(
    event: PaperEvent, reasons: _Reasons, subscribers: Subscribers, now: datetime
) -> Sequence[Alert]:
    texts = Texts(event.paper)  # read once for the muted words of all channels
    return [
        Alert(
            key=post_key(event),
            channel=channel,
            paper_id=event.paper.id,
            reasons=tuple(sorted(why, key=lambda reason: reason.number)),
            queued_at=now,
        )
        for channel, why in reasons.items()
        if muted(subscribers.channels[channel].muted, event.paper, texts) is None
    ]


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


def _is_news(event: PaperEvent, tree: Node) -> bool:
    """Whether late votes or code made the query hold: who subscribed since gets no history."""
    if event.kind is not EventKind.FACTS:
        return True
    return not holds(tree, event.before or _without_facts(event.paper))


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


def _reason(subscription: Subscription, match: Match) -> Reason:
    return Reason(
        subscription=subscription.id,
        number=subscription.number,
        label=subscription.name or subscription.query,
        words=match.explain().words[:WORDS_MAX],
    )
