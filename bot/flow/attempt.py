"""One attempt to post: mark, render, post, decide. The only place that touches a platform."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar, assert_never

import structlog

from bot.card.alert import alert_card, list_card, page_ids
from bot.card.card import Para, Run
from bot.card.post import Notice, PaperList
from bot.card.why import explained, explained_page
from bot.flow.next_step import POST_TIMEOUT_S, broken, next_step
from bot.model.alert import Alert
from bot.model.errors import ArchiveDown, StoreDown
from bot.ports import Busy, Dead, Fault, Later, Posted, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Mapping

    from bot.card.card import Card
    from bot.flow.sender import Sender
    from bot.model.channel import Channel
    from bot.model.paper import Paper, PaperId
    from bot.ports import Head, Outcome, Step

log = structlog.get_logger()
T = TypeVar("T")

LONG_WAIT_S: Final = 30.0
"""A platform that takes nothing for so long is worth a line of the log."""

ARCHIVE_WAIT_S: Final = 60.0
"""Until a paper whose record has ended is looked for in the archive again."""


async def attempt(sender: Sender, head: Head) -> Step | None:
    """What follows from posting once; None when the lease was lost: nothing may be done."""
    try:
        papers = await _papers_of(sender, head)
        # as it is set now: whom an alert calls, and why it came, is found when it is shown
        channel = await sender.channels.read(head.channel) if _is_of_papers(head) else None
    except ArchiveDown:
        again_at = sender.clock.now() + timedelta(seconds=ARCHIVE_WAIT_S)
        return Later(again_at, "the archive is away", head.marker is not None, head.refusals)
    if isinstance(head.post, Alert) and not papers:
        return Dead("the paper's text is no longer kept")
    return await _carried(sender, head, papers, channel)


async def _carried(
    sender: Sender, head: Head, papers: dict[PaperId, Paper], channel: Channel | None
) -> Step | None:
    # The marker before the socket: a crash in between is looked into, never posted blindly.
    if not await sender.outbox.mark(head, sender.clock.now()):
        return None
    try:
        card = _card(head, papers, channel)
    except Exception as error:
        # A post that breaks the renderer stops only itself.
        log.exception("post.unshowable", channel=str(head.channel), key=head.post.key)
        return _broken(sender, head, error, may_be_out=False)
    try:
        outcome = await _post_gently(sender, head, card, papers.values())
    except StoreDown:
        raise
    except Exception as error:
        # As above; but it may be out, so it is looked for before the next try.
        log.exception("post.broken", channel=str(head.channel), key=head.post.key)
        return _broken(sender, head, error, may_be_out=True)
    if outcome is None:
        return None
    return next_step(head, outcome, sender.clock.now(), sender.chance.uniform())


async def _post_gently(
    sender: Sender, head: Head, card: Card, papers: Iterable[Paper]
) -> Outcome | None:
    """The outcome; a refused layout is tried once as plain words. None: the lease was lost."""
    outcome = await _post(sender, head, card)
    if not isinstance(outcome, Refused) or outcome.fault is not Fault.POST:
        return outcome
    if not await sender.outbox.mark(head, sender.clock.now()):
        return None
    return await _post(sender, head, plain_card(card, papers))


async def _post(sender: Sender, head: Head, card: Card) -> Outcome:
    platform = head.channel.platform
    late = Unreachable(f"no answer within {POST_TIMEOUT_S:g} s", maybe_posted=True)
    outcome: Outcome = await in_time(
        sender.posters[platform].post(card, head.channel, head.post.key), late
    )
    sender.metrics.posts.labels(platform, type(outcome).__name__.lower()).inc()
    if isinstance(outcome, Busy):
        sender.metrics.ratelimit_wait.labels(platform).inc(max(0.0, outcome.retry_after_s))
        if outcome.platform_wide:
            until = sender.clock.monotonic() + min(max(outcome.retry_after_s, 1.0), 3600.0)
            sender.closed_until[platform] = max(until, sender.closed_until.get(platform, 0.0))
    _tell(sender, platform, outcome)
    return outcome


def _tell(sender: Sender, platform: str, outcome: Outcome) -> None:
    """One line when a platform begins to take nothing, and one when that is over."""
    match outcome:
        case Posted() if platform in sender.troubled:
            sender.troubled.discard(platform)
            # as loud as its beginning: who was told of the one is told of the other
            log.warning("platform.takes_posts", platform=platform)
        case Unreachable(reason) if platform not in sender.troubled:
            sender.troubled.add(platform)
            log.warning("platform.no_answer", platform=platform, reason=reason)
        case Busy(wait_s, platform_wide=True) if (
            wait_s >= LONG_WAIT_S and platform not in sender.troubled
        ):
            sender.troubled.add(platform)
            log.warning("platform.takes_nothing", platform=platform, for_s=round(wait_s))
        case _:
            pass


async def in_time(answer: Awaitable[T], late: T) -> T:
    """The answer, or `late` when it does not come before the deadline of a post."""
    try:
        async with asyncio.timeout(POST_TIMEOUT_S):
            return await answer
    except TimeoutError:
        return late


async def _papers_of(sender: Sender, head: Head) -> dict[PaperId, Paper]:
    """The papers that the post's card needs, as they stand now."""
    match head.post:
        case Alert(paper_id=paper_id):
            wanted: tuple[PaperId, ...] = (paper_id,)
        case PaperList():
            wanted = page_ids(head.post)
        case _:
            return {}
    records = await sender.papers.known(wanted)
    found: dict[PaperId, Paper] = {}
    for paper_id in wanted:
        record = records.get(paper_id)
        paper = record.paper if record is not None else None
        if paper is None:
            try:
                paper = await sender.archive.get(paper_id)
            except ArchiveDown:
                if isinstance(head.post, Alert):
                    raise  # it waits: without its text it would be given up
        if paper is not None:
            found[paper_id] = paper
    return found


def _is_of_papers(head: Head) -> bool:
    return isinstance(head.post, Alert | PaperList)


def _card(head: Head, papers: Mapping[PaperId, Paper], channel: Channel | None) -> Card:
    match head.post:
        case Alert():
            paper = papers[head.post.paper_id]
            alert = explained(head.post, paper, channel) if channel is not None else head.post
            return alert_card(alert, paper, channel)
        case PaperList():
            listed = head.post
            if channel is not None:
                listed = explained_page(listed, papers, channel)
            return list_card(listed, papers)
        case Notice(card=card):
            return card
        case _ as never:
            assert_never(never)


def plain_card(card: Card, papers: Iterable[Paper]) -> Card:
    """The card's words in one paragraph with its links, for a platform that refused its layout.

    Nobody is called: whom the platform does not know may be why it refused.
    """
    links = [Run(f" {paper.url}", url=paper.url) for paper in list(papers)[:1]]
    words = Para((Run(card.fallback[:1500]), *links))
    return replace(card, parts=(words,), buttons=(), more=(), mentions=())


def _broken(sender: Sender, head: Head, error: Exception, *, may_be_out: bool) -> Step:
    reason = f"it could not be shown ({type(error).__name__})"
    chance = sender.chance.uniform()
    return broken(head, reason, sender.clock.now(), chance, may_be_out=may_be_out)
