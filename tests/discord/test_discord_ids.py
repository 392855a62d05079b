"""What custom ids carry."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.ids import CUSTOM_ID_MAX, Pressed, Verb, mark_in, pack, told_apart, unpack

MARK = "abcdefghijklmnopqrstuvw2"
KEYS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16)
MARKS = st.none() | st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=24, max_size=24)
COMMANDS = st.text(max_size=200).filter(lambda text: text.strip())

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kept:
    """What was kept, under counted keys."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.commands: dict[str, str] = {}

    async def keep(self, command: str) -> str:
        """Keep one."""
        key = f"key{len(self.commands):13}".replace(" ", "a").replace("0", "b").replace("1", "c")
        self.commands[key] = command
        return key


def packed(verb: str, command: str, mark: str | None = None) -> tuple[str, Kept]:
    """The custom id, and what was kept for it."""
    kept = Kept()
    return asyncio.run(pack(verb, command, mark, kept.keep)), kept


def said(custom_id: str, kept: Kept) -> str:
    """The command that a custom id stands for."""
    pressed = unpack(custom_id)
    assert pressed is not None
    return pressed.command or kept.commands[pressed.key or ""]


def test_a_short_command_stands_in_the_id() -> None:
    """The command can be read off the id, and nothing is kept."""
    custom_id, kept = packed("r", "/papers why arxiv:2603.00001", MARK)

    assert custom_id == f"pw:r{MARK}:why arxiv:2603.00001"
    assert kept.commands == {}
    assert unpack(custom_id) == Pressed(Verb.RUN, MARK, "why arxiv:2603.00001")


def test_an_answer_tells_its_kind() -> None:
    """A button of an answer says what kind of card it stands on, which is no mark."""
    custom_id, _ = packed("r", "/papers list", "results")

    assert unpack(custom_id) == Pressed(Verb.RUN, None, "list", "results")
    assert mark_in({"components": [{"custom_id": custom_id}]}) is None


def test_a_long_command_is_kept() -> None:
    """What does not fit is kept whole, and the id holds its key."""
    command = "/papers edit 3 " + "word " * 40 + "end"
    custom_id, kept = packed("f", command)
    pressed = unpack(custom_id)

    assert list(kept.commands.values()) == [command]
    assert pressed is not None
    assert (pressed.verb, pressed.key, pressed.command) == (
        Verb.FILL,
        next(iter(kept.commands)),
        None,
    )


@given(st.sampled_from("rfms"), COMMANDS, MARKS)
def test_every_command_comes_back(verb: str, command: str, mark: str | None) -> None:
    """Whatever a button says is what pressing it says, within 100 characters however counted."""
    custom_id, kept = packed(verb, command, mark)
    pressed = unpack(custom_id)
    bare = command.encode("utf-8", "replace").decode().strip().removeprefix("/papers ").lstrip()

    assert pressed is not None
    assert (pressed.verb, pressed.mark) == (verb, mark)
    assert said(custom_id, kept) == f"/papers {bare}"
    assert len((custom_id + "~99").encode("utf-16-le")) // 2 <= CUSTOM_ID_MAX


@pytest.mark.parametrize("command", ["/papers mute ~2", "/papers @abc", "/papers a\nb", "😀" * 60])
def test_what_could_be_misread_is_kept(command: str) -> None:
    """A command that looks like a key, like a twin's end or like several lines is kept."""
    custom_id, kept = packed("r", command)

    assert len(kept.commands) == 1
    assert said(custom_id, kept) == f"/papers {command.removeprefix('/papers ')}"


def test_twins_are_told_apart_and_say_the_same() -> None:
    """Discord refuses a message in which two components have one id."""
    first, _ = packed("r", "/papers list", MARK)
    second = told_apart(first, [first])
    third = told_apart(first, [first, second])

    assert len({first, second, third}) == 3
    assert unpack(first) == unpack(second) == unpack(third)


@given(st.text(max_size=110))
def test_a_foreign_id_is_none(custom_id: str) -> None:
    """Ids of other bots and of nobody are not ours."""
    assert unpack(custom_id) is None or custom_id.startswith("pw:")


@pytest.mark.parametrize(
    "custom_id", ["", "pw:", "pw:r:", "pw:x:list", "pw:r", "PW:r:list", "pw:r~2"]
)
def test_a_damaged_id_is_none(custom_id: str) -> None:
    """Half of an id says nothing."""
    assert unpack(custom_id) is None


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"components": [{"type": 1, "components": [{"custom_id": f"pw:r{MARK}:list"}]}]}, MARK),
        (
            {
                "components": [
                    {"type": 17, "components": [{"accessory": {"custom_id": f"pw:m{MARK}:x"}}]}
                ]
            },
            MARK,
        ),
        ({"components": [{"components": [{"custom_id": "pw:r:list"}]}]}, None),
        (
            {"components": [{"components": [{"custom_id": "x"}, {"url": "https://arxiv.org"}]}]},
            None,
        ),
        ({"components": None}, None),
        ({"components": [1, None, "x"]}, None),
        ({}, None),
    ],
)
def test_a_post_is_known_by_its_mark(message: Mapping[str, Any], found: str | None) -> None:
    """The mark is found wherever the component lies, and nowhere else."""
    assert mark_in(message) == found
