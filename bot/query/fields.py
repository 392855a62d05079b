"""The fields of the query language, their short names, and the nearest to a slip."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS: Final = {
    "title": "title",
    "ti": "title",
    "abstract": "abstract",
    "abs": "abstract",
    "author": "author",
    "au": "author",
    "cat": "cat",
    "category": "cat",
    "source": "source",
    "src": "source",
    "type": "type",
    "has": "has",
    "upvotes": "upvotes",
    "comment": "comment",
    "co": "comment",
    "journal": "journal",
    "jr": "journal",
    "id": "id",
    "doi": "id",
    "all": "all",
    "since": "since",
    "until": "until",
}
"""Every name that can stand before a colon, and the field that it means."""

SUPPLIERS: Final = {
    "cat": frozenset({"arxiv"}),
    "type": frozenset({"arxiv"}),
    "comment": frozenset({"arxiv"}),
    "journal": frozenset({"arxiv"}),
    "upvotes": frozenset({"huggingface"}),
    "has:doi": frozenset({"arxiv"}),
    "has:journal": frozenset({"arxiv"}),
}
"""The sources that supply a field; a field that is not named comes from all."""

KNOWN_SOURCES: Final = frozenset({"arxiv", "huggingface"})
"""The sources that SUPPLIERS speaks of; another one is taken to supply everything."""


_CANDIDATES: Final = 20
"""Of those that look alike, the one that begins alike is meant: cs.CW is cs.CV, not cs.SC."""


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like what was typed, or None when none does."""
    name = typed[:24].lower()
    close = get_close_matches(name, list(known), n=_CANDIDATES, cutoff=0.6)
    return max(close, key=lambda one: _shared(one, name), default=None)


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
