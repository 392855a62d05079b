"""What a source's reader yields, and the Batch that is made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from bot.model.paper import AnnounceType, Paper
from bot.ports import Batch, Skipped, SourceDown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.model.paper import PaperId
    from bot.ports import Clock

TURN_S = 0.01
"""So long a reader works before others get their turn; its steps take a few milliseconds."""

_STEPS_MAX = 200
"""Steps before others get their turn on a clock that stands still, as in tests."""

_STRENGTH = {kind: place for place, kind in enumerate(AnnounceType)}


@dataclass(frozen=True, slots=True)
class Shown:
    """What holds for the whole answer: its date, whether it was cut, the next page."""

    at: datetime | None = None
    truncated: bool = False
    next_page: str | None = None


Read: TypeAlias = Paper | Skipped | Shown | SourceDown | None
"""None is a pause. A SourceDown ends the answer, whatever came before it."""


def gather(reads: Iterable[Read], etag: str | None = None) -> Batch | SourceDown:
    """One Batch of an answer's papers, each once; SourceDown where nothing of it is readable."""
    papers: dict[PaperId, Paper] = {}
    skipped: list[Skipped] = []
    shown = Shown()
    for read in reads:
        match read:
            case Paper():
                earlier = papers.get(read.id)
                papers[read.id] = read if earlier is None else merged(earlier, read)
            case Skipped():
                skipped.append(read)
            case Shown():
                shown = read
            case SourceDown():
                return read
            case None:
                pass
    if skipped and not papers:
        return SourceDown(
            f"None of its {len(skipped)} entries could be read; the first: {skipped[0].reason}."
        )
    return Batch(
        tuple(papers.values()), tuple(skipped), shown.at, etag, shown.truncated, shown.next_page
    )


async def gather_gently(
    reads: Iterable[Read], clock: Clock, etag: str | None = None
) -> Batch | SourceDown:
    """As `gather`, letting other tasks run in between."""
    kept: list[Read] = []
    began, steps = clock.monotonic(), 0
    for read in reads:
        if read is not None:
            kept.append(read)
        steps += 1
        if steps >= _STEPS_MAX or clock.monotonic() - began > TURN_S:
            await clock.sleep(0)
            began, steps = clock.monotonic(), 0
    return gather(kept, etag)


def merged(one: Paper, other: Paper) -> Paper:
    """Of two showings of a paper in one answer: the newer version's text, the stronger type."""
    newest = max(one, other, key=lambda paper: paper.version)
    strongest = min(one.announced, other.announced, key=_STRENGTH.__getitem__)
    return replace(newest, announced=strongest)


def entry_name(texts: Sequence[str]) -> str:
    """What an unreadable entry is called in a report: the first of its texts there is, cut."""
    return next((text.strip()[:80] for text in texts if text.strip()), "(without a name)")
