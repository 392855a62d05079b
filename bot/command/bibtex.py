"""A paper as BibTeX, well formed whatever its title holds. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from bot.command.small_words import SMALL_WORDS

if TYPE_CHECKING:
    from bot.model.paper import Paper

_ESCAPES: Final = {
    "\\": r"\textbackslash{}",
    # braces count in BibTeX even when escaped, so that a lone \{ would break the entry
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
}
_LETTERS: Final = str.maketrans(
    dict(zip("øØłŁđı", "oOlLdi", strict=True)) | {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe"}
)
_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})


def bibtex(paper: Paper) -> str:
    """The entry, one field a line."""
    kind, _, name = paper.id.partition(":")
    fields = {
        "title": "{" + escape(paper.title) + "}",
        "author": " and ".join(_author(author) for author in paper.authors),
        "year": str(paper.published_at.year),
    }
    if kind == "arxiv":
        fields["eprint"] = name
        fields["archivePrefix"] = "arXiv"
        if paper.categories:
            fields["primaryClass"] = escape(paper.categories[0])
    doi = paper.doi or (name if kind == "doi" else None)
    if doi:
        fields["doi"] = escape(doi)
    if paper.journal:
        fields["note"] = escape(paper.journal)
    fields["url"] = paper.url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
    lines = [f"  {field} = {{{value}}}," for field, value in fields.items() if value]
    return "\n".join([f"@misc{{{key(paper)},", *lines, "}"])


def key(paper: Paper) -> str:
    """`he2026diffusion`: first author's family name, year, first telling word of the title."""
    family = _plain(_family(paper.authors[0])) if paper.authors else ""
    words = (_plain(word) for word in re.split(r"[\s\-‐‑–—/:]+", paper.title))
    word = next((w for w in words if len(w) > 2 and w not in SMALL_WORDS), "")  # noqa: PLR2004 - "on", "of"
    return f"{family or 'anonymous'}{paper.published_at.year}{word}"


def escape(text: str) -> str:
    """The text with TeX's own characters made harmless, on one line."""
    return "".join(_ESCAPES.get(char, char) for char in " ".join(text.split()))


def _author(name: str) -> str:
    """One author; braces keep a group's "and" or a flood of commas from being read as names."""
    text = escape(name)
    grouped = re.search(r"\band\b", text, re.IGNORECASE) or text.count(",") > 2  # noqa: PLR2004 - BibTeX: von Last, Jr, First
    return "{" + text + "}" if grouped else text


def _family(name: str) -> str:
    family, comma, _ = name.partition(",")
    if comma:
        return family
    words = [w for w in name.split() if w.strip(".").casefold() not in _SUFFIXES]
    return words[-1] if words else ""


def _plain(text: str) -> str:
    """Letters and digits a-z 0-9; what cannot be written so is left out."""
    spread = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return re.sub(r"[^a-z0-9]", "", spread.lower())[:40]
