from __future__ import annotations

import pytest

from adapters.sources import texts


def test_hyphens_without_end_part_words() -> None:
    """A text keeps more hyphens than any real one has; the rest part words as spaces do."""
    real = "a state-of-the-art pre-trained model " * 30
    assert texts.abstract(real) == real.strip()
    read = texts.abstract("a-" * 4_000)
    assert read.count("-") == texts.HYPHENS_MAX
    assert read.split()[1:4] == ["a", "a", "a"]
    assert len(read.replace("-", " ").split()) <= texts.WORDS_MAX + 1


@pytest.mark.parametrize("wide", ["\ufdfa", "\ufdfa-", "\u3316\u00bd"])
def test_letters_that_stand_for_many_are_cut(wide: str) -> None:
    """Normalising makes 18 letters of one: what is kept is no longer than other texts."""
    read = texts.abstract(wide * 4_000)
    assert 0 < len(read) < 4_000
    assert texts.abstract("Größe der naïven Lösung " * 80).startswith("Größe der naïven")


def test_names_within_bounds() -> None:
    """Lists of authors keep what the longest real list has, however it is filled."""
    real = [f"Ann-Marie Lee{number}" for number in range(3_303)]
    assert texts.names(real) == tuple(real)
    assert sum(map(len, texts.names(["x" * 599 + str(n) for n in range(5_000)]))) <= (
        texts.NAMES_CHARS
    )
    long = texts.names([f"{number} " + "a-" * 290 for number in range(300)])
    assert sum(name.count(" ") + name.count("-") for name in long) <= texts.NAMES_WORDS
    assert sum(name.count("-") for name in long) <= texts.NAMES_HYPHENS_MAX


def test_classes_within_bounds() -> None:
    """A paper has each class once, and not thousands."""
    assert texts.categories(["cs.CL", "cs.LG", "cs.CL"]) == ("cs.CL", "cs.LG")
    assert len(texts.categories([f"cs.{n}" for n in range(20_000)])) == texts.CATEGORIES_MAX
