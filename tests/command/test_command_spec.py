"""The declarations, and what is made from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.command.declare import Command, Names, Takes
from bot.command.handle import HANDLERS
from bot.command.read import Typed, read
from bot.command.spec import BY_NAME, COMMANDS, complete, markdown_table, offered

NAMES = Names(
    subscriptions=((1, "Images"), (12, '"diffusion model"')),
    channels=("general", "reading"),
    muted=("robotics", '"position paper"'),
)


def test_every_command_has_one_handler() -> None:
    """And there is no handler without a declaration."""
    assert set(HANDLERS) == set(BY_NAME)
    assert len(BY_NAME) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_examples_are_read_as_their_command(command: Command) -> None:
    """What help shows is what can be typed."""
    assert command.examples or not command.shown
    for example in command.examples:
        found = read(example)
        assert isinstance(found, Typed)
        assert found.command is command


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_declarations_fit_platforms(command: Command) -> None:
    """Discord takes names of 32 characters and descriptions of 100."""
    assert command.name == command.name.lower()
    assert len(command.name) <= 32
    assert len(command.summary) <= 100
    assert not command.summary.endswith(".")
    assert "!" not in command.summary + command.detail
    assert all(len(option.help) <= 100 for option in command.options)


def test_the_table_has_a_row_for_each_offered_command() -> None:
    """README's table, without the buttons' own commands."""
    table = markdown_table().splitlines()

    assert table[:2] == ["| command | what it does | where |", "|---|---|---|"]
    assert len(table) == 2 + len(offered(local=True))
    assert (
        "| `/papers subscribe QUERY [--name NAME] [--types new,cross,replace] "
        "[--mention me\\|none\\|ROLE] [--tag NAME]` | Post new papers that match a query in this "
        "channel | everywhere; `--mention` on Slack and Discord; `--tag` on Discord |" in table
    )
    assert any(row.startswith("| `/papers managers") and "| Discord |" in row for row in table)
    assert not any("post-latest" in row for row in table)


def test_the_sample_day_is_offered_where_there_is_one() -> None:
    """Not on platforms that have none."""
    assert "sample" in [one.name for one in offered(local=True)]
    assert "sample" not in [one.name for one in offered(local=False)]


@pytest.mark.parametrize(
    ("platform", "commands", "options"),
    [
        ("web", set(), set()),
        ("slack", set(), {"mention"}),
        ("discord", {"managers"}, {"mention", "tag"}),
        ("", {"managers"}, {"mention", "tag"}),
    ],
)
def test_a_platform_is_offered_what_works_there(
    platform: str, commands: set[str], options: set[str]
) -> None:
    """Roles are Discord's, tags too; the local page has nobody to call."""
    there = {one.name: one for one in offered(local=False, platform=platform)}
    told = {option.name for one in there.values() for option in one.options}

    assert set(there) & {"managers"} == commands
    assert told & {"mention", "tag"} == options
    assert ("--tag" in there["subscribe"].usage) is ("tag" in options)
    said = complete("/papers subscribe gan --", Names(platform=platform))
    assert any("--tag" in one.text for one in said) is ("tag" in options)


RECENT = Names(recent=('"world model" since:7d', "graph neural", "au:hinton"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/papers search ", ["/papers search " + one for one in RECENT.recent]),
        ("search ", ["/papers search " + one for one in RECENT.recent]),
        ("/papers preview Graph", ["/papers preview graph neural"]),
        ("/papers search graph neu", ["/papers search graph neural"]),
        ('/papers search "wor', ['/papers search "world model" since:7d']),
        ("/papers subscribe au", ["/papers subscribe au:hinton"]),
        ("/papers search graph neural", []),
        ("/papers search neural", []),
        ("/papers edit 1 ", []),
        ("/papers why ", []),
    ],
)
def test_recent_searches_are_offered_again(text: str, wanted: list[str]) -> None:
    """Where a query is asked for, first, those that go on as what is there begins."""
    found = [one for one in complete(text, RECENT) if one.hint == "searched for lately"]

    assert [one.text for one in found] == wanted
    assert [one.text for one in complete(text, RECENT)][: len(wanted)] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/pap", "/papers subscribe"),
        ("/papers ", "/papers subscribe "),
        ("/papers sub", "/papers subscribe "),
        ("un", "/papers unsubscribe "),
        ("/papers help que", "/papers help queries"),
        ("/papers help ci", "/papers help cite"),
        ("/papers unsubscribe 1", "/papers unsubscribe 12"),
        ("/papers unsubscribe #1", "/papers unsubscribe 1"),
        ("/papers pause ima", "/papers pause 1"),
        ("/papers move re", "/papers move #reading"),
        ("/papers move #re", "/papers move #reading"),
        ("/papers ambiguous h", "/papers ambiguous hold"),
        ("/papers unmute ro", "/papers unmute robotics"),
        ("/papers subscribe ti", "/papers subscribe title:"),
        ("/papers subscribe (gan OR ti", "/papers subscribe (gan OR title:"),
        ("/papers subscribe gan -ca", "/papers subscribe gan -cat:"),
        ("/papers subscribe cat:cs.c", "/papers subscribe cat:cs.CL"),
        ("/papers subscribe cat:=CS.CL", "/papers subscribe cat:=cs.CL"),
        ("/papers search has:c", "/papers search has:code"),
        ("/papers search sin", "/papers search since:"),
        ("/papers edit 1", "/papers edit 12"),
        ("/papers edit 1 ti", "/papers edit 1 title:"),
        ("/papers subscribe gan --t", "/papers subscribe gan --types "),
        ("/papers subscribe gan —n", "/papers subscribe gan --name "),
        ("/papers subscribe gan ", "/papers subscribe gan --types "),
        ("/papers subscribe gan --types n", "/papers subscribe gan --types new,cross,replace"),
    ],
)
def test_completion_goes_on(text: str, wanted: str) -> None:
    """Commands, topics, numbers, channels, fields, categories, options and their values."""
    assert wanted in [one.text for one in complete(text, NAMES)]


@pytest.mark.parametrize(
    "text",
    [
        '/papers subscribe "ti',
        "/papers zzz ti",
        "/papers list x",
        "/papers subscribe sin",
        "/papers subscribe gan --name ti",
        "x" * 5000,
    ],
)
def test_completion_knows_when_to_be_silent(text: str) -> None:
    """In quotes, in unknown commands, where nothing follows."""
    assert complete(text, NAMES) == ()


@given(st.text(max_size=60))
def test_completion_takes_any_text(text: str) -> None:
    """At most 25, each a longer input that can be read, never an error."""
    for prefix in ("", "/papers ", "/papers subscribe ", "/papers edit 1 "):
        found = complete(prefix + text, NAMES)
        assert len(found) <= 25
        assert all(one.text.startswith("/papers ") for one in found)


def test_every_kind_of_argument_is_some_command_s() -> None:
    """No kind is declared in vain."""
    assert {one.takes for one in COMMANDS} == set(Takes)
