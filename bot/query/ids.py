"""The ids that people type: arXiv's, old and new, DOIs, and the links of both."""

from __future__ import annotations

import re
from typing import Final

_LEAD: Final = re.compile(
    r"(?:https?://)?(?:(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|(?:dx\.)?doi\.org/)"
    r"|arxiv: ?|doi: ?"
)
_NEW: Final = re.compile(r"([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})(?:v[0-9]{1,3})?(?:\.pdf)?")
_OLD: Final = re.compile(
    r"([a-z][a-z-]{1,9})(?:\.[a-z]{2})?/([0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3})(?:v[0-9]{1,3})?"
)
_ARXIV_DOI: Final = re.compile(r"10\.48550/arxiv\.(.+)")
_DOI: Final = re.compile(r'10\.[0-9]{4,9}/[^\s"|]*[^\s"|.,;]')


def paper_id(typed: str) -> str | None:
    """`arxiv:2401.00001` (no version) or `doi:10.1000/x`, in lower case; None for neither."""
    name = typed.strip().lower()
    lead = _LEAD.match(name)
    name = name[lead.end() :] if lead else name
    as_doi = _ARXIV_DOI.fullmatch(name)
    name = as_doi[1] if as_doi else name
    new, old = _NEW.fullmatch(name), _OLD.fullmatch(name)
    if new:
        return f"arxiv:{new[1]}"
    if old:
        return f"arxiv:{old[1]}/{old[2]}"
    doi = _DOI.match(name)
    return f"doi:{doi[0]}" if doi else None
