"""Names of papers: arXiv ids in every spelling, and DOIs."""

from __future__ import annotations

import re

from bot.model.paper import PaperId

_NEW = r"(?P<year>\d\d)(?P<month>0[1-9]|1[0-2])\.(?P<number>\d{4,5})"
_OLD = r"(?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.[A-Z]{2})?/(?P<old>\d\d(?:0[1-9]|1[0-2])\d{3})"
_ARXIV = re.compile(
    r"(?:oai:arxiv\.org:|arxiv:|(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf)/"
    r"|(?:https?://(?:dx\.)?doi\.org/|doi:)?10\.48550/arxiv\.)?"
    rf"(?:{_NEW}|(?-i:{_OLD}))(?:v(?P<version>[1-9]\d{{0,2}}))?(?:\.pdf)?/?",
    re.IGNORECASE | re.ASCII,
)
_DOI = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/[!#-;=?-\[\]_a-z~]{1,200})",
    re.IGNORECASE | re.ASCII,
)
_FIVE_DIGITS_FROM = 1501
"""arXiv numbers papers of a month with five digits since January 2015, with four before."""


def arxiv_id(text: str) -> tuple[PaperId, int | None] | None:
    """The id without version, and the version, of an id, link, OAI name or arXiv's own DOI."""
    found = _ARXIV.fullmatch(text.strip()) if len(text) < 128 else None  # noqa: PLR2004 - longer than any id
    if found is None:
        return None
    version = int(found["version"]) if found["version"] else None
    if found["old"]:
        return PaperId(f"arxiv:{found['archive']}/{found['old']}"), version
    month = found["year"] + found["month"]
    if len(found["number"]) != (5 if int(month) >= _FIVE_DIGITS_FROM else 4):
        return None
    return PaperId(f"arxiv:{month}.{found['number']}"), version


def doi(text: str) -> str | None:
    """The first DOI of the text, lower case, without a resolver's address; None for none."""
    for part in text.split():
        if found := _DOI.fullmatch(part.rstrip(".,;")):
            return found[1].lower()
    return None


def paper_id(text: str) -> tuple[PaperId, int | None] | None:
    """The id of a paper by its arXiv id or DOI; arXiv's own DOIs become arXiv ids."""
    if found := arxiv_id(text):
        return found
    name = doi(text) if len(text.split()) == 1 else None
    return (PaperId(f"doi:{name}"), None) if name else None
