"""Read the past 14 days of each newly watched class, in the background, a page at a time.

So that forecasts and search have something from the first minute. Nothing of it is posted. Where
it stands is kept in the feed's state, so that a restart goes on from the last page.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, assert_never

import structlog

from bot.flow.ingest import take
from bot.flow.schedule import backoff_s
from bot.ports import Batch, SourceDown, Unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.ports import Backfill, Chance, Clock, Feeds, FeedState, Papers

log = structlog.get_logger()

DAYS: Final = 14
"""What a forecast counts over: two weeks hold every weekday twice."""


@dataclass(slots=True)
class Setbacks:
    """Classes that could not be read lately: how often in a row, and when to try again."""

    count: int = 0
    not_before: datetime | None = None
    of_feed: dict[str, int] = field(default_factory=dict)


def next_backfill(
    states: Iterable[FeedState],
    named: Callable[[str], bool],
    setbacks: Setbacks,
    now: datetime,
) -> FeedState | None:
    """The class whose past is read next: begun ones first, then those that subscriptions name."""
    if setbacks.not_before is not None and now < setbacks.not_before:
        return None
    return min(
        (state for state in states if state.backfilled_at is None and state.baselined_at),
        key=lambda state: (
            setbacks.of_feed.get(state.feed, 0),
            state.backfill_token is None,
            not named(state.feed),
            state.feed,
        ),
        default=None,
    )


async def backfill_page(
    source: Backfill,
    state: FeedState,
    papers: Papers,
    feeds: Feeds,
    clock: Clock,
    chance: Chance,
    setbacks: Setbacks,
) -> FeedState:
    """Read one page and remember where the next one begins."""
    name, _, part = state.feed.partition("/")
    since = clock.now() - timedelta(days=DAYS)
    answer = await source.page(part, since, state.backfill_token)
    match answer:
        case Batch():
            # Not under the feed's own name: what the feed shows later is still its first showing.
            await take(answer.papers, f"backfill/{name}", papers, clock, baseline=True)
            after = replace(
                state,
                backfill_token=answer.next_page,
                backfilled_at=None if answer.next_page else clock.now(),
                backfill_papers=state.backfill_papers + len(answer.papers),
            )
            setbacks.count, setbacks.not_before = 0, None
            setbacks.of_feed.pop(state.feed, None)
        case Unchanged():
            after = replace(state, backfill_token=None, backfilled_at=clock.now())
        case SourceDown():
            after = _set_back(state, answer, setbacks, clock.now(), chance)
        case _ as never:
            assert_never(never)
    # The token last: a crash before this line reads the page again, which changes nothing.
    if after != state:
        await feeds.save(after)
    if after.backfilled_at is not None:
        log.info("backfill.done", feed=state.feed, papers=after.backfill_papers)
    return after


def _set_back(
    state: FeedState, down: SourceDown, setbacks: Setbacks, now: datetime, chance: Chance
) -> FeedState:
    setbacks.count += 1
    setbacks.of_feed[state.feed] = setbacks.of_feed.get(state.feed, 0) + 1
    log.warning("backfill.delayed", feed=state.feed, reason=down.reason)
    if down.start_over:
        # Tokens expire at the end of arXiv's day; the pages begin again and change nothing.
        return replace(state, backfill_token=None, backfill_papers=0)
    wait_s = backoff_s(setbacks.count, chance.uniform(), down.retry_after_s)
    setbacks.not_before = now + timedelta(seconds=wait_s)
    return state
