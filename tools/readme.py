"""Writes the README's generated tables anew: python tools/readme.py."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import platform_table

from bot.command import spec
from bot.settings import markdown_table

if TYPE_CHECKING:
    from collections.abc import Callable

README = Path(__file__).resolve().parents[1] / "README.md"


def _around(table: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}\n{table}\n{found[2]}"


def filled(text: str) -> str:
    """The text with each table between its marks as the code has it."""
    tables = {
        "settings": markdown_table(),
        "commands": spec.markdown_table(),
        "platforms": platform_table.table(),
    }
    for name, table in tables.items():
        marks = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text, count = marks.subn(_around(table), text)
        if count != 1:
            raise SystemExit(f"README.md has {count} places for the table of {name}, not one.")
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
