"""One suite a port, on the fake, on the embedded Valkey and on the machine's Redis."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from fakes import FakeStore, StoppedClock
from kits import HASTY_S, Kit, empty_store

from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(params=["fake", "valkey", "redis"])
def url(request: pytest.FixtureRequest) -> str | None:
    """The URL of a real store; None for the fake."""
    if request.param == "fake":
        return None
    found: str = request.getfixturevalue("valkey" if request.param == "valkey" else "old_redis")
    return found


@pytest.fixture
async def kit(url: str | None) -> AsyncIterator[Kit]:
    """An empty store of each kind."""
    async with _kit(url, 60.0) as found:
        yield found


@pytest.fixture
async def hasty(url: str | None) -> AsyncIterator[Kit]:
    """A store whose outbox replaces dead senders within milliseconds."""
    async with _kit(url, HASTY_S) as found:
        yield found


@asynccontextmanager
async def _kit(url: str | None, life_s: float) -> AsyncIterator[Kit]:
    if url is None:
        clock = StoppedClock()
        fake = FakeStore(clock, lease_s=life_s, http_timeout_s=life_s)
        yield Kit(
            fake.papers,
            fake.feeds,
            fake.leases,
            fake.channels,
            fake.outbox,
            fake.outbox,
            fake.messages,
            fake.button_texts,
            fake.recent,
            clock.sleep,
        )
        return
    async with empty_store(url, lease_s=life_s, http_timeout_s=life_s) as store:
        yield Kit(
            store.papers,
            store.feeds,
            store.leases,
            store.channels,
            store.outbox,
            store.outbox,
            store.messages,
            store.button_texts,
            store.recent,
            SystemClock().sleep,
        )
