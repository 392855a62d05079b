"""Text from outside in Discord's Markdown."""

from __future__ import annotations

import random  # noqa: TID251 - seeded, to make hostile texts

import pytest
from discord_made import PIECES, generated, units
from discord_reader import read
from hypothesis import given
from hypothesis import strategies as st
from slack_made import hostile_titles

from adapters.discord.markdown import blocks_of, marked
from adapters.discord.words import code_block, escaped_line, fitted, linkable, visible
from bot.card.card import Mark, Run
from bot.model.subscription import Mention, MentionKind
from bot.text.clean import tidy

URL = "https://arxiv.org/abs/2603.00001"
TEXTS = st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
MARKS = st.sampled_from([*Mark])


def plain(text: str) -> str:
    """What a reader should see; a mention of everyone has a break in it that nobody sees."""
    return text.replace("\u200b", "")


@pytest.mark.parametrize(
    "text",
    [
        *("*b*", "**b**", "_i_", "__u__", "~~s~~", "||x||", "`c`", "```py\nx```", "\\*", "\\"),
        *("# h", "### h", "-# small", "> q", ">>> q", "- a", "* a", "1. a", "12. a", "  - a"),
        *("[a](https://evil.example)", "[a](<https://evil.example>)", "[a]", "](", "[[a](b)"),
        *("<https://evil.example>", "https://evil.example", "HTTP://EVIL.EXAMPLE", "steam://x/y"),
        *("<@1>", "<@!1>", "<@&1>", "<#1>", "</papers list:1>", "<id:guide>", "<t:1:R>"),
        *("<:a:1>", "<a:a:1>", ":tada:", "@everyone", "@here", "@silent a", "discord.gg/abc"),
        *("https://discord.com/invite/a", "<a@b.example>", "<+1 555 0100>", "¯\\_(ツ)_/¯"),
        *("C#: x < y > z | 10% ~ 3_a @ 1.5", "f(x) = a[i](t)", "snake_case_name", "2 * 3 * 4"),
    ],
)
def test_what_means_something_comes_out_as_it_was(text: str) -> None:
    """Every construct of Discord's Markdown is shown as the words that it was written with."""
    seen = read(escaped_line(text.replace("\n", " ")))

    assert plain(seen.plain) == text.replace("\n", " ")
    assert (seen.links, seen.strange, seen.bold, seen.code, seen.blocks) == ([], [], [], [], [])


@pytest.mark.parametrize(
    "text", ["Attention: Is All", "a - b", "x_1", "10 ~ 20", "a|b", "a@b", "#1"]
)
def test_what_means_nothing_is_left_alone(text: str) -> None:
    """There is no backslash where none is needed."""
    assert escaped_line(text).count("\\") == text.count("_")


@given(TEXTS)
def test_any_text_comes_out_as_it_was(text: str) -> None:
    """Escaped exactly once: reading it back gives the text, and nothing but text."""
    shown = tidy(text)
    seen = read(escaped_line(shown))

    assert plain(seen.plain) == shown
    assert (seen.links, seen.strange, seen.bold, seen.code, seen.blocks) == ([], [], [], [], [])


@given(st.lists(st.tuples(TEXTS, MARKS), max_size=5))
def test_runs_together_are_still_plain(runs: list[tuple[str, Mark]]) -> None:
    """Runs cannot be joined into something that none of them is, and none is lost."""
    seen = read(marked(Run(text, mark) for text, mark in runs))
    words = "".join(visible(text) for text, _ in runs)

    assert (seen.links, seen.strange, seen.blocks) == ([], [], [])
    assert plain(seen.plain).split() == words.split()


def test_what_one_run_begins_no_other_ends() -> None:
    """An emoji or an address in two halves is none, also where code has to be plain."""
    for first, second in ((":ta`", "da:"), (":", "tada:"), ("https:", "//evil.example")):
        for mark in (Mark.CODE, Mark.STRONG, Mark.QUIET):
            seen = read(marked((Run(f"`{first}", mark), Run(second))))

            assert (seen.links, seen.strange) == ([], [])
            assert plain(seen.plain) == f"`{first}{second}"


@given(TEXTS, MARKS)
def test_a_link_leads_where_it_says(text: str, mark: Mark) -> None:
    """Whatever the words are, the one link leads to our address."""
    seen = read(marked((Run(text, mark, URL), Run(" "), Run(text))))

    assert {url for _, url in seen.links} <= {URL}
    assert seen.strange == []
    assert len(seen.links) == bool(tidy(text))


def test_words_that_no_link_can_hold_stand_beside_it() -> None:
    """The client knows no backslash in a link's words: such a title is plain, its host linked."""
    assert marked((Run("Plain title", url=URL),)) == f"[Plain title]({URL})"
    assert marked((Run("[Re] A_b_c", url=URL),)) == f"\\[Re\\] A\\_b\\_c ([arxiv.org]({URL}))"
    assert marked((Run("See evil.example", url=URL),)) == f"See evil.example ([arxiv.org]({URL}))"


@given(TEXTS)
def test_code_cannot_be_left(text: str) -> None:
    """A code span or block holds all of the text, and nothing after it is drawn in."""
    seen = read(f"{marked((Run(text, Mark.CODE), Run(' after')))}")
    block = read(f"{code_block(tidy(text) or 'x')}after")

    assert [*seen.links, *seen.strange, *block.links, *block.strange] == []
    assert plain(seen.plain).split() == f"{tidy(text)} after".split()
    assert plain(block.plain) == f"{tidy(text) or 'x'}after"


def test_columns_stay() -> None:
    """A caret under a query stays under the word that it points at."""
    (block,) = blocks_of("a  OR OR b\n      ^^")

    assert read(block).code == ["a  OR OR b\n      ^^"]


@given(TEXTS, st.integers(0, 40), MARKS)
def test_nothing_is_longer_than_its_room(text: str, size_max: int, mark: Mark) -> None:
    """Text is cut so that what is written of it fits, in the widest way of counting."""
    assert units(fitted(tidy(text), size_max, escaped_line)) <= size_max
    assert units(marked((Run(text, mark, URL), Run(text, mark)), 40 + size_max)) <= 40 + size_max


def test_a_cut_ends_with_an_ellipsis() -> None:
    """Cut at a word, and never behind the backslash of what was cut away."""
    assert fitted("one two three", 9, escaped_line) == "one two…"
    assert fitted("*" * 9, 5, escaped_line) == "\\*…"


@pytest.mark.parametrize(
    ("url", "written"),
    [
        (URL, URL),
        (
            "https://doi.org/10.1016/s0140-6736(20)30183-5",
            "https://doi.org/10.1016/s0140-6736%2820%2930183-5",
        ),
        ("https://doi.org/10.1/a<b>;c", "https://doi.org/10.1/a%3Cb%3E;c"),
        ("https://doi.org/10.1/é", "https://doi.org/10.1/%C3%A9"),
        ("http://arxiv.org", None),
        ("javascript:x", None),
        ("https://a@evil.example", None),
        ("https://[x", None),
        ("https://", None),
        ("https://arxiv.org/" + "x" * 500, None),
        (None, None),
    ],
)
def test_links_are_written_so_that_nothing_ends_them(url: str | None, written: str | None) -> None:
    """Only https with a host, and what could close a masked link is percent-encoded."""
    assert linkable(url) == written


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        (Mention(MentionKind.USER, "80351110224678912"), "**x** <@80351110224678912>"),
        (Mention(MentionKind.ROLE, "165511591545143296"), "**x** <@&165511591545143296>"),
        (Mention(MentionKind.USER, "1> @everyone"), "**x** Ada"),
        (Mention(MentionKind.USER, "١"), "**x** Ada"),
    ],
)
def test_people_are_shown_by_name(who: Mention, shown: str) -> None:
    """A run that stands for somebody is what Discord shows as their name, if the id is one."""
    assert marked((Run("x", Mark.STRONG), Run(" "), Run("Ada", who=who))) == shown


def test_the_asker_needs_no_name() -> None:
    """Who asked is called you, as typed."""
    who = Mention(MentionKind.USER, "1")

    assert marked((Run("You", Mark.STRONG, who=who), Run(" muted x"))) == "**You** muted x"


def test_hostile_texts_come_out_as_they_were() -> None:
    """So for every known hostile title, and 3,000 put together from what breaks renderers."""
    for text in (*hostile_titles(), *generated(random.Random(5), 3000)):  # noqa: S311 - seeded
        shown = tidy(text)
        seen = read(escaped_line(shown))

        assert plain(seen.plain) == shown
        assert [*seen.links, *seen.strange, *seen.bold, *seen.code, *seen.blocks] == []
