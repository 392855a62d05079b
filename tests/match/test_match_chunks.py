"""What stands between two spaces is read alike by every way."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.match.chunks import read_chunk
from bot.match.hashing import CHUNK_MAX, number
from bot.match.index import Index
from bot.match.surfaces import ALONE, CARRIES, END, PLACES, Surfaces
from bot.match.trie import Trie
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import Slot, Span, TextField, Words
from bot.text.words import compounds, fold, forms, tokens

PIECES = (
    *("pre", "Pre", "training", "GANs", "models", "colours", "a", "x", "s", "2", "é", "e\u0301"),
    *("-", "-", "-", "-", "'s", "’s", "'", "\u2010", "+", "#", "C", "ﬁ", "²", "\u0301", "\ud800"),
)
CHUNKS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join)


@given(CHUNKS)
def test_the_quick_reading_of_a_chunk_says_what_words_says(chunk: str) -> None:
    """Words and runs are those of the full reading, in their order."""
    raws, joined = read_chunk(chunk)

    assert list(raws) == forms(chunk)[0]
    assert list(joined) == [(a, b, raw) for a, b, _, raw in compounds(tokens(chunk))]


def _asked(words: list[str], stems: list[str], exact: list[str]) -> Surfaces:
    trie = Trie()
    for word in words:
        trie.word(fold(word))
    for left, right in pairwise(words):
        trie.word(fold(left) + fold(right), trie.path((fold(left), fold(right))))
    surfaces = Surfaces(trie)
    for clause, stem in enumerate(dict.fromkeys(stems), 1):
        surfaces.set_prefix(stem, clause)
    for clause, raw in enumerate(dict.fromkeys(exact), 100):
        surfaces.set_exact(raw, clause)
    surfaces.ready()
    return surfaces


def _meant(surfaces: Surfaces, row: list[int]) -> list[object]:
    """What surfaces stand for: the word's node, clauses met alone, the same of runs."""

    def one(surface: int) -> tuple[int, list[int]]:
        place = surface >> PLACES
        alone = surfaces.alone_of(place) if surface & ALONE else []
        return surfaces.node.at[place], sorted(clause for clause in alone if clause)

    def runs(surface: int) -> list[tuple[int, tuple[int, list[int]]]]:
        some = surfaces.runs.entries(surface >> PLACES) if surface & CARRIES else []
        return sorted((size, one(run)) for size, run in some)

    return [(one(surface), runs(surface)) for surface in row]


NAMES = st.lists(
    st.sampled_from(["pre", "training", "GANs", "a", "models", "colours"]), max_size=4
)
STEMS = st.lists(st.sampled_from(["pre", "pretra", "train", "trainings", "gan", "col"]))


@settings(max_examples=300)
@given(NAMES, STEMS, NAMES, st.lists(CHUNKS, min_size=1, max_size=6))
def test_chunks_are_learnt_as_they_are_read(
    words: list[str], stems: list[str], exact: list[str], some: list[str]
) -> None:
    """What is learnt of a text's chunks at once is what each says by the general reading."""
    surfaces = _asked(words, stems, exact)
    row = surfaces.read((" ".join(some),)).tolist()
    again = surfaces.read((" ".join(some),)).tolist()
    plain: list[int] = []
    for chunk in some:
        found, _, _ = surfaces._read(read_chunk(chunk))
        plain += found if any(found) or not found else [0]

    assert row == again
    assert row[-1] == END
    assert _meant(surfaces, row[:-1]) == _meant(surfaces, plain)


@given(st.lists(st.tuples(*2 * [st.sampled_from("abc")], *2 * [st.booleans()])))
def test_every_word_that_two_spell_is_marked(steps: list[tuple[str, str, bool, bool]]) -> None:
    """However it was made, and however many there are."""
    trie = Trie()
    for place, (first, second, is_many, is_surveyed) in enumerate(steps):
        left, right = f"{first}{place}", second
        apart = trie.path((left, right))
        if is_many:
            trie.joined([left + right], [left + right], np.array([apart]))
        else:
            trie.word(left + right, apart)
        if is_surveyed:
            trie.survey()
    trie.survey()
    surfaces = Surfaces(trie)
    surfaces.ready()

    row = surfaces.read((" ".join(f"{a}{i}{b}" for i, (a, b, *_) in enumerate(steps)),)).tolist()

    assert all(surfaces.node.at[surface >> PLACES] for surface in row[:-1])


def _paper(title: str) -> Paper:
    return Paper(
        id=PaperId("arxiv:2401.00001"),
        title=title,
        abstract="",
        authors=(),
        categories=("cs.CL",),
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        announced=AnnounceType.NEW,
        sources=("arxiv",),
    )


def test_long_chunks_of_one_number_are_told_apart() -> None:
    """Two words that share a number, whatever its point, stand in one text: both are found."""
    one, other = "a", "b"
    for _ in range(10):  # after Thue and Morse
        one, other = one + other, other + one
    assert number(one.encode()) == number(other.encode())
    assert len(one) > CHUNK_MAX
    index = Index()
    for place, word in enumerate((one, other)):
        index.add(place, Words(TextField.ANY, (Slot((word,), None),), "", Span(0, 0)))

    for title in (f"{one} {other} here", f"{other} {one} {other}"):
        assert sorted(index.match(_paper(title)).tolist()) == [0, 1]
    assert index.match(_paper(f"only {other} here")).tolist() == [1]
