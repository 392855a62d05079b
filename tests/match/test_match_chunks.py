"""What stands between two spaces is read alike by every way."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from compiled import loops
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.match.chunks import read_chunk
from bot.match.hashing import CHUNK_MAX, number
from bot.match.index import Index
from bot.match.reader import Reader
from bot.match.surfaces import ALONE, CARRIES, END, PLACES, Surfaces
from bot.match.trie import Trie
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import Query, Slot, Span, TextField, Words
from bot.query.parse import parse
from bot.text.words import compounds, fold, forms, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECES = (
    *("pre", "Pre", "training", "GANs", "models", "colours", "a", "x", "s", "2", "é", "e\u0301"),
    *("-", "-", "-", "-", "'s", "’s", "'", "\u2010", "+", "#", "C", "ﬁ", "²", "\u0301", "\ud800"),
)
CHUNKS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join)


@pytest.fixture(autouse=True, scope="module")
def _few() -> Iterator[None]:
    """However few chunks are new, loops learn them where there are loops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.match.reader._A_FEW", 0)
        yield


@given(CHUNKS)
def test_the_quick_reading_of_a_chunk_says_what_words_says(chunk: str) -> None:
    """Words and runs are those of the full reading, in their order."""
    raws, joined = read_chunk(chunk)

    assert list(raws) == forms(chunk)[0]
    assert list(joined) == [(a, b, raw) for a, b, _, raw in compounds(tokens(chunk))]


def _asked(words: list[str], stems: list[str], exact: list[str]) -> Reader:
    trie = Trie()
    for word in words:
        trie.word(fold(word))
    for left, right in pairwise(words):
        trie.word(fold(left) + fold(right), trie.path((fold(left), fold(right))))
    reader = Reader(trie, Surfaces(trie))
    for clause, stem in enumerate(dict.fromkeys(stems), 1):
        reader.set_prefix(stem, clause)
    for clause, raw in enumerate(dict.fromkeys(exact), 100):
        reader.set_exact(raw, clause)
    reader.ready()
    return reader


def _meant(reader: Reader, row: list[int]) -> list[object]:
    """What surfaces stand for: the word's node, clauses met alone, the same of runs."""
    surfaces = reader._surfaces

    def one(surface: int) -> tuple[int, list[int]]:
        place = surface >> PLACES
        alone = surfaces.alone.owners_of(place) if surface & ALONE else []
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
    reader = _asked(words, stems, exact)
    row = reader.read((" ".join(some),)).tolist()
    again = reader.read((" ".join(some),)).tolist()
    plain: list[int] = []
    for chunk in some:
        found, _, _ = reader._read(read_chunk(chunk))
        plain += found if any(found) or not found else [0]

    assert row == again
    assert row[-1] == END
    assert _meant(reader, row[:-1]) == _meant(reader, plain)


LETTERS = st.text("aaeeeilorstuxyzcghkSAL2", min_size=1, max_size=7)
ENDS = ("", "s", "es", "ies", "xes", "ises", "ising", "isation", "our", "ours", "lling", "e", "se")
SPELLED = ("greys", "grey", "defences", "model", "modelled", "colour", "GPUs", "analyses", "lens")
WRITTEN = st.one_of(
    st.builds(str.__add__, LETTERS, st.sampled_from(ENDS)),
    st.sampled_from(SPELLED),
    st.sampled_from(SPELLED).map(str.title),
)
COMPOUNDS = st.lists(WRITTEN, min_size=1, max_size=5).map("-".join)


@settings(max_examples=300, deadline=None)  # the first one compiles
@given(st.data())
def test_loops_learn_chunks_as_they_are_read(data: st.DataObject) -> None:
    """What a loop tells of chunks, by checksums and by chunks known, is what reading them says."""
    texts = data.draw(st.lists(st.lists(COMPOUNDS, max_size=6), min_size=1, max_size=4))
    words = sorted({word for text in texts for chunk in text for word in chunk.split("-")})
    some = st.lists(st.sampled_from(words), max_size=5) if words else st.just([])
    stems = [word.lower()[:4] for word in data.draw(some)]
    reader = _asked(data.draw(some), stems, data.draw(some))

    for text in texts:
        row = reader.read((" ".join(text),), loops()).tolist()
        plain: list[int] = []
        for chunk in text:
            found, _, _ = reader._read(read_chunk(chunk))
            plain += found if any(found) or not found else [0]
        assert _meant(reader, row[:-1]) == _meant(reader, plain)


TRICKY = (
    *("realise", "realised", "realiser", "realising", "realisation", "realisations", "basis"),
    *("this", "discovery", "favour", "favours", "armoured", "source", "hours", "our", "vapour"),
    *("modelled", "labelling", "called", "small", "parallel", "ball", "XLs", "SALs", "X2s", "As"),
    *("body", "bodies", "dies", "daies", "deies", "ties", "boxes", "buzzes", "caches", "wishes"),
    *("gases", "masses", "houses", "uses", "gas", "menus", "axe", "size", "sizes", "ice", "wishe"),
    *("greys", "grey", "gray", "defences", "defence", "defense", "analyses", "lenses", "lens"),
)
"""Words whose form needs more than a plural less; and those that look like them."""


@settings(max_examples=25, deadline=None)
@given(st.permutations(TRICKY), st.booleans(), st.sets(st.sampled_from(("body", "gray", "size"))))
def test_loops_know_the_forms_of_words(words: list[str], is_title: bool, exact: set[str]) -> None:
    """Each word that is asked for is met, whichever of its forms was read before."""
    reader = _asked(list(TRICKY), [], [*exact])
    for word in words:
        chunk = word.title() if is_title else word
        row = reader.read((chunk,), loops()).tolist()
        plain, _, _ = reader._read(read_chunk(chunk))
        assert _meant(reader, row[:-1]) == _meant(reader, plain), chunk


@pytest.mark.parametrize("asked", TRICKY)
def test_loops_miss_no_word_that_is_asked_for(asked: str) -> None:
    """Alone, with others in a chunk, and written together."""
    reader = _asked([asked], [], [])
    for chunk in (asked, f"x-{asked}", f"{asked}-x", f"{asked[:2]}-{asked[2:]}", asked.title()):
        row = reader.read((chunk,), loops()).tolist()
        plain, _, _ = reader._read(read_chunk(chunk))
        plain = plain if any(plain) or not plain else [0]
        assert _meant(reader, row[:-1]) == _meant(reader, plain), chunk


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), WRITTEN, COMPOUNDS), max_size=12))
def test_what_loops_learnt_is_forgotten_when_it_is_asked_for(
    steps: list[tuple[bool, str, str]],
) -> None:
    """A word, prefix or exact word that comes later is met in chunks that were read before."""
    index, fresh = Index(loops()), Index()
    for step, (is_word, asked, chunk) in enumerate(steps):
        text = asked.lower() if is_word else f"{asked.lower()}*" if len(asked) > 2 else f"={asked}"
        query = parse(text)
        if isinstance(query, Query):
            index.add(step, query.tree)
            fresh.add(step, query.tree)
        for _, _, other in steps:
            paper = _paper(f"{chunk} {other}")
            assert sorted(index.match(paper).tolist()) == sorted(fresh.match(paper).tolist())


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
    reader = Reader(trie, surfaces)
    reader.ready()

    row = reader.read((" ".join(f"{a}{i}{b}" for i, (a, b, *_) in enumerate(steps)),)).tolist()

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
