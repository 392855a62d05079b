"""Which letters words begin with that have a form: never too few."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bot.text.forms import _KNOWN, beginnings, fold_form
from bot.text.words import bare

ENDS = ["", "s", "es", "ies", "ise", "ises", "ised", "isation", "our", "ours", "lled", "e", "y"]
STARTS = ["", "s", "sk", "t", "r", "lab", "model", "is", "iz", "axe", "LM", "GPU", "gre", "é"]
words = st.one_of(
    st.sampled_from(sorted(_KNOWN)),
    st.tuples(st.sampled_from(STARTS), st.sampled_from(ENDS)).map("".join),
    st.tuples(st.text("abcdefghijklmnopqrstuvwxyz", max_size=4), st.sampled_from(ENDS)).map(
        "".join
    ),
    st.text("aeiosuyz", min_size=1, max_size=6),
).filter(bool)


@given(words, st.booleans())
@example("skies", False)
@example("rise", False)
@example("grey", False)
def test_every_word_begins_as_its_form_says(word: str, is_upper: bool) -> None:
    """Whoever looks for all words of a form by their first letters finds them."""
    raw = word.upper() if is_upper else word
    found = beginnings(fold_form(raw, bare(raw)))

    assert found is None or bare(raw)[:3] in found
