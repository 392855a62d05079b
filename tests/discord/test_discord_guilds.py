"""Servers that take paperwire out: silence, a time of grace, erasure; and coming back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from discord_faults import UNAUTHORIZED, Says
from discord_link import Held, ends_at, eventually, holding
from discord_places import GUILD_ID, OTHER_GUILD_ID, TOKEN
from discord_server import discord_server
from fakes import FakeArchive
from storing import NOON, alert, channel
from virtual import FakeChance, FakeClock

from adapters.discord.client import Rest
from adapters.discord.guilds import (
    ASK_AGAIN_S,
    Guilds,
    Joined,
    Ready,
    Removed,
    is_member,
    shard_of,
)
from adapters.redis.erase import is_kept
from adapters.redis.removals import State, removal
from bot.app.removal import Removals, Servers
from bot.command.desk import Desk
from bot.command.handle import answer
from bot.command.request import Request
from bot.model.alert import Receipt
from bot.model.channel import ChannelId, UserId
from bot.model.errors import StoreDown
from bot.ports import Done, Written

if TYPE_CHECKING:
    from discord_server import DiscordServer

    from adapters.redis.store import Store
    from bot.card.card import Card

GUILD, OTHER = str(GUILD_ID), str(OTHER_GUILD_ID)
BOTH = frozenset({GUILD, OTHER})
HERE, THERE = ChannelId("discord", GUILD, "1"), ChannelId("discord", OTHER, "2")
DAY = timedelta(days=1)
MY_GUILDS = "GET /users/@me/guilds"


@dataclass
class Days:
    """A store over several processes, and the days that pass."""

    store: Store
    server: DiscordServer
    clock: FakeClock
    grace_days: int = 7

    async def begin(self) -> None:
        """Two servers, each with a subscription and an alert that waits."""
        for one in (HERE, THERE):
            assert await self.store.channels.write([channel(one)], None, 1000) is Written.DONE
            await self.store.outbox.queue([alert(1, one)])

    def process(self) -> tuple[Removals, Guilds]:
        """A process that starts now."""
        rest = Rest(TOKEN, self.server.url)
        grace, now = timedelta(days=self.grace_days), self.clock.now()
        removals = Removals(self.store, self.clock, "p", grace, now)
        removals.is_in = partial(_asked, rest)
        return removals, Guilds(Servers(removals), rest, self.clock)

    def pass_(self, time: timedelta) -> None:
        """Let time go by."""
        self.clock.set(self.clock.now() + time)

    async def posted(self) -> list[str]:
        """Send all that may be sent; the servers that got something."""
        found = []
        while (
            head := await self.store.outbox.lease("s", ["discord"], self.clock.now())
        ) is not None:
            found.append(head.channel.tenant)
            await self.store.outbox.settle(head, Done(Receipt("1")), self.clock.now())
        return sorted(found)

    async def say(self, removals: Removals, text: str, where: ChannelId = HERE) -> Card:
        """The answer to a command."""
        store = self.store
        desk = Desk(
            channels=store.channels,
            outbox=store.outbox,
            papers=store.papers,
            archive=FakeArchive(),
            feeds=store.feeds,
            leases=store.leases,
            clock=self.clock,
            chance=FakeChance(),
        )
        request = Request(where, UserId("7"), text, may_manage=True)
        return await removals.offering(partial(answer, desk))(request)


async def _asked(rest: Rest, guild: str) -> bool | None:
    try:
        return await is_member(rest, guild)
    finally:
        await rest.close()


async def carry_out(guilds: Guilds, *heard: Ready | Joined | Removed) -> None:
    """What was heard, until there is nothing left to do at once."""
    for one in heard:
        guilds.tell(one)
    await guilds.catch_up()
    assert isinstance(guilds.rest, Rest)
    await guilds.rest.close()


@pytest.mark.parametrize("grace_days", [7, 0])
async def test_removal_silences_at_once_and_erases_after_the_grace(
    store: Store, grace_days: int
) -> None:
    """Nothing is sent from then on; all is kept until the grace is over; the others stay."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON), grace_days)
        await days.begin()
        removals, guilds = days.process()
        del server.guilds[GUILD_ID]
        await carry_out(guilds, Ready(0, 1, BOTH), Removed(GUILD))

        assert await days.posted() == [OTHER]
        days.pass_(grace_days * DAY - timedelta(seconds=1))
        await removals.sweep()
        assert await is_kept(store.link, "discord", GUILD) is (grace_days > 0)
        days.pass_(timedelta(seconds=1))
        await removals.sweep()

        assert not await is_kept(store.link, "discord", GUILD)
        assert [one.id async for one in store.channels.all()] == [THERE]
        assert (await store.outbox.books()).difference == 0


async def test_the_connection_tells_of_a_removal_and_of_a_return(store: Store) -> None:
    """Guild Delete as Discord sends it stops the posts; a new invitation takes the mark off."""
    async with discord_server() as server:
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        _, guilds = days.process()
        async with holding(server) as held:
            await held.until(lambda: held.gateway.is_up)
            gone = server.guilds[GUILD_ID]
            await server.outage(OTHER_GUILD_ID)
            await server.remove_guild(GUILD_ID)
            await _take(held, guilds, 2)
            assert await days.posted() == [OTHER]
            await server.add_guild(gone)
            await _take(held, guilds, 1)

        assert await removal(store.link, "discord", GUILD) is None
        assert await removal(store.link, "discord", OTHER) is None


async def _take(held: Held, guilds: Guilds, count: int) -> None:
    await held.until(lambda: len(held.heard) == count)
    await carry_out(guilds, *held.heard)
    held.heard.clear()


async def test_a_removal_while_we_were_away_is_found_at_the_start(store: Store) -> None:
    """A server that the session's list and the REST side both lack was left."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        del server.guilds[GUILD_ID]
        _, guilds = days.process()
        await carry_out(guilds, Ready(0, 1, frozenset({OTHER})))

        assert await days.posted() == [OTHER]
        assert server.count(MY_GUILDS) == 1
        assert server.invalid == []


@pytest.mark.parametrize(
    "said", [Says("<html>", 503), Says({"message": "?"}), Says({"code": 0}, 500), UNAUTHORIZED]
)
async def test_a_list_that_lacks_a_server_is_not_believed_alone(store: Store, said: Says) -> None:
    """While the REST side says nothing, or that we are in it, nothing is stopped."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        _, guilds = days.process()
        server.always[MY_GUILDS] = said
        guilds.timeout_s = 0.2
        await carry_out(guilds, Ready(0, 1, frozenset()))
        assert await days.posted() == [GUILD, OTHER]
        server.always.clear()
        await carry_out(guilds)

        assert await removal(store.link, "discord", GUILD) is None
        assert await removal(store.link, "discord", OTHER) is None


async def test_a_server_is_asked_for_again_until_there_is_an_answer(store: Store) -> None:
    """The question that had no answer is put again later, and then what it says holds."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        _, guilds = days.process()
        del server.guilds[GUILD_ID]
        server.fail(MY_GUILDS, Says("<html>", 503))
        await carry_out(guilds, Ready(0, 1, frozenset({OTHER})))
        assert await removal(store.link, "discord", GUILD) is None
        await carry_out(guilds)

        assert await removal(store.link, "discord", GUILD) is not None


async def test_a_shard_speaks_for_its_own_servers_only(store: Store) -> None:
    """A server of another shard is not missed in a shard's list."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        _, guilds = days.process()
        server.guilds.clear()
        shard = shard_of(GUILD, 1000)
        assert shard is not None
        await carry_out(guilds, Ready((shard + 1) % 1000, 1000, frozenset()))

        assert server.count(MY_GUILDS) == 0
        assert await days.posted() == [GUILD, OTHER]


async def test_one_that_comes_back_is_offered_what_was_kept(store: Store) -> None:
    """Nothing is posted until `/papers resume`, which every answer offers."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        removals, guilds = days.process()
        await carry_out(guilds, Removed(GUILD))
        days.pass_(DAY)
        await carry_out(guilds, Joined(GUILD))
        await removals.sweep()

        first = await days.say(removals, "list")
        before = await days.posted()
        resumed = await days.say(removals, "resume")
        later = await days.say(removals, "list")

    assert "removed from this server" in first.fallback
    assert "were kept" not in resumed.fallback
    assert "were kept" not in later.fallback
    assert before == [OTHER]
    assert await days.posted() == [GUILD]


async def test_one_that_came_back_while_nothing_ran_is_not_erased(store: Store) -> None:
    """The grace is over, and nobody told us yet: it is asked before anything is erased."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        _, guilds = days.process()
        await carry_out(guilds, Removed(GUILD), Removed(OTHER))
        days.pass_(8 * DAY)
        del server.guilds[OTHER_GUILD_ID]
        removals, _ = days.process()
        server.fail(MY_GUILDS, Says("<html>", 503), Says("<html>", 503))
        await removals.sweep()
        kept = [await is_kept(store.link, "discord", one) for one in (GUILD, OTHER)]
        await removals.sweep()

        assert kept == [True, True]
        assert await is_kept(store.link, "discord", GUILD)
        assert await removal(store.link, "discord", GUILD) is None
        assert not await is_kept(store.link, "discord", OTHER)


async def test_a_session_that_begins_finds_who_came_back(store: Store) -> None:
    """A marked server in a session's list is welcome again."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        _, guilds = days.process()
        await carry_out(guilds, Removed(GUILD))
        found = await removal(store.link, "discord", GUILD)
        assert found is not None
        assert found.state is State.REMOVED
        _, again = days.process()
        await carry_out(again, Ready(0, 1, BOTH))

    assert await removal(store.link, "discord", GUILD) is None


async def test_what_is_heard_is_carried_out_in_its_order(store: Store) -> None:
    """Out and in again leaves it in; in and out again leaves it out."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        _, guilds = days.process()
        await carry_out(guilds, Removed(GUILD), Joined(GUILD), Joined(OTHER), Removed(OTHER))

    assert await removal(store.link, "discord", GUILD) is None
    assert await removal(store.link, "discord", OTHER) is not None


async def test_a_server_that_left_says_nothing_of_slack(store: Store) -> None:
    """A refused Slack token is excused by a removed workspace, not by a removed server."""
    async with discord_server() as server, ends_at(server):
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        removals, guilds = days.process()
        await carry_out(guilds, Removed(GUILD))

    assert not await removals.is_away()
    assert list(await removals.away("discord")) == [GUILD]
    assert list(await removals.known("discord")) == [OTHER]


@dataclass
class Noted:
    """Tenants that note what they are told; the store fails as often as `down` says."""

    down: int = 0
    told: list[str] = field(default_factory=list)
    here: list[str] = field(default_factory=list)

    async def known(self) -> list[str]:
        """Those that were said to be here."""
        return self.here

    async def away(self) -> list[str]:
        """None."""
        return []

    async def left(self, tenant: str) -> None:
        """Noted."""
        if self.down:
            self.down -= 1
            raise StoreDown("away")
        self.told.append(f"left {tenant}")

    async def back(self, tenant: str) -> None:
        """Noted."""
        self.told.append(f"back {tenant}")


async def test_what_the_store_could_not_take_stays_first() -> None:
    """A loop that failed begins with the same one, and those behind it wait."""
    tenants = Noted(down=1)
    guilds = Guilds(tenants, Rest(TOKEN), FakeClock())
    guilds.tell(Removed("1"))
    guilds.tell(Joined("1"))
    with pytest.raises(StoreDown):
        await guilds.run()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(guilds.run())
        await eventually(lambda: len(tenants.told) == 2)
        guilds.tell(Removed("2"))
        await eventually(lambda: len(tenants.told) == 3)
        running.cancel()

    assert tenants.told == ["left 1", "back 1", "left 2"]


async def test_doubts_are_looked_into_again_after_a_while() -> None:
    """Without anything new being heard."""
    async with discord_server() as server, ends_at(server):
        tenants, clock = Noted(here=["5"]), FakeClock()
        rest = Rest(TOKEN, server.url)
        guilds = Guilds(tenants, rest, clock)
        server.fail(MY_GUILDS, Says("<html>", 503))
        guilds.tell(Ready(0, 1, frozenset()))
        async with asyncio.TaskGroup() as group:
            running = group.create_task(guilds.run())
            await eventually(lambda: server.count(MY_GUILDS) == 1)
            await clock.advance(ASK_AGAIN_S - 1)
            assert server.count(MY_GUILDS) == 1
            await clock.advance(2)
            await eventually(lambda: tenants.told)
            running.cancel()
        await rest.close()

    assert tenants.told == ["left 5"]


def test_what_is_no_id_belongs_to_no_shard() -> None:
    """A tenant that is no number of Discord's is left alone."""
    assert [shard_of(one, 1) for one in ("", "x", "-1", "١", "5")] == [None, None, None, None, 0]
