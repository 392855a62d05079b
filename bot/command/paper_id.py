"""The paper that a person means by an arXiv id, a DOI or an address. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from bot.model.paper import PaperId
from bot.query.ids import paper_id

TEXT_MAX: Final = 500

_PLACES: Final = re.compile(
    r"(?:https?://)?(?:www\.|export\.|dx\.)?"
    r"(?:(?:arxiv|alphaxiv)\.org/(?:abs|pdf|html|format|ps)|(?:huggingface\.co|hf\.co)/papers|doi\.org)"
    r"/(.+)",
    re.IGNORECASE | re.DOTALL,
)
_OTHER_ADDRESS: Final = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def read_paper_id(text: str) -> PaperId | None:
    """The id without its version; None when the text names no paper. Never raises."""
    if len(text) > TEXT_MAX:
        return None
    name = text.strip().strip("<>\"'“”").rstrip(".,;:!?").strip()
    found = _PLACES.fullmatch(name)
    if found:
        name = unquote(re.split(r"[?#]", found[1], maxsplit=1)[0]).rstrip("/")
        name = name.removesuffix(".pdf")
    elif _OTHER_ADDRESS.match(name):
        return None
    name = re.sub(r"^id:\s*", "", name, flags=re.IGNORECASE)
    known = paper_id(name)
    return None if known is None or " " in name.partition(":")[2].strip() else PaperId(known)
