"""What every store of channels does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from storing import GENERAL, OTHER, SLACK, change, channel

from bot.model.channel import Channel, ChannelId
from bot.ports import Written

if TYPE_CHECKING:
    from kits import Kit


async def test_a_channel_without_settings_is_empty(kit: Kit) -> None:
    """Nothing was set: revision 0."""
    assert await kit.channels.read(GENERAL) == Channel(GENERAL)


async def test_what_is_written_comes_back(kit: Kit) -> None:
    """A channel comes back equal, one revision higher."""
    for one in (channel(), channel(OTHER)):
        assert await kit.channels.write([one], change(), 100) is Written.DONE

        assert await kit.channels.read(one.id) == replace(one, revision=1)


async def test_the_loser_of_two_writers_reads_again(kit: Kit) -> None:
    """A write from an old revision changes none of its channels and leaves no audit."""
    await kit.channels.write([channel()], change("first"), 100)

    both = [channel(OTHER), channel()]
    assert await kit.channels.write(both, change("second"), 100) is Written.STALE

    assert (await kit.channels.read(OTHER)).revision == 0
    assert [one.what for one in await kit.channels.changes(GENERAL, 10)] == ["first"]


async def test_a_tenant_has_a_most(kit: Kit) -> None:
    """Subscriptions of a tenant are bounded; a write that adds none passes all the same."""
    await kit.channels.write([channel(subscriptions=3)], None, 5)

    more = channel(OTHER, subscriptions=3)
    assert await kit.channels.write([more], None, 5) is Written.TENANT_FULL
    fewer = channel(revision=1, subscriptions=2)
    assert await kit.channels.write([fewer], None, 1) is Written.DONE
    assert await kit.channels.write([more], None, 5) is Written.DONE
    assert await kit.channels.write([channel(SLACK, subscriptions=5)], None, 5) is Written.DONE


async def test_a_write_is_for_one_tenant(kit: Kit) -> None:
    """Channels of two tenants in one write are a fault of the program."""
    with pytest.raises(ValueError, match="one tenant"):
        await kit.channels.write([channel(), channel(SLACK)], None, 100)


async def test_all_channels_come(kit: Kit) -> None:
    """Every channel with a setting, of all tenants."""
    for one in (GENERAL, OTHER, SLACK):
        await kit.channels.write([channel(one)], None, 100)

    assert {one.id async for one in kit.channels.all()} == {GENERAL, OTHER, SLACK}


async def test_a_follower_learns_of_changes(kit: Kit) -> None:
    """A cursor gives each channel changed since, once; from now on, nothing."""
    await kit.channels.write([channel()], None, 100)
    cursor, before = await kit.channels.changed(None)
    await kit.channels.write([channel(revision=1)], None, 100)
    await kit.channels.write([channel(revision=2)], None, 100)
    await kit.channels.write([channel(SLACK)], None, 100)

    after, changed = await kit.channels.changed(cursor)

    assert before == ()
    assert changed is not None
    assert sorted(changed) == [SLACK, GENERAL]
    assert await kit.channels.changed(after) == (after, ())


async def test_a_follower_that_was_away_reads_all(kit: Kit) -> None:
    """After more changes than are kept, the answer is None and a cursor that works."""
    cursor, _ = await kit.channels.changed(None)
    many = [channel(replace(GENERAL, channel=f"c{number}")) for number in range(1_050)]
    await kit.channels.write(many, None, 10_000)

    after, changed = await kit.channels.changed(cursor)

    assert changed is None
    assert await kit.channels.changed(after) == (after, ())


async def test_channels_are_read_many_at_once(kit: Kit) -> None:
    """Several channels come in the order asked for, an empty one for what was never set."""
    many = [channel(replace(GENERAL, channel=f"c {number}")) for number in range(250)]
    await kit.channels.write(many, None, 10_000)
    nowhere = replace(SLACK, channel="C:none")

    found = await kit.channels.several([nowhere, *(one.id for one in many)])

    assert found == [Channel(nowhere), *(replace(one, revision=1) for one in many)]


async def test_revisions_come_without_the_settings(kit: Kit) -> None:
    """Every channel with a setting and its revision, of small tenants and of a large one."""
    many = [channel(replace(GENERAL, channel=f"ü {number}")) for number in range(1_100)]
    await kit.channels.write(many, None, 10_000)
    await kit.channels.write([replace(many[5], revision=1)], None, 10_000)
    await kit.channels.write([channel(SLACK)], None, 100)

    found = dict([one async for part in kit.channels.revisions() for one in part])

    assert found == {one.id: 1 for one in many} | {many[5].id: 2, SLACK: 1}


async def test_all_channels_of_a_large_tenant_come(kit: Kit) -> None:
    """A tenant that is too large for one answer comes in parts, each channel once."""
    many = [channel(replace(GENERAL, channel=f"c{number}")) for number in range(1_200)]
    await kit.channels.write(many, None, 10_000)

    found = [one.id async for one in kit.channels.all()]

    assert sorted(found) == sorted(one.id for one in many)


async def test_the_audit_stands_newest_first(kit: Kit) -> None:
    """Changes of all the tenant's channels, with what was before them, the newest first."""
    await kit.channels.write([channel()], change("first"), 100)
    await kit.channels.write([channel(OTHER)], change("second"), 100)
    await kit.channels.write([channel(SLACK)], None, 100)

    newest, oldest = await kit.channels.changes(OTHER, 10)

    assert (newest.what, oldest.what) == ("second", "first")
    assert replace(newest, id="") == change("second")
    assert newest.id > oldest.id
    assert await kit.channels.changes(SLACK, 10) == []
    assert [one.what for one in await kit.channels.changes(GENERAL, 1)] == ["second"]


async def test_a_change_is_taken_back_once(kit: Kit) -> None:
    """An undone change names what undid it; undoing it again is refused."""
    await kit.channels.write([channel()], change("pause"), 100)
    (first,) = await kit.channels.changes(GENERAL, 10)

    undo = change("undo", undoes=first.id)
    assert await kit.channels.write([channel(revision=1)], undo, 100) is Written.DONE
    assert await kit.channels.write([channel(revision=2)], undo, 100) is Written.STALE

    second, again = await kit.channels.changes(GENERAL, 10)
    assert again.undone_by == second.id
    assert second.undoes == first.id
    assert second.undone_by is None


async def test_a_tenant_has_its_own_channels(kit: Kit) -> None:
    """The channels of one tenant come, and those of no other."""
    here = channel()
    there = channel(ChannelId("slack", "T1", "C1"))
    await kit.channels.write([here], None, 1000)
    await kit.channels.write([there], None, 1000)

    assert [one.id for one in await kit.channels.of_tenant(here.id)] == [here.id]
    assert [one.id for one in await kit.channels.of_tenant(there.id)] == [there.id]
    assert await kit.channels.of_tenant(ChannelId("slack", "T2", "C1")) == []
