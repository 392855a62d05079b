"""`paperwire erase TENANT`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from storing import SLACK, channel

from adapters.archive.snapshot import SnapshotFile
from bot.model.channel import ChannelId
from bot.ports import Written

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.redis.store import Store


def ran(folder: Path, url: str, *args: str) -> subprocess.CompletedProcess[str]:
    """The command, on a store that is running."""
    environ = {**os.environ, "PAPERWIRE_REDIS_URL": url, "PAPERWIRE_DATA_DIR": str(folder)}
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", "erase", *args],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.mark.parametrize("name", ["T1", "slack:T1"])
async def test_a_tenant_is_erased_by_either_name(
    store: Store, valkey: str, tmp_path: Path, name: str
) -> None:
    """Not without a yes; then all of it, in files too; a second time there is nothing."""
    assert await store.channels.write([channel(SLACK)], None, 1000) is Written.DONE
    await store.link.command("SET", "pw:epoch", "epoch")

    unasked = ran(tmp_path, valkey, name)
    still = [one.id async for one in store.channels.all()]
    await SnapshotFile(tmp_path, "epoch").save([b"subscriptions of before"])
    erased = ran(tmp_path, valkey, name, "--yes")
    assert await SnapshotFile(tmp_path, "epoch").load() is None
    again = ran(tmp_path, valkey, name, "--yes")

    assert (unasked.returncode, still) == (2, [SLACK])
    assert "--yes" in unasked.stderr
    assert (erased.returncode, erased.stderr) == (0, "")
    assert "Erased slack:T1" in erased.stdout
    assert [one async for one in store.channels.all()] == []
    assert again.returncode == 2
    assert "Nothing is kept of slack:T1" in again.stderr


@pytest.mark.parametrize("name", ["discord:12345", "12345"])
async def test_a_server_is_erased_by_either_name(
    store: Store, valkey: str, tmp_path: Path, name: str
) -> None:
    """A number is a server of Discord's; where nothing is kept it says where to find the id."""
    here = ChannelId("discord", "12345", "7")
    for one in (here, SLACK):
        assert await store.channels.write([channel(one)], None, 1000) is Written.DONE
    await store.link.command("SET", "pw:epoch", "epoch")

    erased = ran(tmp_path, valkey, name, "--yes")
    again = ran(tmp_path, valkey, name, "--yes")

    assert (erased.returncode, erased.stderr) == (0, "")
    assert "Erased discord:12345" in erased.stdout
    assert [one.id async for one in store.channels.all()] == [SLACK]
    assert again.returncode == 2
    assert "Discord shows a server's id" in again.stderr


@pytest.mark.parametrize("name", ["", "a:b:c", "T 1", "slack:"])
def test_what_names_no_workspace_is_told(tmp_path: Path, name: str) -> None:
    """A sentence and status 2, before any store is opened."""
    found = ran(tmp_path, "redis://127.0.0.1:9", name, "--yes")

    assert found.returncode == 2
    assert "names no workspace" in found.stderr
