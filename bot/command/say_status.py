"""How things stand, in words: each source, what is due, what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.card.card import Action, Card, CardKind, Fact, Facts, Mark, Para, Part, Run
from bot.card.paper import PREFIX
from bot.command.due import spoken_time
from bot.command.names import SOURCE_NAMES
from bot.command.say_state import pause_text
from bot.model.calendar import next_announcement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.command.reply import Due, Reported
    from bot.ports import FeedState

TROUBLES_SHOWN: Final = 3
REASONS_SHOWN: Final = 3
WHOLE_ARXIV: Final = "arxiv"


def say_reported(reply: Reported) -> Card:
    """The answer to status."""
    groups: dict[str, list[FeedState]] = {}
    for feed in reply.feeds:
        groups.setdefault(feed.feed.partition("/")[0], []).append(feed)
    headline = _headline(reply)
    parts: list[Part] = [Para((Run(headline),))]
    if reply.channel.pause is not None:
        parts.append(Para((Run(pause_text(reply.channel.pause), Mark.STRONG),)))
    parts.append(Facts(tuple(_calendar(reply.due))))
    for name, feeds in groups.items():
        parts.append(Para((Run(SOURCE_NAMES.get(name, name), Mark.STRONG),)))
        parts.append(Facts(tuple(_source(name, feeds, reply))))
    parts.append(Para((Run("Posting", Mark.STRONG),)))
    parts.append(Facts(tuple(_posting(reply))))
    buttons = [Action("List", f"{PREFIX} list"), Action("Latest papers", f"{PREFIX} latest")]
    if reply.sample:
        buttons.append(Action("Play the sample day", f"{PREFIX} sample"))
    return Card(CardKind.STATUS, "Status", tuple(parts), f"Status. {headline}", tuple(buttons))


def _headline(reply: Reported) -> str:
    """The one sentence that most people ask for."""
    if not reply.feeds:
        return "No source was asked yet. The first answer comes within minutes."
    failing = [feed for feed in reply.feeds if feed.failures_in_a_row]
    if not any(feed.succeeded_at for feed in reply.feeds):
        line = "No source can be reached. paperwire keeps trying."
        return f"{line} Until then, the sample day shows how it works." if reply.sample else line
    if len(failing) == len(reply.feeds):
        return "No source answers at the moment. paperwire keeps trying and nothing is lost."
    if failing:
        names = sorted({_source_name(feed) for feed in failing})
        return f"{' and '.join(names)} had trouble at the last try; it is tried again."
    if reply.due.quiet:
        return f"All is well. arXiv is quiet: {reply.due.quiet}."
    return "All is well."


def _source_name(feed: FeedState) -> str:
    name = feed.feed.partition("/")[0]
    return SOURCE_NAMES.get(name, name)


def _calendar(due: Due) -> Iterator[Fact]:
    yield Fact("Next papers due", f"{spoken_time(due.at, due.zone, due.now)} ({due.zone_name})")
    announced = next_announcement(due.now)
    yield Fact("arXiv announces next", spoken_time(announced, due.zone, due.now))
    if due.quiet:
        yield Fact("arXiv is quiet", due.quiet)


def _source(name: str, feeds: Sequence[FeedState], reply: Reported) -> Iterator[Fact]:
    due = reply.due

    def when(at: datetime | None) -> str:
        return "never" if at is None else spoken_time(at, due.zone, due.now)

    yield Fact(
        "Last success", when(max((f.succeeded_at for f in feeds if f.succeeded_at), default=None))
    )
    newest = max((f.batch_at for f in feeds if f.batch_at), default=None)
    if newest is not None:
        size = sum(f.batch_size for f in feeds if f.batch_at == newest)
        yield Fact("Last batch", f"{newest:%A} {newest.day} {newest:%B}, {_entries(size)}")
    yield Fact("Papers seen", _entries(sum(feed.papers_seen for feed in feeds)))
    if name == WHOLE_ARXIV:
        asked = sum(1 for feed in feeds if feed.succeeded_at)
        yield Fact(
            "Classes", f"{asked:,} of {max(len(reply.watched), len(feeds)):,} have answered"
        )
        yield Fact("The last 14 days", _backfill(feeds, max(len(reply.watched), len(feeds))))
    troubled = [feed for feed in feeds if feed.failure and feed.failures_in_a_row]
    for feed in troubled[:TROUBLES_SHOWN]:
        label = feed.feed.partition("/")[2] or "Trouble"
        yield Fact(f"Trouble: {label}", f"{(feed.failure or '').rstrip('.')}. {_tries(feed, due)}")
    if len(troubled) > TROUBLES_SHOWN:
        yield Fact("Trouble", f"{len(troubled) - TROUBLES_SHOWN} more classes")


def _tries(feed: FeedState, due: Due) -> str:
    """How often it failed, and when it is asked again; a time that has passed is no time."""
    count = feed.failures_in_a_row
    failed = "Failed once" if count == 1 else f"Failed {count} times in a row"
    if feed.retry_at is None:
        return f"{failed}."
    if feed.retry_at <= due.now:
        return f"{failed}; tried again soon."
    return f"{failed}; next try {spoken_time(feed.retry_at, due.zone, due.now)}."


def _backfill(feeds: Sequence[FeedState], classes: int) -> str:
    done = sum(1 for feed in feeds if feed.backfilled_at)
    papers = sum(feed.backfill_papers for feed in feeds)
    if done >= classes:
        return f"fetched, {papers:,} papers"
    return f"fetched for {done:,} of {classes:,} classes so far, {papers:,} papers"


def _posting(reply: Reported) -> Iterator[Fact]:
    books, due = reply.books, reply.due
    yield Fact("Waiting in this channel", _posts(reply.waiting_here))
    if reply.put_aside:
        often = sorted(reply.put_aside.items(), key=lambda one: (-one[1], one[0]))
        why = "; ".join(f"{count:,}: {reason}" for reason, count in often[:REASONS_SHOWN])
        yield Fact("Put aside in this channel", f"{_posts(sum(reply.put_aside.values()))}. {why}")
    if books is None:
        return
    waiting = _posts(books.waiting)
    if books.oldest_waiting_at is not None and books.waiting:
        waiting += f", the oldest since {spoken_time(books.oldest_waiting_at, due.zone, due.now)}"
    yield Fact("Waiting in all", waiting)
    line = f"{books.queued:,} queued, {books.sent:,} sent, {books.dead:,} refused for good"
    if books.difference:
        line += f". {abs(books.difference):,} do not add up: run paperwire doctor"
    else:
        line += "; the books balance"
    yield Fact("Since the beginning", line)


def _posts(count: int) -> str:
    return {0: "nothing", 1: "1 post"}.get(count, f"{count:,} posts")


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
