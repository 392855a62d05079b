"""Feed the archive from the stream of papers by its own cursor; rebuild it when that is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.flow.nap import nap

if TYPE_CHECKING:
    import asyncio

    from bot.model.paper import Paper
    from bot.ports import Archive, Clock, Papers

log = structlog.get_logger()

EVENTS: Final = 200
"""Papers added in one transaction, and read at once: some milliseconds of the event loop."""

WAIT_S: Final = 1.0
"""How often the stream is looked at: a paper can be searched about a second after it came."""

BEGINNING: Final = "0"


async def run(
    papers: Papers, archive: Archive, clock: Clock, stop: asyncio.Event, wait_s: float = WAIT_S
) -> None:
    """Keep the archive in step until told to stop."""
    while not stop.is_set():
        if not await step(papers, archive):
            await nap(clock, wait_s, stop)


async def step(papers: Papers, archive: Archive) -> int:
    """Take the next papers from the stream; how many there were."""
    cursor = await archive.cursor()
    events = None if cursor is None else await papers.since(cursor, EVENTS)
    if events is None:
        return await _rebuild(papers, archive)
    if not events:
        return 0
    # The last of a paper's events wins; the cursor moves in the same transaction.
    await archive.add(
        list({event.paper.id: event.paper for event in events}.values()), events[-1].id
    )
    return len(events)


async def _rebuild(papers: Papers, archive: Archive) -> int:
    """Add every paper still kept, then go on from the stream's beginning: adding twice is free."""
    count = 0
    chunk: list[Paper] = []
    async for paper in papers.recent():
        chunk.append(paper)
        if len(chunk) == EVENTS:
            await archive.add(chunk, None)
            count += len(chunk)
            chunk = []
    await archive.add(chunk, BEGINNING)
    count += len(chunk)
    log.info("archive.rebuilt", papers=count)
    return count
