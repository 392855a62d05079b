from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.app.known import FILE, epoch_of, remember
from bot.model.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

WHERE = "redis://127.0.0.1:6379/0"


def test_each_address_has_its_own_epoch(tmp_path: Path) -> None:
    """What was noted last holds; another address is not known by it."""
    assert epoch_of(tmp_path, WHERE) is None
    remember(tmp_path, WHERE, "one")
    remember(tmp_path, "redis://elsewhere:6379/0", "two")
    remember(tmp_path, WHERE, "three")

    assert epoch_of(tmp_path, WHERE) == "three"
    assert epoch_of(tmp_path, "redis://elsewhere:6379/0") == "two"


@pytest.mark.parametrize("text", ["", "[]", "{", '"redis://127.0.0.1:6379/0"', "\x00"])
def test_a_damaged_note_is_none(tmp_path: Path, text: str) -> None:
    """The note is a safety net: without it everything works as on the first day."""
    (tmp_path / FILE).write_text(text)

    assert epoch_of(tmp_path, WHERE) is None
    remember(tmp_path, WHERE, "one")
    assert epoch_of(tmp_path, WHERE) == "one"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The sentence says which file, and what to do."""
    with pytest.raises(SettingsError, match=r"stores\.json cannot be written"):
        remember(tmp_path / "gone", WHERE, "one")
