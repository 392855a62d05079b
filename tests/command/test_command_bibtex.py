"""BibTeX that any title survives."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from asking import paper
from hypothesis import given
from hypothesis import strategies as st

from bot.command.bibtex import bibtex, escape, key
from bot.model.paper import PaperId


def test_an_arxiv_paper() -> None:
    """Every field in its place."""
    one = paper(1, "Diffusion & GANs: 50% of $x_1$", doi="10.1000/a_b", journal="JMLR 5")

    assert bibtex(one) == (
        "@misc{lovelace2026diffusion,\n"
        r"  title = {{Diffusion \& GANs: 50\% of \$x\_1\$}}," + "\n"
        "  author = {Ada Lovelace and Kaiming He},\n"
        "  year = {2026},\n"
        "  eprint = {2602.00001},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass = {cs.CV},\n"
        r"  doi = {10.1000/a\_b}," + "\n"
        "  note = {JMLR 5},\n"
        "  url = {https://arxiv.org/abs/2602.00001},\n"
        "}"
    )


def test_a_paper_with_a_doi_alone() -> None:
    """No eprint, its DOI."""
    told = bibtex(paper(1, "Cells", id=PaperId("doi:10.1101/x")))

    assert "doi = {10.1101/x}" in told
    assert "eprint" not in told


@pytest.mark.parametrize(
    ("author", "title", "wanted"),
    [
        ("Kaiming He", "Diffusion models", "he2026diffusion"),
        ("He, Kaiming", "A Study of the Cat", "he2026study"),
        ("Jürgen Müller Jr.", "On GANs", "muller2026gans"),
        ("Søren Åström", "Über-nets", "astrom2026uber"),
        ("何恺明", "扩散模型", "anonymous2026"),
        ("O'Brien", "State-of-the-art", "obrien2026state"),
        ("", "", "anonymous2026"),
        ("Jr.", "It", "anonymous2026"),
    ],
)
def test_the_key_is_plain(author: str, title: str, wanted: str) -> None:
    """First author's family name, year, first telling word: letters and digits alone."""
    assert key(paper(1, title, authors=(author,))) == wanted


def test_no_authors_at_all() -> None:
    """The field is left out."""
    told = bibtex(paper(1, "X ray", authors=(), published_at=datetime(2020, 1, 1, tzinfo=UTC)))

    assert told.startswith("@misc{anonymous2020ray,")
    assert "author" not in told


@pytest.mark.parametrize("name", ["Barnes and Noble Lab", "a, b, c, d"])
def test_a_group_stays_one_author(name: str) -> None:
    """The word "and", and commas inside a name, are not read as names."""
    assert f"author = {{{{{name}}}}}" in bibtex(paper(1, "X", authors=(name,)))


@given(st.text(max_size=100))
def test_braces_always_balance(text: str) -> None:
    """BibTeX's count of braces ends at zero and never falls below."""
    entry = bibtex(paper(1, text, authors=(text,), journal=text, categories=(text,)))
    depth = 0
    for brace in re.findall(r"[{}]", entry):
        depth += 1 if brace == "{" else -1
        assert depth >= 0

    assert depth == 0
    assert not re.search(r"(?<!\\)[%&#$_]", escape(text))
