"""The real Bolt app on the loopback Slack, by Socket Mode."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from asking import World, desk_of
from asking import paper as seen_paper
from slack_check import words
from slack_made import CHANNEL, TEAM
from slack_rig import buttons, command_payload, press_payload, talking
from slack_server import Says, slack_server

from adapters.slack.who import Asker, as_typed, asker_of, find_channel, request_of
from bot.card.card import Action, Card, CardKind, Link, Para, Run
from bot.command.handle import answer
from bot.model.channel import ChannelId
from bot.model.subscription import Mention, MentionKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.command.request import Request


async def world() -> tuple[World, Callable[[Request], Awaitable[Card]]]:
    """A desk with two papers, and its answers."""
    made = World()
    await made.know(
        seen_paper(1, "Diffusion models for video"), seen_paper(2, "Graphs without edges")
    )
    made.desk = desk_of(made.store, find_channel=find_channel)
    return made, lambda request: answer(made.desk, request)


def always(card: Card, heard: list[Request]) -> Callable[[Request], Awaitable[Card]]:
    """The same answer to everything, and what was asked."""

    async def say(request: Request) -> Card:
        heard.append(request)
        return card

    return say


def card(kind: CardKind = CardKind.ANSWER, *actions: Action | Link) -> Card:
    """A card that says "Said"."""
    return Card(kind, "Title", (Para((Run("Said"),)),), "Said", actions)


async def test_a_command_is_answered_to_its_asker_alone() -> None:
    """The answer comes through response_url, ephemeral, and not into the channel."""
    heard: list[Request] = []
    async with slack_server() as server, talking(server, always(card(), heard)) as talk:
        reply = await talk.say("search diffusion &amp; <https://x.org/a|x.org/a>")

    assert reply["response_type"] == "ephemeral"
    assert "Said" in words(reply)
    assert server.messages == []
    (request,) = heard
    assert request.channel == CHANNEL
    assert (request.user, request.may_manage, request.id) == ("U0ADA", True, "trigger-1")
    assert request.text == "search diffusion & https://x.org/a"


async def test_an_acknowledgement_waits_for_nothing() -> None:
    """Slack has its acknowledgement while the answer is still being worked out."""
    release = asyncio.Event()

    async def slow(_: Request) -> Card:
        await release.wait()
        return card()

    async with slack_server() as server, talking(server, slow) as talk:
        name, delivery = await talk.command("search x")
        acknowledged = await delivery.ack(1.0)
        before = list(server.replies[name])
        release.set()
        replies = await server.replied(name)

    assert acknowledged == {}
    assert before == []
    assert len(replies) == 1


async def test_the_core_answers_as_everywhere() -> None:
    """`/papers` alone gives help; a search gives papers, and Subscribe beneath."""
    _, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        help_ = await talk.say("")
        found = await talk.say("search diffusion")

    assert "/papers subscribe" in words(help_)
    assert "Diffusion models for video" in words(found)
    assert any(label.startswith("Subscribe") for label in buttons(found))


async def test_a_search_becomes_a_subscription_by_its_button() -> None:
    """Pressing *Subscribe* under results subscribes the channel of the payload."""
    made, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        found = buttons(await talk.say("search diffusion"))
        label = next(one for one in found if one.startswith("Subscribe"))
        name, delivery = await talk.press(found[label], is_private=True)
        await delivery.ack()
        await server.replied(name)

    assert await made.queries(CHANNEL) == ["diffusion"]


async def test_a_result_is_shared_with_all() -> None:
    """*Share here* says the same answer once, visibly."""
    _, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        found = buttons(await talk.say("search diffusion"))
        name, _ = await talk.press(found["Share here"], is_private=True)
        (shared,) = await server.replied(name)

    assert (shared["response_type"], shared["replace_original"]) == ("in_channel", False)
    assert "Diffusion models for video" in words(shared)
    assert "Share here" not in buttons(shared)


@pytest.mark.parametrize(("is_private", "kind"), [(True, "results"), (False, "results")])
async def test_paging_turns_the_page_in_place(is_private: bool, kind: str) -> None:
    """In a private answer the next page takes the last one's place; a post is never touched."""
    heard: list[Request] = []
    paged = card(CardKind(kind), Action("Next", "/papers search x --page 2"))
    async with slack_server() as server, talking(server, always(paged, heard)) as talk:
        first = buttons(await talk.say("search x"))
        name, _ = await talk.press(first["Next"], is_private=is_private)
        (second,) = await server.replied(name)

    assert second["replace_original"] is is_private
    assert heard[1].text == "/papers search x --page 2"


async def test_a_menu_says_its_command() -> None:
    """An option of the overflow menu is a command like a button."""
    heard: list[Request] = []
    listed = Card(
        CardKind.ALERT, "", (Para((Run("x"),)),), "x", more=(Action("Why", "/papers why arxiv:1"),)
    )
    async with slack_server() as server, talking(server, always(listed, heard)) as talk:
        shown = buttons(await talk.say("x"))
        name, _ = await talk.press(shown["menu 1"], option=0)
        await server.replied(name)

    assert heard[1].text == "/papers why arxiv:1"


async def test_a_link_is_only_acknowledged() -> None:
    """Slack tells of links too; nothing is asked or answered."""
    heard: list[Request] = []
    linked = card(CardKind.ANSWER, Link("PDF", "https://arxiv.org/pdf/1"))
    async with slack_server() as server, talking(server, always(linked, heard)) as talk:
        shown = buttons(await talk.say("x"))
        name, delivery = await talk.press(shown["PDF"])
        await delivery.ack()
        await talk.listener.underway.idle()

    assert len(heard) == 1
    assert server.replies[name] == []


async def test_subscribe_alone_opens_a_form() -> None:
    """The form's query, name and types become one command, answered to the person."""
    made, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        name, delivery = await talk.command(" Subscribe ")
        await delivery.ack()
        (view,) = await server.viewed()
        said = await talk.submit(
            view,
            {
                "query": '"diffusion model" -medical',
                "name": 'Image "gen"',
                "types": {"selected_options": [{"value": "new"}, {"value": "replace"}]},
            },
        )
        await server.replied(name)

    assert said == {}
    (one,) = (await made.channel(CHANNEL)).subscriptions
    assert (one.query, one.name) == ('"diffusion model" -medical', "Image 'gen'")
    assert sorted(one.types) == ["new", "replace"]


async def test_whom_alerts_call_comes_from_slack_itself() -> None:
    """Oneself by the form or typed, a group behind an @; a name or another person is refused."""
    made, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        name, delivery = await talk.command("subscribe")
        await delivery.ack()
        (view,) = await server.viewed()
        me = _field_of(view, "mention")["options"][1]
        await talk.submit(view, {"query": "diffusion", "mention": {"selected_option": me}})
        await server.replied(name)
        await talk.say("subscribe graphs --mention <!subteam^S0READ|@readers>")
        await talk.say("subscribe video --mention <@U0ADA|ada>")
        unknown = await talk.say("subscribe models --mention @ada")
        other = await talk.say("subscribe models --mention <@U0KIM|kim>")

    found = (await made.channel(CHANNEL)).subscriptions
    assert [one.mention for one in found] == [
        Mention(MentionKind.USER, "U0ADA"),
        Mention(MentionKind.ROLE, "S0READ"),
        Mention(MentionKind.USER, "U0ADA"),
    ]
    assert "Whom shall it call?" in words(unknown)
    assert "Other people are not called" in words(other)


async def test_the_form_calls_nobody_unless_that_is_changed() -> None:
    """*Nobody* or *Me*, the first of them chosen; a group is typed, as the field says."""
    made, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        name, delivery = await talk.command("subscribe")
        await delivery.ack()
        (view,) = await server.viewed()
        field = _field_of(view, "mention")
        nobody = {"selected_option": field["initial_option"]}
        await talk.submit(view, {"query": "diffusion", "mention": nobody})
        await server.replied(name)

    assert [one["text"]["text"] for one in field["options"]] == ["Nobody", "Me"]
    assert "--mention @group" in next(
        one["hint"]["text"] for one in view["blocks"] if one["block_id"] == "mention"
    )
    (one,) = (await made.channel(CHANNEL)).subscriptions
    assert one.mention is None


def _field_of(view: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one["element"] for one in view["blocks"] if one["block_id"] == name)


async def test_a_wrong_query_is_said_under_its_field() -> None:
    """The form stays open with the error, and nothing is subscribed."""
    made, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        _, delivery = await talk.command("subscribe")
        await delivery.ack()
        (view,) = await server.viewed()
        said = await talk.submit(view, {"query": "a OR OR b", "name": None})

    assert said["response_action"] == "errors"
    assert said["errors"]["query"]
    assert await made.queries(CHANNEL) == []


async def test_a_slow_form_closes_and_is_answered_later() -> None:
    """Within three seconds the form is acknowledged, whatever the answer takes."""
    release = asyncio.Event()

    async def slow(_: Request) -> Card:
        await release.wait()
        return card(CardKind.ERROR)

    async with slack_server() as server, talking(server, slow) as talk:
        name, delivery = await talk.command("subscribe")
        await delivery.ack()
        (view,) = await server.viewed()
        said = await talk.submit(view, {"query": "x"})
        release.set()
        replies = await server.replied(name)

    assert said == {}
    assert "Said" in words(replies[0])


async def test_a_command_to_finish_opens_in_a_form() -> None:
    """A `fill` button opens the command for editing; sending it runs it."""
    heard: list[Request] = []
    edit = card(CardKind.ANSWER, Action("Edit", "/papers edit 3 old query", fill=True))
    async with slack_server() as server, talking(server, always(edit, heard)) as talk:
        shown = buttons(await talk.say("x"))
        name, _ = await talk.press(shown["Edit"])
        (view,) = await server.viewed()
        said = await talk.submit(view, {"text": "edit 3 new query"})
        await server.replied(name)

    assert view["blocks"][0]["element"]["initial_value"] == "edit 3 old query"
    assert said == {}
    assert heard[-1].text == "edit 3 new query"
    assert heard[-1].channel == CHANNEL


async def test_a_form_that_cannot_open_is_answered_in_words() -> None:
    """When the trigger is too old, the core's own answer to the bare command comes instead."""
    _, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        name, _ = await talk.command("subscribe", trigger_id="expired-1")
        (reply,) = await server.replied(name)

    assert "subscribe needs more" in words(reply)


async def test_a_repeated_event_is_done_once() -> None:
    """The same trigger again changes nothing a second time."""
    made, core = await world()
    async with slack_server() as server, talking(server, core) as talk:
        await talk.say("subscribe diffusion", trigger_id="same")
        await talk.say("subscribe graphs", trigger_id="same")

    assert await made.queries(CHANNEL) == ["diffusion"]


async def test_a_guest_of_slack_connect_reads_only() -> None:
    """A person of another workspace may search, and may not change or share anything."""
    made, core = await world()
    guest = {"user": {"id": "U9", "team_id": "T0OTHER"}}
    async with slack_server() as server, talking(server, core) as talk:
        found = buttons(await talk.say("search diffusion"))
        label = next(one for one in found if one.startswith("Subscribe"))
        refused, _ = await talk.press(found[label], **guest)
        (no,) = await server.replied(refused)
        shared, _ = await talk.press(found["Share here"], **guest)
        (private,) = await server.replied(shared)

    assert "You may not do that here" in words(no)
    assert private["response_type"] == "ephemeral"
    assert await made.queries(CHANNEL) == []


async def test_another_workspace_is_told_so() -> None:
    """A payload of a workspace without the app reaches no command."""
    heard: list[Request] = []
    async with slack_server() as server, talking(server, always(card(), heard)) as talk:
        reply = await talk.say("list", team_id="T0OTHER")

    assert heard == []
    assert "not installed in this workspace" in words(reply)


async def test_an_organisation_is_refused_clearly() -> None:
    """An installation for a whole organisation has no single tenant."""
    heard: list[Request] = []
    async with slack_server() as server, talking(server, always(card(), heard)) as talk:
        reply = await talk.say("list", is_enterprise_install="true")
        button = {"type": "button", "action_id": "papers:a", "value": "/papers list"}
        name, _ = await talk.press(button, is_enterprise_install=True, team=None)
        (pressed,) = await server.replied(name)

    assert heard == []
    assert "single workspaces" in words(reply)
    assert "single workspaces" in words(pressed)


async def test_who_may_manage_is_asked() -> None:
    """The policy decides, and the core refuses."""
    made, core = await world()

    async def nobody(_: Asker) -> bool:
        return False

    async with slack_server() as server, talking(server, core, may_manage=nobody) as talk:
        reply = await talk.say("subscribe diffusion")

    assert "You may not do that here" in words(reply)
    assert await made.queries(CHANNEL) == []


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"type": "app_uninstalled"}, [TEAM]),
        ({"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}, [TEAM]),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, []),
    ],
)
async def test_removal_is_passed_on(event: dict[str, Any], told: list[str]) -> None:
    """Both events of a removal name the workspace; a person's own token is none of it."""
    payload = {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A0",
        "event": event,
        "event_id": "Ev1",
        "authorizations": [],
    }
    async with slack_server() as server, talking(server, always(card(), [])) as talk:
        delivery = await server.push("events_api", payload)
        acknowledged = await delivery.ack()
        await talk.listener.underway.idle()

    assert acknowledged == {}
    assert talk.removed == told


async def test_a_fault_of_ours_is_told() -> None:
    """A command that breaks is acknowledged and answered; the next one works."""
    broken = True

    async def breaks(_: Request) -> Card:
        if broken:
            raise RuntimeError("boom")
        return card()

    async with slack_server() as server, talking(server, breaks) as talk:
        reply = await talk.say("list")
        _, delivery = await talk.command("subscribe")
        await delivery.ack()
        (view,) = await server.viewed()
        said = await talk.submit(view, {"query": "x"})
        broken = False
        again = await talk.say("list")

    assert "That did not work" in words(reply)
    assert said == {}
    assert "Said" in words(again)


async def test_an_expired_address_falls_back() -> None:
    """Where response_url is used up, the answer comes as an ephemeral message."""
    heard: list[Request] = []
    async with slack_server() as server, talking(server, always(card(), heard)) as talk:
        name, _ = await talk.command("x", trigger_id="t1")
        server.replies[name] = [{}] * 5
        await server._until(lambda: server.messages, 1)

    assert [(one.channel, one.user) for one in server.messages] == [("C0GENERAL", "U0ADA")]


async def test_a_new_connection_before_the_old_one_ends() -> None:
    """Slack's request to reconnect is followed, and commands are answered all along."""
    async with slack_server() as server, talking(server, always(card(), [])) as talk:
        for _ in range(3):
            before = len(server.sockets)
            await server.disconnect()
            async with asyncio.timeout(5):
                await server.connected.wait()
            assert len(server.sockets) == before + 1
            await talk.say("list")


async def test_a_cut_connection_comes_back() -> None:
    """After a cut, and after a refusal to connect, the way to Slack is found again."""
    async with slack_server() as server, talking(server, always(card(), [])) as talk:
        server.ratelimit("apps.connections.open", "1.5")
        nobody = {"ok": True, "url": "ws://127.0.0.1:9/link"}
        refused = {"ok": True, "url": f"{server.url.replace('http', 'ws')}/link?ticket=old"}
        for said in (nobody, refused, {"ok": True}):
            server.fail("apps.connections.open", Says(said))
        server.cut()
        async with asyncio.timeout(20):
            await server.connected.wait()
        reply = await talk.say("list")

    assert "Said" in words(reply)


async def test_another_apps_form_is_only_acknowledged() -> None:
    """A form without our own note of where it was opened is nobody's."""
    heard: list[Request] = []
    async with slack_server() as server, talking(server, always(card(), heard)) as talk:
        view = {"type": "modal", "callback_id": "papers.command", "private_metadata": "x"}
        said = await talk.submit(view, {"text": "list"})

    assert (said, heard) == ({}, [])


async def test_a_payload_that_bolt_cannot_read_loses_only_itself() -> None:
    """Bolt raises KeyError on a form without a type; the connection and what follows live on."""
    async with slack_server() as server, talking(server, always(card(), [])) as talk:
        for payload in ({"type": "view_submission", "view": {}}, {"type": "block_actions"}, {}):
            await server.push("interactive", payload)
        reply = await talk.say("list")

    assert "Said" in words(reply)
    assert len(server.sockets) <= 1


async def test_garbage_on_the_socket_is_passed_over() -> None:
    """What is no envelope, or of a kind that nobody hears, breaks nothing."""
    async with slack_server() as server, talking(server, always(card(), [])) as talk:
        socket = server.sockets[-1]
        for text in ("", "{", "[]", "null", "7", '{"type":7}', '{"envelope_id":"e","type":"x"}'):
            await socket.send_str(text)
        await socket.send_bytes(b"\x00\xff")
        await server.push("interactive", {"type": "shortcut", "callback_id": "other"})
        reply = await talk.say("list")

    assert "Said" in words(reply)


def test_the_tenant_comes_from_the_payload_alone() -> None:
    """Nothing typed changes the workspace, and an incomplete payload has no asker."""
    asker = asker_of(command_payload("list T0OTHER", "t", "u"))
    assert asker is not None
    request = request_of(asker, "move <#C9|x>", may_manage=True)

    assert request.channel == CHANNEL
    assert asker_of({}) is None
    assert asker_of({"team": {"id": "T"}, "user": "U"}) is None


def test_a_form_in_a_shared_channel_is_the_installing_teams() -> None:
    """Slack names the workspace of the app beside the person's own."""
    payload = {
        "team": {"id": "T0OTHER"},
        "user": {"id": "U9", "team_id": "T0OTHER"},
        "view": {"app_installed_team_id": TEAM},
    }
    asker = asker_of(payload, "C0GENERAL", "u")

    assert asker is not None
    assert (asker.team, asker.is_guest) == (TEAM, True)


def test_a_button_under_our_message_is_the_installing_teams() -> None:
    """A guest who presses a button in a shared channel asks our workspace, and is a guest."""
    foreign = {"team": {"id": "T0OTHER"}, "user": {"id": "U9", "team_id": "T0OTHER"}}
    asker = asker_of(press_payload({}, "t", "u", message={"team": TEAM, "ts": "1.2"}, **foreign))

    assert asker is not None
    assert (asker.team, asker.is_guest) == (TEAM, True)


async def test_a_channel_is_found_within_the_workspace() -> None:
    """Only what Slack itself wrote names a channel, and it gets the asker's own tenant."""
    asker = asker_of(press_payload({}, "t", "u"))
    assert asker is not None
    request = request_of(asker, "", may_manage=True)
    found = await find_channel(request, as_typed("<#C0READING|reading>"))

    assert found == ChannelId("slack", TEAM, "C0READING")
    for text in ("#reading", "C0READING", "<@U1>", "<#evil>", "slack:T0OTHER:C1", ""):
        assert await find_channel(request, text) is None


async def test_acknowledgements_stay_quick_under_load() -> None:
    """Fifty commands at once, each with work behind it, are all acknowledged within a second."""

    async def busy(_: Request) -> Card:
        await asyncio.sleep(0.05)  # noqa: TID251 - an answer takes its time
        return card()

    async with slack_server() as server, talking(server, busy) as talk:
        sent = [await talk.command(f"search {n}") for n in range(50)]
        for _, delivery in sent:
            assert await delivery.ack(1.0) == {}
        for name, _ in sent:
            await server.replied(name)

    assert sum(len(replies) for replies in server.replies.values()) == 50
