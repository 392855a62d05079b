"""A paper as rows: its record in JSON, and its words as FTS5 indexes them.

Words are folded by bot.text, so that search and alerts agree. `<field>_runs` holds a field's
hyphenated runs written together, `unfolded` the words whose folded form is another (for prefixes),
`authors` the words of names, `names` the family names, `categories` each class and its archive.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import change_type
from bot.text.names import read_name
from bot.text.words import bare, compounds, tokens

if TYPE_CHECKING:
    from bot.text.words import Token

_TEXTS = ("title", "abstract", "comment", "journal")
COLUMNS = (
    *_TEXTS,
    *(f"{text}_runs" for text in _TEXTS),
    "authors",
    "names",
    "categories",
    "sources",
    "announced",
    "ids",
    "unfolded",
)

_TIES_LOW = 1 << 20


def record_json(paper: Paper) -> str:
    """The paper as one JSON text."""
    fields = {name: getattr(paper, name) for name in Paper.__slots__}
    fields["published_at"] = paper.published_at.isoformat()
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def paper_from_json(text: str) -> Paper:
    """What record_json wrote."""
    fields = cast("dict[str, Any]", json.loads(text))
    fields["id"] = PaperId(fields["id"])
    fields["published_at"] = datetime.fromisoformat(fields["published_at"])
    fields["announced"] = AnnounceType(fields["announced"])
    for name in ("authors", "categories", "sources", "code_links"):
        fields[name] = tuple(fields[name])
    return Paper(**fields)


def row_floor(at: datetime) -> int:
    """The lowest row number of a paper published at that second: rows sort by day published."""
    return int(at.timestamp()) * _TIES_LOW


def words_row(paper: Paper) -> tuple[str, ...]:
    """The paper's words, in the order of COLUMNS."""
    texts = [tokens(getattr(paper, name) or "") for name in _TEXTS]
    runs = [[(folded, raw) for _, _, folded, raw in compounds(text)] for text in texts]
    authors = [tokens(author) for author in paper.authors]
    author_runs = [(f, raw) for author in authors for _, _, f, raw in compounds(author)]
    words = [(token.folded, token.raw) for text in (*texts, *authors) for token in text]
    every = [*words, *(run for text in runs for run in text), *author_runs]
    return (
        *(_folded(text) for text in texts),
        *(" ".join(folded for folded, _ in text) for text in runs),
        " ".join([*(_folded(author) for author in authors), *(f for f, _ in author_runs)]),
        " ".join(read_name(author).family for author in paper.authors),
        " ".join(_categories(paper)),
        " ".join(source.lower() for source in paper.sources),
        change_type(paper.announced).value,
        " ".join(_ids(paper)),
        " ".join(plain for folded, raw in every if (plain := bare(raw)) != folded),
    )


def _folded(text: tuple[Token, ...]) -> str:
    return " ".join(token.folded for token in text)


def _categories(paper: Paper) -> list[str]:
    lower = [category.lower() for category in paper.categories]
    return [*lower, *dict.fromkeys(category.partition(".")[0] for category in lower)]


def _ids(paper: Paper) -> list[str]:
    return [paper.id, *([f"doi:{paper.doi.lower()}"] if paper.doi else [])]
