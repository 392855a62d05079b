"""Where a tidied stretch stood in the text as typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.clean import places, tidy


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("titel:x", "titel"),
        ("  titel:x", "titel"),
        ("a  \t titel:x", "titel"),
        ("a\u200b titel:x", "titel"),
        ("e\u0301 titel:x", "titel"),
        ("\u200b\u200btitel", "titel"),
    ],
)
def test_a_stretch_is_found_where_it_was_typed(typed: str, word: str) -> None:
    """Spaces, hidden characters and marks before a word do not move its place."""
    start = tidy(typed).index(word)

    assert places(typed, start, start + len(word)) == (
        typed.index(word),
        typed.index(word) + len(word),
    )


@given(st.text(max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_places_stay_within_the_text(typed: str, start: int, length: int) -> None:
    """Whatever was typed, a stretch lies inside it and does not end before it begins."""
    shown = len(tidy(typed))
    start = min(start, shown)
    first, last = places(typed, start, min(start + length, shown))

    assert 0 <= first <= last <= len(typed)
