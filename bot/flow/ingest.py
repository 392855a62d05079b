"""Take what a feed shows: decide about each paper, remember, and move the feed's cursor last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

import structlog

from bot.flow.accept import decide
from bot.flow.schedule import backoff_s, missed_days
from bot.model.errors import StoreDown
from bot.model.paper import AnnounceType
from bot.ports import Batch, EventKind, SourceDown, Unchanged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.model.paper import Paper
    from bot.ports import Chance, Clock, Feeds, FeedState, Papers, Poll, Source

log = structlog.get_logger()

CHUNK: Final = 100
"""Papers looked up and written together: a script of a few milliseconds."""

CHUNK_CHARS: Final = 1_000_000
"""Of text in a chunk, so that reading and writing what is known of it holds nobody up. A hundred
papers have about 200,000; ten that claim 5,000 authors have as many."""

NEW_MAX: Final = 2_000
"""More papers that were never seen, announced as new by one answer, is a source gone wrong: arXiv
cuts every feed at 2,000 entries, and on its busiest days announces about as many in all."""

TRIES_MAX: Final = 8
"""Each try loses only where another process wrote the same paper in the same millisecond."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: how many papers were shown, how many went on the stream, by kind.

    `held` counts never-seen papers that were too many to be true; nothing was taken then.
    """

    shown: int = 0
    events: tuple[EventKind, ...] = ()
    held: int = 0
    moved: int = 0
    """Papers that this feed had not shown before."""

    @property
    def alerting(self) -> int:
        """Papers that subscriptions were asked about."""
        return sum(1 for event in self.events if event is not EventKind.BASELINE)

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.shown + other.shown,
            self.events + other.events,
            self.held + other.held,
            self.moved + other.moved,
        )


@dataclass(frozen=True, slots=True)
class Polled:
    """The feed's new state, what was taken, and whether the source as a whole was away."""

    state: FeedState
    taken: Taken
    source_down: bool = False


async def take(
    batch: Sequence[Paper],
    feed: str,
    papers: Papers,
    clock: Clock,
    *,
    baseline: bool,
    new_max: int | None = NEW_MAX,
) -> Taken:
    """Remember what is new or changed. Repeating is free: the same batch again changes nothing."""
    if not baseline and new_max is not None and len(batch) > new_max:
        strangers = await _strangers(batch, papers)
        if strangers > new_max:
            return Taken(shown=len(batch), held=strangers)
    taken = Taken(shown=len(batch))
    for chunk in _chunks(batch):
        taken += await _take_chunk(chunk, feed, papers, clock, baseline=baseline)
        await clock.sleep(0)
    return taken


async def poll_feed(
    source: Source,
    part: str,
    papers: Papers,
    feeds: Feeds,
    clock: Clock,
    chance: Chance,
    renew: Callable[[], Awaitable[bool]],
) -> Polled:
    """Ask one feed once and take what it shows.

    `renew` keeps the lease on the source during a long catch-up; when it says False, another
    process asks, and what is left is left to it.
    """
    state = await feeds.state(f"{source.name}/{part}")
    taken = await _catch_up(source, part, state, papers, clock, renew)
    answer = await source.poll(part, state.etag)
    now = clock.now()
    match answer:
        case Unchanged():
            after = _succeeded(replace(state, polled_at=now), now)
        case SourceDown():
            after = _failed(state, answer, now, chance)
        case Batch():
            got = await take(
                answer.papers, state.feed, papers, clock, baseline=state.baselined_at is None
            )
            taken += got
            after = _after_batch(state, answer, got, now, chance)
        case _ as never:
            assert_never(never)
    # The cursor last: a crash before this line repeats the batch, after it would lose it.
    await feeds.save(after)
    _tell(after, answer, taken)
    return Polled(after, taken, isinstance(answer, SourceDown) and answer.everywhere)


async def _catch_up(
    source: Source,
    part: str,
    state: FeedState,
    papers: Papers,
    clock: Clock,
    renew: Callable[[], Awaitable[bool]],
) -> Taken:
    """Lists of days that passed since the last success; only Hugging Face keeps them."""
    taken = Taken()
    if part != "daily" or state.baselined_at is None:
        return taken
    for day in missed_days(state, clock.now()):
        if not await renew():
            break
        answer = await source.poll(f"{part}/{day}", None)
        if isinstance(answer, Batch):
            taken += await take(answer.papers, state.feed, papers, clock, baseline=False)
        elif isinstance(answer, SourceDown):
            log.warning("feed.day_missed", feed=state.feed, day=day, reason=answer.reason)
    return taken


async def _strangers(batch: Sequence[Paper], papers: Papers) -> int:
    count = 0
    for chunk in _chunks(batch):
        known = await papers.known([paper.id for paper in chunk])
        count += sum(
            1 for paper in chunk if paper.id not in known and paper.announced is AnnounceType.NEW
        )
    return count


async def _take_chunk(
    chunk: Sequence[Paper], feed: str, papers: Papers, clock: Clock, *, baseline: bool
) -> Taken:
    events: list[EventKind] = []
    moved = 0
    left = list(chunk)
    for _ in range(TRIES_MAX):
        known = await papers.known([paper.id for paper in left])
        decided = [
            (paper, decide(known.get(paper.id), paper, feed, baseline=baseline, now=clock.now()))
            for paper in left
        ]
        writes = [(paper, write) for paper, write in decided if write is not None]
        done = await papers.remember([write for _, write in writes]) if writes else ()
        left = []
        for (paper, write), stored in zip(writes, done, strict=True):
            if not stored:
                left.append(paper)
                continue
            before = known.get(paper.id)
            moved += before is None or feed not in before.shown_in
            if write.event is not None:
                events.append(write.event)
        if not left:
            return Taken(events=tuple(events), moved=moved)
    raise StoreDown(f"{len(left)} papers of {feed} were written by others all the time.")


def _after_batch(
    state: FeedState, batch: Batch, taken: Taken, now: datetime, chance: Chance
) -> FeedState:
    if taken.held:
        reason = (
            f"{state.feed} showed {taken.held:,} papers at once that were never seen. "
            "They are held back: nothing of them is posted."
        )
        return _failed(state, SourceDown(reason), now, chance)
    is_new_batch = bool(batch.papers) and (taken.moved > 0 or batch.at != state.batch_at)
    return _succeeded(
        replace(
            state,
            polled_at=now,
            etag=batch.etag,
            baselined_at=state.baselined_at or now,
            batch_at=batch.at or state.batch_at,
            batch_size=len(batch.papers),
            batch_changed_at=now if is_new_batch else state.batch_changed_at,
            papers_seen=state.papers_seen + taken.moved,
        ),
        now,
    )


def _succeeded(state: FeedState, now: datetime) -> FeedState:
    return replace(state, succeeded_at=now, failure=None, failures_in_a_row=0, retry_at=None)


def _failed(state: FeedState, down: SourceDown, now: datetime, chance: Chance) -> FeedState:
    failures = state.failures_in_a_row + 1
    wait_s = backoff_s(failures, chance.uniform(), down.retry_after_s)
    return replace(
        state,
        polled_at=now,
        failure=down.reason,
        failures_in_a_row=failures,
        retry_at=now + timedelta(seconds=wait_s),
    )


def _tell(state: FeedState, answer: Poll, taken: Taken) -> None:
    match answer:
        case SourceDown():
            log.warning("source.unreachable", feed=state.feed, reason=answer.reason)
        case Unchanged():
            log.debug("feed.unchanged", feed=state.feed)
        case Batch():
            # a feed that shows nothing new is no news: arXiv alone has 155 of them
            (log.info if taken.moved or taken.events else log.debug)(
                "feed.taken",
                feed=state.feed,
                shown=taken.shown,
                first_shown=taken.moved,
                on_stream=taken.alerting,
                skipped=len(answer.skipped),
            )
            if answer.truncated and taken.moved:  # a list that stays full is told once
                log.warning("feed.truncated", feed=state.feed, shown=taken.shown)
            if taken.held:
                log.error("feed.held", feed=state.feed, papers=taken.held)
        case _ as never:
            assert_never(never)


def _chunks(batch: Iterable[Paper]) -> Iterator[list[Paper]]:
    chunk: list[Paper] = []
    chars = 0
    for paper in batch:
        size = len(paper.abstract) + sum(map(len, paper.authors))
        if chunk and (len(chunk) == CHUNK or chars + size > CHUNK_CHARS):
            yield chunk
            chunk, chars = [], 0
        chunk.append(paper)
        chars += size
    if chunk:
        yield chunk
