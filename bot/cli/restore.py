"""`paperwire restore`: a backup into an empty store; nothing is posted before a person says so."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from adapters.redis.restore import release
from adapters.redis.restore import restore as take_in
from bot.app.opened import opened
from bot.cli.lines import numbered
from bot.cli.lines import opened as opened_file
from bot.cli.options import quiet_settings
from bot.cli.say import Stop
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.redis.restore import Restored
    from bot.settings import Settings


@click.command()
@click.argument("file", required=False)
@click.option(
    "--resume/--paused",
    default=None,
    help="Post what waits, or leave all channels paused. Asked when neither is given.",
)
def restore(file: str | None, *, resume: bool | None) -> None:
    """Read the backup FILE into an empty store.

    Every channel comes back paused; --resume alone, without FILE, lets all of them go on later. A
    restore that was broken off is finished by running it again.
    """
    if file is None and not resume:
        raise click.UsageError("Name the backup's FILE")
    asyncio.run(_restore(quiet_settings(), file, resume=resume))


async def _restore(settings: Settings, file: str | None, *, resume: bool | None) -> None:
    clock, chance = SystemClock(), SystemChance()
    async with opened(settings, clock, chance, may_be_new=file is not None) as kept:
        if file is not None:
            found = await take_in(kept.store, _lines(file), clock.now())
            click.echo(_told(found))
            if resume is None and sys.stdin.isatty():
                resume = click.confirm(_question(found), default=False)
        if resume:
            count = await release(kept.store, clock.now())
            click.echo(f"All channels go on; {_alerts(count)} will be posted by `paperwire run`.")
        else:
            click.echo(
                "All channels are paused: /papers resume goes on in one of them, and "
                "`paperwire restore --resume` in all."
            )


def _lines(file: str) -> Iterator[str]:
    with opened_file(file) as (stream, _):
        for number, line in numbered(file, stream):
            try:
                yield line.decode()
            except UnicodeDecodeError as error:
                raise Stop(f"{file}, line {number}: is not UTF-8.") from error


def _told(found: Restored) -> str:
    return (
        f"Restored {found.lines:,} records: {found.papers:,} papers seen, "
        f"{found.channels:,} channels, {_alerts(found.waiting)} waiting."
    )


def _question(found: Restored) -> str:
    what = f"post the {_alerts(found.waiting)} that wait, and " if found.waiting else ""
    return f"Shall all channels {what}go on now?"


def _alerts(count: int) -> str:
    return "1 alert" if count == 1 else f"{count:,} alerts"
