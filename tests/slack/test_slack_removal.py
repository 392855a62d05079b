"""A workspace that takes the app out: silence, a time of grace, erasure; and coming back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeArchive
from slack_made import CHANNEL, NOON, TEAM
from slack_rig import talking
from slack_server import BOT_TOKEN, Says, slack_server
from storing import alert, channel
from virtual import FakeChance, FakeClock

from adapters.redis.erase import erase, is_kept
from adapters.redis.removals import State, removal
from adapters.slack.client import web_client
from adapters.slack.workspace import OneWorkspace, Workspace
from bot.app.removal import Removals
from bot.command.desk import Desk, Limits
from bot.command.handle import answer
from bot.model.alert import Receipt
from bot.model.errors import SettingsError, StoreDown
from bot.ports import Done, Written

if TYPE_CHECKING:
    from slack_rig import Talk
    from slack_server import SlackServer

    from adapters.redis.store import Store
    from adapters.slack.listen import AnswerFn

UNINSTALLED = {"type": "app_uninstalled"}
REVOKED = {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}
OTHER = replace(CHANNEL, tenant="T0OTHER")
DAY = timedelta(days=1)


@dataclass
class Days:
    """A store over several processes, and the days that pass."""

    store: Store
    server: SlackServer
    clock: FakeClock
    grace_days: int = 7

    async def begin(self) -> None:
        """Two workspaces, each with a subscription and an alert that waits."""
        for one in (CHANNEL, OTHER):
            assert await self.store.channels.write([channel(one)], None, 1000) is Written.DONE
            await self.store.outbox.queue([alert(1, one)])

    def process(self) -> Removals:
        """A process that starts now, with the token of the settings."""
        client = web_client(BOT_TOKEN, f"{self.server.url}/api/", 5)
        grace, now = timedelta(days=self.grace_days), self.clock.now()
        return Removals(self.store, self.clock, "p", grace, now, OneWorkspace(client))

    def pass_(self, time: timedelta) -> None:
        """Let time go by."""
        self.clock.set(self.clock.now() + time)

    async def posted(self) -> list[str]:
        """Send all that may be sent; the workspaces that got something."""
        found = []
        while (
            head := await self.store.outbox.lease("s", ["slack"], self.clock.now())
        ) is not None:
            found.append(head.channel.tenant)
            await self.store.outbox.settle(head, Done(Receipt("ts")), self.clock.now())
        return found

    def answering(self) -> AnswerFn:
        """The core's answers."""
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
            limits=Limits(previews=1000),
        )
        return partial(answer, desk)


async def tell(talk: Talk, *events: dict[str, Any], **given: object) -> None:
    """Slack's events, each acknowledged."""
    for number, event in enumerate(events):
        payload = {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": "A0",
            "event": event,
            "event_id": f"Ev{number}",
            "authorizations": [],
            **given,
        }
        await (await talk.server.push("events_api", payload)).ack()
        await talk.listener.underway.idle()


@pytest.mark.parametrize(
    "events",
    [
        (UNINSTALLED, REVOKED),
        (REVOKED, UNINSTALLED),
        (REVOKED,),
        (UNINSTALLED, UNINSTALLED, REVOKED, REVOKED),
    ],
)
@pytest.mark.parametrize("grace_days", [7, 0])
async def test_removal_silences_at_once_and_erases_after_the_grace(
    store: Store, events: tuple[dict[str, Any], ...], grace_days: int
) -> None:
    """In any order and number: token gone, nothing sent; kept until the grace is over; B stays."""
    async with slack_server() as server:
        days = Days(store, server, FakeClock(NOON), grace_days)
        await days.begin()
        process = days.process()
        await process.look()
        async with talking(server, days.answering(), removed=process.removed) as talk:
            await tell(talk, *events)

        workspaces = process.workspaces
        assert workspaces is not None
        assert await workspaces.of(TEAM) is None
        await store.outbox.queue([alert(2, OTHER)])
        assert await days.posted() == [OTHER.tenant] * 2
        days.pass_(grace_days * DAY - timedelta(seconds=1))
        await process.sweep()
        assert await is_kept(store.link, "slack", TEAM) is (grace_days > 0)
        days.pass_(timedelta(seconds=1))
        await process.sweep()

    assert not await is_kept(store.link, "slack", TEAM)
    assert [one.id async for one in store.channels.all()] == [OTHER]
    assert (await store.outbox.books()).difference == 0
    days.pass_(timedelta(hours=1))
    await process.sweep()
    assert await removal(store.link, "slack", TEAM) is None


async def test_one_that_comes_back_is_offered_what_was_kept(store: Store) -> None:
    """After a reinstall nothing is posted until `/papers resume`, which every answer offers."""
    async with slack_server() as server:
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        await days.process().removed(TEAM)
        days.pass_(7 * DAY - timedelta(minutes=1))
        again = days.process()
        await again.look()
        days.pass_(30 * DAY)
        await again.sweep()

        assert await days.posted() == [OTHER.tenant]
        async with talking(server, again.offering(days.answering())) as talk:
            first = await talk.say("list")
            resumed = await talk.say("resume")
            later = await talk.say("list")

    assert "were kept" in str(first["blocks"])
    assert "Resume" in str(first["blocks"])
    assert "were kept" not in str(resumed["blocks"])
    assert "were kept" not in str(later["blocks"])
    assert await days.posted() == [TEAM]


async def test_a_command_before_the_first_look_is_offered_too(store: Store) -> None:
    """Slack was away when the process began: the first command looks, and resuming it lasts."""
    async with slack_server() as server:
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        await days.process().removed(TEAM)
        days.pass_(DAY)
        again = days.process()
        server.fail("auth.test", Says({"ok": False, "error": "internal_error"}, 500))
        await again.look()
        assert not again.is_settled
        async with talking(server, again.offering(days.answering())) as talk:
            await talk.say("resume")
        await again.look()

    assert sorted(await days.posted()) == sorted([TEAM, OTHER.tenant])


async def test_other_processes_forget_the_token(store: Store) -> None:
    """A sender that runs since before the removal drops its token when it looks."""
    async with slack_server() as server:
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        sender, chat = days.process(), days.process()
        await sender.look()
        assert sender.workspaces is not None
        assert isinstance(await sender.workspaces.of(TEAM), Workspace)
        days.pass_(DAY)
        await chat.removed(TEAM)
        assert await days.posted() == [OTHER.tenant]
        await sender.look()

        assert await sender.workspaces.of(TEAM) is None
        with pytest.raises(SettingsError, match="removed"):
            await sender.workspaces.connect()
        found = await removal(store.link, "slack", TEAM)
        assert found is not None
        assert found.state is State.REMOVED


async def test_an_event_of_before_a_reinstall_removes_nothing(store: Store) -> None:
    """It comes late while Slack takes our token: nothing happens. With a dead one it counts."""
    async with slack_server() as server:
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        process = days.process()
        await process.look()
        before = {"event_time": int((NOON - timedelta(hours=1)).timestamp())}
        async with talking(server, days.answering(), removed=process.removed) as talk:
            await tell(talk, UNINSTALLED, **before)
            assert await removal(store.link, "slack", TEAM) is None
            server.fail("auth.test", Says({"ok": False, "error": "account_inactive"}))
            await tell(talk, UNINSTALLED, **before)

    assert await removal(store.link, "slack", TEAM) is not None
    assert await days.posted() == [OTHER.tenant]


@pytest.mark.parametrize(
    "said",
    [
        Says({"ok": False, "error": "internal_error"}, 500),
        Says({"ok": False, "error": "invalid_auth"}),
        Says({"ok": False, "error": "account_inactive"}),
        Says("<html>", 503),
    ],
)
async def test_an_outage_erases_nothing(store: Store, said: Says) -> None:
    """A refusal or a silence of Slack's, for however long, is no removal."""
    async with slack_server() as server:
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        for _ in range(3):
            server.fail("auth.test", said, said)
            process = days.process()
            await process.look()
            days.pass_(30 * DAY)
            await process.sweep()
            server.faults.clear()

    assert await is_kept(store.link, "slack", TEAM)
    assert await removal(store.link, "slack", TEAM) is None
    assert sorted(await days.posted()) == sorted([TEAM, OTHER.tenant])


async def test_an_erasure_that_broke_off_is_finished_by_the_next_sweep(store: Store) -> None:
    """Also one that was begun by hand, with no removal before it."""
    async with slack_server() as server:
        days = Days(store, server, FakeClock(NOON))
        await days.begin()
        broken: Any = Cut(store)
        with pytest.raises(StoreDown):
            await erase(broken, "slack", TEAM, NOON)
        process = days.process()
        await process.look()
        assert await days.posted() == [OTHER.tenant]
        await process.sweep()

    assert not await is_kept(store.link, "slack", TEAM)
    assert (await store.outbox.books()).difference == 0


class Cut:
    """A link that dies with its fifth command, half way."""

    def __init__(self, store: Store) -> None:
        self._link, self._left = store.link, 5

    async def command(self, *parts: Any) -> Any:
        """As Link.command."""
        self._left -= 1
        if not self._left:
            raise StoreDown("cut")
        return await self._link.command(*parts)

    async def call(self, call: Any) -> Any:
        """As Link.call."""
        return await self._link.call(call)
