"""list, mute, unmute, mute-from, pause, resume, move."""

from __future__ import annotations

import pytest
from asking import GENERAL, NOON, READING, World, actions, desk_of, lines, paper
from fakes import FakeStore

from bot.card.card import CardKind
from bot.command.desk import Limits
from bot.model.alert import Alert, PostKey
from bot.model.channel import ChannelId, Pause, UserId
from bot.model.paper import PaperId


async def test_list_shows_all_that_is_set() -> None:
    """Numbers, names, queries, types, pauses, muted words, with buttons."""
    world = World()
    await world.ask('subscribe "diffusion model" --name Images --types replace')
    await world.ask("subscribe gan")
    await world.ask("pause 2")
    await world.ask("mute robotics")
    card = await world.ask("list")

    assert card.kind is CardKind.SUBSCRIPTIONS
    assert lines(card).splitlines() == [
        "2 subscriptions",
        '#1 Images "diffusion model" replace',
        "#2 gan new, cross paused",
        "Muted words",
        "robotics",
    ]
    assert actions(card)["Pause"] == "/papers pause 1"
    assert actions(card)["Resume"] == "/papers resume 2"
    assert actions(card)["Edit"] == "/papers edit 2 gan"
    assert actions(card)["Remove"] == "/papers unsubscribe 2"
    assert actions(card)["Unmute"] == "/papers unmute robotics"


async def test_an_empty_list_says_how_to_begin() -> None:
    """The next step is named."""
    card = await World().ask("list")

    assert "/papers subscribe" in lines(card)
    assert actions(card)["Subscribe"] == "/papers subscribe "


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("mute Robotics", "Robotics"),
        ('mute "position paper"', '"position paper"'),
        ("mute position paper", '"position paper"'),
        ("mute cat:cs.RO", "cat:cs.RO"),
        ("mute robot*", "robot*"),
        ("mute =RAG", "=RAG"),
    ],
)
async def test_a_word_a_phrase_or_a_field_is_muted(said: str, kept: str) -> None:
    """Kept in its canonical form; several bare words are a phrase."""
    world = World()
    card = await world.ask(said)

    assert card.title == f"Muted {kept}"
    assert (await world.channel()).muted == (kept,)
    assert (await world.ask(said)).title == "Muted already"


@pytest.mark.parametrize(
    "said", ["mute a OR b", "mute (a1 OR b1) c1", "mute NOT a", "mute -x", "mute a -b"]
)
async def test_more_than_one_thing_is_not_muted(said: str) -> None:
    """Operators belong to queries."""
    world = World()

    assert (await world.ask(said)).kind is CardKind.ERROR
    assert (await world.channel()).muted == ()


async def test_muted_words_have_a_limit() -> None:
    """The last that fits is taken, the next answered with what to do."""
    world = World().with_desk(limits=Limits(muted_words=2))
    await world.ask("mute a1")

    assert (await world.ask("mute a2")).title == "Muted a2"
    assert (await world.ask("mute a3")).title == "Too many muted words"


@pytest.mark.parametrize("said", ['unmute "Position  Paper"', "unmute “position paper”"])
async def test_unmute_takes_the_word_off(said: str) -> None:
    """In whatever case and quotes."""
    world = World()
    await world.ask('mute "position paper"')

    assert (await world.ask(said)).title == '"position paper" is no longer muted'
    assert (await world.channel()).muted == ()


async def test_unmuting_what_is_not_muted_tells_what_is() -> None:
    """The list of muted words helps; none at all is told, too."""
    world = World()
    nothing = await world.ask("unmute a1")
    await world.ask("mute robotics")
    other = await world.ask("unmute robots )")

    assert nothing.title == "Nothing is muted"
    assert "not among the muted words: robotics." in lines(other)


async def test_a_paper_s_words_are_offered_with_what_they_would_remove() -> None:
    """Each telling word of the title once, with its count among the channel's matches."""
    world = await World().know(
        paper(1, "The Robotics of Diffusion: Robotics"),
        paper(2, "Diffusion"),
        paper(3, "Robotics"),
    )
    await world.ask("subscribe diffusion")
    card = await world.ask("mute-from arxiv:2602.00001")

    assert "2 papers matched here over the last day." in lines(card)
    assert "robotics 1 of 2" in lines(card)
    assert "diffusion 2 of 2" in lines(card)
    assert "cat:=cs.CV 2 of 2" in lines(card)
    assert actions(card)["Mute"].startswith("/papers mute ")
    await world.ask("mute robotics")
    assert "robotics " not in lines(await world.ask("mute-from 2602.00001"))


async def test_words_are_offered_without_subscriptions_too() -> None:
    """Then nothing is counted."""
    world = await World().know(paper(1, "Robotics"))

    assert "Nothing matched here lately" in lines(await world.ask("mute-from 2602.00001"))
    assert (await world.ask("mute-from 2602.99999")).title == "Not seen yet"


async def test_a_channel_is_paused_and_resumed() -> None:
    """Once each; doing it again is told."""
    world = World()
    paused = await world.ask("pause")

    assert "kept and come after the pause" in lines(paused)
    assert actions(paused)["Resume"] == "/papers resume"
    assert (await world.channel()).pause == Pause(NOON, "paused by a person", UserId("local"))
    assert (await world.ask("pause")).title == "Paused already"
    assert "This channel is paused." in lines(await world.ask("list"))
    assert (await world.ask("resume")).title == "Resumed this channel"
    assert (await world.channel()).pause is None
    assert (await world.ask("resume")).title == "Not paused"


async def test_one_subscription_is_paused_and_resumed() -> None:
    """The others and the channel go on."""
    world = World()
    await world.ask("subscribe a1 --name One")
    await world.ask("subscribe a2")

    assert (await world.ask("pause One")).title == "Paused #1 One"
    one, two = (await world.channel()).subscriptions
    assert one.pause is not None
    assert two.pause is None
    assert (await world.ask("pause 1")).title == "Paused already"
    assert (await world.ask("resume 2")).title == "Not paused"
    assert (await world.ask("resume 1")).title == "Resumed #1 One"
    assert (await world.ask("pause 9")).title == "Unknown subscription"
    assert (await world.ask("resume 9")).title == "Unknown subscription"


def alert(number: int, channel: ChannelId = GENERAL) -> Alert:
    """An alert that waits."""
    paper_id = PaperId(f"arxiv:2602.{number:05d}")
    return Alert(PostKey(paper_id), channel, paper_id, (), NOON)


async def test_resume_tries_a_refused_channel_again() -> None:
    """A pause by the platform ends, and what waits is due at once."""
    world = World()
    await world.store.outbox.queue([alert(1)])
    channel = await world.channel()
    refused = Pause(NOON, "the bot is not in the channel")
    changed = type(channel)(channel.id, pause=refused)
    await world.store.channels.write([changed], None, 1000)
    listed = lines(await world.ask("list"))
    card = await world.ask("resume")

    assert "Nothing can be posted here: the bot is not in the channel." in listed
    assert "1 post waits to go out." in listed
    assert "1 post waits and will come now." in lines(card)


async def reading() -> World:
    """A world with a second channel."""
    world = World()
    await world.store.messages.create("general")
    await world.store.messages.create("reading")
    return world


@pytest.mark.parametrize("said", ["#reading", "reading", "#Reading", " reading "])
async def test_move_takes_everything_along(said: str) -> None:
    """Subscriptions with new numbers, waiting alerts, and muted words into an empty channel."""
    world = await reading()
    await world.ask("subscribe gone", channel=READING)
    await world.ask("unsubscribe 1", channel=READING)
    await world.ask("subscribe a1 --name One")
    await world.ask("subscribe a2")
    await world.ask("mute robotics")
    await world.store.outbox.queue([alert(1), alert(2)])
    card = await world.ask(f"move {said}")
    told = lines(card)

    assert "#1 is #2 there: One." in told
    assert "#2 is #3 there: a2." in told
    assert "2 waiting posts go along." in told
    assert "The muted words went along." in told
    assert await world.queries() == []
    assert await world.queries(READING) == ["a1", "a2"]
    there = await world.channel(READING)
    assert [one.channel for one in there.subscriptions] == [READING, READING]
    assert there.muted == ("robotics",)
    assert await world.store.outbox.waiting(GENERAL) == 0
    assert await world.store.outbox.waiting(READING) == 2


async def test_the_channel_that_was_left_hears_of_the_move() -> None:
    """The line to those whose subscriptions were moved does not go along with the alerts."""
    world = await reading()
    await world.ask("subscribe a1")
    card = await world.ask("move #reading", user=UserId("ada"))

    assert "go along" not in lines(card)
    assert "goes along" not in lines(card)
    assert await world.store.outbox.waiting(GENERAL) == 1
    assert await world.store.outbox.waiting(READING) == 0


async def test_move_into_a_channel_in_use_merges() -> None:
    """The same query is not doubled, a taken name dropped, its muted words left alone."""
    world = await reading()
    await world.ask("subscribe a1 --name Mine", channel=READING)
    await world.ask("subscribe a1")
    await world.ask("subscribe a2 --name mine")
    await world.ask("mute robotics")
    told = lines(await world.ask("move #reading"))

    assert "#1 was there already, as #1: Mine." in told
    assert "#2 is #2 there: a2." in told
    assert [one.name for one in (await world.channel(READING)).subscriptions] == ["Mine", None]
    assert (await world.channel(READING)).muted == ()
    assert (await world.channel(GENERAL)).muted == ("robotics",)


async def test_move_respects_the_limit_of_the_target() -> None:
    """All or nothing, exactly at the boundary."""
    world = await reading()
    world.with_desk(limits=Limits(subscriptions_per_channel=3))
    await world.ask("subscribe b1", channel=READING)
    for word in ("a1", "a2", "a3"):
        await world.ask(f"subscribe {word}")

    assert (await world.ask("move reading")).title == "No room there"
    assert len(await world.queries()) == 3
    await world.ask("unsubscribe 3")
    assert (await world.ask("move reading")).title == "Moved to reading"
    assert len(await world.queries(READING)) == 3


@pytest.mark.parametrize("said", ["#nowhere", "<#C999|general>", "web:other:general", '"', "../x"])
async def test_a_channel_outside_the_tenant_is_unknown(said: str) -> None:
    """Whether it exists elsewhere is not told."""
    world = await reading()
    await world.ask("subscribe a1")
    card = await world.ask(f"move {said}")

    assert card.title == "Unknown channel"
    assert await world.queries() == ["a1"]


async def test_an_answer_of_another_tenant_is_not_believed() -> None:
    """Even a lookup that returns another tenant's channel moves nothing."""

    async def wrong(request: object, text: str) -> ChannelId:
        del request, text
        return ChannelId("web", "other", "general")

    world = await reading()
    await world.ask("subscribe a1")
    world.with_desk(find_channel=wrong)

    assert (await world.ask("move #general")).title == "Unknown channel"


async def test_moves_that_mean_nothing() -> None:
    """Into itself, from an empty channel, without a place to go."""
    world = await reading()

    assert (await world.ask("move #general")).title == "That is this channel"
    assert (await world.ask("move #reading")).title == "Nothing to move"
    assert (await world.ask("move")).title == "move needs more"
    world.desk = desk_of(FakeStore(world.clock), find_channel=None)
    assert (await world.ask("move #reading")).title == "Unknown channel"


async def test_a_move_that_was_cut_short_is_finished() -> None:
    """The settings moved and the process died: saying it again carries what waits."""
    world = await reading()
    await world.store.outbox.queue([alert(1)])
    card = await world.ask("move #reading")

    assert card.title == "Moved"
    assert await world.store.outbox.waiting(READING) == 1


async def test_forms_of_a_muted_word_are_one_word() -> None:
    """What the matcher takes for the same is muted once, and unmuted by either form."""
    world = World()
    await world.ask('mute "position paper"')
    again = await world.ask("mute “Position papers”")

    assert again.title == "Muted already"
    assert actions(again)["Unmute"] == '/papers unmute "position paper"'
    assert (
        await world.ask("unmute position papers")
    ).title == '"position paper" is no longer muted'
    assert (await world.channel()).muted == ()


async def test_muting_with_a_minus_is_put_right() -> None:
    """The minus belongs to queries; the button offers the word without it."""
    card = await World().ask("mute -robot")

    assert card.title == "Without the minus"
    assert actions(card)["Mute it"] == "/papers mute robot"
