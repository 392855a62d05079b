"""A channel whose posts the platform refused: who uses it next is told, and can go on."""

from __future__ import annotations

from dataclasses import replace

from asking import GENERAL, READING, World, actions, lines

from bot.model.channel import Channel, ChannelId, Pause, UserId


async def paused(world: World, at: ChannelId = GENERAL, **given: object) -> Channel:
    """A channel that the platform paused."""
    channel = await world.channel(at)
    pause = Pause(world.clock.now(), "it is archived", **given)  # type: ignore[arg-type]  # a test
    await world.store.channels.write([replace(channel, pause=pause)], None, 1000)
    return await world.channel(at)


async def test_it_is_told_once_a_day_with_a_way_on() -> None:
    """At the top of the next answer, whatever it is of; not again for a day; then again."""
    world = World()
    await paused(world)
    first, second = await world.ask("search video"), await world.ask("search video")

    assert lines(first).splitlines()[1].startswith("Nothing can be posted here: it is archived.")
    assert actions(first)["Resume"] == "/papers resume"
    assert "it is archived" not in lines(second)
    world.clock.advance(24 * 3600 + 1)
    assert "it is archived" in lines(await world.ask("help"))
    assert (await world.store.outbox.books()).queued == 0


async def test_another_cause_is_told_again() -> None:
    """The day counts for each cause."""
    world = World()
    channel = await paused(world)
    await world.ask("help")
    pause = Pause(world.clock.now(), "the channel is gone")
    await world.store.channels.write([replace(channel, pause=pause)], None, 1000)

    assert "the channel is gone" in lines(await world.ask("help"))


async def test_who_paused_it_knows() -> None:
    """A pause by a person is not told of, nor one in another channel."""
    world = World()
    await paused(world, by=UserId("ada"))
    await paused(world, READING)

    assert "Nothing can be posted" not in lines(await world.ask("help"))


async def test_what_tells_of_pauses_is_not_told_twice() -> None:
    """Status and list say it themselves, always; resume ends it."""
    world = World()
    await paused(world)
    for text in ("status", "list"):
        assert lines(await world.ask(text)).count("it is archived") == 1
    await world.ask("resume")

    assert "it is archived" not in lines(await world.ask("help"))


async def test_a_tenant_is_resumed_at_once() -> None:
    """What stopped all channels is put right for all; other pauses stay."""
    world = World()
    await paused(world, everywhere=True)
    await paused(world, READING, everywhere=True)
    mine = ChannelId("web", "local", "mine")
    await paused(world, mine, by=UserId("ada"))
    other = ChannelId("web", "else", "there")
    await paused(world, other, everywhere=True)
    await world.ask("resume")

    assert (await world.channel()).pause is None
    assert (await world.channel(READING)).pause is None
    assert (await world.channel(mine)).pause is not None
    assert (await world.channel(other)).pause is not None
