"""Reading what a person typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.card.card import Action
from bot.command.read import TEXT_MAX, Typed, read
from bot.command.reply import Problem
from bot.model.subscription import ChangeType

ALL = frozenset(ChangeType)


def typed(text: str) -> Typed:
    """What was read, where it can be."""
    found = read(text)
    assert isinstance(found, Typed), found
    return found


def refused(text: str) -> Problem:
    """Why it cannot be read."""
    found = read(text)
    assert isinstance(found, Problem), found
    return found


def pressed(problem: Problem) -> list[Action]:
    """The buttons that say a command."""
    return [one for one in problem.buttons if isinstance(one, Action)]


@pytest.mark.parametrize("text", ["", "   ", "/papers", " /PAPERS \n"])
def test_nothing_is_nothing(text: str) -> None:
    """An empty text is no command."""
    assert read(text) is None


@pytest.mark.parametrize(
    "text", ["/papers list", "list", "  /Papers   LIST  ", "/papers\tlist", "List"]
)
def test_the_prefix_may_be_left_out(text: str) -> None:
    """`/papers` in front changes nothing, nor does case or white space."""
    assert typed(text).command.name == "list"


def test_papersx_is_no_prefix() -> None:
    """Only the whole word `/papers` is taken off."""
    assert refused("/paperslist").title == "Unknown command"


@pytest.mark.parametrize(
    "query",
    [
        '"diffusion  model" -gan',
        "“diffusion model”",
        'a OR (b -"c d")',
        "Schr\\\"odinger's cat",
        '"a --name b"',
        "state-of-the-art --- no",
        "-gan",
        "a –gan",
        "a —robotics",
        "it's =RAG $x$",
        'title:"--limit 3"',
    ],
)
def test_a_query_stays_as_it_was_typed(query: str) -> None:
    """Quotes, minuses, dashes and TeX reach the query untouched."""
    assert typed(f"/papers subscribe {query}").argument == query


@pytest.mark.parametrize("dash", ["--", "—", "–"])
@pytest.mark.parametrize("value", ["Topic", '"My topic"', "“My topic”", "=Topic"])
def test_dashes_made_by_phones_are_options(dash: str, value: str) -> None:
    """`—name` and `–name` are `--name`, with and without quotes."""
    separator = "" if value.startswith("=") else " "
    found = typed(f"subscribe {dash}name{separator}{value} diffusion")

    assert found.options.name == value.strip('="“”')
    assert found.argument == "diffusion"


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("subscribe --types new,cross,replace a b", "a b"),
        ("subscribe a --types new,cross,replace b", "a b"),
        ("subscribe a b --types replace, new ,cross", "a b"),
        ("subscribe a b --TYPES=Cross,NEW,replace", "a b"),
        ('subscribe a b --types "new, cross, replace"', "a b"),
    ],
)
def test_options_stand_anywhere(text: str, argument: str) -> None:
    """Before, inside or after the query; types in any order, case and spacing."""
    found = typed(text)

    assert found.options.types == ALL
    assert found.argument == argument


def test_an_unknown_option_is_answered_with_the_nearest() -> None:
    """`--nam` asks for `--name`."""
    assert refused("subscribe a --nam b").said[-1] == "Did you mean --name?"
    assert refused("subscribe a —nmae b").said[-1] == "Did you mean --name?"


def test_an_unknown_option_far_from_all_tells_the_minus() -> None:
    """Who wrote `--gan` wanted to leave a word out."""
    assert refused("subscribe a --gan").said[-1].endswith("write one minus: -gan")


def test_a_command_without_options_says_so() -> None:
    """`list --limit 3` is not silently ignored."""
    assert refused("list --limit 3").said == ("list has no option --limit.", "It has no options.")


@pytest.mark.parametrize(
    "text", ["subscribe a --name", "subscribe a --types --name x", 'subscribe a --name "x']
)
def test_an_option_without_its_value_is_refused(text: str) -> None:
    """The refusal shows how to write it."""
    assert refused(text).title.endswith("needs a value")


@pytest.mark.parametrize(
    ("text", "argument", "name"),
    [
        ('subscribe --name "x" -- a --name b', "a --name b", "x"),
        ("subscribe -- --name b", "--name b", None),
        ('edit -- 3 5" --types', '3 5" --types', None),
        ("subscribe -- -- a", "-- a", None),
        ("subscribe a -- b --name x", "a -- b", "x"),
        ("subscribe --", "", None),
    ],
)
def test_two_dashes_alone_end_the_options(text: str, argument: str, name: str | None) -> None:
    """Before an argument: whatever stands in it then is part of it."""
    found = typed(text)

    assert (found.argument, found.options.name) == (argument, name)


def test_an_option_twice_is_refused() -> None:
    """Nobody has to guess which one counted."""
    assert refused("search a --limit 3 --limit 4").title == "Given twice"


@pytest.mark.parametrize("value", ["0", "21", "-1", "x", "3.5", "٣", "99999999999999999999"])
def test_a_limit_out_of_range_is_refused(value: str) -> None:
    """`--limit` takes 1 to 20."""
    assert refused(f"search a --limit {value}").title == "--limit takes a number"


@pytest.mark.parametrize("value", ["1", "20"])
def test_a_limit_at_its_ends_is_taken(value: str) -> None:
    """1 and 20 are inside."""
    assert typed(f"search a --limit {value}").options.limit == int(value)


@pytest.mark.parametrize(
    ("value", "said"),
    [("neww", "Did you mean new?"), ("crosslist", "Did you mean cross?"), ("zzz", "zzz is none.")],
)
def test_an_unknown_type_is_answered_with_the_nearest(value: str, said: str) -> None:
    """`--types neww` asks for new."""
    assert said in refused(f"subscribe a --types {value}").said[0]


def test_an_empty_list_of_types_is_refused() -> None:
    """A subscription to nothing is a mistake."""
    assert refused('subscribe a --types ""').title == "--types is empty"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("subscrbe", "subscribe"),
        ("serach", "search"),
        ("lst", "list"),
        ("unsubscibe", "unsubscribe"),
        ("remove", "unsubscribe"),
        ("delete", "unsubscribe"),
        ("Follow", "subscribe"),
        ("sub", "subscribe"),
        ("unsub", "unsubscribe"),
        ("stop", "pause"),
        ("bibtex", "cite"),
        ("/serach", "search"),
    ],
)
def test_a_mistyped_command_is_answered_with_the_nearest(word: str, meant: str) -> None:
    """The button says what was meant, with all that followed."""
    problem = refused(f'/papers {word} a  "b c" --name x')

    assert problem.said[-1] == f"Did you mean {meant}?"
    assert pressed(problem)[0].command == f'/papers {meant} a  "b c" --name x'


def test_what_is_no_command_can_be_searched_or_followed() -> None:
    """Bare words are offered as a search and as a subscription."""
    problem = refused("diffusion models")

    assert [one.command for one in pressed(problem)] == [
        "/papers search diffusion models",
        "/papers subscribe diffusion models",
        "/papers help",
    ]
    assert pressed(problem)[1].fill


@pytest.mark.parametrize("text", ["?", "-h", "--help", "/papers ?"])
def test_cries_for_help_are_help(text: str) -> None:
    """What people type when they are lost is help."""
    assert typed(text).command.name == "help"


def test_words_after_a_bare_name_are_noticed() -> None:
    """`--name Image generation` put a word into the query: it is told."""
    assert typed("subscribe a --name Image generation").spilled == "generation"
    assert typed('subscribe a --name "Image" generation').spilled == ""
    assert typed("subscribe --name Image generation").spilled == ""


def test_an_endless_text_is_refused_at_once() -> None:
    """A megabyte is not read."""
    assert refused("subscribe " + "a" * TEXT_MAX).title == "That is too long"
    assert read("subscribe " + "a" * (TEXT_MAX - 10)) is not None


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """No text raises."""
    assert read(text) is None or isinstance(read(text), Typed | Problem)


@given(
    st.lists(st.sampled_from(['"', "“", "—name", "--types", "new", "\\", '\\"', " ", "a", "="]))
)
def test_any_mix_of_quotes_and_options_is_read(parts: list[str]) -> None:
    """Nor does any mix of what options are made of."""
    assert read("subscribe " + "".join(parts)) is not None


@pytest.mark.parametrize("text", ["/paper list", "//papers list", "\u200b/papers list", "/list"])
def test_the_command_s_name_may_be_slightly_off(text: str) -> None:
    """A letter less, a slash more, something unseen in front: it is clear what was meant."""
    assert typed(text).command.name == "list"


@pytest.mark.parametrize("text", ["\0", "/papers \u200b\u202e", "  "])
def test_nothing_visible_is_nothing(text: str) -> None:
    """Such a text asks for help, and no card repeats what cannot be seen."""
    assert read(text) is None


def test_an_unknown_word_is_shown_without_what_hides_in_it() -> None:
    """Controls and direction marks do not reach the card."""
    assert refused("zz\u202e\0qq").said[0] == "There is no command zzqq."
