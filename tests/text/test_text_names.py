"""Names of authors agree as QUERY.md's rule 10 says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text.names import Name, agrees, plain_name, read_name


@pytest.mark.parametrize(
    ("asked", "author"),
    [
        ("Kaiming He", "Kaiming He"),
        ("Kaiming He", "He, Kaiming"),
        ("Kaiming He", "K. He"),
        ("Kaiming He", "kaiming HE"),
        ("he", "Kaiming He"),
        ("He", "K. He"),
        ("K He", "Kai He"),
        ("K. He", "Kaiming He"),
        ("Tatsunori B. Hashimoto", "Tatsunori Hashimoto"),
        ("T. Hashimoto", "Tatsunori B. Hashimoto"),
        ("Xiao-Ming Li", "Xiaoming Li"),
        ("Xiaoming Li", "Li, Xiao-Ming"),
        ("X. Li", "Xiao‐Ming Li"),
        ("J.-B. Alayrac", "Jean-Baptiste Alayrac"),
        ("Kaiming_He", "Kaiming He"),
        ("L. van der Maaten", "van der Maaten, Laurens"),
        ("Maaten", "Laurens van der Maaten"),
        ("van der Maaten", "Laurens van der Maaten"),
        ("Laurens Maaten", "Maaten, Laurens van der"),
        ("Fernando de la Torre", "Torre, F."),
        ("Laurent El Ghaoui", "L. Ghaoui"),
        ("Robert Smith", "Robert Smith Jr."),
        ("Robert Smith", "Smith, Robert, Jr."),
        ("Robert Smith", "Robert Smith, Jr."),
        ("John Doe III", "J. Doe"),
        ("Bernhard Scholkopf", "Bernhard Schölkopf"),
        ("Lukasz Kaiser", "Łukasz Kaiser"),
        ("Brendan O'Connor", "Brendan O’Connor"),
        ("Quoc Le", "Quoc V. Le"),
        ("Le, Quoc", "Q. Le"),
        ("王小明", "王小明"),
    ],
)
def test_names_that_agree(asked: str, author: str) -> None:
    """Family names equal; first given names equal, or an initial on either side."""
    assert agrees(asked, author)
    assert agrees(author, asked)


@pytest.mark.parametrize(
    ("asked", "author"),
    [
        ("Kaiming He", "Kai He"),
        ("Kaiming He", "Kaiming Hu"),
        ("He Kaiming", "Kaiming He"),
        ("K. He", "Tong He"),
        ("He", "Hendrik Kuiper"),
        ("Ka He", "Kaiming He"),
        ("B. Hashimoto", "Tatsunori B. Hashimoto"),
        ("Smith", "Robert Smithson"),
        ("", "Kaiming He"),
        ("...", "..."),
    ],
)
def test_names_that_do_not_agree(asked: str, author: str) -> None:
    """Given names that only begin alike are different; middle names are no first names."""
    assert not agrees(asked, author)
    assert not agrees(author, asked)


def test_a_name_is_read_into_what_is_compared() -> None:
    """For an index: the family name and the first given name, folded."""
    assert read_name("van der Maaten, Laurens J. P.") == Name("maaten", "laurens")


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_can_be_asked_for(asked: str, author: str) -> None:
    """No text raises, and agreement has no direction."""
    assert agrees(asked, author) == agrees(author, asked)


@given(st.text("abJrIV iDe.-,é", max_size=12))
@example("Robert Smith Jr")
@example("Ludwig van Beethoven")
@example(" Mary  Ann Lee ")
def test_a_plain_name_is_read_as_all_names_are(name: str) -> None:
    """Whichever way it is taken apart; a comma that says nothing makes it the long one."""
    plain = plain_name(name)
    assert plain is None or plain == read_name(f"{name},")


@pytest.mark.parametrize("name", ["", " ", "Kaiming He Jr", "L. Maaten", "de la Torre", "Müller"])
def test_a_name_that_needs_more_is_not_plain(name: str) -> None:
    """Particles, suffixes, initials and accents are for `read_name`."""
    assert plain_name(name) is None
