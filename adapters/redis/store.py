"""Store: all ports of the store on one connection, opened only when it is ours to write."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from adapters.redis import keys
from adapters.redis.button_texts import RedisButtonTexts
from adapters.redis.channels import RedisChannels
from adapters.redis.feeds import RedisFeeds
from adapters.redis.leases import RedisLeases
from adapters.redis.link import Link
from adapters.redis.messages import RedisMessages
from adapters.redis.outbox import HTTP_TIMEOUT_S, LEASE_S, RedisOutbox
from adapters.redis.papers import RedisPapers
from adapters.redis.recent import RedisRecentQueries
from adapters.redis.told import RedisTold
from bot.model.errors import SettingsError, StoreDown, StoreLost, StoreNewer

if TYPE_CHECKING:
    from types import TracebackType

    from bot.ports import Clock

SCHEMA: Final = 3
"""Rises when a program of before could not read, or would spoil, what this one writes."""
LOOK_S: Final = 1.0
"""How often the store's epoch is looked at: an emptied one takes next to nothing in a second."""
_SERVER_MIN: Final = 7
_WINDOWS_OF_INFO: Final = ("redis_version", "maxmemory_policy", "aof_enabled")


@dataclass(frozen=True, slots=True)
class Store:
    """The store's ports. `outbox` is Outbox and OutboxDesk; `epoch` names the store's life."""

    link: Link
    epoch: str
    papers: RedisPapers
    feeds: RedisFeeds
    leases: RedisLeases
    channels: RedisChannels
    outbox: RedisOutbox
    messages: RedisMessages
    button_texts: RedisButtonTexts
    recent: RedisRecentQueries
    told: RedisTold

    @classmethod
    async def open(
        cls,
        url: str,
        token: str,
        *,
        lease_s: float = LEASE_S,
        http_timeout_s: float = HTTP_TIMEOUT_S,
        epoch_was: str | None = None,
    ) -> Self:
        """Connect, and check that the store is one that this program may write.

        `token` (Chance.token()) becomes the epoch of a store that has none. StoreDown when it
        cannot be reached, StoreNewer when a newer paperwire wrote it, StoreLost when its epoch is
        not `epoch_was` (None: any will do), SettingsError for a URL that names no store.
        """
        link = Link(plain_url(url))
        try:
            epoch = await _checked(link, token, epoch_was)
        except BaseException:
            await link.close()
            raise
        return cls(
            link=link,
            epoch=epoch,
            papers=RedisPapers(link),
            feeds=RedisFeeds(link),
            leases=RedisLeases(link),
            channels=RedisChannels(link),
            outbox=RedisOutbox(link, lease_s=lease_s, http_timeout_s=http_timeout_s),
            messages=RedisMessages(link),
            button_texts=RedisButtonTexts(link),
            recent=RedisRecentQueries(link),
            told=RedisTold(link),
        )

    async def ping(self) -> None:
        """Prove that the store takes writes; StoreDown when it does not."""
        await self.link.command("SET", keys.once("ready"), 1, "PX", 60_000)

    async def stay(self, clock: Clock, pause_s: float = LOOK_S) -> None:
        """Look for ever whether it is still the store that was opened: StoreLost if not."""
        while True:
            await clock.sleep(pause_s)
            with suppress(StoreDown):  # others tell that it is away
                found = await self.link.command("GET", keys.EPOCH)
                if found is None or found.decode() != self.epoch:
                    break
        raise _lost(self.link)

    async def warnings(self) -> list[str]:
        """Sentences about settings of the server that could lose alerts; none for the embedded."""
        facts = await _facts(self.link)
        found = []
        if facts.get("aof_enabled") != "1":
            found.append(
                f"The store at {self.link.where} keeps no append-only file: it can lose alerts "
                "when it stops. Set `appendonly yes` and `appendfsync always`."
            )
        if facts.get("maxmemory_policy", "noeviction") != "noeviction":
            found.append(
                f"The store at {self.link.where} may throw data away when memory is short: set "
                "`maxmemory-policy noeviction`."
            )
        return found

    async def close(self) -> None:
        """Close all connections."""
        await self.link.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def plain_url(url: str) -> str:
    """The URL for one server; SettingsError for a cluster's, which is not carried yet."""
    if url.startswith(("redis+cluster://", "rediss+cluster://")):
        raise SettingsError(
            "PAPERWIRE_REDIS_URL asks for a cluster (redis+cluster://), which this version does "
            "not speak to yet: give the redis:// URL of a single Redis or Valkey."
        )
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError(
            "PAPERWIRE_REDIS_URL has to begin with redis://, rediss:// or unix://."
        )
    return url


def _lost(link: Link) -> StoreLost:
    return StoreLost(
        f"The store at {link.where} is not the one that paperwire used before: it was emptied or "
        "replaced, and nothing is posted into it. Put its data back, or restore a backup into it."
    )


async def _checked(link: Link, token: str, epoch_was: str | None) -> str:
    facts = await _facts(link)
    version = facts.get("redis_version", "0")
    if int(version.partition(".")[0] or 0) < _SERVER_MIN:
        raise StoreDown(
            f"The store at {link.where} is Redis {version}: paperwire needs 7.0 or newer, or "
            "Valkey."
        )
    if epoch_was is not None and await link.command("GET", keys.EPOCH) != epoch_was.encode():
        raise _lost(link)
    written = await link.command("SET", keys.SCHEMA, SCHEMA, "NX", "GET")
    if written is not None and (not written.isdigit() or int(written) > SCHEMA):
        raise StoreNewer(
            f"The store at {link.where} was written by a newer paperwire (its schema is "
            f"{written.decode(errors='replace')[:20]}, this one knows {SCHEMA}). Use that "
            "version; nothing was changed."
        )
    if written is not None and int(written) < SCHEMA:  # from here on, not for a program of before
        await link.command("SET", keys.SCHEMA, SCHEMA)
    found = await link.command("SET", keys.EPOCH, token, "NX", "GET")
    return found.decode() if found is not None else token


async def _facts(link: Link) -> dict[str, str]:
    """INFO as pairs. Valkey says which Redis it is like in `redis_version`."""
    text = await link.command("INFO")
    pairs = (line.partition(":") for line in text.decode(errors="replace").splitlines())
    return {name: value for name, _, value in pairs if name in _WINDOWS_OF_INFO}
