"""What every store of the local page's messages does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from storing import GENERAL, NOON, OTHER, card

from bot.model.alert import PostKey

if TYPE_CHECKING:
    from kits import Kit


async def test_a_key_has_one_message(kit: Kit) -> None:
    """Posting a key again gives the first message's id and adds nothing."""
    first = await kit.messages.append(GENERAL, PostKey("a"), card("one"), NOON)
    again = await kit.messages.append(GENERAL, PostKey("a"), card("two"), NOON)
    other = await kit.messages.append(OTHER, PostKey("a"), card("three"), NOON)

    (message,) = await kit.messages.newest(GENERAL, 10)
    assert first == again == message.id
    assert (message.key, message.channel, message.posted_at) == ("a", GENERAL, NOON)
    assert message.card == card("one")
    assert [one.id for one in await kit.messages.newest(OTHER, 10)] == [other]


async def test_messages_are_read_on_from_an_id(kit: Kit) -> None:
    """Ids rise; what comes after one is oldest first, and the newest are too."""
    ids = [await kit.messages.append(GENERAL, PostKey(f"{n}"), card(), NOON) for n in range(12)]

    assert ids == sorted(ids)
    assert [one.id for one in await kit.messages.after(GENERAL, None, 2)] == ids[:2]
    assert [one.id for one in await kit.messages.after(GENERAL, ids[9], 100)] == ids[10:]
    assert [one.id for one in await kit.messages.newest(GENERAL, 3)] == ids[-3:]
    assert await kit.messages.after(GENERAL, ids[-1], 100) == []
    assert await kit.messages.newest(GENERAL, 0) == []


async def test_many_messages_are_read_whole(kit: Kit) -> None:
    """However many are asked for, they come in order and each once."""
    ids = [await kit.messages.append(GENERAL, PostKey(f"{n}"), card(), NOON) for n in range(230)]

    assert [one.id for one in await kit.messages.after(GENERAL, None, 1_000)] == ids
    assert [one.id for one in await kit.messages.after(GENERAL, ids[4], 150)] == ids[5:155]
    assert [one.id for one in await kit.messages.newest(GENERAL, 1_000)] == ids
    assert [one.id for one in await kit.messages.newest(GENERAL, 201)] == ids[-201:]


async def test_a_waiter_hears_of_the_next_message(kit: Kit) -> None:
    """Waiting ends with the message that comes, or with the time."""
    assert await kit.messages.wait(GENERAL, None, 0.01) == []

    async with asyncio.TaskGroup() as group:
        waiter = group.create_task(kit.messages.wait(GENERAL, None, 20))
        group.create_task(kit.messages.append(GENERAL, PostKey("a"), card(), NOON))

    assert [one.key for one in waiter.result()] == ["a"]
    assert [one.key for one in await kit.messages.wait(GENERAL, None, 20)] == ["a"]


async def test_channels_keep_their_order(kit: Kit) -> None:
    """A channel is made once, by hand or by its first message; the oldest stands first."""
    assert await kit.messages.create("zeta")
    assert await kit.messages.create("alpha")
    assert not await kit.messages.create("zeta")
    await kit.messages.append(GENERAL, PostKey("a"), card(), NOON)

    assert await kit.messages.channels() == ["zeta", "alpha", "general"]
