"""Which stores this data folder has worked with, so that one that was emptied is noticed.

A Redis that lost its data comes back empty, and would be taken for a new one: no subscription, no
memory of what was posted. The embedded store needs no such note, as it lies in the same folder.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.model.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "stores.json"


def epoch_of(folder: Path, where: str) -> str | None:
    """The epoch that the store at an address had; None for one that was not used from here."""
    return _read(folder).get(where)


def remember(folder: Path, where: str, epoch: str) -> None:
    """Note the epoch of the store at an address."""
    known = _read(folder)
    if known.get(where) == epoch:
        return
    path = folder / FILE
    scratch = path.with_name(f"{FILE}.new")
    try:
        scratch.write_text(json.dumps({**known, where: epoch}, indent=1), encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror}): set PAPERWIRE_DATA_DIR to a folder "
            "that can be written."
        ) from error


def _read(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
