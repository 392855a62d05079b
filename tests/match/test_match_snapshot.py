"""A snapshot of the index is loaded whole and right, or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.match import snapshot
from bot.match.index import Index
from bot.match.snapshot import heard, packed, said, unpacked
from bot.model.errors import SnapshotUnreadable
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import Node, Query
from bot.query.parse import Use, parse

QUERIES = [
    "graph",
    '"large language model" -survey',
    "pre-training OR finetuning",
    "neural* title:graph au:Lovelace",
    "=RAG cat:cs.CL upvotes:>=5",
    '="Chain of Thought" has:code',
    "pre-train* source:arxiv type:new",
    "id:2401.00001 OR all:graph",
    " ".join(f"(a{n} OR b{n})" for n in range(10)),
    " OR ".join(f'"w{n} v{n}"' for n in range(12)),
    "a1 b1 c1 d1 e1 -f1",
    "since:2026-01-01 graph",
    "until:7d graph",
]


def _tree(text: str) -> Node:
    query = parse(text, Use.SEARCH)
    assert isinstance(query, Query), query
    return query.tree


def _index() -> Index:
    index = Index()
    for number, text in enumerate(QUERIES):
        index.add(number, _tree(text))
    return index


def _paper() -> Paper:
    return Paper(
        id=PaperId("arxiv:2401.00001"),
        title="Graph neural networks",
        abstract="w3 v3 and a0 b1 a2 b3 a4 b5 a6 b7 a8 b9; a large language model pre-trained",
        authors=("A. Lovelace",),
        categories=("cs.CL",),
        published_at=datetime(2026, 1, 2, tzinfo=UTC),
        announced=AnnounceType.NEW,
        sources=("arxiv",),
    )


def test_a_loaded_index_finds_the_same() -> None:
    """All kinds of clauses and rows come back, and match as before."""
    index = _index()
    loaded = Index.load(b"".join(index.save()))

    assert sorted(loaded.match(_paper()).tolist()) == sorted(index.match(_paper()).tolist())
    assert len(loaded) == len(QUERIES)
    assert sorted(index.match(_paper()).tolist()) == [0, 1, 3, 6, 7, 8, 9, 11]


def test_a_loaded_index_can_be_saved_again() -> None:
    """A snapshot of a loaded index is the snapshot that it was loaded from."""
    once = b"".join(_index().save())

    assert b"".join(Index.load(once).save()) == once


def test_a_damaged_snapshot_is_refused() -> None:
    """A changed, missing or added byte anywhere gives an error, never an index."""
    whole = b"".join(_index().save())
    for at in range(0, len(whole), max(1, len(whole) // 200)):
        changed = bytearray(whole)
        changed[at] ^= 0x40
        with pytest.raises(SnapshotUnreadable):
            Index.load(changed)
        with pytest.raises(SnapshotUnreadable):
            Index.load(whole[:at])
    with pytest.raises(SnapshotUnreadable):
        Index.load(whole + b"\0")


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"paperwire index\n", b"{}\n[]"])
def test_other_bytes_are_refused(data: bytes) -> None:
    """What is no snapshot at all is told as such."""
    with pytest.raises(SnapshotUnreadable):
        Index.load(data)


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot of another layout, or of other rules for words, is made anew."""
    whole = b"".join(packed({}))
    assert unpacked(whole) == {}
    monkeypatch.setattr(snapshot, "VERSION", 0)
    with pytest.raises(SnapshotUnreadable, match="another version"):
        unpacked(whole)
    monkeypatch.undo()
    monkeypatch.setattr(snapshot, "_FOLDED", "gpus")
    with pytest.raises(SnapshotUnreadable, match="another version"):
        unpacked(whole)


@given(st.lists(st.sampled_from(QUERIES), min_size=1, max_size=4))
def test_a_tree_comes_back_from_json(texts: list[str]) -> None:
    """Each node that a query can have is written and read as itself."""
    for text in texts:
        tree = _tree(text)

        assert heard(json.loads(json.dumps(said(tree)))) == tree
