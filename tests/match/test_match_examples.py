"""Each line of the query language's table of examples, through evaluator and index."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.match.index import Index
from bot.match.matcher import Matcher
from bot.match.plain import holds
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import Node, Query
from bot.query.parse import Use, parse

AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def paper(title: str = "Untitled", abstract: str = "", **other: object) -> Paper:
    """A paper of which only what the test speaks of is set."""
    known: dict[str, object] = {
        "id": PaperId("arxiv:2603.00001"),
        "title": title,
        "abstract": abstract,
        "authors": (),
        "categories": (),
        "published_at": AT,
        "announced": AnnounceType.NEW,
        "sources": ("arxiv",),
    }
    return Paper(**{**known, **other})  # type: ignore[arg-type]  # tests name real fields


def tree(text: str, use: Use = Use.SEARCH) -> Node:
    """The tree of a query that is one."""
    query = parse(text, use)
    assert isinstance(query, Query), query
    return query.tree


def found(text: str, of: Paper) -> bool:
    """Whether the query matches; evaluator and index must say the same."""
    index = Index()
    index.add(0, tree(text))
    plainly = holds(tree(text), of)

    assert plainly == (index.match(of).tolist() == [0])
    return plainly


PLUG = "Towards Practical Plug-and-Play Diffusion Models"
ZERO = "Benchmarking Knowledge-driven Zero-shot Learning"
RAGD = "RAGDiffusion: Faithful Cloth Generation"


@pytest.mark.parametrize(
    ("text", "query", "matches"),
    [
        (PLUG, '"diffusion model"', True),
        (PLUG, "plug-and-play diffusion", True),
        (PLUG, "title:diffusion -GAN", True),
        ("SMART: Self-learning Meta-strategy Agent for Reasoning Tasks", "=SMART", True),
        ("a smart home", "=SMART", False),
        ("Fragment-based drug design", "RAG", False),
        (RAGD, "RAG", False),
        (RAGD, "rag*", True),
        (
            "CgT-GAN: CLIP-guided Text GAN for Image Captioning",
            'GANs "image captioning"',
            True,
        ),
        (ZERO, "zeroshot", True),
        (ZERO, '"zeroshot learning"', True),
        ("We study pre training", "pretraining", False),
        ("We study pre training", "pre-training", True),
        ("finetuning of LMs on GPUs", '"fine tuning" LM gpu', True),
        ("Modelling behaviour", "modeling behavior", True),
        ("pre-trained models", "pre-train*", True),
    ],
)
def test_words_of_the_table(text: str, query: str, matches: bool) -> None:
    """What the table says of a title holds, in the title and in the abstract."""
    assert matches == found(query, paper(text))
    if "title:" not in query:
        assert matches == found(query, paper(abstract=text))


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("cat:stat", True),
        ("cat:=stat.ML", False),
        ("cat:=cs.LG", True),
        ("cat:cs", True),
        ("cat:cs.*", True),
        ("cat:CS.lg", True),
        ("cat:cs.L", False),
        ("cat:math", False),
        ('au:"L. van der Maaten"', True),
        ('au:"Laurens Maaten"', True),
        ("au:maaten", True),
        ('au:"K. van der Maaten"', False),
        ("source:arxiv", True),
        ("source:huggingface", False),
        ("type:replace", True),
        ("type:new OR type:cross", False),
        ("has:code has:doi", True),
        ("has:journal", False),
        ("upvotes:>=7", True),
        ("upvotes:7", True),
        ("upvotes:8", False),
        ("upvotes:>7", False),
        ("title upvotes:<=7 upvotes:<8 upvotes:=7", True),
        ("title upvotes:<7", False),
        ('comment:"ICLR 2026"', True),
        ('"ICLR 2026"', False),
        ('all:"ICLR 2026"', True),
        ("all:laurens", True),
        ("laurens", False),
        ("id:2603.00001v3", True),
        ("doi:10.1000/XYZ", True),
        ("since:2026-03-01", True),
        ("since:2026-03-02", False),
        ("until:2026-03-01", True),
        ("until:2026-02-28", False),
    ],
)
def test_fields_ask_for_what_a_paper_says(query: str, matches: bool) -> None:
    """Classes, authors, source, type, links, votes, comment, ids and days, as documented."""
    it = paper(
        "A title",
        authors=("van der Maaten, Laurens",),
        categories=("cs.LG", "stat.ML"),
        announced=AnnounceType.REPLACE_CROSS,
        code_links=("https://github.com/a/b",),
        doi="10.1000/xyz",
        upvotes=7,
        comment="Accepted at ICLR 2026",
    )
    if "since" in query or "until" in query:
        assert matches == holds(tree(query), it)
    else:
        assert matches == found(query, it)


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("untitled upvotes:<1", True),
        ("upvotes:1", False),
        ("since:3d", False),
        ("since:4d", True),
        ("until:4d", True),
        ("until:5d", False),
        ("since:99999999d", True),
    ],
)
def test_a_paper_without_votes_and_days_ago(query: str, matches: bool) -> None:
    """A missing count is 0; days are counted from the clock of the search, in UTC."""
    now = datetime(2026, 3, 5, 0, 10, tzinfo=UTC)
    read = parse(query, Use.SEARCH)
    if isinstance(read, Query):  # an absurd number of days may also be refused
        assert matches == holds(read.tree, paper(), now)


def test_a_phrase_crosses_no_border() -> None:
    """A phrase stays in the title, in the abstract, in one author."""
    apart = paper("A graph", "neural networks", authors=("He Kaiming", "Ross Girshick"))
    together = paper("A graph neural network", authors=("He Kaiming Ross",))
    for query in (
        '"graph neural"',
        "graph-neural",
        '"a graph neural network"',
        'all:"kaiming ross"',
    ):
        assert not found(query, apart)
        assert found(query, together)


@pytest.mark.parametrize(
    ("text", "query", "matches"),
    [
        ("self-pre-training-free", "pretraining", True),
        ("self-pre-training-free", "self-pretraining", True),
        ("self-pre-training-free", '"pretraining free"', True),
        ("self-pre-training-free", "pretrain*", True),
        ("self-pre-training-free", "self-pre-train*", True),
        ("pre training", "pretrain*", False),
        ("Chain of Thought prompting", '="Chain of Thought"', True),
        ("Chain-of-Thought prompting", '="Chain of Thought"', False),
        ("Chain-of-Thought prompting", "=Chain-of-Thought", True),
        ("RAG-based answers", "=RAG", True),
        ("Rag-based answers", "=RAG", False),
        ("Schrödinger bridges", "schrodinger", True),
        ("Hinton's capsules", "hinton capsule", True),
        ("C++ and C#", "C++ C#", True),
        ("C and more", "C++", False),
        ("losses of classes", "loss class", True),
    ],
)
def test_hyphens_and_forms_fold(text: str, query: str, matches: bool) -> None:
    """Rules 5 to 9, on a title."""
    assert matches == found(query, paper(text))


@pytest.mark.timeout(20)
def test_a_run_of_a_thousand_hyphens_is_bounded() -> None:
    """A compound as long as a paper costs what its words cost, and is cut alike by both."""
    text = "-".join(["a"] * 1000)
    it = paper(text, text)

    assert found("a-a-a", it)
    assert found("aaaa", it)
    assert not found("aaaaaaaaaaaa", it)
    assert found("aaa*", it)
    assert not found("a-a-b", it)
    assert found("-".join(["a"] * 30), it)


def test_a_key_keeps_its_place_when_replaced() -> None:
    """Keys come in the order of adding; a replaced one keeps its place, a removed one loses it."""
    matcher = Matcher()
    for key in "abc":
        matcher.add(key, tree("graph"))
    matcher.replace("a", tree("title:graph"))
    matcher.remove("b")
    matcher.remove("b")
    matcher.add("b", tree("graph -text"))

    def keys(of: Paper) -> list[str]:
        return [match.key for match in matcher.match(of)]

    assert keys(paper("Graph")) == ["a", "c", "b"]
    assert keys(paper("Graph of text")) == ["a", "c"]
    assert keys(paper(abstract="graphs")) == ["c", "b"]
    assert len(matcher) == 3
    assert "b" in matcher
    assert "d" not in matcher


def test_a_query_of_too_many_rows_is_still_exact() -> None:
    """Two to the tenth rows are not spelled out; the tree is asked, and only for likely papers."""
    text = " ".join(f"(a{n} OR b{n})" for n in range(10))
    half = " ".join(f"{'ab'[n % 2]}{n}" for n in range(10))

    assert found(text, paper(half))
    assert not found(text, paper(half.replace("b9", "c9")))
    assert found(f"{text} -x", paper(half))
    assert not found(f"{text} -x", paper(f"{half} x"))


def test_a_phrase_of_many_hyphens_is_still_exact() -> None:
    """A phrase with more spellings than the trie holds is found where it is, and only there."""
    phrase = '"' + " ".join(f"a{n}-b{n}" for n in range(8)) + '"'
    text = " ".join(f"a{n}-b{n}" if n % 2 else f"a{n}b{n}" for n in range(8))

    assert found(phrase, paper(text))
    assert not found(phrase, paper(text.replace("a0b0 a1-b1", "a1-b1 a0b0")))
    assert found(f"c -{phrase}", paper("c"))
    assert not found(f"c -{phrase}", paper(f"c {text}"))
