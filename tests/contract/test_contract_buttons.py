"""What every store of button texts and of recent queries does."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from storing import GENERAL, OTHER, SLACK

from bot.model.channel import UserId
from bot.ports import RECENT_CHARS

if TYPE_CHECKING:
    from kits import Kit

ADA, KIM = UserId("U:1 {x}"), UserId("U2")


async def test_a_button_s_text_is_found_by_its_key(kit: Kit) -> None:
    """The key is short and always the same, in all channels of a tenant and in no other."""
    command = '/papers edit 3 "“diffusion” é 🎈 model"'
    key = await kit.button_texts.keep(GENERAL, command)

    assert re.fullmatch(r"[a-z2-7]{16}", key)
    assert await kit.button_texts.keep(OTHER, command) == key
    assert await kit.button_texts.read(OTHER, key) == command
    assert await kit.button_texts.read(SLACK, key) is None
    assert await kit.button_texts.keep(GENERAL, command + " ") != key


@pytest.mark.parametrize("key", ["", "a" * 16, "A" * 16, "x" * 99, "../../etc", "*", "a:b", "\n"])
async def test_what_is_no_key_finds_nothing(kit: Kit, key: str) -> None:
    """A key comes from a message that anyone may have made."""
    await kit.button_texts.keep(GENERAL, "/papers list")

    assert await kit.button_texts.read(GENERAL, key) is None


async def test_a_button_says_no_more_than_a_command_may(kit: Kit) -> None:
    """What is too long to be a command is a mistake of ours, not something to store."""
    key = await kit.button_texts.keep(GENERAL, "x" * 8_000)

    assert await kit.button_texts.read(GENERAL, key) == "x" * 8_000
    with pytest.raises(ValueError, match="8,000"):
        await kit.button_texts.keep(GENERAL, "x" * 8_001)


async def test_recent_queries_are_the_newest_each_once(kit: Kit) -> None:
    """Ten of a person, in all channels of the tenant; one that comes again is the newest."""
    for number in range(12):
        await kit.recent.add(GENERAL, ADA, f"“word” {number}")
    await kit.recent.add(OTHER, ADA, "“word” 5")

    wanted = ["“word” 5", *(f"“word” {n}" for n in (11, 10, 9, 8, 7, 6, 4, 3, 2))]
    assert list(await kit.recent.of(OTHER, ADA)) == wanted


async def test_recent_queries_are_a_person_s_own(kit: Kit) -> None:
    """Neither another person's nor the same person's in another tenant."""
    await kit.recent.add(GENERAL, ADA, "diffusion")

    assert list(await kit.recent.of(GENERAL, KIM)) == []
    assert list(await kit.recent.of(SLACK, ADA)) == []
    assert list(await kit.recent.of(replace(GENERAL, tenant="other"), ADA)) == []


async def test_a_query_that_nobody_types_is_not_recent(kit: Kit) -> None:
    """Bounds the store: an empty query, and one as long as only a program makes it."""
    await kit.recent.add(GENERAL, ADA, "")
    await kit.recent.add(GENERAL, ADA, "x" * (RECENT_CHARS + 1))
    await kit.recent.add(GENERAL, ADA, "x" * RECENT_CHARS)

    assert list(await kit.recent.of(GENERAL, ADA)) == ["x" * RECENT_CHARS]
