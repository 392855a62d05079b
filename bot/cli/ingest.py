"""`paperwire ingest`: recorded answers of a source, by the same way as live ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adapters.sources.recorded import SOURCES, batches
from bot.app.opened import opened
from bot.cli.options import quiet_settings
from bot.cli.say import Stop, note, one_line
from bot.flow.ingest import Taken, take
from bot.ports import SourceDown
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from bot.ports import Papers
    from bot.settings import Settings

UNREADABLE_SHOWN = 3
"""Entries of a file that are named; the rest is counted."""


@click.command(
    epilog="arxiv reads RSS, Atom and OAI-PMH, huggingface the daily papers' JSON, papers JSON "
    "Lines; all may be gzip. A running paperwire matches and posts at once."
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--source", required=True, type=click.Choice(SOURCES), help="What wrote the files.")
@click.option("--baseline", is_flag=True, help="Remember the papers, but post nothing of them.")
def ingest(files: tuple[str, ...], source: str, *, baseline: bool) -> None:
    """Take recorded answers of a source as if they came in now. Taking them again is free."""
    paths = [Path(file) for file in files]
    for path in paths:
        if not path.is_file():
            raise Stop(f"{path} is no file that can be read.")
    asyncio.run(_ingest(quiet_settings(), source, paths, baseline=baseline))


async def _ingest(settings: Settings, source: str, paths: list[Path], *, baseline: bool) -> None:
    clock, chance = SystemClock(), SystemChance()
    async with opened(settings, clock, chance) as kept:
        for path in paths:
            taken = await _take_file(source, path, kept.store.papers, clock, baseline=baseline)
            click.echo(
                f"{path}: {_papers(taken.shown)}, {taken.alerting:,} of them new or changed for "
                "subscriptions."
            )


async def _take_file(
    source: str, path: Path, papers: Papers, clock: SystemClock, *, baseline: bool
) -> Taken:
    taken, unreadable = Taken(), 0
    for batch in batches(source, path):
        if isinstance(batch, SourceDown):
            raise Stop(one_line(batch.reason))
        for skipped in batch.skipped:
            unreadable += 1
            if unreadable <= UNREADABLE_SHOWN:
                note(f"{path}: {one_line(skipped.entry)} was left out: {one_line(skipped.reason)}")
        # no bound on strangers: the person chose the file
        taken += await take(
            batch.papers,
            f"{source}/{path.name}",
            papers,
            clock,
            baseline=baseline,
            new_max=None,
        )
    if unreadable > UNREADABLE_SHOWN:
        note(f"{path}: {unreadable:,} entries were left out in all.")
    return taken


def _papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count:,} papers"
