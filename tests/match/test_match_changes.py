"""The index while it changes: what was read of papers before must not hide what is new."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from compiled import loops

from bot.match import reader
from bot.match.index import Index
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import Node, Query
from bot.query.parse import parse


def _tree(text: str) -> Node:
    query = parse(text)
    assert isinstance(query, Query), query
    return query.tree


def _paper(text: str) -> Paper:
    return Paper(
        id=PaperId("arxiv:2401.00001"),
        title=text,
        abstract="",
        authors=(),
        categories=("cs.CL",),
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        announced=AnnounceType.NEW,
        sources=("arxiv",),
    )


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Quaternions", "quaternion"),
        ("Quaternions", "quat*"),
        ("Quaternions", "=Quaternions"),
        ("multi-quaternion-based", "multiquaternion"),
        ("multi-quaternion-based", '"quaternion based"'),
        ("multi-quaternion-based", "quaternionb*"),
        ("finetuning", '"fine tuning"'),
        ("Zürich-like", "zurichlike"),
        ("Zürich-like", "zur*"),
        ("C++", "C++"),
        ("C++", "=C++"),
        ("behaviour", "behaviou*"),
        ("Newton's-method", "newtonmethod"),
    ],
)
def test_a_word_seen_before_it_was_asked_for_is_found(text: str, query: str) -> None:
    """A clause comes, goes and comes again; the very next paper follows each time."""
    index = Index()
    index.add(0, _tree("unrelated -matter"))
    for _ in range(3):
        assert index.match(_paper(text)).tolist() == []
        index.add(1, _tree(query))
        assert index.match(_paper(text)).tolist() == [1]
        index.remove(1)
        assert index.match(_paper(text)).tolist() == []


def test_a_joined_word_outlives_the_phrase_that_spelled_it() -> None:
    """`finetuning` stays asked for when "fine tuning" goes, which it was made for; and back."""
    for first, second in (('"fine tuning"', "finetuning"), ("finetuning", '"fine tuning"')):
        index = Index()
        index.add(0, _tree(first))
        index.add(1, _tree(second))
        assert sorted(index.match(_paper("finetuning")).tolist()) == [0, 1]
        index.remove(0)
        assert index.match(_paper("finetuning")).tolist() == [1]
        index.add(2, _tree(f"{first} -other"))
        assert sorted(index.match(_paper("finetuning")).tolist()) == [1, 2]


@pytest.mark.parametrize("is_compiled", [False, True])
def test_words_of_papers_are_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch, is_compiled: bool
) -> None:
    """What many papers say grows no table but the memo, and that is emptied when it is full."""
    monkeypatch.setattr(reader, "CHUNKS_MAX", 500)
    index = Index(loops() if is_compiled else None)
    index.add(0, _tree("graph w10*"))
    terms = index._leaves.terms
    trie, memo, surfaces = terms.trie, terms.reader, terms.surfaces
    nodes = trie._end
    for number in range(100):
        text = " ".join(f"w{number}x{n} v{number}-{n} graph-{number}-{n}" for n in range(20))
        found = index.match(_paper(f"{text} graph")).tolist()
        assert found == [0] * (number == 10)

    assert trie._end == nodes
    assert len(memo) < 700
    assert len(surfaces.node.array) < 4000
    assert memo.nbytes < 200_000


@pytest.mark.parametrize("is_compiled", [False, True])
def test_words_that_meet_many_prefixes_do_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch, is_compiled: bool
) -> None:
    """Hundreds of prefixes of one another, many other words, papers that meet the prefixes."""
    monkeypatch.setattr("bot.match.surfaces._ALONE_MAX", 50_000)
    index = Index(loops() if is_compiled else None)
    for letters in range(3, 203):
        index.add(letters, _tree(f"{'a' * letters}*"))
    words = [f"w{number}" for number in range(3_000)]
    for number, word in enumerate(words, 1_000):
        index.add(number, _tree(word))
    assert len(index.match(_paper(" ".join(words)))) == len(words)
    surfaces = index._leaves.terms.surfaces
    before = surfaces.nbytes
    sizes = []
    for number in range(60):
        title = " ".join(f"{'a' * (200 + number % 5)}{number}x{n} b{number}c{n}" for n in range(9))
        assert sorted(index.match(_paper(title)).tolist()) == [*range(3, 201 + number % 5)][:200]
        assert not index.match(_paper(f"b{number} aa")).tolist()
        sizes.append(surfaces.nbytes)

    assert max(sizes) < before + 300_000


def test_words_that_nobody_asks_for_any_more_are_let_go() -> None:
    """A thousand words come and go beside one that stays; the vocabulary stays small."""
    index = Index()
    index.add(0, _tree("graph"))
    for number in range(1000):
        index.add(1, _tree(f'"word{number} other{number}"'))
        assert sorted(index.match(_paper(f"graph word{number}-other{number}")).tolist()) == [0, 1]

    trie = index._leaves.terms.trie
    assert len(trie.words) < 700
    assert trie._end < 2500
    assert index.match(_paper("graph word3-other3")).tolist() == [0]


def test_numbers_are_used_again_without_confusion() -> None:
    """A clause that gets the number of one that is gone does not inherit its papers."""
    index = Index()
    index.add(0, _tree("keeps*"))
    for number in range(50):
        index.add(1, _tree(f"alpha{number}* OR =Beta{number} OR title:gamma{number}"))
        text = f"Alpha{number}s Beta{number} gamma{number} keepsake"
        assert sorted(index.match(_paper(text)).tolist()) == [0, 1]
        index.remove(1)
        assert index.match(_paper(text)).tolist() == [0]


def test_a_burst_of_any_size_is_matched() -> None:
    """No paper, one, and more than fit a batch: each gets its own."""
    index = Index()
    for number in range(40):
        index.add(number, _tree(f"word{number} -other"))
    burst = [_paper(f"word{number}") for number in range(40)]

    assert index.match_many([]) == []
    assert [found.tolist() for found in index.match_many(burst[:1])] == [[0]]
    assert [found.tolist() for found in index.match_many(burst)] == [[n] for n in range(40)]


def test_a_wide_or_gives_each_number_once() -> None:
    """A query of many ways to hold, of which several do, is one match."""
    index = Index()
    index.add(0, _tree(" OR ".join(f"w{n}" for n in range(20))))
    index.add(1, _tree(" OR ".join(f"(w{n} v{n})" for n in range(20))))
    index.add(2, _tree("w1 OR w2"))
    every = _paper(" ".join(f"w{n} v{n}" for n in range(20)))

    assert sorted(index.match(every).tolist()) == [0, 1, 2]
    assert sorted(index.match_many([every, every])[1].tolist()) == [0, 1, 2]
    index.remove(0)
    assert sorted(index.match(every).tolist()) == [1, 2]
