"""Links and ids out of texts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources import dates, ids, links

FOUND = {
    "Code: https://github.com/a/b.": ["https://github.com/a/b"],
    "see github.com/A-1/b.c_d, and (http://www.github.com/e/f)": [
        "https://github.com/A-1/b.c_d",
        "https://github.com/e/f",
    ],
    r"\href{https://github.com/a/b}{https://github.com/a/b}.": ["https://github.com/a/b"],
    r"$\url{https://github.com/a/b\_c.git}$": ["https://github.com/a/b_c"],
    "https://github.com/a/b/tree/main/c?x=1#y": ["https://github.com/a/b"],
    "https://gitlab.com/a/b/c/-/tree/main": ["https://gitlab.com/a/b/c"],
    "https://huggingface.co/datasets/a/b/viewer": ["https://huggingface.co/datasets/a/b"],
    "hf.co/a/b": ["https://huggingface.co/a/b"],
    "https://anonymous.4open.science/r/x-1": ["https://anonymous.4open.science/r/x-1"],
    "HTTPS://GitHub.com/a/b and https://github.com/A/B": ["https://github.com/a/b"],
}

NOTHING = [
    "https://github.com/a",
    "https://github.com/topics/nlp",
    "https://huggingface.co/papers/2603.00001",
    "https://huggingface.co/datasets/a",
    "https://evil.org/github.com/a/b",
    "https://notgithub.com/a/b",
    "https://github.com.evil.org/a/b",
    "https://github.com@evil.org/a/b",
    "https://user:pw@github.com/a/b",
    "https://github.com:8080/a/b",
    "javascript://github.com/a/b",
    "data:text/html,//github.com/a/b",
    "https://github.com/../b",
    "https://github.com/a/<script>",
    "https://githuЬ.com/a/b",
    "https://zenodo.org/records/1",
    "no link at all",
]


@pytest.mark.parametrize(("text", "expected"), FOUND.items())
def test_code_is_found_however_it_is_written(text: str, expected: list[str]) -> None:
    """Bare, http, TeX and deep links all become the one https link of the repository."""
    assert tuple(expected) == links.code_links(text)


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_repository_is_no_code(text: str) -> None:
    """Other hosts, look-alikes, user names, ports and other schemes give no link."""
    assert links.code_links(text) == ()


@settings(deadline=None)
@given(st.text(alphabet="githubcom/.:@\\_{}ab-http%5F ", max_size=200))
def test_every_code_link_is_plain(text: str) -> None:
    """Whatever the text, a link is https, to a host of the list, of plain characters."""
    for link in links.code_links(text):
        assert link.startswith("https://github.com/")
        assert links.page_url(link) == link


def test_five_links_are_enough() -> None:
    """A survey's list of repositories is cut."""
    assert len(links.code_links(" ".join(f"github.com/a/b{n}" for n in range(99)))) == 5


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Project: https://a-b.github.io/c_d/.", "https://a-b.github.io/c_d/"),
        (r"\url{http://A.github.io}", "https://a.github.io/"),
        (r"x.gitlab.io/a\_b", "https://x.gitlab.io/a_b"),
        ("https://evil.org/x.github.io", None),
        ("https://a.github.io@evil.org", None),
        ("https://a.github.io.evil.org", None),
        ("nothing", None),
    ],
)
def test_a_project_page_is_found_in_a_text(text: str, page: str | None) -> None:
    """Pages at GitHub's and GitLab's own domains are project pages."""
    assert page == links.project_page(text)


IDS = {
    "2401.00001": ("arxiv:2401.00001", None),
    "arXiv:2401.00001v12": ("arxiv:2401.00001", 12),
    "oai:arXiv.org:2401.00001v2": ("arxiv:2401.00001", 2),
    "http://arxiv.org/abs/1605.08386v1": ("arxiv:1605.08386", 1),
    "https://www.arxiv.org/pdf/2401.00001v3.pdf": ("arxiv:2401.00001", 3),
    "https://doi.org/10.48550/arXiv.2401.00001": ("arxiv:2401.00001", None),
    "0704.0046": ("arxiv:0704.0046", None),
    "hep-th/9901001v2": ("arxiv:hep-th/9901001", 2),
    "oai:arXiv.org:math.GT/0309136": ("arxiv:math/0309136", None),
    "10.1000/ABC": ("doi:10.1000/abc", None),
    "https://dx.doi.org/10.1000/x(1)2": ("doi:10.1000/x(1)2", None),
}


@pytest.mark.parametrize(("text", "expected"), IDS.items())
def test_every_spelling_of_an_id_is_one_id(text: str, expected: tuple[str, int | None]) -> None:
    """Ids, addresses, OAI names and DOIs lead to one id, with the version beside it."""
    assert expected == ids.paper_id(text)


NO_IDS = [
    "",
    "2413.00001",
    "2400.00001",
    "2401.0001",
    "0704.00046",
    "2401.00001v0",
    "10.1/x",
    "10.1000/<a>",
    "10.1000/a b",
    "hep-th/9913001",
    "x" * 5_000,
    "evil.org/abs/2401.00001",
    "٢٤٠١.00001",
]


@pytest.mark.parametrize("text", NO_IDS)
def test_what_is_no_id_is_none(text: str) -> None:
    """Impossible months, wrong lengths, and other addresses are no ids."""
    assert ids.paper_id(text) is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_reading_ids_and_dates_never_fails(text: str) -> None:
    """Any text is an id or none, a date or none."""
    ids.paper_id(text)
    for at in (dates.iso_at(text), dates.mail_at(text)):
        assert at is None or at.utcoffset() is not None
