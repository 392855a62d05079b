"""Forms: a command to finish, a subscription in fields of its own; opened, sent, corrected."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from discord_limits import form_problems
from discord_room import Core, a_room, fields, texts
from discord_schema import described, faults
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.forms import FIELDS_MAX, Form, Makes, command_form, form_of, opened, typed_in
from adapters.discord.typed import quoted
from bot.command.read import Typed, read
from bot.command.spec import BY_NAME
from bot.model.channel import Channel, ChannelId, UserId
from bot.model.errors import StoreDown
from bot.model.subscription import (
    DEFAULT_TYPES,
    ChangeType,
    Mention,
    MentionKind,
    Subscription,
    SubscriptionId,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discord_room import Shown

HERE = ChannelId("discord", "1", "2")
NAMES = st.text(max_size=40)
QUERIES = st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip()))


def subscription(**given: Any) -> Subscription:
    """The channel's third subscription."""
    values: dict[str, Any] = {
        "id": SubscriptionId("s" * 12),
        "channel": HERE,
        "number": 3,
        "query": '"graph neural" -medical',
        "types": DEFAULT_TYPES,
        "created_by": UserId("7"),
        "created_at": datetime(2026, 3, 2, tzinfo=UTC),
    }
    return Subscription(**{**values, **given})


def set_there(*found: Subscription) -> Channel:
    """A channel with these."""
    return Channel(HERE, 1, 9, found)


def sent(form: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """The data of a form as it was shown, but for these values."""
    given = {**fields(form), **values}
    rows = []
    for number, row in enumerate(form["components"], start=1):
        field = row["component"]
        key = "value" if field["type"] == 4 else "values"
        said = {"type": field["type"], "custom_id": field["custom_id"], "id": 10 + number}
        rows.append(
            {"type": 18, "id": number, "component": {**said, key: given[said["custom_id"]]}}
        )
    return {"custom_id": form["custom_id"], "components": rows}


def text_of(data: Mapping[str, Any]) -> str:
    """The command that a sent form makes."""
    form = form_of(data["custom_id"])
    assert form is not None
    return typed_in(form, data)


def check(form: dict[str, Any]) -> None:
    """Discord takes the form."""
    assert form_problems(form) == []
    assert faults("ModalInteractionCallbackRequestData", form) == []


# ---------------------------------------------------------------- what is opened


def test_a_form_is_as_described() -> None:
    """Forms are as Discord's OpenAPI description says."""
    if described() is None:
        pytest.skip("no data")
    known = set_there(subscription(mention=Mention(MentionKind.ROLE, "5"), tags=("ml", "cv")))

    check(opened("/papers edit 3 x", "7", known))
    check(opened("/papers subscribe ", "7", None))
    check(opened("/papers managers ", "7", replace(known, managers=("5", "6"))))
    check(opened("/papers managers ", "7", known))
    check(command_form("/papers why "))


def test_a_subscription_has_fields_of_its_own() -> None:
    """What is set stands in the fields."""
    mention = Mention(MentionKind.USER, "5")
    old = subscription(name="Graphs", types={ChangeType.NEW}, mention=mention, tags=("ml", "cv"))
    form = opened("/papers edit 3 graph", "7", set_there(old))

    assert form["title"] == "Edit subscription #3"
    assert fields(form) == {
        "query": "graph",
        "name": "Graphs",
        "types": ["new"],
        "mention": ["5"],
        "tag": "ml, cv",
    }


def test_an_edit_without_a_query_shows_the_old_one() -> None:
    """Nothing has to be typed again."""
    form = opened("/papers edit #3", "7", set_there(subscription()))

    assert fields(form)["query"] == '"graph neural" -medical'


def test_options_that_were_typed_stand_in_the_fields() -> None:
    """A command that is corrected keeps what was said."""
    text = '/papers subscribe "open --name X --types replace --mention me'
    form = opened('/papers subscribe a --name "X" --types replace --mention me', "7", None)
    wrong = opened(text, "7", None)

    assert fields(form)["name"] == "X"
    assert fields(form)["types"] == ["replace"]
    assert fields(form)["mention"] == ["7"]
    assert fields(wrong)["query"].startswith('"open')


@pytest.mark.parametrize(
    "text", ["/papers why ", "/papers edit 9 x", "/papers edit", "/papers nothing --x", "/papers "]
)
def test_any_other_command_stands_in_one_field(text: str) -> None:
    """What makes no subscription, or edits none that is there, is finished as a text."""
    form = opened(text, "7", set_there(subscription()))

    assert list(fields(form)) == ["text"]
    assert fields(form)["text"].rstrip() == text.removeprefix("/papers").strip()
    check(form)


def test_one_goes_on_typing_behind_a_command() -> None:
    """A command that wants more ends with a space, which no custom id keeps."""
    assert fields(command_form("/papers why"))["text"] == "why "
    assert fields(command_form("/papers why 2401.00001"))["text"] == "why 2401.00001"


def test_a_form_has_room_for_every_option() -> None:
    """Discord takes five fields: the query, and four options."""
    for name in ("subscribe", "edit"):
        assert len(BY_NAME[name].on("discord").options) + 1 <= FIELDS_MAX, (
            "A form has five fields. Put the least used option of subscribe and edit into a "
            "command of its own, or leave it out of forms.py."
        )


@given(st.text(max_size=5000))
def test_a_form_takes_any_text(text: str) -> None:
    """Whatever a button says, its form is one that Discord takes."""
    check(opened(text.encode("utf-8", "replace").decode(), "7", set_there(subscription())))


# ---------------------------------------------------------------- what is sent


def test_an_edit_says_every_field() -> None:
    """An empty field takes away what stood there."""
    mention = Mention(MentionKind.ROLE, "5")
    old = subscription(name="Graphs", mention=mention, tags=("ml",))
    form = opened("/papers edit 3", "7", set_there(old))
    emptied = sent(form, name="", mention=[], tag="", query="graph")
    role = {**sent(form), "resolved": {"roles": {"5": {"id": "5"}}}}

    assert text_of(emptied) == (
        '/papers edit 3 graph --name "" --types new,cross --mention none --tag ""'
    )
    assert text_of(role) == (
        '/papers edit 3 "graph neural" -medical --name "Graphs" --types new,cross '
        '--mention <@&5> --tag "ml"'
    )


def test_an_edit_sends_back_whom_it_calls_already() -> None:
    """Another person who chose it stands in the field, and in what is sent unchanged."""
    old = subscription(mention=Mention(MentionKind.USER, "5"))
    form = opened("/papers edit 3", "7", set_there(old))

    assert " --mention <@5>" in text_of(sent(form))


def test_a_new_subscription_says_what_was_filled_in() -> None:
    """An empty field says nothing."""
    form = opened("/papers subscribe ", "7", None)

    assert text_of(sent(form, query=" a OR b ")) == "/papers subscribe a OR b --types new,cross"
    assert text_of(sent(form, query="a", mention=["7"], types=["replace"])) == (
        "/papers subscribe a --types replace --mention <@7>"
    )


def test_a_finished_command_is_taken_as_typed() -> None:
    """With or without the slash command's name."""
    form = command_form("/papers why ")

    assert text_of(sent(form, text="why 2401.00001")) == "why 2401.00001"
    assert read(text_of(sent(form, text="/papers list"))) == read("/papers list")


@pytest.mark.parametrize(
    "custom_id", ["", "pf:", "pf:x:::", "pf:e:x::", "pw:r:list", "pf:c:::" + "A", "pf:e:1:2:3"]
)
def test_another_form_is_none(custom_id: str) -> None:
    """Only ids of ours are read."""
    assert form_of(custom_id) is None


@given(
    st.sampled_from(Makes),
    st.none() | st.integers(0, 999_999_999),
    st.none() | st.integers(1, 2**63).map(str),
    st.sampled_from(["", "results", "subscriptions"]),
)
def test_a_forms_id_holds_what_it_makes(
    makes: Makes, number: int | None, elsewhere: str | None, shown: str
) -> None:
    """Nothing about a form that is open is kept here."""
    form = Form(makes, number, elsewhere, shown)

    assert form_of(form.custom_id) == form
    assert len(form.custom_id) <= 100


@given(QUERIES, NAMES, st.lists(st.sampled_from(["new", "cross", "replace"]), min_size=1))
def test_what_is_sent_is_what_is_read(query: str, name: str, types: list[str]) -> None:
    """The fields read back as they were filled in, whatever stands in them."""
    form = opened("/papers edit 3", "7", set_there(subscription()))
    found = read(text_of(sent(form, query=query, name=name, types=types)))

    assert isinstance(found, Typed)
    assert found.argument == f"3 {query.strip()}"
    assert found.options.name == quoted(name)[1:-1]
    assert found.options.types == frozenset(ChangeType(one) for one in types)


# ---------------------------------------------------------------- in Discord


async def followed(room: Any) -> Shown:
    """The list of a channel with one subscription."""
    await room.say("subscribe", query="diffusion", name="Images")
    shown: Shown = await room.say("list")
    return shown


async def test_edit_from_the_list() -> None:
    """*Edit* opens the fields, and what is sent takes their place."""
    async with a_room() as room:
        shown = await room.press(await followed(room), "Edit")
        values = {"query": "diffusion OR gan", "name": "", "types": ["new", "replace"]}
        after = await room.ada.submit_modal(shown.result, values)
        (one,) = (await room.set_there()).subscriptions

        assert fields(shown.form) == {
            "query": "diffusion",
            "name": "Images",
            "types": ["new", "cross"],
            "mention": [],
            "tag": "",
        }
        assert (one.query, one.name) == ("diffusion OR gan", None)
        assert one.types == {ChangeType.NEW, ChangeType.REPLACE}
        assert after.followups[0].ephemeral


async def test_a_bare_edit_opens_the_form() -> None:
    """`/papers edit` with nothing but the subscription asks for the rest in fields."""
    async with a_room() as room:
        await room.say("subscribe", query="diffusion")
        shown = await room.say("edit", subscription="1")
        await room.ada.submit_modal(shown.result, {"query": "gan", "types": ["new"]})

        assert await room.queries() == ["gan"]


async def test_what_is_wrong_can_be_corrected() -> None:
    """A wrong query is shown at its place, with a form that has all that was typed."""
    async with a_room() as room:
        wrong = await room.say("subscribe", query="(diffusion", name="Images")
        form = await room.press(wrong, "Correct it")
        again = await room.ada.submit_modal(form.result, {**_given(form), "query": "(x y"})
        (message,) = [wrong.messages[0]]
        after = room.env.backend.get_message(room.channel.id, message.id)

        assert fields(form.form)["query"] == "(diffusion"
        assert fields(form.form)["name"] == "Images"
        assert again.followups == []
        assert "(x y" in "".join(texts(after.components)).replace("\\", "")

        once_more = await room.press(wrong, "Correct it")
        await room.ada.submit_modal(once_more.result, {**_given(once_more), "query": "x y"})
        assert await room.queries() == ["x y"]


async def test_a_form_needs_the_right_when_it_is_sent() -> None:
    """Opening one gives nothing away; sending it is refused in words."""
    async with a_room() as room:
        await room.say("subscribe", query="diffusion")
        shown = await room.press(await room.say("list", room.bob), "Edit", room.bob)
        sent = await room.bob.submit_modal(shown.result, {**_given(shown), "query": "gan"})

        assert "right to manage" in str(sent.followups[0].components)
        assert await room.queries() == ["diffusion"]


async def test_a_store_that_hangs_still_gets_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what is set, the command can be finished as a text."""
    monkeypatch.setattr("adapters.discord.listen.READ_S", 0.05)
    slow = [True, False]

    async def channel(_: ChannelId) -> Channel:
        if slow.pop(0):
            await asyncio.sleep(0.5)  # noqa: TID251 - a store that takes its time
        raise StoreDown("gone")

    core = Core()
    async with a_room(core, channel=channel) as room:
        listed = await followed(room)
        for _ in range(2):
            shown = await room.press(listed, "Edit")
            assert fields(shown.form) == {"text": "edit 1 diffusion"}


async def test_a_form_that_discord_refuses_is_asked_as_a_text() -> None:
    """A field may hold what is gone in Discord; the command can be finished still."""
    async with a_room() as room:
        listed = await followed(room)
        room.env.inject_error("POST", "/interactions/*", status=400, code=50035)
        shown = await room.press(listed, "Edit")
        room.env.inject_error("POST", "/interactions/*", status=400, code=50035, times=2)
        said = await room.press(listed, "Edit")

        assert fields(shown.form) == {"text": "edit 1 diffusion"}
        assert "form could not be opened" in said.text


async def test_an_old_form_says_so() -> None:
    """A form of another version is answered."""
    async with a_room() as room:
        shown = await room.press(await followed(room), "Edit")
        assert shown.result._interaction.modal is not None
        shown.result._interaction.modal["custom_id"] = "form:1"
        sent = await room.ada.submit_modal(shown.result, _given(shown))

        assert sent.response is not None
        assert "not known any more" in str(sent.response.components)


def _given(shown: Shown) -> dict[str, Any]:
    """What the person would send without a change."""
    return {key: value for key, value in fields(shown.form).items() if key != "mention"}
