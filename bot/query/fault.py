"""What stops the reading of a query; parse.py turns it into a QueryError, nothing else sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.query.ast import Span

_SHOWN_MAX: Final = 40


class Fault(Exception):  # noqa: N818  # a fault of the query, not of the program
    """A sentence for the person who typed the query, and the place of the fault."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


def quoted(found: str) -> str:
    """What was found, short enough for a sentence."""
    shown = found if len(found) <= _SHOWN_MAX else found[: _SHOWN_MAX - 1] + "…"
    return f"“{shown}”"
