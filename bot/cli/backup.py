"""`paperwire backup`: the store into a file, while it is used."""

from __future__ import annotations

import asyncio
import gzip
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from adapters.redis.backup import dump
from bot.app.opened import opened
from bot.cli.options import quiet_settings
from bot.cli.say import Stop
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from bot.settings import Settings


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write FILE (gzip): subscriptions, what was posted, what waits, which papers were seen.

    It may run beside `run`. There is no token or password in it.
    """
    settings = quiet_settings()
    try:
        lines = asyncio.run(_backup(settings, file))
    except OSError as error:
        raise Stop(f"{file} cannot be written: {error.strerror or error}.") from error
    click.echo(f"{file} holds {lines:,} records.")


async def _backup(settings: Settings, file: Path) -> int:
    """Beside the file first, so that a broken-off backup never takes the place of a whole one."""
    clock, chance = SystemClock(), SystemChance()
    scratch = file.with_name(f".{file.name}.{chance.token()}")
    lines = -2  # the first and the last line are about the others
    try:
        with _private(scratch) as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb") as packed:
                async with opened(settings, clock, chance) as kept:
                    async for line in dump(kept.store, clock.now()):
                        packed.write(line.encode() + b"\n")
                        lines += 1
            raw.flush()
            os.fsync(raw.fileno())
        scratch.replace(file)
    finally:
        with suppress(FileNotFoundError):
            scratch.unlink()
    return lines


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner can read: it tells what people follow."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
