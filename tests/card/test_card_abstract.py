"""Cutting abstracts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.card.abstract import ABSTRACT_MAX, clip, cut_abstract


def test_a_short_abstract_stays_whole() -> None:
    """What fits is not touched."""
    assert cut_abstract("Short. And sweet") == "Short. And sweet"


def test_a_long_abstract_ends_at_the_last_sentence_that_fits() -> None:
    """The cut is behind a full stop, never inside a sentence."""
    text = "One is first. " + "Two " * 40 + "ends. " + "Three " * 40 + "ends."

    assert cut_abstract(text) == "One is first. " + "Two " * 40 + "ends."


@pytest.mark.parametrize(
    "trap",
    [
        "models, e.g. BERT",
        "as He et al. Show",
        "see Fig. 3",
        "that is, i.e. This",
        "by K. He",
        "in Eq. 4",
        "of 3.5 Billion",
        "GANs vs. Diffusion",
        "w.r.t. Noise",
    ],
)
def test_an_abbreviation_is_no_sentence_end(trap: str) -> None:
    """The full stop of an abbreviation, an initial or a number does not end a sentence."""
    text = f"It begins here. Then {trap} " + "goes on and on " * 30

    assert cut_abstract(text) == "It begins here."


@pytest.mark.parametrize("end", ["Does it work?", 'They say "it works."', "It works (mostly.)"])
def test_other_sentence_ends_count(end: str) -> None:
    """Question marks, and full stops inside quotes and brackets, end sentences."""
    assert cut_abstract(f"{end} Then " + "more " * 80) == end


def test_an_endless_sentence_ends_at_a_word() -> None:
    """A sentence longer than the card ends at a word and an ellipsis, within the limit."""
    cut = cut_abstract("word " * 100)

    assert cut.endswith("word…")
    assert len(cut) <= ABSTRACT_MAX


@pytest.mark.parametrize("length", [299, 300, 301])
def test_the_limit_is_exact(length: int) -> None:
    """300 characters stay, 301 are cut."""
    text = "a" * (length - 4) + " end"

    assert (cut_abstract(text) == text) is (length <= 300)
    assert len(cut_abstract(text)) <= 300


def test_a_sentence_that_ends_at_the_limit_stays() -> None:
    """A full stop as the 300th character is inside."""
    first = "a" * 298 + "b."

    assert cut_abstract(first + " Next one.") == first


def test_an_accent_stays_with_its_letter() -> None:
    """A word without spaces is cut between letters, not before a combining mark."""
    assert clip("aaae\u0301bbb", 5) == "aaa…"


@given(st.text(), st.integers(2, 400))
def test_no_text_exceeds_the_limit(text: str, size: int) -> None:
    """Whatever the text, it fits, and what is kept is its beginning."""
    cut = cut_abstract(text, size)

    assert len(cut) <= size
    assert text.startswith(cut.removesuffix("…")) or cut == text
