"""Names: what a subscription's may be and how it is tidied; what sources are called. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from bot.command.reply import Problem
from bot.command.seek import read_number

NAME_MAX: Final = 60

SOURCE_NAMES: Final = {
    "arxiv": "arXiv",
    "huggingface": "Hugging Face",
    "papers": "Files of papers",
    "sample": "Sample day",
}


def read_name(text: str | None) -> str | Problem | None:
    """The name on one line; None for none, also for an empty one."""
    if text is None:
        return None
    kept = "".join(" " if char.isspace() else char for char in text)
    kept = "".join(c for c in kept if unicodedata.category(c)[0] != "C")
    name = " ".join(kept.split())
    if len(name) > NAME_MAX:
        return Problem(
            "The name is too long",
            (f"A name has at most {NAME_MAX} characters; this one has {len(name):,}.",),
        )
    if read_number(name) is not None:
        return Problem(
            "A number is no name",
            (f"{name} would be read as a subscription's number. Add a word to it.",),
        )
    return name or None
