"""A paper's words are read once, whoever asks about it after that."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.archive.rows import words_row
from bot.match.explain import explain
from bot.match.matcher import Matcher
from bot.match.mute import muted
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import Query
from bot.query.parse import parse
from bot.text import words


def _paper(title: str, abstract: str) -> Paper:
    return Paper(
        id=PaperId("arxiv:2401.00001"),
        title=title,
        abstract=abstract,
        authors=("Ada Lovelace",),
        categories=("cs.CL",),
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        announced=AnnounceType.NEW,
        sources=("arxiv",),
    )


def test_match_search_and_reasons_share_the_words_of_a_paper() -> None:
    """Two texts are read twice in all: by no index, once for the first reason, not for a row."""
    paper = _paper("Pre-training of language models at scale", "We train them on much text. " * 20)
    matcher = Matcher()
    query = parse("pretraining train")
    assert isinstance(query, Query)
    matcher.add("it", query.tree)
    words._of_late.cache_clear()

    (match,) = matcher.match(paper)
    assert words._of_late.cache_info().misses == 0
    match.explain()
    explain(query.tree, paper)
    assert muted(["nothing", "text"], paper) == "text"
    words_row(paper)

    assert words._of_late.cache_info().misses == 2


def test_a_chunk_is_read_once_for_all_papers() -> None:
    """A second paper of the same words adds nothing to what the index has read."""
    matcher = Matcher()
    query = parse("graph OR neural*")
    assert isinstance(query, Query)
    matcher.add("it", query.tree)
    matcher.match(_paper("Graph neural networks", "for state-of-the-art tasks"))
    reader = matcher._index._leaves.terms.reader
    known = len(reader)

    matcher.match(_paper("for state-of-the-art tasks", "networks, neural Graph"))
    assert len(reader) == known
    matcher.match(_paper("Tasks for state-of-the-art", "networks, neural Graph"))

    assert len(reader) == known + 1
