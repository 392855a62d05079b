"""Commands and buttons in a simulated Discord, on the real core."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import pytest
from asking import NOON, paper
from discord_room import Core, Shown, a_room, buttons, client_of, people, walk
from fakes import FakeButtonTexts
from structlog.testing import capture_logs

from adapters.discord.render import render_post
from bot.card.alert import alert_card
from bot.card.card import Action, Card, CardKind, Para, Run
from bot.model.alert import Alert, PostKey, Reason
from bot.model.errors import StoreDown
from bot.model.subscription import ChangeType, SubscriptionId

if TYPE_CHECKING:
    from discord_room import Room
    from simcord import MemberActor

    from bot.command.request import Request
    from bot.model.channel import ChannelId, UserId

MARK = "abcdefghijklmnopqrstuvw2"
LONG = '"diffusion model" -medical ' + " ".join(f"-word{n}" for n in range(30))


def said(text: str, kind: CardKind = CardKind.ANSWER, *buttons: Action) -> Card:
    """A card of one paragraph."""
    return Card(kind, "", (Para((Run(text),)),), text, buttons)


async def posted(room: Room, card: Card) -> discord.Message:
    """A post of paperwire in the channel, for all to see."""
    keep = room.core.store.button_texts.keep

    async def kept(command: str) -> str:
        return await keep(room.at(), command)

    payload = await render_post(card, MARK, kept)
    route = discord.http.Route("POST", "/channels/{channel}/messages", channel=room.channel.id)
    sent = await room.env.bot.http.request(route, json=payload)
    return await room.env.bot.get_channel(room.channel.id).fetch_message(int(sent["id"]))  # type: ignore[union-attr]


async def pressed(post: discord.Message, label: str, who: MemberActor) -> Shown:
    """Somebody presses a button of a post."""
    custom_id = dict(buttons([row.to_dict() for row in post.components]))[label]
    return Shown(await who.click(post, custom_id=custom_id))


# ---------------------------------------------------------------- commands


async def test_subscribe() -> None:
    """A subscription is made, and the asker alone sees the answer."""
    async with a_room() as room:
        options = {"query": '"diffusion model" -medical', "name": "Images", "types": "new"}
        shown = await room.say("subscribe", **options)
        (made,) = (await room.set_there()).subscriptions

        assert (made.query, made.name) == (options["query"], "Images")
        assert made.types == {ChangeType.NEW}
        assert made.created_by == str(room.ada.id)
        assert shown.is_private
        assert "Images" in shown.text


async def test_a_query_means_the_same_as_anywhere() -> None:
    """What looks like an option within the query is no option."""
    async with a_room() as room:
        shown = await room.say("subscribe", query="diffusion --name x")

        assert await room.queries() == []
        assert "Two minus signs" in shown.text
        assert room.core.asked[0].text == "/papers subscribe -- diffusion --name x"


async def test_whom_a_subscription_calls() -> None:
    """A role or oneself is picked; another person, or everyone, is not called."""
    async with a_room() as room:
        role = room.guild.create_role("ml")
        await room.say("subscribe", query="a", mention=role)
        await room.say("subscribe", query="b", mention=room.ada)
        other = await room.say("subscribe", query="c", mention=room.bob)
        every = await room.say("subscribe", query="d", mention=room.guild.default_role)
        found = [one.mention for one in (await room.set_there()).subscriptions]

        assert [one and (one.kind.value, one.id) for one in found] == [
            ("role", str(role.id)),
            ("user", str(room.ada.id)),
        ]
        assert "Other people are not called" in other.text
        assert "Everyone is not called" in every.text


async def test_who_may_not_manage_is_refused_in_words() -> None:
    """Without Manage Channels nothing is changed; looking is open to all."""
    async with a_room() as room:
        refused = await room.say("subscribe", room.bob, query="diffusion")
        looked = await room.say("list", room.bob)

        assert await room.queries() == []
        assert "takes the right to manage the channel" in refused.text
        assert refused.is_private
        assert "No subscriptions yet" in looked.text


@pytest.mark.parametrize("right", ["manage_channels", "manage_guild", "administrator"])
async def test_rights_that_manage(right: str) -> None:
    """Manage Channels, Manage Server and Administrator each let one manage the channel."""
    async with a_room() as room:
        role = room.guild.create_role("R", permissions=discord.Permissions(**{right: True}))
        cleo = room.guild.add_member(room.env.create_user("cleo"), roles=[role])
        await room.say("subscribe", cleo, query="diffusion")

        assert await room.queries() == ["diffusion"]
        assert room.core.asked[0].manages_tenant is (right != "manage_channels")


async def test_a_role_that_was_chosen_manages() -> None:
    """Who manages the server chooses a role, whose people may subscribe then, not choose."""
    async with a_room() as room:
        boss = room.guild.create_role("B", permissions=discord.Permissions(manage_guild=True))
        readers = room.guild.create_role("Readers")
        cleo = room.guild.add_member(room.env.create_user("cleo"), roles=[boss])
        dan = room.guild.add_member(room.env.create_user("dan"), roles=[readers])
        before = await room.say("subscribe", dan, query="diffusion")
        await room.say("managers", cleo, role=readers)
        await room.say("subscribe", dan, query="diffusion")
        more = await room.say("managers", dan, none=True)

        assert "right to manage" in before.text
        assert await room.queries() == ["diffusion"]
        assert "A role that was chosen so does not suffice" in more.text


async def test_servers_never_see_each_other() -> None:
    """What is followed in a server is its own, also for a person who is in both."""
    async with a_room() as room:
        other = room.env.create_guild("Other")
        channel, eve, _ = people(room.env, other)
        await room.say("subscribe", query="diffusion")
        listed = await eve.slash(channel, "papers list")
        offered = await eve.autocomplete(channel, "papers pause", "subscription", "")

        assert "No subscriptions yet" in str(listed.response and listed.response.components)
        assert offered == []
        assert {one.channel.tenant for one in room.core.asked} == {
            str(room.guild.id),
            str(other.id),
        }


async def test_a_thread_is_a_channel_of_its_own() -> None:
    """A subscription that is made in a thread belongs to it."""
    async with a_room() as room:
        text = room.env.bot.get_channel(room.channel.id)
        assert isinstance(text, discord.TextChannel)
        made = await text.create_thread(name="Week 12", type=discord.ChannelType.public_thread)
        (thread,) = room.channel.threads
        await room.ada.slash(thread, "papers subscribe", query="diffusion")

        assert room.core.asked[0].channel.channel == str(made.id)
        assert await room.queries(thread) == ["diffusion"]


async def test_a_direct_message_gets_a_sentence() -> None:
    """Outside of servers there is nothing to post to."""
    core = Core()
    async with a_room(core) as room:
        room.env.backend.commands[None][("papers", 1)]["contexts"] = [0, 1]
        user = room.env.create_user("dora")
        shown = await user.slash("papers list")

        assert "Only in servers" in str(shown.response.components)
        assert core.asked == []


# ---------------------------------------------------------------- completion


async def test_completion() -> None:
    """Subscriptions of this channel, and what a query goes on with."""
    async with a_room() as room:
        await room.say("subscribe", query="diffusion", name="Images")
        await room.say("search", query="chain of thought")
        numbers = await room.ada.autocomplete(room.channel, "papers pause", "subscription", "im")
        words = await room.bob.autocomplete(room.channel, "papers search", "query", "x cat:cs.CV")
        recent = await room.ada.autocomplete(room.channel, "papers subscribe", "query", "")

        assert numbers == [{"name": "#1 Images", "value": "1"}]
        assert "x cat:cs.CV" in [one["value"] for one in words]
        assert [one["value"] for one in recent] == ["chain of thought"]


async def test_completion_is_never_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that hangs, is away, or a fault of ours: nothing is offered, and that in time."""
    monkeypatch.setattr("adapters.discord.listen.READ_S", 0.05)
    faults: list[BaseException | None] = [None, StoreDown("gone"), ZeroDivisionError()]

    async def names(_: ChannelId, __: UserId) -> Any:
        fault = faults.pop(0)
        if fault is not None:
            raise fault
        await asyncio.sleep(0.5)  # noqa: TID251 - a store that takes its time

    async with a_room(names=names) as room:
        for _ in range(3):
            choices = await room.ada.autocomplete(room.channel, "papers search", "query", "x")
            assert choices == []
    assert faults == []


# ---------------------------------------------------------------- pages, sharing


async def known(core: Core, count: int = 12) -> Core:
    """Papers to search for."""
    await core.know(*(paper(n, f"Diffusion {n}", days_ago=n) for n in range(count)))
    return core


async def test_pages_follow_each_other_in_one_place() -> None:
    """The next page takes the place of the page before; nothing else is posted."""
    core = Core()
    await known(core)
    async with a_room(core) as room:
        first = await room.say("search", query="diffusion")
        second = await room.press(first, "Next")
        third = await room.press(second, "Next")

        assert [one.id for one in third.messages] == [one.id for one in first.messages]
        assert "Diffusion 10" in third.text
        assert third.is_private
        assert len(room.channel.history(viewer=room.ada)) == 1


async def test_share() -> None:
    """`share` shows all the answer; who presses its buttons is answered alone."""
    core = Core()
    await known(core)
    async with a_room(core) as room:
        shown = await room.say("search", query="diffusion", share=True)
        page = await room.press(shown, "Next", room.bob)

        assert not shown.is_private
        assert "Share here" not in shown.labels
        assert page.is_private
        assert "Diffusion 0" in shown.text
        assert "Diffusion 5" in page.text


async def test_share_afterwards() -> None:
    """*Share here* gives the same answer again, for all."""
    core = Core()
    await known(core)
    async with a_room(core) as room:
        private = await room.say("search", query="diffusion", limit=2)
        public = await room.press(private, "Share here")

        assert private.is_private
        assert not public.is_private
        assert "Diffusion 1" in public.text
        assert "Diffusion 2" not in public.text


async def test_an_error_is_not_shared() -> None:
    """What went wrong is for the asker alone."""
    async with a_room() as room:
        shown = await room.say("search", query="(diffusion", share=True)

        assert shown.is_private
        assert "bracket" in shown.text


async def test_who_may_not_speak_shares_nothing() -> None:
    """In a channel that others announce in, paperwire says nothing for those who may not."""
    core = Core()
    await known(core)
    async with a_room(core) as room:
        quiet = room.guild.create_text_channel(
            "news",
            overwrites={
                room.guild.default_role: discord.PermissionOverwrite(
                    send_messages=False, send_messages_in_threads=False
                )
            },
        )
        shown = await room.bob.slash(quiet, "papers search", query="diffusion", share=True)

        assert shown.ephemeral


async def test_a_slow_answer_is_shared_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long is acknowledged in time, and shown when it is there."""
    monkeypatch.setattr("adapters.discord.show.SHARED_S", 0.02)

    async def answer(_: Request) -> Card:
        await asyncio.sleep(0.2)  # noqa: TID251 - the simulation waits for it
        return said("At last", CardKind.RESULTS)

    async with a_room(answer=answer) as room:
        shown = await room.say("search", query="diffusion", share=True)

        assert not shown.is_private
        assert "At last" in shown.text


# ---------------------------------------------------------------- buttons


async def test_list_with_its_buttons() -> None:
    """Pause, Edit and Remove stand beside each subscription and act on it."""
    async with a_room() as room:
        await room.say("subscribe", query="diffusion")
        listed = await room.say("list")
        paused = await room.press(listed, "Pause")
        (one,) = (await room.set_there()).subscriptions
        removed = await room.press(await room.say("list"), "Remove")

        assert {"Pause", "Edit", "Remove"} <= set(listed.labels)
        assert one.pause is not None
        assert paused.is_private
        assert await room.queries() == []
        assert "Undo" in removed.labels


async def test_a_button_asks_for_the_right_again() -> None:
    """Who sees a button may not be who may press it."""
    async with a_room() as room:
        post = await posted(room, said("Post", CardKind.ALERT, Action("Stop", "/papers pause")))
        shown = await pressed(post, "Stop", room.bob)

        assert "right to manage" in shown.text
        assert shown.is_private
        assert (await room.set_there()).pause is None


async def test_a_post_is_answered_privately_and_stays() -> None:
    """A button on a post changes nothing that others see."""
    core = Core()
    await known(core)
    async with a_room(core) as room:
        why = Action("Why", "/papers why arxiv:2602.00001")
        post = await posted(room, said("Post", CardKind.ALERT, why))
        shown = await pressed(post, "Why", room.bob)
        after = await post.fetch()

        assert "Diffusion 1" in shown.text
        assert shown.is_private
        assert after.edited_at is None
        assert [one.to_dict() for one in after.embeds] == [one.to_dict() for one in post.embeds]


async def test_buttons_outlive_a_restart() -> None:
    """A button needs nothing that the process remembers, also one whose command is long."""
    core = Core()
    async with a_room(core) as room:
        why = Action("Again", f"/papers search {LONG}")
        post = await posted(
            room, said("Post", CardKind.ALERT, why, Action("List", "/papers list"))
        )
        await room.env.restart_bot(client_of(core.listener()))
        for label in ("Again", "List"):
            await pressed(post, label, room.ada)

        assert [one.text for one in core.asked] == [f"/papers search {LONG}", "/papers list"]


async def test_an_old_button_says_what_to_do() -> None:
    """What is not kept any more is said in a sentence, for every verb."""
    core = Core()
    async with a_room(core) as room:
        card = said(
            "Post",
            CardKind.ALERT,
            Action("Run", f"/papers search {LONG}"),
            Action("Fill", f"/papers subscribe {LONG}", fill=True),
        )
        post = await posted(room, card)
        core.store.button_texts.forget()
        for label in ("Run", "Fill"):
            shown = await pressed(post, label, room.ada)
            assert "too old" in shown.text
            assert shown.is_private
        assert core.asked == []


class LostTexts(FakeButtonTexts):
    """A store of texts that cannot be reached, or takes its time."""

    def __init__(self, read_s: float = 0.0) -> None:
        super().__init__()
        self.read_s = read_s
        self.is_away = True

    async def keep(self, channel: ChannelId, command: str) -> str:
        """As ButtonTexts.keep, while it can be reached."""
        if self.is_away:
            raise StoreDown("gone")
        return await super().keep(channel, command)

    async def read(self, channel: ChannelId, key: str) -> str | None:
        """As ButtonTexts.read."""
        await asyncio.sleep(self.read_s)  # noqa: TID251 - a store that takes its time
        if self.is_away:
            raise StoreDown("gone")
        return await super().read(channel, key)


async def test_an_answer_is_shown_also_when_its_buttons_cannot_be_kept() -> None:
    """The answer is there; a button whose command was lost says that it is too old."""
    texts = LostTexts()
    core = Core()
    await known(core)
    async with a_room(core, texts=texts) as room:
        shown = await room.say("search", query=f"diffusion {LONG}")
        texts.is_away = False
        again = await room.press(shown, "Share here")

        assert "Share here" in shown.labels
        assert "too old" in again.text


async def test_a_button_while_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says cannot be read: a sentence, in time, for each verb."""
    monkeypatch.setattr("adapters.discord.listen.READ_S", 0.05)
    texts = LostTexts()
    async with a_room(texts=texts) as room:
        card = said(
            "Post",
            CardKind.ALERT,
            Action("Run", f"/papers search {LONG}"),
            Action("Fill", f"/papers subscribe {LONG}", fill=True),
        )
        post = await posted(room, card)
        found = [await pressed(post, label, room.ada) for label in ("Run", "Fill")]
        texts.read_s, texts.is_away = 0.5, False
        found.append(await pressed(post, "Fill", room.ada))

        for shown in found:
            assert "Not possible just now" in shown.text
            assert shown.is_private
        assert room.core.asked == []


@pytest.mark.parametrize("custom_id", ["pw:x:list", "something", "pw:r", "pw2:r:list"])
async def test_a_button_that_is_not_known_says_so(custom_id: str) -> None:
    """A button of another version is answered, not left to "interaction failed"."""
    async with a_room() as room:
        button = {"type": 2, "style": 2, "label": "Old", "custom_id": custom_id}
        payload = {"content": "x", "components": [{"type": 1, "components": [button]}]}
        route = discord.http.Route("POST", "/channels/{c}/messages", c=room.channel.id)
        sent = await room.env.bot.http.request(route, json=payload)
        post = await room.env.bot.get_channel(room.channel.id).fetch_message(int(sent["id"]))  # type: ignore[union-attr]
        result = await room.ada.click(post, custom_id=custom_id)

        assert result.response is not None
        assert result.response.ephemeral
        assert "not known any more" in str(result.response.components)


async def test_more() -> None:
    """*More* on a post shows the asker alone what else can be asked of its paper."""
    core = Core()
    await known(core)
    async with a_room(core) as room:
        found = paper(1, "Diffusion 1")
        alert = Alert(
            PostKey(found.id),
            room.at(),
            found.id,
            (Reason(SubscriptionId("s"), 1, "x", ()),),
            NOON,
        )
        shown = await pressed(await posted(room, alert_card(alert, found)), "More", room.bob)

        assert shown.is_private
        assert {"Cite", "Mute a word"} <= set(shown.labels)
        assert [one.text for one in core.asked] == [f"/papers more {found.id}"]


async def test_an_option_of_a_menu_is_a_button() -> None:
    """Where rows are many each has a menu, whose options say what buttons would."""
    async with a_room() as room:
        for number in range(12):
            await room.say("subscribe", query=f"word{number}")
        listed = await room.say("list")
        menu, option = next(
            (one, choice)
            for message in listed.messages
            for one in _menus(message.components)
            for choice in one["options"]
            if choice["label"].startswith("Remove")
        )
        holder = next(m for m in listed.messages if menu in list(_menus(m.components)))
        await room.ada.select(holder, [option["value"]], custom_id=menu["custom_id"])

        assert len(await room.queries()) == 11


# ---------------------------------------------------------------- another channel


async def test_a_forum_is_followed_from_another_channel() -> None:
    """A forum has no place to type: `in` says which channel is meant, and its buttons mean it."""
    async with a_room() as room:
        forum = room.guild.create_forum_channel("paper-forum")
        shown = await room.say("subscribe", query="diffusion", **{"in": forum})
        listed = await room.say("list", **{"in": forum})
        await room.press(listed, "Remove")

        assert "In #paper" in shown.text.replace("\\", "")
        assert room.core.asked[-1].channel == room.at(forum)
        assert await room.queries() == []
        assert await room.queries(forum) == []
        assert [one.text for one in room.core.asked][-1] == "/papers unsubscribe 1"


async def test_what_is_shared_is_about_the_other_channel_still() -> None:
    """*Share here* asks the same of the same channel, and shows it here."""
    core = Core()
    await known(core)
    async with a_room(core) as room:
        forum = room.guild.create_forum_channel("paper-forum")
        latest = await room.say("latest", **{"in": forum})
        shared = await room.press(latest, "Share here")

        assert [one.channel for one in core.asked] == [room.at(forum), room.at(forum)]
        assert [one.text for one in core.asked] == ["/papers latest", "/papers latest"]
        assert not shared.is_private


async def test_rights_in_the_other_channel_count() -> None:
    """What one may here says nothing of another channel, nor lets one see it."""
    async with a_room() as room:
        hidden = room.guild.create_text_channel(
            "hidden",
            overwrites={room.guild.default_role: discord.PermissionOverwrite(view_channel=False)},
        )
        shut = room.guild.create_text_channel(
            "shut",
            overwrites={
                role: discord.PermissionOverwrite(manage_channels=False) for role in _roles(room)
            },
        )
        refused = await room.say("subscribe", query="x", **{"in": shut})
        listed = await room.say("list", **{"in": shut})
        await room.core.store.channels.read(room.at(hidden))

        assert "right to manage the channel" in refused.text
        assert "No subscriptions yet" in listed.text
        with pytest.raises(Exception, match="not accessible"):
            await room.say("list", **{"in": hidden})


async def test_a_button_for_a_channel_that_one_cannot_see() -> None:
    """A shared answer about another channel gives nothing away to those who cannot see it."""
    async with a_room() as room:
        hidden = room.guild.create_text_channel(
            "hidden",
            overwrites={
                room.guild.default_role: discord.PermissionOverwrite(view_channel=False),
                _roles(room)[0]: discord.PermissionOverwrite(view_channel=True),
            },
        )
        shared = await room.say("list", share=True, **{"in": hidden})
        before = len(room.core.asked)
        pressed = await room.press(shared, "Log", room.bob)

        assert "no channel of this server that you can see" in pressed.text
        assert len(room.core.asked) == before


async def test_move() -> None:
    """A channel is picked; one that the asker may not manage is as if it were not there."""
    async with a_room() as room:
        target = room.guild.create_text_channel("reading")
        shut = room.guild.create_text_channel(
            "shut",
            overwrites={
                role: discord.PermissionOverwrite(manage_channels=False) for role in _roles(room)
            },
        )
        await room.say("subscribe", query="diffusion")
        refused = await room.say("move", channel=shut)
        moved = await room.say("move", channel=target)
        logged = await room.say("log")

        assert "no channel" in refused.text
        assert await room.queries() == []
        assert await room.queries(target) == ["diffusion"]
        assert "Undo" in moved.labels
        assert "Moved to #reading" in moved.text.replace("\\", "")
        assert "to #reading" in logged.text.replace("\\", "")


# ---------------------------------------------------------------- lost and late answers


async def test_who_comes_too_late_changes_nothing() -> None:
    """After three seconds the person is told that nothing answered: so nothing is done."""
    async with a_room() as room:
        room.env.inject_error("POST", "/interactions/*", status=404, code=10062)
        shown = await room.ada.slash(room.channel, "papers subscribe", query="diffusion")

        assert not shown.acknowledged
        assert await room.queries() == []
        assert room.core.asked == []


async def test_another_process_was_first() -> None:
    """Two processes with one token hear the same: who acknowledges it does it, once."""
    async with a_room() as room:
        room.env.inject_error("POST", "/interactions/*", status=400, code=40060)
        with capture_logs() as lines:
            await room.ada.slash(room.channel, "papers subscribe", query="diffusion")

        assert room.core.asked == []
        # of one store only one process listens: the other one has a store of its own
        assert "discord.answered_elsewhere" in [line["event"] for line in lines]


def _menus(components: Any) -> Any:
    return (one for one in walk(components) if one.get("type") == 3)


def _roles(room: Room) -> list[Any]:
    """The roles that let people manage channels."""
    return [role for name, role in room.guild.roles.items() if name == "Staff"]
