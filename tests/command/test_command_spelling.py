"""Commands as each platform writes them."""

from __future__ import annotations

import pytest
from asking import lines

from bot.command.declare import Takes
from bot.command.platforms import PLATFORMS
from bot.command.reply import Helped
from bot.command.reporting import help_on
from bot.command.say import say
from bot.command.spec import BY_NAME, COMMANDS
from bot.command.spelling import FIELDS, example_on, said_on, usage_on


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("/papers list", "/papers list"),
        ("/papers managers none", "/papers managers none: True"),
        ("/papers log --limit 20", "/papers log limit: 20"),
        ("/papers search au:hinton --limit 5", "/papers search query: au:hinton limit: 5"),
        ('/papers edit 3 --name "A b"', "/papers edit subscription: 3 name: A b"),
        (
            '/papers edit 3 "a b" -c --types new,cross',
            '/papers edit subscription: 3 query: "a b" -c types: cross,new',
        ),
        ("/papers move #reading", "/papers move channel: #reading"),
        ("no command", "no command"),
    ],
)
def test_an_example_stands_in_fields_where_there_are_some(text: str, there: str) -> None:
    """Nothing is typed with two minus signs where each option has a field."""
    assert example_on(text, "discord") == there
    assert all(example_on(text, one) == text for one in ("slack", "web", ""))


def test_usage_names_the_fields() -> None:
    """What may be left out stands in brackets."""
    edit, pause = BY_NAME["edit"].on("discord"), BY_NAME["pause"].on("discord")

    assert usage_on(edit, "discord").startswith("/papers edit subscription: [query:] [name:]")
    assert usage_on(pause, "discord") == "/papers pause [subscription:]"
    assert usage_on(edit, "slack") == edit.usage


def test_every_kind_of_argument_has_fields() -> None:
    """A kind that is added is not forgotten."""
    assert set(FIELDS) == set(Takes)


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_help_uses_the_platforms_own_words(platform: str) -> None:
    """No `--name` where there are fields, and no workspace where it is called a server."""
    helped = [help_on(one.name, platform, local=False) for one in COMMANDS if one.shown]
    said = "\n".join(
        lines(say(one))
        for one in (*helped, help_on("", platform, local=False))
        if isinstance(one, Helped)
    )

    assert ("--name" in said, "workspace" in said) == (platform != "discord",) * 2
    assert ("query:" in said, "this server" in said_on("this workspace", platform)) == (
        platform == "discord",
    ) * 2
