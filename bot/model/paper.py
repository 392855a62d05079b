"""A paper: the normalised record that everything else speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

PaperId = NewType("PaperId", str)
"""`arxiv:2401.00001` (no version), `arxiv:hep-th/9901001`, or `doi:10.1000/x` (lower case)."""


class AnnounceType(StrEnum):
    """How a source announced a paper (arXiv's words), the strongest first."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. Texts are plain Unicode: TeX was read and white space folded at the edge.

    `categories` stand in the source's order, the primary one first. Times are aware UTC.
    `upvotes` and `stars` are None where no source counts them.
    """

    id: PaperId
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    published_at: datetime
    announced: AnnounceType
    sources: tuple[str, ...]
    version: int = 1
    doi: str | None = None
    comment: str | None = None
    journal: str | None = None
    code_links: tuple[str, ...] = ()
    project_url: str | None = None
    upvotes: int | None = None
    stars: int | None = None
    licence: str | None = None

    @property
    def url(self) -> str:
        """The page that a title links to: arXiv's abstract page, or the DOI's resolver."""
        kind, _, name = self.id.partition(":")
        return f"https://arxiv.org/abs/{name}" if kind == "arxiv" else f"https://doi.org/{name}"

    @property
    def pdf_url(self) -> str | None:
        """The PDF at arXiv, or None for a paper that is not on arXiv."""
        kind, _, name = self.id.partition(":")
        return f"https://arxiv.org/pdf/{name}" if kind == "arxiv" else None
