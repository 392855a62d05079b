"""A stored query is read quickly or in full: the tree is the same."""

from __future__ import annotations

import json
import os
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.query.ast import And, Node, Not, Or, Query, Slot, Span, TextField, Words
from bot.query.parse import Use, parse
from bot.query.quick import are_plain, clauses_of, quick_tree, tree_of
from bot.query.show import show
from bot.text.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(os.environ.get("PAPERWIRE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))

SPAN = Span(0, 0)
WORD = st.text(string.ascii_letters + string.digits, min_size=1, max_size=6) | st.sampled_from(
    ["GPUs", "pre", "behaviour", "matrices", "OR", "AND", "NOT", "ANDNOT", "or", "3D", "classes"]
)
RUN = st.lists(WORD, min_size=1, max_size=3).map("-".join)
PHRASE = st.lists(RUN, min_size=1, max_size=3).map(lambda runs: f'"{" ".join(runs)}"')
TEXT = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "", "title:", "abstract:", "comment:", "journal:", "all:"]),
        st.sampled_from(["", "", "", "="]),
        RUN | PHRASE | RUN.map(lambda run: f"{run}*"),
    ),
)
OTHER = st.sampled_from(
    [
        *(
            "author:He",
            'author:"Kaiming He"',
            'author:"K. He"',
            "author:Xiao-Ming",
            "author:O'Hara",
        ),
        *(
            "cat:cs.CV",
            "cat:=cs.CV",
            "cat:cs",
            "cat:hep-th",
            "cat:CS.cv",
            "cat:cs.*",
            "cat:made.UP",
        ),
        *("source:huggingface", "type:new", "type:replace", "type:old", "has:code", "has:stars"),
        *("upvotes:>=50", "upvotes:<5", "id:2401.00001", "since:7d", "C++", "U.S.", "naïve", "é"),
        *(
            "ti:GANs",
            "nofield:x",
            "--x",
            "a--b",
            "-",
            "Hinton's",
            "a.b",
            "x-",
            "10.5",
            '"a  b"',
            '""',
        ),
    ]
)
LEAF = st.one_of(TEXT, TEXT, OTHER)


def _joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(parts, min_size=2, max_size=4)
    return st.one_of(
        several.map(" ".join),
        several.map(" OR ".join),
        parts.map(lambda text: f"-{text}"),
        parts.map(lambda text: f"({text})"),
        parts.map(lambda text: f"-({text})"),
    )


@given(st.recursive(LEAF, _joined, max_leaves=8))
def test_quick_trees_are_the_parsers(text: str) -> None:
    """What is read quickly is what the parser reads, also what it refuses or warns of."""
    _same(text)


@given(st.text(st.sampled_from('aB1 -."=*:()|&\\$~`@_ORNDTé\x00'), max_size=20))
def test_no_text_is_read_wrongly(text: str) -> None:
    """Of signs in any order nothing is read that the parser does not read so."""
    _same(text)


@given(
    st.lists(st.sampled_from(["", "", "", "", "-", "OR ", "OR -", "("]), max_size=5),
    st.lists(LEAF, min_size=5, max_size=5),
)
def test_clauses_make_the_tree(before: list[str], leaves: list[str]) -> None:
    """The clauses of a query, each read by itself, are put together what the parser reads."""
    text = " ".join(f"{one}{leaf}" for one, leaf in zip(before, leaves, strict=False))
    clauses = clauses_of(text)
    if clauses is None:
        return
    wanted = [*map(quick_tree, clauses.wanted)]
    unwanted = [*map(quick_tree, clauses.unwanted)]
    if not wanted or None in wanted or None in unwanted:
        return
    parts: list[Any] = [*wanted, *(Not(one, SPAN) for one in unwanted if one is not None)]
    made = parts[0] if len(parts) == 1 else (Or if clauses.is_any else And)(tuple(parts), SPAN)
    read = parse(text, Use.SUBSCRIPTION)

    assert isinstance(read, Query)
    assert _in_order(read.tree) == made


def _in_order(tree: Node) -> Node:
    """The same, what is not wanted last."""
    if not isinstance(tree, And):
        return tree
    return And(tuple(sorted(tree.parts, key=lambda part: isinstance(part, Not))), SPAN)


@given(TEXT)
def test_plain_clauses_are_the_words_they_show(text: str) -> None:
    """What is taken for plain is words, each a slot of its own; two words count as hyphenated."""
    if not are_plain([text])[0]:
        return
    words = text.replace('"', "").split(" ")
    parts = tuple(map(fold, words))
    slots = tuple(Slot((part,)) for part in parts)
    if len(words) == 2:
        slots = (Slot(parts, fold("".join(words))),)

    assert tree_of(text) == Words(TextField.ANY, slots, "", SPAN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", (["a"], [], False)),
        ('"a b" -c', (['"a b"'], ["c"], False)),
        ('-c title:"a b" cat:cs', (['title:"a b"', "cat:cs"], ["c"], False)),
        ('a OR "b c" OR d*', (["a", '"b c"', "d*"], [], True)),
        ("a OR b c", None),
        ("a OR -b", None),
        ("(a b) c", None),
        ("a  b", None),
        ("é a", None),
        (f"{'a ' * 41}a", None),
        ("a" * 2_000, None),
    ],
)
def test_clauses_stand_side_by_side(
    text: str, expected: tuple[list[str], list[str], bool] | None
) -> None:
    """A query of clauses without brackets is told apart from all others."""
    assert clauses_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("diffusion", "pre-training", '"graph neural network"', "diffus*", "pre-train*", "=RAG"),
        *('="Chain of Thought"', 'title:"zero-shot learning" -survey', "a OR b c", "(a OR b) -c"),
        *('author:"Kaiming He" cat:cs.CV', "vision -(robot OR drone)", "cat:=cs.CL OR cat:stat"),
        "type:new has:code source:huggingface all:mamba",
    ],
)
def test_common_shapes_are_read_quickly(text: str) -> None:
    """The shapes of most subscriptions do not need the full parser."""
    assert quick_tree(text) is not None
    _same(text)


def test_queries_that_people_wrote_are_read_alike() -> None:
    """Recorded queries in their canonical form, alone and as one OR."""
    file = DATA / "queries" / "queries.jsonl"
    if not file.exists():
        pytest.skip("no data")
    seen = quick = 0
    for line in file.read_text(encoding="utf-8").splitlines():
        for text in _written(json.loads(line)["raw"]):
            read = parse(text)
            if isinstance(read, Query):
                _same(read.canonical)
                seen += 1
                quick += quick_tree(read.canonical) is not None

    assert quick > seen * 0.9


def _written(raw: object) -> Iterator[str]:
    if isinstance(raw, list):
        texts = [str(one) for one in raw]
        yield from texts
        yield " OR ".join(f'"{text}"' for text in texts)
    else:
        yield str(raw)


def _same(text: str) -> None:
    read = parse(text, Use.SUBSCRIPTION)
    quick = quick_tree(text)
    if isinstance(read, Query):
        assert tree_of(text) == read.tree
        assert quick is None or show(quick) == read.canonical
    else:
        assert quick is None
        assert tree_of(text) is None
