"""`/papers` as Discord's own command, and what is chosen in it as the core's text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from discord_limits import choice_problems, command_problems
from discord_schema import described, request_faults
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.discord.choices import choices_for
from adapters.discord.tree import COMMANDS_MAX, SIZE_MAX, commands, size_of
from adapters.discord.typed import Chosen, chosen, quoted, typed
from bot.command.declare import Names, OptionKind, Takes
from bot.command.read import Typed, read
from bot.command.spec import BY_NAME, COMMANDS, offered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.command.declare import Command

Json = dict[str, Any]
ROLE = "1102000000000000007"
QUERIES = st.one_of(
    st.text(min_size=1, max_size=60),
    st.lists(
        st.sampled_from(
            ["--name", "--", '"', "“", "diffusion", "-x", "—types", "=", "\\", "cat:cs.CL", "\n"]
        ),
        min_size=1,
        max_size=8,
    ).map(" ".join),
).filter(lambda text: bool(text.strip()))


def subcommands() -> dict[str, Json]:
    """The subcommands by name."""
    (group,) = commands()
    return {one["name"]: one for one in group["options"]}


def options(name: str) -> dict[str, Json]:
    """A subcommand's options by name."""
    return {one["name"]: one for one in subcommands()[name]["options"]}


def slashed(name: str, /, **values: Any) -> Json:
    """An interaction's data, as Discord sends it."""
    given = [{"name": key, "type": 3, "value": value} for key, value in values.items()]
    return {
        "id": "1",
        "name": "papers",
        "type": 1,
        "options": [{"type": 1, "name": name, "options": given}],
    }


def text_of(name: str, /, **values: Any) -> str:
    """The text that is made of a choice."""
    found = chosen(slashed(name, **values))
    assert found is not None
    return typed(found)


def test_discord_takes_the_commands() -> None:
    """Names, descriptions, options and choices are within every limit that is written down."""
    assert command_problems(commands()) == []


def test_the_commands_are_as_described() -> None:
    """The body that registers them is as Discord's OpenAPI description says."""
    if described() is None:
        pytest.skip("no data")

    assert request_faults("PUT", "/applications/1/commands", commands()) == []


def test_every_command_that_people_are_told_of_is_there() -> None:
    """What the core declares appears by itself, without what only buttons and the demo say."""
    assert list(subcommands()) == [one.name for one in offered(local=False, platform="discord")]
    assert {"post-latest", "more", "page", "sample"}.isdisjoint(subcommands())


def test_the_commands_fit_into_one_group() -> None:
    """A group holds 25 subcommands and 8,000 characters."""
    (group,) = commands()

    assert len(group["options"]) <= COMMANDS_MAX, (
        "Discord takes 25 subcommands in a group. Make a subcommand group of a family (tree.py: a "
        "type 2 option `mute` with `add` and `remove`; typed.py: join its names), or declare the "
        "least used one with shown=False."
    )
    assert size_of(group) <= SIZE_MAX


def test_the_group_is_for_everyone_in_servers() -> None:
    """No default right hides it: Discord knows none for a subcommand. It is not for DMs."""
    (group,) = commands()

    assert "default_member_permissions" not in group
    assert (group["contexts"], group["integration_types"]) == ([0], [0])


def test_what_only_looks_can_be_shared() -> None:
    """Every command that changes nothing has `share`, and no other."""
    shared = {name for name, one in subcommands().items() if "share" in options(name)}

    assert shared == {
        one.name for one in offered(local=False, platform="discord") if not one.mutating
    }


def test_options_have_types() -> None:
    """Numbers have bounds, types and choices a list, channels and roles are picked."""
    limit = options("search")["limit"]
    mention = options("subscribe")["mention"]
    words = [one["value"] for one in options("ambiguous")["choice"]["choices"]]

    assert (limit["type"], limit["min_value"], limit["max_value"]) == (4, 1, 20)
    assert (options("move")["channel"]["type"], options("move")["channel"]["required"]) == (
        7,
        True,
    )
    assert 15 in options("move")["channel"]["channel_types"]
    assert mention["type"] == 9
    assert options("managers")["role"]["type"] == 8
    assert words == ["resend", "hold"]
    assert options("subscribe")["query"]["required"]
    assert "required" not in options("edit")["query"]
    assert options("edit")["subscription"]["autocomplete"]


def test_each_choice_of_types_is_read() -> None:
    """Every choice of announcement types means something, and no two the same."""
    values = [one["value"] for one in options("subscribe")["types"]["choices"]]
    found = [read(f"/papers subscribe x --types {value}") for value in values]

    assert len({one.options.types for one in found if isinstance(one, Typed)}) == 7


@pytest.mark.parametrize(
    "command",
    [one for one in offered(local=False, platform="discord") if one.takes is not Takes.NOTHING],
    ids=lambda one: one.name,
)
def test_every_argument_has_an_option(command: Command) -> None:
    """What is chosen for a command's argument stands in its text."""
    names = [one for one in options(command.name) if one not in {"in", "share"}]
    name = names[0]
    said = text_of(command.name, **{name: ROLE})

    assert said.startswith(f"/papers {command.name} ")
    assert ROLE in said


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("list", {}, "/papers list"),
        ("subscribe", {"query": "a OR b"}, "/papers subscribe a OR b"),
        (
            "subscribe",
            {"query": '"a b" -c', "name": "x y", "types": "new"},
            '/papers subscribe "a b" -c --name "x y" --types new',
        ),
        ("subscribe", {"query": "a --name b"}, "/papers subscribe -- a --name b"),
        (
            "subscribe",
            {"query": '5" --name b', "name": 'say "so"'},
            '/papers subscribe --name "say \'so\'" -- 5" --name b',
        ),
        ("edit", {"subscription": "3", "query": "a"}, "/papers edit 3 a"),
        ("edit", {"subscription": "3", "tag": "ml, cv"}, '/papers edit 3 --tag "ml, cv"'),
        ("move", {"channel": "123"}, "/papers move <#123>"),
        ("pause", {}, "/papers pause"),
        ("ambiguous", {"choice": "hold"}, "/papers ambiguous hold"),
        ("search", {"query": "a", "limit": 7, "share": True}, "/papers search a --limit 7"),
        ("managers", {"role": "1", "role3": "2"}, "/papers managers <@&1> <@&2>"),
        ("managers", {"none": True, "role": "1"}, "/papers managers none"),
        ("managers", {"none": False}, "/papers managers"),
        ("help", {"topic": "queries"}, "/papers help queries"),
        ("gone", {"x": "y"}, "/papers gone"),
    ],
)
def test_a_choice_is_the_text_that_one_would_type(
    name: str, values: Mapping[str, Any], said: str
) -> None:
    """Options stand behind the argument, or before it where it could be taken for some."""
    assert text_of(name, **values) == said


def test_a_mention_is_a_person_or_a_role() -> None:
    """Discord gives an id, and says apart from it what it is of."""
    data = slashed("subscribe", query="x", mention=ROLE)
    person = chosen(data)
    role = chosen({**data, "resolved": {"roles": {ROLE: {"id": ROLE, "name": "ml"}}}})

    assert person is not None
    assert role is not None
    assert typed(person) == f"/papers subscribe x --mention <@{ROLE}>"
    assert typed(role) == f"/papers subscribe x --mention <@&{ROLE}>"


@pytest.mark.parametrize(
    "data",
    [{}, {"name": "other"}, {"name": "papers"}, {"name": "papers", "options": [{"type": 2}]}],
)
def test_what_is_no_command_of_ours_is_none(data: Json) -> None:
    """Whatever else Discord sends is not taken for a command."""
    assert chosen(data) is None


@given(QUERIES, st.none() | QUERIES, st.none() | st.sampled_from(["new", "cross,replace"]))
@example('x" --name', "y", None)
@example("--", None, None)
@example("-- --name x", 'a"b', "new")
@example("a —name b", None, "new")
def test_what_is_chosen_is_what_is_read(query: str, name: str | None, types: str | None) -> None:
    """The text reads back to the same query, name and types, whatever stands in them."""
    values = {"query": query, "name": name, "types": types}
    found = read(text_of("subscribe", **{k: v for k, v in values.items() if v is not None}))

    assert isinstance(found, Typed)
    assert found.argument == query.strip()
    assert found.options.name == (None if name is None else quoted(name)[1:-1])
    assert ",".join(sorted(found.options.types or ())) == (types or "")
    assert found.spilled == ""


@given(st.integers(1, 99), QUERIES, st.lists(st.sampled_from(["ml", "a b"]), max_size=3))
def test_an_edit_is_read_as_chosen(number: int, query: str, tags: list[str]) -> None:
    """The number comes first, and the query behind it stays as it is."""
    given = {"subscription": str(number), "query": query, "tag": ",".join(tags) or None}
    found = read(text_of("edit", **{k: v for k, v in given.items() if v is not None}))

    assert isinstance(found, Typed)
    assert found.argument == f"{number} {query.strip()}"
    assert found.options.tags == (tuple(dict.fromkeys(tags)) or None)


def test_every_kind_of_option_has_a_type() -> None:
    """A kind that the core adds is not forgotten here."""
    kinds = {option.kind for command in COMMANDS for option in command.options}

    assert kinds <= set(OptionKind)
    for command in offered(local=False, platform="discord"):
        assert {one.name for one in command.options} <= set(options(command.name))


# ---------------------------------------------------------------- completion

KNOWN = Names(
    subscriptions=((1, "Diffusion"), (3, '"graph neural" -medical'), (12, "x" * 300)),
    muted=("robotics", "position paper"),
    local=False,
    recent=("chain of thought", "y" * 150),
    platform="discord",
)


def offers(name: str, option: str, value: str, /, **values: Any) -> list[tuple[str, str]]:
    """What is offered, as name and value."""
    found = choices_for(Chosen(name, {option: value, **values}, option), KNOWN)
    assert choice_problems(found) == []
    return [(one["name"], one["value"]) for one in found]


def test_subscriptions_are_offered_by_number_and_label() -> None:
    """A part of the number or the label finds one; its number is what is chosen."""
    assert offers("pause", "subscription", "")[:2] == [
        ("#1 Diffusion", "1"),
        ('#3 "graph neural" -medical', "3"),
    ]
    assert offers("pause", "subscription", "GRAPH") == [('#3 "graph neural" -medical', "3")]
    assert offers("edit", "subscription", "#12")[0][1] == "12"
    assert len(offers("edit", "subscription", "12")[0][0]) <= 100


def test_categories_and_fields_are_offered_behind_the_last_word() -> None:
    """What goes on from the query's last word; what was typed can be taken as it is, first."""
    fields = [value for _, value in offers("subscribe", "query", "diffusion au")]
    classes = [value for _, value in offers("search", "query", "x cat:cs.C")]
    edited = [value for _, value in offers("edit", "query", "-cat:stat.M", subscription="3")]

    assert fields == ["diffusion au", "diffusion author:"]
    assert {"x cat:cs.CL", "x cat:cs.CV"} <= set(classes)
    assert edited == ["-cat:stat.M", "-cat:stat.ME", "-cat:stat.ML"]


def test_options_are_not_offered_within_a_query() -> None:
    """They have fields of their own."""
    assert [value for _, value in offers("subscribe", "query", "x ")] == ["x "]
    assert [value for _, value in offers("search", "query", "x --l")] == ["x --l"]


def test_recent_queries_are_offered() -> None:
    """What the asker searched for lately, if Discord has room for it."""
    assert [value for _, value in offers("search", "query", "")] == ["chain of thought"]
    assert ("chain of thought (searched for lately)", "chain of thought") in offers(
        "search", "query", "chain"
    )


def test_muted_words_and_topics_are_offered() -> None:
    """Those of the channel, and what help knows."""
    assert offers("unmute", "word", "paper") == [("position paper", "position paper")]
    assert "queries" in [value for _, value in offers("help", "topic", "qu")]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["Vision", "NLP", "Robotics"]),
        ("LP", ["NLP"]),
        ("nlp, vi", ["nlp, Vision"]),
        ("NLP,", ["NLP, Vision", "NLP, Robotics"]),
        ("x", []),
    ],
)
def test_tags_of_the_forum_are_offered(typed: str, offered: list[str]) -> None:
    """One more behind those that are there; none twice."""
    given = Chosen("subscribe", {"tag": typed}, "tag")
    found = choices_for(given, KNOWN, ("Vision", "NLP", "Robotics"))

    assert [one["value"] for one in found] == offered


def test_an_option_that_is_not_known_offers_nothing() -> None:
    """One that another version registered."""
    assert offers("search", "gone", "x") == []


def test_a_value_that_is_too_long_is_left_out() -> None:
    """Discord takes 100 characters; a longer query is typed on without offers."""
    assert offers("subscribe", "query", "z" * 101) == []


@given(st.sampled_from(["subscribe", "edit", "pause", "unmute", "help", "gone"]), st.text())
def test_completion_never_fails(name: str, value: str) -> None:
    """Whatever is typed, Discord takes what is offered."""
    option = {"pause": "subscription", "unmute": "word", "help": "topic"}.get(name, "query")

    offers(name, option, value)
    assert len(offers(name, option, value)) <= 25


def test_each_command_that_is_offered_is_known() -> None:
    """What Discord shows is what the core has."""
    assert set(subcommands()) <= set(BY_NAME)
