"""Recorded data where it is there, and the real network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.sources.client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def data() -> Path:
    """The folder of recorded data; the test is skipped where there is none."""
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("PAPERWIRE_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip("no data")
    return folder


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """The real network."""
    async with Client("paperwire/test (+tests@example.org)") as http:
        yield http
