"""The canonical form: one spelling for each query, which parses to the same tree."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.query.ast import Query
from bot.query.categories import ARCHIVES, CLASSES, is_known, spelling
from bot.query.parse import Use, parse
from bot.query.show import show

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("PAPERWIRE_TEST_DATA", ROOT.parent / "shared" / "data"))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a AND b", "a b"),
        ("a|b", "a OR b"),
        ("a OR (b c)", "a OR b c"),
        ("(a | b) c", "(a OR b) c"),
        ("a ANDNOT b", "a -b"),
        ("a NOT (b OR c)", "a -(b OR c)"),
        ("a NOT (b c)", "a -(b c)"),
        ("ti:GANs", "title:GANs"),
        ("title:(a OR b)", "title:a OR title:b"),
        ("“Zero-Shot  Learning”", '"Zero-Shot Learning"'),
        ('"diffusion"', "diffusion"),
        ('"OR"', '"OR"'),
        ("and/or", '"and or"'),
        (r"Schr\"odinger", "Schrödinger"),
        ("Pre‐Train*", "Pre-Train*"),
        ('="Chain of Thought"', '="Chain of Thought"'),
        ("co:=ICLR", "comment:=ICLR"),
        ("au:He", "author:He"),
        ("au:Kaiming_He", 'author:"Kaiming He"'),
        ("cat:CS.cv", "cat:cs.CV"),
        ("category:=cs.*", "cat:=cs"),
        ("src:ArXiv", "source:arxiv"),
        ("upvotes:50", "upvotes:>=50"),
        ("doi:10.1000/X", "id:10.1000/x"),
        ("id:2401.00001v2", "id:2401.00001"),
        ("since:7D", "since:7d"),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    """Space for AND, OR in capitals, minus for NOT, long names, straight quotes, few brackets."""
    query = parse(text, Use.SEARCH)

    assert isinstance(query, Query)
    assert query.canonical == canonical


PIECES = st.sampled_from(
    [
        *(
            "a",
            "GANs",
            "pre-training",
            '"b c"',
            "=RAG",
            '="d e-f"',
            "diffus*",
            "pre-train*",
            "C++",
        ),
        *("title:", "au:", "cat:", "upvotes:>3", "id:10.1000/a(b)c", "since:7d", "cat:=cs.CV"),
        *(" ", " ", " ", " OR ", "|", " AND ", " -", "NOT ", "(", ")", '"', "“", "\\", "$x^2$"),
        *(r"\"o", "é", "扩散", "½", "&", "*", "=", ":", "-", "‐", "–", "\u0301", "\x00", "'s"),
        "au:(x OR y)",
    ]
)


@given(st.lists(st.one_of(PIECES, st.characters()), max_size=14).map("".join))
def test_the_canonical_form_parses_to_the_same_tree(text: str) -> None:
    """parse(show(q)) == q, and printing again changes nothing."""
    query = parse(text, Use.SEARCH)
    if isinstance(query, Query):
        again = parse(show(query.tree), Use.SEARCH)
        assert isinstance(again, Query)
        assert again.tree == query.tree
        assert again.canonical == query.canonical


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """Whatever is typed is a query or an error with a place inside the shown line."""
    read = parse(text)
    if not isinstance(read, Query):
        assert 0 <= read.span.start <= read.span.end <= len(read.text)


def _fuzz() -> ModuleType:
    path = ROOT / "benchmarks" / "fuzz_query.py"
    spec = importlib.util.spec_from_file_location("fuzz_query", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_query"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.timeout(300)
def test_twenty_thousand_made_and_damaged_queries() -> None:
    """None raises, none takes 50 ms, every accepted one prints back (benchmarks/fuzz_query.py)."""
    figures = _fuzz().attack(20_000, seed=20_26)

    assert figures.inputs == 20_000
    assert figures.accepted > 4_000


def test_queries_that_people_wrote() -> None:
    """Recorded queries for alerts parse or are refused with a sentence, in their own syntax."""
    file = DATA / "queries" / "queries.jsonl"
    if not file.exists():
        pytest.skip("no data")
    for line in file.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)["raw"]
        for text in raw if isinstance(raw, list) else [raw]:
            read = parse(str(text), Use.SEARCH)
            if isinstance(read, Query):
                assert parse(read.canonical, Use.SEARCH) == read


def test_categories_are_spelled_as_arxiv_does() -> None:
    """Every class belongs to an archive, and is known whatever its case."""
    assert all(code.partition(".")[0] in ARCHIVES for code in CLASSES)
    assert all(spelling(code.upper()) == code for code in (*CLASSES, *ARCHIVES))
    assert not is_known("cs.XX")
