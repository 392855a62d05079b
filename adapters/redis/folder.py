"""The embedded store's folder: private, locked by one owner, with a socket whose path fits."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.model.errors import SettingsError, StoreDown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.ports import Clock

SOCKET_PATH_MAX: Final = 100
"""A Unix socket's path holds 108 bytes on Linux and 104 on macOS, with the end's zero."""
_PRIVATE: Final = 0o700
_OURS_ALONE: Final = 0o600
POLL_S: Final = 0.02


class StoreTaken(StoreDown):
    """Another paperwire has the data folder."""


def private(folder: Path) -> Path:
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


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of which folder it is that it cannot be written: the disk is full, the file not ours."""
    try:
        yield
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be written ({error.strerror or error}): make room there, "
            "or set PAPERWIRE_DATA_DIR to another folder."
        ) from error


async def locked(folder: Path, clock: Clock, wait_s: float) -> int:
    """The descriptor that holds the folder's lock; StoreTaken while somebody else has it."""
    with writing(folder):
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
            await clock.sleep(POLL_S)
        with writing(folder):
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


def socket_path(folder: Path) -> Path:
    """Where the socket is: in the folder, or in a private one where that path would be too long.

    The file `socket` names it for those who attach.
    """
    with writing(folder):
        return _made_socket_path(folder)


def _made_socket_path(folder: Path) -> Path:
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


def config_of(folder: Path, socket: Path) -> bytes:
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


def last_words(folder: Path) -> str:
    """The end of the server's log, and where the rest is."""
    try:
        lines = (folder / "server.log").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    words = lines[-1][:300] if lines else "it said nothing"
    return f"{words} (its log is {folder / 'server.log'})"
