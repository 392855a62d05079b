"""The file that a restart begins with: whole and ours, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.archive.snapshot import FILE, SnapshotFile, drop

if TYPE_CHECKING:
    from pathlib import Path


def names_in(folder: Path) -> list[str]:
    """The files of a folder."""
    return sorted(file.name for file in folder.iterdir())


async def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """The pieces come back as one; the newest counts; nothing else lies in the folder."""
    kept = SnapshotFile(tmp_path, "epoch")
    assert await kept.load() is None

    await kept.save([b"first"])
    await kept.save([b"a", memoryview(b"b\nc"), bytearray(b"")])

    assert await kept.load() == b"ab\nc"
    assert await SnapshotFile(tmp_path, "epoch").load() == b"ab\nc"
    assert names_in(tmp_path) == [FILE]


async def test_another_stores_is_none(tmp_path: Path) -> None:
    """A store that was emptied or replaced begins anew."""
    await SnapshotFile(tmp_path, "epoch").save([b"all"])

    assert await SnapshotFile(tmp_path, "other").load() is None


@pytest.mark.parametrize("place", [0, 12, 30, 60, -1])
async def test_a_damaged_one_is_none(tmp_path: Path, place: int) -> None:
    """One wrong byte anywhere, or a missing end, and it is not used."""
    kept = SnapshotFile(tmp_path, "epoch")
    await kept.save([b"x" * 100])
    file = tmp_path / FILE
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert await kept.load() is None

    changed = bytearray(whole)
    changed[place] ^= 1
    file.write_bytes(changed)
    assert await kept.load() is None


async def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """Without a snapshot the next start is slower: that is all."""
    kept = SnapshotFile(tmp_path / "none", "epoch")

    await kept.save([b"all"])
    await kept.drop()

    assert await kept.load() is None


async def test_a_dropped_one_is_gone(tmp_path: Path) -> None:
    """Nothing of it stays, also not of one that was being written."""
    kept = SnapshotFile(tmp_path, "epoch")
    await kept.save([b"all"])
    (tmp_path / f"{FILE}.1.new").write_bytes(b"half")

    drop(tmp_path)

    assert await kept.load() is None
    assert names_in(tmp_path) == []
