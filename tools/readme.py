"""Writes the README's generated tables anew: python tools/readme.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bot.command import spec
from bot.settings import markdown_table

if TYPE_CHECKING:
    from collections.abc import Callable

README = Path(__file__).resolve().parents[1] / "README.md"


def _around(table: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}\n{table}\n{found[2]}"


def filled(text: str) -> str:
    """The text with each table between its marks as the code has it."""
    for name, table in (("settings", markdown_table()), ("commands", spec.markdown_table())):
        marks = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text, count = marks.subn(_around(table), text)
        if count != 1:
            raise SystemExit(f"README.md has {count} places for the table of {name}, not one.")
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
