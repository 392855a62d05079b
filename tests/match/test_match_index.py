"""The index finds exactly what the plain evaluator finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from compiled import loops
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.match import leaves, reader, rows, terms
from bot.match.index import Index
from bot.match.plain import holds
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import (
    And,
    Announced,
    Author,
    Category,
    Comparison,
    Exact,
    Feature,
    Has,
    IdIs,
    Node,
    Not,
    Or,
    Prefix,
    SeenIn,
    Since,
    Slot,
    Span,
    TextField,
    TypeIs,
    Until,
    Upvotes,
    Words,
)
from bot.text.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Sized

    from bot.match.views import Loops

HERE = Span(0, 0)
WITH: dict[str, Loops | None] = {}
PARTS = [
    "pre",
    "training",
    "train",
    "a",
    "GAN",
    "GANs",
    "cat",
    "s",
    "model",
    "é",
    "C++",
    "data",
    "x",
]
GLUE = [
    " ",
    " ",
    " ",
    "-",
    "-",
    "\u2010",
    ", ",
    "'s ",
    " - ",
    "/",
    "\u00a0",
    ".",
    "--",
    "\u2014",
    "_",
    "(",
    "'",
    "#",
    "++",
    "”",
    "´",
]


@pytest.fixture(autouse=True, scope="module", params=["few", "many", "compiled", "tight"])
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """All is found all ways: one by one, by arrays, by compiled loops, these with no room."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "many":
            patch.setattr(rows, "_FEW_MET", 0)
            patch.setattr(terms, "_A_FEW", 0)
        if request.param in {"compiled", "tight"}:
            patch.setitem(WITH, "loops", loops())
        if request.param == "tight":
            patch.setattr(leaves, "_EACH", 0)
            patch.setattr(reader, "_A_FEW", 0)
        yield


parts = st.sampled_from(PARTS)
texts = st.lists(st.tuples(parts, st.sampled_from(GLUE)), max_size=14).map(
    lambda pairs: "".join(word + glue for word, glue in pairs)
)
fields = st.sampled_from(TextField)
folded = st.one_of(
    parts.map(fold), st.tuples(parts, parts).map("".join).map(fold), st.just("unknown")
)


def _slot(words: list[str], hyphenated: bool) -> Slot:
    return Slot(tuple(words), "".join(words) if hyphenated else None)


slots = st.builds(_slot, st.lists(folded, min_size=1, max_size=3), st.booleans())
words = st.builds(
    lambda field, some: Words(field, tuple(some), "", HERE),
    fields,
    st.lists(slots, min_size=1, max_size=6),
)
stems = st.sampled_from(["t", "pr", "pre", "tra", "train", "mod", "cats", "gan", "pretrain"])
prefixes = st.builds(
    lambda field, head, stem: Prefix(field, tuple(head), stem, "".join(head) + stem, "", HERE),
    fields,
    st.lists(folded, max_size=2),
    stems,
)
exacts = st.lists(st.tuples(parts, st.booleans()), min_size=1, max_size=3).flatmap(
    lambda pairs: st.builds(
        lambda field: Exact(
            field, tuple(w for w, _ in pairs), tuple(h for _, h in pairs[:-1]), "", HERE
        ),
        fields,
    )
)
AUTHORS = ["Kaiming He", "He, K.", "K. He", "Ada van der Lovelace", "Lovelace", "Xiao-Ming Li", ""]
labels = st.one_of(
    st.sampled_from(AUTHORS).map(lambda name: Author(name, HERE)),
    st.builds(
        lambda code, primary: Category(code, primary, code, HERE),
        st.sampled_from(["cs", "cs.cl", "cs.cv", "math", "hep-th"]),
        st.booleans(),
    ),
    st.sampled_from(["arxiv", "huggingface"]).map(lambda name: SeenIn(name, HERE)),
    st.sampled_from(Announced).map(lambda announced: TypeIs(announced, HERE)),
    st.sampled_from(Feature).map(lambda feature: Has(feature, HERE)),
    st.builds(
        lambda how, count: Upvotes(how, count, HERE),
        st.sampled_from(Comparison),
        st.integers(0, 3),
    ),
    st.sampled_from(["arxiv:2401.00001", "doi:10.1/x"]).map(lambda name: IdIs(name, HERE)),
    st.sampled_from(
        [
            Since(date(2026, 1, 2), None, HERE),
            Until(None, 3, HERE),
            Until(date(2026, 1, 1), None, HERE),
        ]
    ),
)
leaf = st.one_of(words, words, prefixes, exacts, labels)
trees: st.SearchStrategy[Node] = st.recursive(
    leaf,
    lambda below: st.one_of(
        below.map(lambda part: Not(part, HERE)),
        st.lists(below, min_size=2, max_size=4).map(lambda some: And(tuple(some), HERE)),
        st.lists(below, min_size=2, max_size=4).map(lambda some: Or(tuple(some), HERE)),
    ),
    max_leaves=12,
)
papers = st.builds(
    Paper,
    id=st.sampled_from([PaperId("arxiv:2401.00001"), PaperId("doi:10.1/x")]),
    title=texts,
    abstract=texts,
    authors=st.lists(st.sampled_from(AUTHORS), max_size=3).map(tuple),
    categories=st.lists(st.sampled_from(["cs.CL", "cs.CV", "math.AG", "hep-th"]), max_size=3).map(
        tuple
    ),
    published_at=st.sampled_from([datetime(2026, 1, day, 23, tzinfo=UTC) for day in (1, 2, 3)]),
    announced=st.sampled_from(AnnounceType),
    sources=st.lists(st.sampled_from(["arxiv", "HuggingFace"]), max_size=2).map(tuple),
    doi=st.sampled_from([None, "10.1/X"]),
    comment=st.one_of(st.none(), texts),
    journal=st.one_of(st.none(), texts),
    code_links=st.sampled_from([(), ("https://example.org",)]),
    upvotes=st.one_of(st.none(), st.integers(0, 3)),
)
changes = st.lists(
    st.tuples(st.sampled_from(["add", "add", "remove", "replace"]), st.integers(0, 5), trees),
    max_size=12,
)


def _expected(subscriptions: dict[int, Node], paper: Paper) -> list[int]:
    return sorted(number for number, tree in subscriptions.items() if holds(tree, paper))


OTHER = Paper(
    id=PaperId("arxiv:2401.00002"),
    title="Pre-training GANs",
    abstract="a cat, a model",
    authors=("K. He",),
    categories=("cs.CL",),
    published_at=datetime(2026, 1, 2, tzinfo=UTC),
    announced=AnnounceType.NEW,
    sources=("arxiv",),
    comment="data",
)


def _found(index: Index, paper: Paper) -> list[int]:
    """What the index finds for the paper, alone and among others."""
    alone = sorted(index.match(paper).tolist())
    many = [*[OTHER, paper] * 9, OTHER]
    together = [sorted(found.tolist()) for found in index.match_many(many)]

    assert together[1::2] == [alone] * 9
    assert together[::2] == [sorted(index.match(OTHER).tolist())] * 10
    return alone


def _reloaded(index: Index) -> Index:
    return Index.load(b"".join(index.save()), **WITH)


def _apply(index: Index, subscriptions: dict[int, Node], how: str, one: int, tree: Node) -> None:
    match how:
        case "add":
            index.add(one, tree)
            subscriptions[one] = tree
        case "remove":
            index.remove(one)
            subscriptions.pop(one, None)
        case _:
            index.replace(one, tree)
            subscriptions[one] = tree


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(changes, papers), min_size=1, max_size=4))
def test_index_equals_plain_evaluator(
    days: Sequence[tuple[Sequence[tuple[str, int, Node]], Paper]],
) -> None:
    """Whatever is added, removed and replaced, each paper gets the keys that hold, in order."""
    index = Index(**WITH)
    subscriptions: dict[int, Node] = {}
    for steps, paper in days:
        for how, number, tree in steps:
            _apply(index, subscriptions, how, number, tree)

        assert _expected(subscriptions, paper) == _found(index, paper)
        assert len(subscriptions) == len(index)
        assert set(subscriptions) == {number for number in range(7) if number in index}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes, changes, papers)
def test_a_loaded_index_goes_on_as_the_saved_one(
    before: Sequence[tuple[str, int, Node]], after: Sequence[tuple[str, int, Node]], paper: Paper
) -> None:
    """A snapshot matches as what it was taken of, and takes changes as that would have."""
    index = Index(**WITH)
    subscriptions: dict[int, Node] = {}
    for how, number, tree in before:
        _apply(index, subscriptions, how, number, tree)
    index.match(OTHER)
    index = _reloaded(index)

    assert _expected(subscriptions, paper) == _found(index, paper)
    for how, number, tree in after:
        _apply(index, subscriptions, how, number, tree)
    assert _expected(subscriptions, paper) == _found(index, paper)
    for number in range(6):
        index.remove(number)
    _assert_empty(index)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(words, prefixes, exacts), min_size=1, max_size=20), papers)
def test_each_kind_of_words_is_found_as_plainly(some: Sequence[Node], paper: Paper) -> None:
    """A single clause, alone or denied, is found by the index where the evaluator finds it."""
    index = Index(**WITH)
    subscriptions: dict[int, Node] = {}
    for number, tree in enumerate(some):
        _apply(index, subscriptions, "add", 2 * number, tree)
        _apply(index, subscriptions, "add", 2 * number + 1, Not(tree, HERE))

    assert _expected(subscriptions, paper) == _found(index, paper)


@st.composite
def read_aloud(draw: st.DrawFn) -> tuple[str, tuple[Node, ...]]:
    """A text full of hyphens, and phrases that are a way through it or nearly so."""
    count = draw(st.integers(2, 10))
    some = draw(st.lists(st.sampled_from(["ab", "c", "GANs"]), min_size=count, max_size=count))
    ties = draw(st.lists(st.sampled_from("- -"), min_size=count, max_size=count))
    text = "".join(word + tie for word, tie in zip(some, ties, strict=True))
    phrases: list[Node] = []
    for _ in range(6):
        place = draw(st.integers(0, count - 1))
        found: list[Slot] = []
        while place < count and len(found) < 4:
            end = min(count, place + draw(st.integers(1, 3)))
            spelled = some[place:end]
            apart = draw(st.booleans())
            found.append(
                Slot(
                    tuple(map(fold, spelled)), fold("".join(spelled)) if len(spelled) > 1 else None
                )
                if apart
                else Slot((fold("".join(spelled)),))
            )
            place = end
        phrases.append(Words(draw(st.sampled_from(list(TextField)[:2])), tuple(found), "", HERE))
    return text, tuple(phrases)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(read_aloud(), papers)
def test_each_way_through_hyphens_is_found(
    read: tuple[str, tuple[Node, ...]], other: Paper
) -> None:
    """Words, runs written together, phrases over both: what a text spells, the index finds."""
    text, phrases = read
    paper = replace(other, title=text, abstract="")
    index = Index(**WITH)
    subscriptions: dict[int, Node] = {}
    for number, tree in enumerate(phrases):
        _apply(index, subscriptions, "add", number, tree)

    assert _expected(subscriptions, paper) == _found(index, paper)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(["pre-train", "train", "GANs", "pre-", "é-", "cat"]), max_size=6),
    st.lists(st.one_of(prefixes, exacts), min_size=1, max_size=12),
    papers,
)
def test_prefixes_and_exact_words_are_found(
    some: Sequence[str], asked: Sequence[Node], other: Paper
) -> None:
    """Prefixes reach into hyphenated runs, exact words keep case and hyphens, in both alike."""
    paper = replace(other, title=" ".join(some), abstract="".join(some))
    index = Index(**WITH)
    subscriptions: dict[int, Node] = {}
    for number, tree in enumerate(asked):
        _apply(index, subscriptions, "add", number, tree)

    assert _expected(subscriptions, paper) == _found(index, paper)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(trees, max_size=8))
def test_an_emptied_index_holds_nothing(some: Sequence[Node]) -> None:
    """When all subscriptions are removed, nothing of them is left: no clause, row or trie."""
    index = Index(**WITH)
    for number, tree in enumerate(some):
        index.add(number, tree)
    for number in range(len(some)):
        index.remove(number)

    _assert_empty(index)


def _assert_empty(index: Index) -> None:
    leaves = index._leaves
    terms, trie, surfaces = leaves.terms, leaves.terms.trie, leaves.terms.surfaces
    left: list[Sized] = [
        *(leaves._numbers, leaves._odd, leaves._waiting, leaves._needs, leaves._in_field),
        *(trie.words, trie._idle, terms._spelled),
        *(surfaces._prefixes, surfaces._prefixes.heads, surfaces._exact, index._trees),
    ]
    lists = (index._records, index._maybe, trie._many, *index._rows.tables)

    assert [len(one) for one in left] == [0] * len(left)
    assert [one.count + one.sizes().sum() for one in lists] == [0] * len(lists)
    assert (len(leaves), len(index), index._loose, trie._table.count) == (0, 0, 0, 0)
    assert not leaves._uses.array.any()
    assert not terms._first.array.any()
    assert not trie._table.slots.any()
    assert not trie._keys.array[: trie._end].any()
    assert len(trie._free) == trie._end - 1
