"""Queries taken in together are matched as those taken in one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.match import table, trie
from bot.match.index import Index
from bot.match.plain import holds
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Sized

    from bot.query.ast import Node


@pytest.fixture(autouse=True, scope="module", params=["as it is", "by arrays", "colliding"])
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Few items go through the arrays too, and checksums of joined words collide."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "by arrays":
            patch.setattr(table, "_A_FEW", 0)
        if request.param == "colliding":
            patch.setattr(trie, "crc32", lambda text: len(text) % 2)
        yield


WORDS = ["pre", "training", "pretraining", "GANs", "GAN", "model", "models", "a", "ab", "b", "bb"]
word = st.sampled_from([*WORDS, "AND", "OR", "é"])
phrase = st.lists(st.sampled_from(WORDS), min_size=2, max_size=4).map(
    lambda some: f'"{" ".join(some)}"'
)
clause = st.one_of(
    word,
    phrase,
    phrase,
    st.sampled_from(["title:", "all:", "=", "comment:="]).flatmap(
        lambda before: (word | phrase).map(lambda text: f"{before}{text}")
    ),
    st.sampled_from(
        [
            *("pre*", "title:mod*", "pre-train*", "pre-training", '"pre-training models"'),
            *("cat:cs.CL", "cat:cs", "author:He", 'author:"K. He"', "type:new", "upvotes:>=2"),
        ]
    ),
)
query = st.one_of(
    clause,
    phrase,
    st.lists(clause, min_size=2, max_size=5).map(" ".join),
    st.lists(clause, min_size=2, max_size=5).map(" OR ".join),
    st.tuples(clause, clause).map(" -".join),
    st.tuples(clause, clause, clause).map(" -".join),
    st.tuples(clause, clause, clause).map(lambda some: f"{some[0]} ({some[1]} OR {some[2]})"),
    st.sampled_from(["OR (", "", "a\nb", "-a", "a OR -b", "a OR OR", "a b OR ab", "a" * 3000]),
)
number = st.integers(0, 9)
batch = st.dictionaries(number, query, max_size=8)
step = st.one_of(
    batch, batch, number, st.tuples(number, query.filter(lambda text: tree_of(text) is not None))
)
title = st.lists(st.sampled_from(WORDS), max_size=12).flatmap(
    lambda some: st.sampled_from([" ", "-", " - "]).map(lambda glue: glue.join(some))
)
paper = st.builds(
    Paper,
    id=st.just(PaperId("arxiv:2401.00001")),
    title=title,
    abstract=title,
    authors=st.sampled_from([(), ("Kaiming He",)]),
    categories=st.sampled_from([("cs.CL",), ("cs.CV", "math.AG")]),
    published_at=st.just(datetime(2026, 1, 2, tzinfo=UTC)),
    announced=st.just(AnnounceType.NEW),
    sources=st.just(("arxiv",)),
    comment=st.none() | title,
    upvotes=st.none() | st.integers(0, 3),
)


def _read(texts: Mapping[int, str]) -> dict[int, Node]:
    trees = {one: tree_of(text) for one, text in texts.items()}
    return {one: tree for one, tree in trees.items() if tree is not None}


def _expected(trees: Mapping[int, Node], one: Paper) -> list[int]:
    return sorted(number for number, tree in trees.items() if holds(tree, one))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, max_size=6), st.lists(paper, min_size=1, max_size=4), st.integers(0, 6))
def test_together_is_as_one_by_one(
    steps: Sequence[dict[int, str] | int | tuple[int, str]],
    papers: Sequence[Paper],
    saved_after: int,
) -> None:
    """Batches among single additions and removals, and a snapshot: what holds is found.

    In the end all goes, and nothing is left.
    """
    index, alone = Index(), Index()
    trees: dict[int, Node] = {}
    for at, one in enumerate(steps):
        match one:
            case int():
                index.remove(one)
                alone.remove(one)
                trees.pop(one, None)
            case (place, text):
                trees |= _read({place: text})
                index.add(place, trees[place])
                alone.add(place, trees[place])
            case dict():
                read = _read(one)
                assert sorted(index.add_many(one)) == sorted(one.keys() - read.keys())
                for place in one:
                    alone.remove(place)
                    trees.pop(place, None)
                for place, tree in read.items():
                    alone.add(place, tree)
                trees |= read
        if at == saved_after:
            index = Index.load(b"".join(index.save()))

        assert len(index) == len(trees)
        for found, expected in zip(index.match_many(papers), papers, strict=True):
            assert sorted(found.tolist()) == _expected(trees, expected)
            assert sorted(alone.match(expected).tolist()) == _expected(trees, expected)

    assert _uses(index) == _uses(alone)
    index.add_many({10: "a"})  # as the last to go sweeps the words of what never came
    for place in range(11):
        index.remove(place)
    _assert_empty(index)


def _uses(index: Index) -> list[int]:
    return sorted(int(count) for count in index._leaves._uses.array if count)


def _assert_empty(index: Index) -> None:
    leaves = index._leaves
    terms, nodes = leaves.terms, leaves.terms.trie
    left: list[Sized] = [leaves._numbers, leaves._odd, leaves._in_field, nodes.words]
    lists = (index._records, index._maybe, nodes._many, *index._rows.tables)

    assert [len(one) for one in left] == [0] * len(left)
    assert [one.count + one.sizes().sum() for one in lists] == [0] * len(lists)
    assert (len(leaves), len(index), nodes._table.count) == (0, 0, 0)
    assert not leaves._uses.array.any()
    assert not terms._first.array.any()
    assert not nodes._table.slots.any()
    assert not nodes._keys.array[: nodes._end].any()
    assert len(nodes._free) == nodes._end - 1


def test_nothing_is_no_fault() -> None:
    """No queries together are none, and a batch of texts that are no queries adds none."""
    index = Index()

    assert index.add_many({}) == []
    assert index.add_many({3: "OR (", 5: ""}) == [3, 5]
    assert len(index) == 0
    _assert_empty(index)


def test_a_thousand_are_found_again() -> None:
    """Many of each shape, in two batches, are found by what each asks for alone."""
    index = Index()
    shapes = ("w{0}", '"w{0} v{0}"', '"w{0} v{0} u{0}"', "w{0} v{0} -x", "w{0} OR v{0}", "w{0}*")
    texts = [shape.format(place) for place in range(1_000, 1_200) for shape in shapes]
    index.add_many(dict(enumerate(texts[:700])))
    index.add_many(dict(enumerate(texts[700:], 700)))

    for place in (1_000, 1_117, 1_199):
        found = index.match(_paper(f"w{place} v{place} u{place}")).tolist()
        first = (place - 1_000) * len(shapes)
        assert sorted(found) == [*range(first, first + len(shapes))]


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
