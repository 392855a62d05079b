"""One paper as a part of a card: title, authors, links, the reason it is shown."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.card.abstract import clip, cut_abstract
from bot.card.card import Action, Link, PaperPart, Run
from bot.model.paper import AnnounceType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model.paper import Paper

PREFIX = "/papers"
"""What every command begins with; a button says the same."""

TITLE_MAX = 300
AUTHOR_MAX = 60
AUTHORS_SHOWN = 3
CATEGORIES_SHOWN = 6
URL_MAX = 500
"""Discord takes 512 characters in a link button."""

_SPOKEN = {
    AnnounceType.NEW: "new",
    AnnounceType.CROSS: "cross-list",
    AnnounceType.REPLACE: "new version",
    AnnounceType.REPLACE_CROSS: "new version of a cross-list",
}
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def paper_part(
    paper: Paper, reason: Sequence[Run] = (), *, abstract: bool = True, whole: bool = False
) -> PaperPart:
    """The paper as every card shows it; `whole` keeps its abstract uncut."""
    text = paper.abstract if whole else cut_abstract(paper.abstract)
    return PaperPart(
        paper_id=paper.id,
        title=clip(paper.title, TITLE_MAX) or "Untitled",
        url=paper.url,
        authors=authors_line(paper.authors),
        categories=paper.categories[:CATEGORIES_SHOWN],
        day=paper.published_at.date(),
        announced=_SPOKEN[paper.announced],
        version=paper.version,
        abstract=text if abstract else "",
        reason=tuple(reason),
        pdf_url=paper.pdf_url,
        code_url=next((url for url in paper.code_links if is_safe_link(url)), None),
        project_url=paper.project_url if is_safe_link(paper.project_url) else None,
        upvotes=paper.upvotes,
        stars=paper.stars,
    )


def authors_line(authors: Sequence[str]) -> str:
    """Three authors and a count: "A, B, C and 4 more"."""
    shown = [clip(name, AUTHOR_MAX) for name in authors[:AUTHORS_SHOWN]]
    rest = len(authors) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest:,} more"
    if len(shown) > 1:
        return f"{', '.join(shown[:-1])} and {shown[-1]}"
    return shown[0] if shown else "Authors not given"


def is_safe_link(url: str | None) -> bool:
    """Whether a link from a source may be shown: https, a plain host name, no user, no tricks.

    `https://arxiv.org@evil.example`, look-alike letters, `javascript:` and the like are refused.
    """
    if not url or len(url) > URL_MAX or any(_is_odd(char) for char in url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    return (
        parts.scheme == "https"
        and "@" not in parts.netloc
        and port in {None, 443}
        and "xn--" not in host
        and _HOST.fullmatch(host) is not None
    )


def _is_odd(char: str) -> bool:
    return char in "\\<>\"'`{}|^" or char.isspace() or unicodedata.category(char)[0] in "CZ"


def two_buttons(paper: Paper) -> tuple[Action | Link, ...]:
    """What people press most: the PDF and the code, or why it came."""
    why = Action("Why", f"{PREFIX} why {paper.id}")
    code = next((url for url in paper.code_links if is_safe_link(url)), None)
    second = why if code is None else Link("Code", code)
    first = Action("Cite", cite(paper)) if paper.pdf_url is None else Link("PDF", paper.pdf_url)
    return (first, second)


def cite(paper: Paper) -> str:
    """The command that cites a paper."""
    return f"{PREFIX} cite {paper.id}"


def more_actions(paper: Paper, *, mute: bool = True) -> tuple[Action | Link, ...]:
    """The overflow menu: all that can be asked of a paper."""
    offers = [Action("Why", f"{PREFIX} why {paper.id}")]
    if mute:
        offers.append(Action("Mute a word", f"{PREFIX} mute-from {paper.id}"))
    offers += [Action("Cite", cite(paper)), Action("Show", f"{PREFIX} show {paper.id}")]
    return tuple(offers)
