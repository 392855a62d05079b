"""What every test may use. Helpers that are imported (`from fakes import …`) stand in tests/.

`valkey` is the URL of a real Valkey, started once by our own supervisor; `store` is an empty Store
on it, whose keys are checked after the test: each is of a kind that keys.py documents, and has a
TTL unless keys.py says why it stays.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

sys.path.insert(0, str(Path(__file__).parent))

from kits import empty_store

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.store import Store
from bot.model.errors import StoreDown
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """Log lines as nobody set them, whatever a command of a test before wanted; errors plainly."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    yield
    if structlog.get_config()["cache_logger_on_first_use"]:  # the command line was run here
        root.handlers[:], root.level = handlers, level
        for name, module in [*sys.modules.items()]:
            log = getattr(module, "log", None) if name.startswith(("bot.", "adapters.")) else None
            getattr(log, "__dict__", {}).pop("bind", None)


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of an embedded Valkey that lives as long as the tests."""
    with tempfile.TemporaryDirectory(prefix="pw-") as folder:
        server = asyncio.run(EmbeddedServer.start(Path(folder), SystemClock()))
        yield server.url
        asyncio.run(server.stop())


@pytest.fixture(scope="session")
def old_redis() -> Iterator[str]:
    """The URL of the machine's own Redis (7.0 on Debian 12), where it has one."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server on this machine")
    with tempfile.TemporaryDirectory(prefix="pw-") as folder:
        path = f"{folder}/redis.sock"
        options = ["--port", "0", "--unixsocket", path, "--dir", folder, "--save", ""]
        process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        asyncio.run(_answering(f"unix://{path}"))
        yield f"unix://{path}"
        process.terminate()
        process.wait()


async def _answering(url: str) -> None:
    clock = SystemClock()
    for _ in range(500):
        try:
            async with await Store.open(url, "epoch"):
                return
        except StoreDown:
            await clock.sleep(0.01)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture
async def store(valkey: str) -> AsyncIterator[Store]:
    """An empty store on the embedded Valkey."""
    async with empty_store(valkey) as found:
        yield found
