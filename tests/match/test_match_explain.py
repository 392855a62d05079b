"""Why a paper matches, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.match.explain import HITS_MAX, explain
from bot.match.matcher import Matcher
from bot.match.mute import muted
from bot.match.plain import holds
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import Node, Query
from bot.query.parse import parse

PAPER = Paper(
    id=PaperId("arxiv:2603.00001"),
    title="Plug-and-Play Diffusion Models",
    abstract="Diffusion models (DMs) need no fine-tuning. A GAN does; see Schrödinger.",
    authors=("Kaiming He", "Ada Lovelace"),
    categories=("cs.CV", "cs.LG"),
    published_at=datetime(2026, 3, 1, tzinfo=UTC),
    announced=AnnounceType.CROSS,
    sources=("arxiv", "huggingface"),
    comment="Accepted at ICLR 2026",
    upvotes=12,
)


def tree(text: str) -> Node:
    """The tree of a query that is one."""
    query = parse(text)
    assert isinstance(query, Query), query
    return query.tree


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        (
            '"diffusion model"',
            [("title", "Diffusion Models"), ("abstract", "Diffusion models")],
        ),
        ("plugandplay", [("title", "Plug-and-Play")]),
        ("fine-tuning -robotics", [("abstract", "fine-tuning")]),
        ("schrodinger au:he", [("abstract", "Schrödinger"), ("author", "Kaiming He")]),
        ("dm cat:cs.lg", [("abstract", "DMs"), ("category", "cs.LG")]),
        (
            "diffus* ti:plug",
            [("title", "Diffusion"), ("abstract", "Diffusion"), ("title", "Plug")],
        ),
        ("co:ICLR upvotes:10", [("comment", "ICLR"), ("upvotes", "12")]),
        ("=GAN type:cross", [("abstract", "GAN"), ("type", "cross")]),
        ("src:huggingface id:2603.00001", [("source", "huggingface"), ("id", "2603.00001")]),
    ],
)
def test_words_that_made_it_so(query: str, hits: list[tuple[str, str]]) -> None:
    """Each clause shows its words as the paper has them, at their place."""
    why = explain(tree(query), PAPER)

    assert hits == [(hit.place, hit.words) for hit in why.hits]
    assert not why.misses
    texts = {"title": PAPER.title, "abstract": PAPER.abstract, "comment": PAPER.comment or ""}
    for hit in why.hits:
        if hit.span is not None:
            assert hit.words == texts[hit.place][hit.span.start : hit.span.end]


@pytest.mark.parametrize(
    ("query", "misses"),
    [
        ("diffusion robotics", ["robotics"]),
        ("robotics OR quantum", ["robotics OR quantum"]),
        ("diffusion (robotics OR quantum) cat:math", ["robotics OR quantum", "cat:math"]),
        ("diffusion -GAN", ["-GAN"]),
        ("upvotes:50 has:code", ["upvotes:>=50", "has:code"]),
    ],
)
def test_clauses_that_failed(query: str, misses: list[str]) -> None:
    """What did not hold is named by its text, and its span is where it stands in the query."""
    why = explain(tree(query), PAPER)

    assert not why.holds
    assert not why.hits
    assert misses == [miss.text for miss in why.misses]
    for miss in why.misses:
        assert query[miss.span.start : miss.span.end].strip("()").startswith(miss.text[:4])


def test_a_not_shows_what_it_found() -> None:
    """A NOT that kept a paper away names the words it found."""
    (miss,) = explain(tree("diffusion -GAN"), PAPER).misses

    assert [(hit.place, hit.words) for hit in miss.against] == [("abstract", "GAN")]
    assert miss.text == "-GAN"


def test_reasons_name_each_word_once() -> None:
    """The card's reason has each word once, as the title has it."""
    assert explain(tree('"diffusion model" gan'), PAPER).words == ("Diffusion Models", "GAN")


def test_a_word_that_stands_everywhere_is_shown_a_few_times() -> None:
    """A word repeated ten thousand times is shown at most HITS_MAX times a text."""
    paper = replace(PAPER, title="model " * 10_000, abstract="")

    assert len(explain(tree("model"), paper).hits) == HITS_MAX


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["diffusion", "-GAN", "robotics", "OR", "(gan OR cat:cs)", "pre-train*"]),
        min_size=1,
        max_size=6,
    )
)
def test_an_explanation_agrees_with_the_evaluator(words: list[str]) -> None:
    """It has hits where the query holds and misses where not, never both, never neither."""
    query = parse(" ".join(words))
    if isinstance(query, Query):
        why = explain(query.tree, PAPER)

        assert holds(query.tree, PAPER) == why.holds
        assert why.holds == bool(why.hits)
        assert why.holds != bool(why.misses)


def test_matches_come_with_their_words() -> None:
    """The matcher gives the keys in order and says why when asked; what is removed is gone."""
    matcher = Matcher()
    matcher.add("one", tree("diffusion"))
    matcher.add("two", tree("robotics"))
    matcher.add("three", tree("gan au:lovelace"))
    matcher.replace("two", tree("ti:plug"))

    matches = matcher.match(PAPER)

    assert [match.key for match in matches] == ["one", "two", "three"]
    assert matches[2].explain().words == ("GAN", "Ada Lovelace")
    matcher.remove("two")
    assert [match.key for match in matcher.match(PAPER)] == ["one", "three"]
    assert len(matcher) == 2
    assert "two" not in matcher


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ((), None),
        (("robotics",), None),
        (("robotics", "GANs"), "GANs"),
        (("finetuning",), "finetuning"),
        (("diffusion model",), "diffusion model"),
        (("diffus*",), "diffus*"),
        (("plug model",), None),
        (('"', "", "-", "(("), None),
    ],
)
def test_muted_words(words: tuple[str, ...], by: str | None) -> None:
    """A muted word works by the rules of a query's word; what is no word mutes nothing."""
    assert by == muted(words, PAPER)
