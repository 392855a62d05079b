"""Answers on the wire: the real connection and client on the loopback Discord."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from discord_faults import CALLBACK, Lost, limited, refused
from discord_link import holding
from discord_places import ADA_ID, FORUM_ID, GENERAL_ID, GUILD_ID, OTHER_GUILD_ID
from discord_room import Core, buttons, fields, texts
from discord_schema import described, faults, request_faults
from discord_server import discord_server
from virtual import FakeClock

from adapters.discord.respond import PRIVATE, edit, follow
from adapters.discord.tree import commands
from bot.card.card import Card, CardKind, Para, Run
from bot.model.channel import ChannelId
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from discord_link import Held
    from discord_server import DiscordServer, Interaction

    from adapters.discord.listen import Listener
    from bot.command.request import Request

EDIT = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOW = "POST /webhooks/{webhook_id}/{webhook_token}"
MANAGE_CHANNELS = 1 << 4


@dataclass
class Talk:
    """Ada in a channel of the loopback Discord, and paperwire on the gateway."""

    server: DiscordServer
    held: Held
    core: Core
    listener: Listener
    here: ChannelId = field(
        default_factory=lambda: ChannelId("discord", str(GUILD_ID), str(GENERAL_ID))
    )

    async def say(
        self, name: str, /, *, more: dict[str, Any] | None = None, **given: Any
    ) -> Interaction:
        """Choose a subcommand, and wait until all was answered."""
        values = [{"name": key, "type": 3, "value": value} for key, value in given.items()]
        data = {
            "id": "1",
            "name": "papers",
            "type": 1,
            "options": [{"name": name, "type": 1, "options": values}],
        }
        return await self.done(2, data, **(more or {}))

    async def press(self, said: Interaction, label: str) -> Interaction:
        """Press a button of an answer."""
        sent = said.original or said.replies[0]
        custom_id = dict(buttons(sent.payload["components"]))[label]
        return await self.done(3, {"custom_id": custom_id, "component_type": 2}, message=sent)

    async def done(self, kind: int, data: dict[str, Any], **more: Any) -> Interaction:
        """Anything; it is answered when nothing is under way any more."""
        before = len(self.server.asked)
        found = await self.server.interact(kind, data, **more)
        await self.held.until(lambda: len(self.server.asked) > before)
        async with asyncio.timeout(10):
            await self.listener.underway.idle()
        return found


@asynccontextmanager
async def talking(clock: Any = None, **given: Any) -> AsyncIterator[Talk]:
    """The listener on a connection; whatever was asked of Discord was as described."""
    core = Core()
    listener = core.listener(**given)
    async with discord_server(clock=clock or SystemClock()) as server:
        attach: Callable[[Any], object] = lambda client: client.event(listener.on_interaction)  # noqa: E731
        async with holding(server, attach=attach, idle=listener.underway.idle) as held:
            await held.until(lambda: held.gateway.is_up)
            yield Talk(server, held, core, listener)
        for asked in server.asked:
            if isinstance(asked.body, dict) and asked.body:
                assert request_faults(asked.route.split()[0], asked.address, asked.body) == []


def read(payload: dict[str, Any]) -> str:
    """Every text of a message."""
    return "\n".join(texts(payload["components"]))


async def test_a_command_is_acknowledged_then_answered() -> None:
    """A deferral that only the asker sees, and an edit of it, calling nobody."""
    async with talking() as talk:
        said = await talk.say("subscribe", query="diffusion")

        assert said.callback == {"type": 5, "data": {"flags": 64}}
        assert "diffusion" in read(said.shown)
        assert said.shown["allowed_mentions"]["parse"] == []
        assert [one.route for one in talk.server.asked[-2:]] == [CALLBACK, EDIT]
        found = await talk.core.store.channels.read(talk.here)
        assert [one.query for one in found.subscriptions] == ["diffusion"]


async def test_completion_on_the_wire() -> None:
    """Choices are the one answer."""
    async with talking() as talk:
        option = {"name": "query", "type": 3, "value": "x cat:cs.CV", "focused": True}
        sub = {"name": "search", "type": 1, "options": [option]}
        said = await talk.done(4, {"id": "1", "name": "papers", "type": 1, "options": [sub]})

        assert said.callback is not None
        assert said.callback["type"] == 8
        assert "x cat:cs.CV" in [one["value"] for one in said.callback["data"]["choices"]]


async def test_tags_of_a_forum_on_the_wire() -> None:
    """The forum that the command is about says which tags there are; no other channel has any."""
    async with talking() as talk:
        found = []
        for there in (FORUM_ID, GENERAL_ID):
            options = [
                {"name": "in", "type": 7, "value": str(there)},
                {"name": "tag", "type": 3, "value": "", "focused": True},
            ]
            sub = {"name": "subscribe", "type": 1, "options": options}
            said = await talk.done(4, {"id": "1", "name": "papers", "type": 1, "options": [sub]})
            assert said.callback is not None
            found.append([one["value"] for one in said.callback["data"]["choices"]])

        assert found == [list(talk.server.channel(FORUM_ID).tags), []]
        assert found[0]


async def test_a_form_on_the_wire() -> None:
    """A button opens a form as its one answer; the sent form is acknowledged, then answered."""
    async with talking() as talk:
        await talk.say("subscribe", query="diffusion")
        listed = await talk.say("list")
        opened = await talk.press(listed, "Edit")
        assert opened.callback is not None
        form = opened.callback["data"]
        text = {"type": 4, "custom_id": "query", "value": "gan"}
        types = {"type": 22, "custom_id": "types", "values": ["new"]}
        rows = [{"type": 18, "component": one} for one in (text, types)]
        data = {"custom_id": form["custom_id"], "components": rows}
        sent = await talk.done(5, data, message=listed.original)

        assert fields(form)["query"] == "diffusion"
        assert sent.callback == {"type": 6}
        assert sent.replies[0].payload["flags"] & 64
        found = await talk.core.store.channels.read(talk.here)
        assert [one.query for one in found.subscriptions] == ["gan"]


async def test_a_server_is_its_own() -> None:
    """The other server's channel has nothing of this one's."""
    async with talking() as talk:
        await talk.say("subscribe", query="diffusion")
        other = next(iter(talk.server.guilds[OTHER_GUILD_ID].places.values()))
        listed = await talk.say("list", more={"channel": other.id})

        assert "No subscriptions yet" in read(listed.shown)
        assert talk.core.asked[-1].channel.tenant == str(OTHER_GUILD_ID)


async def test_rights_are_those_of_the_interaction() -> None:
    """What Discord says of the asker in this channel, bit for bit."""
    async with talking() as talk:
        without = await talk.say("subscribe", query="a", more={"permissions": 1 << 10})
        allowed = await talk.say("subscribe", query="b", more={"permissions": MANAGE_CHANNELS})

        assert "right to manage" in read(without.shown)
        assert "Subscribed" in read(allowed.shown) or "b" in read(allowed.shown)
        assert [one.may_manage for one in talk.core.asked] == [False, True]


@pytest.mark.parametrize("custom_id", ["pw:r:list", "pw:f:subscribe x", "pw:s:@" + "b" * 16])
async def test_a_button_where_it_was_not_let_in(custom_id: str) -> None:
    """The same sentence for whatever is pressed."""
    elsewhere = {"authorizing_integration_owners": {"1": str(ADA_ID)}}
    async with talking() as talk:
        said = await talk.done(3, {"custom_id": custom_id, "component_type": 2}, **elsewhere)

        assert "Only in servers" in read(said.shown)
        assert talk.core.asked == []


async def test_another_command_is_answered_too() -> None:
    """One that was registered by another version, and what is typed in it."""
    async with talking() as talk:
        data = {"id": "1", "name": "paper", "type": 1, "options": []}
        said = await talk.done(2, data)
        offered = await talk.done(4, data)

        assert "not known any more" in read(said.shown)
        assert offered.callback == {"type": 8, "data": {"choices": []}}


@pytest.mark.parametrize("custom_id", ["pw:r:pause", "pw:f:subscribe x", "pw:s:search x"])
async def test_a_button_that_is_heard_too_late_changes_nothing(custom_id: str) -> None:
    """As with a command: the person sees that it failed."""
    async with talking() as talk:
        talk.server.answer_s = -1.0
        said = await talk.done(3, {"custom_id": custom_id, "component_type": 2})

        assert said.callback is None
        assert not any(one.text.startswith("/papers pause") for one in talk.core.asked)


async def test_a_slow_shared_answer_that_is_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it: what was begun is given up."""
    monkeypatch.setattr("adapters.discord.show.SHARED_S", 0.01)
    ended: list[bool] = []

    async def answer(_: Request) -> Card:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)
        raise AssertionError

    async with talking(answer=answer) as talk:
        talk.server.answer_s = -1.0
        said = await talk.say("search", query="x", share=True)

        assert said.callback is None
        assert ended == [True]


@pytest.mark.parametrize(
    ("permissions", "kind", "is_told"),
    [(1 << 10, 15, True), (1 << 4, 15, False), (1 << 10, 4, False)],
)
async def test_another_channel_is_what_discord_says_of_it(
    permissions: int, kind: int, *, is_told: bool
) -> None:
    """One that the asker sees and that takes posts; nothing is told of any other."""
    async with talking() as talk:
        other = {"id": "5", "type": kind, "name": "other", "permissions": str(permissions)}
        option = {"name": "in", "type": 7, "value": "5"}
        sub = {"name": "list", "type": 1, "options": [option]}
        data = {"id": "1", "name": "papers", "type": 1, "options": [sub]}
        said = await talk.done(2, {**data, "resolved": {"channels": {"5": other}}})

        assert ("No subscriptions yet" in read(said.shown)) is is_told
        assert ("no channel of this server" in read(said.shown)) is not is_told
        assert [one.channel.channel for one in talk.core.asked] == ["5"] * is_told


async def test_where_it_was_not_let_in_there_is_a_sentence() -> None:
    """A person may carry the application along into servers that did not add it."""
    async with talking() as talk:
        said = await talk.say("list", more={"authorizing_integration_owners": {"1": str(ADA_ID)}})

        assert "Only in servers" in read(said.shown)
        assert talk.core.asked == []


@pytest.mark.parametrize("shape", [Lost.TAKEN_RESET, Lost.TAKEN_502, Lost.TAKEN_HALF])
async def test_a_lost_acknowledgement_is_followed_by_the_answer(shape: Lost) -> None:
    """Discord had it: the person waits for what follows, and gets it once."""
    async with talking() as talk:
        talk.server.fail(CALLBACK, shape)
        said = await talk.say("subscribe", query="diffusion")

        assert "diffusion" in read(said.shown)
        assert len(talk.core.asked) == 1


async def test_what_comes_late_is_not_done() -> None:
    """An event that a resumed connection brings after three seconds changes nothing."""
    clock = FakeClock()
    async with talking(clock) as talk:
        talk.server.answer_s = -1.0
        said = await talk.say("subscribe", query="diffusion")

        assert said.callback is None
        assert talk.core.asked == []


async def test_the_same_event_twice_is_done_once() -> None:
    """Discord may give an event to two connections: the second finds it acknowledged."""
    async with talking() as talk:
        said = await talk.say("subscribe", query="diffusion")
        before = len(talk.server.asked)
        await talk.server.gateway.dispatch("INTERACTION_CREATE", said.payload)
        await talk.held.until(lambda: len(talk.server.asked) > before)
        await talk.listener.underway.idle()

        assert len(talk.core.asked) == 1
        assert talk.server.asked[-1].route == CALLBACK


async def test_an_answer_after_the_address_ran_out_is_lost_alone() -> None:
    """After 15 minutes nobody waits: it is logged, and nothing is raised."""
    clock = FakeClock()

    async def answer(_: Request) -> Card:
        clock.elapse(1000)
        return Card(CardKind.ANSWER, "", (Para((Run("At last"),)),), "At last")

    async with talking(clock, answer=answer) as talk:
        said = await talk.say("list")
        again = await talk.say("list")

        assert said.shown == {"flags": 64}
        assert again.callback is not None


async def test_what_discord_does_not_take_ends_in_a_sentence() -> None:
    """Nobody is left before "thinking": a sentence takes the place of an answer it refuses."""
    async with talking() as talk:
        talk.server.fail(EDIT, refused(400, 50035, "Invalid Form Body"))
        edited = await talk.say("list")
        talk.server.fail(FOLLOW, refused(400, 50035, "Invalid Form Body"))
        pressed = await talk.press(await talk.say("list"), "Log")

        talk.server.fail(CALLBACK, refused(400, 50035, "Invalid Form Body"))
        shared = await talk.say("list", share=True)

        assert "ran into a fault" in read(edited.shown)
        assert "ran into a fault" in read(shared.shown)
        assert "ran into a fault" in read(pressed.replies[0].payload)


async def test_a_fault_of_ours_is_told() -> None:
    """Before or after the acknowledgement, the person reads that it is ours."""

    async def answer(_: Request) -> Card:
        raise ZeroDivisionError

    async with talking(answer=answer) as talk:
        said = await talk.say("list")
        shared = await talk.say("list", share=True)

        assert "ran into a fault" in read(said.replies[0].payload)
        assert "ran into a fault" in read(shared.shown)
        assert shared.shown["flags"] & 64


async def test_an_answer_calls_nobody_whatever_it_is() -> None:
    """Each message and each edit says so itself, and who sees it is not the payload's to say."""
    talks: list[Talk] = []

    async def answer(request: Request) -> Card:
        interaction = talks[0].core.askers.underway[request.id or ""]
        await edit(interaction, {"content": "a", "flags": PRIVATE})
        await follow(interaction, {"content": "b", "flags": PRIVATE}, private=False)
        await follow(interaction, {"content": "c"}, private=True)
        return Card(CardKind.ANSWER, "", (Para((Run("d"),)),), "d")

    async with talking(answer=answer) as talk:
        talks.append(talk)
        said = await talk.say("list")
        sent = [one.body for one in talk.server.asked if one.route in {EDIT, FOLLOW}]

        assert [one["allowed_mentions"] for one in sent] == [{"parse": []}] * 4
        assert [one["flags"] & PRIVATE for one in sent[:3]] == [0, 0, PRIVATE]
        assert [one.payload["content"] for one in said.replies] == ["b", "c"]


async def test_too_many_answers_change_nothing() -> None:
    """An acknowledgement that a limit refused is none: the person sees that nothing answered."""
    async with talking() as talk:
        talk.server.fail(CALLBACK, limited(1.0, via=False))
        await talk.say("subscribe", query="diffusion")

        assert talk.core.asked == []


def test_the_commands_body_is_as_described() -> None:
    """What is registered is what the description takes, one command at a time, too."""
    if described() is None:
        pytest.skip("no data")
    (group,) = commands()

    assert faults("ApplicationCommandUpdateRequest", group) == []
