"""The query language: what parses to which tree, and what is asked back (QUERY.md)."""

from __future__ import annotations

from datetime import date

import pytest

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
    Leaf,
    Node,
    Not,
    Or,
    Prefix,
    Query,
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
from bot.query.check import leaves
from bot.query.parse import Use, parse

AT = Span(0, 0)


def read(text: str, use: Use = Use.SEARCH) -> Query:
    """The query, which must parse."""
    query = parse(text, use)
    assert isinstance(query, Query), query
    return query


def word(*folded: str, field: TextField = TextField.ANY) -> Words:
    """One plain word, or a phrase of three and more."""
    return Words(field, tuple(Slot((one,)) for one in folded), "", AT)


def tied(*parts: str, joined: str, field: TextField = TextField.ANY) -> Words:
    """One slot of parts that may be written together."""
    return Words(field, (Slot(parts, joined),), "", AT)


def every(*parts: Node) -> And:
    """All of them."""
    return And(parts, AT)


def some(*parts: Node) -> Or:
    """One of them."""
    return Or(parts, AT)


def no(part: Node) -> Not:
    """The opposite."""
    return Not(part, AT)


A, B, C = word("a"), word("b"), word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b", every(A, B)),
        ("a AND b", every(A, B)),
        ("a & b", every(A, B)),
        ("a OR b", some(A, B)),
        ("a | b", some(A, B)),
        ("a|b", some(A, B)),
        ("a OR b c", some(A, every(B, C))),
        ("a b OR c", some(every(A, B), C)),
        ("(a OR b) c", every(some(A, B), C)),
        ("a NOT b", every(A, no(B))),
        ("a -b", every(A, no(B))),
        ("a AND NOT b", every(A, no(B))),
        ("a ANDNOT b", every(A, no(B))),
        ("a ANDNOT b c", every(A, no(B), C)),
        ("a NOT b OR c", some(every(A, no(B)), C)),
        ("a -(b c)", every(A, no(every(B, C)))),
        ("a (b (c))", every(A, B, C)),
        ("a OR (b OR c)", some(A, B, C)),
        ("a NOT NOT b", every(A, B)),
        ("a -(-b)", every(A, B)),
        ("a - b", every(A, B)),
        ("- a -", A),
        ("a|-b c", some(A, every(no(B), C))),
    ],
)
def test_operators(text: str, tree: Node) -> None:
    """NOT binds tighter than AND, AND tighter than OR; words side by side mean AND."""
    query = parse(f"x ({text})") if text == "a|-b c" else parse(text)

    assert isinstance(query, Query)
    assert query.tree == (every(word("x"), tree) if text == "a|-b c" else tree)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("GANs", word("gan")),
        ("pre-training", tied("pre", "training", joined="pretraining")),
        ('"fine tuning"', tied("fine", "tuning", joined="finetuning")),
        ("“fine tuning”", tied("fine", "tuning", joined="finetuning")),
        ("„fine tuning“", tied("fine", "tuning", joined="finetuning")),
        ("and/or", tied("and", "or", joined="andor")),
        ("node2vec_v2", tied("node2vec", "v2", joined="node2vecv2")),
        ("U.S.", tied("u", "s", joined="us")),
        ("AT&T", tied("at", "t", joined="att")),
        ('"large language models"', word("large", "language", "model")),
        (
            '"zero-shot learning"',
            Words(
                TextField.ANY, (Slot(("zero", "shot"), "zeroshot"), Slot(("learning",))), "", AT
            ),
        ),
        ("plug-and-play", tied("plug", "and", "play", joined="plugandplay")),
        ("C++ C#", every(word("c++"), word("c#"))),
        (r"Schr\"odinger", word("schrodinger")),
        (
            r'"Schr\"odinger equation"',
            tied("schrodinger", "equation", joined="schrodingerequation"),
        ),
        (r"Schr\"{o}dinger", word("schrodinger")),
        (r"$\alpha$-stable", tied("α", "stable", joined="αstable")),
        (r"\emph{image captioning}", tied("image", "captioning", joined="imagecaptioning")),
        ("Hinton's", word("hinton")),
        ('"OR"', word("or")),
        ("ORACLE", word("oracle")),
        ("pre−x", tied("pre", "x", joined="prex")),
        ("title:x", word("x", field=TextField.TITLE)),
        ("ti:x", word("x", field=TextField.TITLE)),
        ("Title: x", word("x", field=TextField.TITLE)),
        ("abs:x", word("x", field=TextField.ABSTRACT)),
        ("abstract:x", word("x", field=TextField.ABSTRACT)),
        ("co:x", word("x", field=TextField.COMMENT)),
        ("comment:x", word("x", field=TextField.COMMENT)),
        ("jr:x", word("x", field=TextField.JOURNAL)),
        ("journal:x", word("x", field=TextField.JOURNAL)),
        ("all:x", word("x", field=TextField.ALL)),
    ],
)
def test_words_and_phrases(text: str, tree: Node) -> None:
    """A word, a hyphenated word and a phrase become slots; other punctuation makes a phrase."""
    assert read(text).tree == tree


@pytest.mark.parametrize(
    ("text", "leaf"),
    [
        ("diffus*", Prefix(TextField.ANY, (), "diffus", "diffus", "", AT)),
        ("GANs*", Prefix(TextField.ANY, (), "gans", "gans", "", AT)),
        ("pre-train*", Prefix(TextField.ANY, ("pre",), "train", "pretrain", "", AT)),
        ("ti:diffus*", Prefix(TextField.TITLE, (), "diffus", "diffus", "", AT)),
        ("=RAG", Exact(TextField.ANY, ("RAG",), (), "", AT)),
        ("=Schrödinger", Exact(TextField.ANY, ("Schrödinger",), (), "", AT)),
        ("=pre-training", Exact(TextField.ANY, ("pre", "training"), (True,), "", AT)),
        (
            'ti:="Chain of Thought"',
            Exact(TextField.TITLE, ("Chain", "of", "Thought"), (False, False), "", AT),
        ),
        ("au:He", Author("He", AT)),
        ('author:"Kaiming He"', Author("Kaiming He", AT)),
        ("au:Kaiming_He", Author("Kaiming He", AT)),
        ('au:"He,  Kaiming"', Author("He, Kaiming", AT)),
        (r"au:G\"odel", Author("Gödel", AT)),
        ("cat:cs.CV", Category("cs.cv", primary=False, typed="", span=AT)),
        ("category:CS.cv", Category("cs.cv", primary=False, typed="", span=AT)),
        ('cat:"cs.CV"', Category("cs.cv", primary=False, typed="", span=AT)),
        ("cat:cs", Category("cs", primary=False, typed="", span=AT)),
        ("cat:cs.*", Category("cs", primary=False, typed="", span=AT)),
        ("cat:=cs.CV", Category("cs.cv", primary=True, typed="", span=AT)),
        ('cat:="cs.CV"', Category("cs.cv", primary=True, typed="", span=AT)),
        ("source:HuggingFace", SeenIn("huggingface", AT)),
        ('src:"arxiv"', SeenIn("arxiv", AT)),
        ("type:new", TypeIs(Announced.NEW, AT)),
        ('type:"CROSS"', TypeIs(Announced.CROSS, AT)),
        ("type:Replace", TypeIs(Announced.REPLACE, AT)),
        ("has:code", Has(Feature.CODE, AT)),
        ("has:DOI", Has(Feature.DOI, AT)),
        ("upvotes:50", Upvotes(Comparison.AT_LEAST, 50, AT)),
        ("upvotes:>=50", Upvotes(Comparison.AT_LEAST, 50, AT)),
        ("upvotes:>50", Upvotes(Comparison.MORE, 50, AT)),
        ("upvotes:=50", Upvotes(Comparison.EQUAL, 50, AT)),
        ('upvotes:">= 50"', Upvotes(Comparison.AT_LEAST, 50, AT)),
        ("id:2401.00001", IdIs("arxiv:2401.00001", AT)),
        ("id:2401.00001v3", IdIs("arxiv:2401.00001", AT)),
        ("id:arXiv:2401.00001v3", IdIs("arxiv:2401.00001", AT)),
        ("id:https://arxiv.org/abs/2401.00001v2", IdIs("arxiv:2401.00001", AT)),
        ("id:hep-th/9901001", IdIs("arxiv:hep-th/9901001", AT)),
        ("id:math.GT/0309136", IdIs("arxiv:math/0309136", AT)),
        ("doi:10.48550/arXiv.2401.00001", IdIs("arxiv:2401.00001", AT)),
        ("doi:10.1016/S0140-6736(20)30183-5", IdIs("doi:10.1016/s0140-6736(20)30183-5", AT)),
        ("id:https://doi.org/10.1000/XYZ", IdIs("doi:10.1000/xyz", AT)),
        ("(id:2401.00001)", IdIs("arxiv:2401.00001", AT)),
        ("since:2026-03-01", Since(date(2026, 3, 1), None, AT)),
        ("since:7d", Since(None, 7, AT)),
        ("until:2026-03-01", Until(date(2026, 3, 1), None, AT)),
        ("until:0d", Until(None, 0, AT)),
    ],
)
def test_every_kind_of_leaf(text: str, leaf: Leaf) -> None:
    """Each field, its short name, and the forms that its value takes."""
    assert read(text).tree == leaf


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("au:(hinton OR bengio)", some(Author("hinton", AT), Author("bengio", AT))),
        (
            "title:(a -b)",
            every(word("a", field=TextField.TITLE), no(word("b", field=TextField.TITLE))),
        ),
        (
            "cat:(cs.CV | =cs.LG)",
            some(Category("cs.cv", False, "", AT), Category("cs.lg", True, "", AT)),
        ),
        ("source:(arxiv OR huggingface)", some(SeenIn("arxiv", AT), SeenIn("huggingface", AT))),
        ("has:(code doi)", every(Has(Feature.CODE, AT), Has(Feature.DOI, AT))),
        ("type:(new OR cross)", some(TypeIs(Announced.NEW, AT), TypeIs(Announced.CROSS, AT))),
        (
            "upvotes:(>5 <9)",
            every(Upvotes(Comparison.MORE, 5, AT), Upvotes(Comparison.LESS, 9, AT)),
        ),
        ("id:(2401.00001 OR 10.1/2)", None),
        (
            "doi:(10.1000/a OR 2401.00001)",
            some(IdIs("doi:10.1000/a", AT), IdIs("arxiv:2401.00001", AT)),
        ),
        ("since:(7d)", Since(None, 7, AT)),
    ],
)
def test_every_field_takes_a_bracket(text: str, tree: Node | None) -> None:
    """The field holds for each value inside."""
    query = parse(text, Use.SEARCH)

    assert (query.tree if isinstance(query, Query) else None) == tree


def test_spans_stand_on_what_was_typed() -> None:
    """Each leaf's span is its own piece of the text, field included."""
    text = 'RAG OR -title:"zero shot" cat:cs.CV id:2401.00001'
    query = read(text.replace("-", ""))

    pieces = [query.text[leaf.span.start : leaf.span.end] for leaf in leaves(query.tree)]

    assert pieces == ["RAG", 'title:"zero shot"', "cat:cs.CV", "id:2401.00001"]


def test_the_text_is_one_clean_line() -> None:
    """White space folds, hidden characters go; spans count in that line."""
    query = read("  a\n\u200b b\t\x00c ")

    assert query.text == "a b c"


@pytest.mark.parametrize("text", ["cats and dogs", "cats or dogs", "cats not dogs", "not dogs"])
def test_an_operator_in_lower_case_is_asked_about(text: str) -> None:
    """The query stands as typed; the warning names the operator."""
    query = read(text)

    [warning] = query.warnings
    assert any(f"write {name}." in warning for name in ("AND", "OR", "NOT"))
    assert not any(isinstance(leaf, Not) for leaf in leaves(query.tree))


@pytest.mark.parametrize(
    "text",
    ["and", "cats and", "or dogs", '"cats and dogs"', "cats AND dogs", "title:or b", "(and b)"],
)
def test_an_operator_that_stands_between_no_words_is_not_asked_about(text: str) -> None:
    """At an end, in quotes or in capitals there is nothing to ask."""
    assert not read(text).warnings


def test_an_authors_name_without_quotes_is_asked_about() -> None:
    """It reads as the author and a word, and the warning shows the name in quotes."""
    query = read("au:Kaiming He")

    assert query.tree == every(Author("Kaiming", AT), word("he"))
    assert 'author:"Kaiming He"' in query.warnings[0]
    assert 'author:"Kaiming He"' in read("au:(Kaiming He)").warnings[0]
    assert not read('au:"Kaiming He" transformers').warnings
    assert not read("au:(Hinton OR Bengio)").warnings


@pytest.mark.parametrize(
    ("text", "sources", "said"),
    [
        ("source:arxive", {"arxiv"}, "Did you mean source:arxiv?"),
        ("source:foo", {"arxiv"}, "“foo”"),
        ("upvotes:>5", {"arxiv"}, "No watched source gives upvotes:"),
        ("comment:iclr", {"huggingface"}, "No watched source gives comment:"),
        ("has:journal", {"huggingface"}, "No watched source gives has:journal"),
        ("cat:cs.CW", {"arxiv"}, "Did you mean cat:cs.C"),
        ("cat:c.LG", {"arxiv"}, "Did you mean cat:cs.LG?"),
    ],
)
def test_what_can_hardly_match_is_accepted_with_a_warning(
    text: str, sources: set[str], said: str
) -> None:
    """Fields that no watched source supplies, unknown sources and categories."""
    query = parse(text, sources=frozenset(sources))

    assert isinstance(query, Query)
    assert said in query.warnings[0]


@pytest.mark.parametrize("text", ["cat:cs", "cat:HEP-TH", "cat:stat.ml", "upvotes:5", "jr:prl"])
def test_what_a_watched_source_gives_has_no_warning(text: str) -> None:
    """Archives, classes and supplied fields pass in silence."""
    assert not read(text).warnings


def test_unknown_sources_are_taken_to_supply_everything() -> None:
    """A source of one's own may give any field."""
    query = parse("upvotes:>5 comment:x", sources=frozenset({"mine"}))

    assert isinstance(query, Query)
    assert not query.warnings
