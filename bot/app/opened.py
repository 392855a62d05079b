"""Opens what a process keeps: the store (its own or PAPERWIRE_REDIS_URL's) and the archive."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from adapters.archive.sqlite import SqliteArchive
from adapters.redis.alone import free_the_dead
from adapters.redis.embedded import EmbeddedServer, attach_or_start
from adapters.redis.link import address
from adapters.redis.store import Store
from bot.app.known import FILE, epoch_of, remember
from bot.model.errors import SettingsError, StoreLost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.ports import Chance, Clock
    from bot.settings import Settings

log = structlog.get_logger()

ARCHIVE_FILE: Final = "archive.sqlite3"


@dataclass(frozen=True, slots=True)
class Kept:
    """The store and the archive of a process, and the store's own server where we run it."""

    store: Store
    archive: SqliteArchive
    server: EmbeddedServer | None = None


@asynccontextmanager
async def opened(
    settings: Settings,
    clock: Clock,
    chance: Chance,
    *,
    owns: bool = False,
    may_be_new: bool = False,
) -> AsyncIterator[Kept]:
    """Both, open while the context lasts.

    `owns` is `run`, which starts the embedded store and is refused where another has it; every
    other command attaches to a running one, and starts it for itself where none runs. `may_be_new`
    is `restore`, which may find a store empty that was not; all others get StoreLost then.
    """
    _make_folder(settings.data_dir)
    async with (
        _server(settings, clock, owns=owns) as (url, server),
        await _store(url, settings, chance, may_be_new=may_be_new) as it,
    ):
        if owns and settings.redis_url is None:
            await free_the_dead(it.link)
        for warning in await it.warnings() if settings.redis_url is not None else ():
            log.warning("store.doubtful", reason=warning)
        archive = SqliteArchive(settings.data_dir / ARCHIVE_FILE)
        try:
            yield Kept(it, archive, server)
        finally:
            archive.close()


async def _store(url: str, settings: Settings, chance: Chance, *, may_be_new: bool) -> Store:
    if settings.redis_url is None:
        return await Store.open(url, chance.token())
    folder, where = settings.data_dir, address(url)
    known = None if may_be_new else epoch_of(folder, where)
    try:
        store = await Store.open(url, chance.token(), epoch_was=known)
    except StoreLost as error:
        raise StoreLost(
            f"{error} To begin anew with an empty store, delete {folder / FILE}."
        ) from None
    remember(folder, where, store.epoch)
    return store


@asynccontextmanager
async def _server(
    settings: Settings, clock: Clock, *, owns: bool
) -> AsyncIterator[tuple[str, EmbeddedServer | None]]:
    if settings.redis_url is not None:
        yield settings.redis_url.get_secret_value(), None
    elif owns:
        async with await EmbeddedServer.start(settings.data_dir, clock) as server:
            yield server.url, server
    else:
        async with await attach_or_start(settings.data_dir, clock) as attached:
            yield attached.url, None


def _make_folder(folder: Path) -> None:
    """The data folder, for its user only: the archive tells what people read."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} cannot be made ({error.strerror}): set PAPERWIRE_DATA_DIR "
            "to a folder that can be written."
        ) from error
