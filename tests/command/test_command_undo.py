"""log and undo."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import GENERAL, NOON, READING, World, actions, lines
from hypothesis import given
from hypothesis import strategies as st

from bot.command.change import Full
from bot.command.undo import Overtaken, take_back
from bot.model.alert import Alert, PostKey
from bot.model.channel import Channel, ChannelId, Pause, UserId
from bot.model.paper import PaperId
from bot.model.subscription import DEFAULT_TYPES, Subscription, SubscriptionId

DAY = 86_400


async def test_log_tells_who_did_what() -> None:
    """The newest first, in local time, with Undo for each that can be."""
    world = World()
    await world.ask("subscribe gan --name Images", user=UserId("ann"))
    world.clock.advance(60)
    await world.ask("mute robotics")
    card = await world.ask("log")

    assert lines(card).splitlines() == [
        "Log",
        "Monday 2 March, 13:01  You muted robotics",
        "Monday 2 March, 13:00  ann subscribed #1 Images to gan",
    ]
    await world.ask(actions(card)["Undo"])
    assert "ann subscribed #1 Images to gan (undone)" in lines(await world.ask("log"))


async def test_log_shows_this_channel_alone() -> None:
    """Other channels of the tenant, and other tenants, have logs of their own."""
    world = World()
    await world.ask("subscribe a1", channel=READING)
    await world.ask("subscribe a1", channel=ChannelId("web", "other", "general"))

    assert "Nothing was changed" in lines(await world.ask("log"))


async def test_log_has_a_limit() -> None:
    """Ten, or what `--limit` says."""
    world = World()
    for number in range(12):
        await world.ask(f"mute word{number}")

    assert len((await world.ask("log")).parts) == 10
    assert len((await world.ask("log --limit 12")).parts) == 12


@pytest.mark.parametrize(
    "change",
    [
        "subscribe a2",
        "unsubscribe 1",
        "edit 1 other --name Other --types replace",
        "mute word",
        "unmute robotics",
        "pause",
        "pause 1",
    ],
)
async def test_each_change_can_be_undone_and_redone(change: str) -> None:
    """Undo restores what was; undoing the undo restores the change."""
    world = World()
    await world.ask("subscribe a1 --name One")
    await world.ask("mute robotics")
    before = await world.channel()
    await world.ask(change)
    after = await world.channel()
    undone = await world.ask("undo")
    restored = await world.channel()
    redone = await world.ask(actions(undone)["Undo"])
    again = await world.channel()

    def state(channel: Channel) -> Channel:
        return replace(channel, revision=0, next_number=0)

    assert undone.title == "Undone"
    assert state(restored) == state(before)
    assert redone.title == "Undone"
    assert state(again) == state(after)


async def test_undo_goes_back_step_by_step() -> None:
    """Each further `undo` takes the change before it."""
    world = World()
    await world.ask("subscribe a1")
    await world.ask("subscribe a2")
    await world.ask("undo")
    await world.ask("undo")

    assert await world.queries() == []
    assert (await world.ask("undo")).title == "Nothing to undo"


async def test_an_earlier_change_is_undone_alone() -> None:
    """What others did since stays."""
    world = World()
    await world.ask("subscribe a1")
    removed = await world.ask("unsubscribe 1")
    await world.ask("subscribe a2")
    await world.ask("mute robotics")
    card = await world.ask(actions(removed)["Undo"])

    assert card.title == "Undone"
    assert await world.queries() == ["a1", "a2"]
    assert (await world.channel()).muted == ("robotics",)


async def test_a_change_that_a_later_one_built_on_is_left_alone() -> None:
    """The answer names the later one, with a button."""
    world = World()
    await world.ask("subscribe a1")
    first = await world.ask("edit 1 a2")
    await world.ask("edit 1 a3")
    card = await world.ask(actions(first)["Undo"])

    assert card.title == "A later change stands in the way"
    assert "Undo the later one first: edited #1: from a2 to a3." in lines(card)
    assert await world.queries() == ["a3"]
    await world.ask(actions(card)["Undo the later one"])
    assert (await world.ask(actions(first)["Undo"])).title == "Undone"
    assert await world.queries() == ["a1"]


async def test_a_removal_whose_query_is_back_is_left_alone() -> None:
    """No query is there twice."""
    world = World()
    await world.ask("subscribe a1")
    removed = await world.ask("unsubscribe 1")
    await world.ask("subscribe a1")

    assert (await world.ask(actions(removed)["Undo"])).title == "A later change stands in the way"
    assert await world.queries() == ["a1"]


async def test_nothing_is_undone_twice() -> None:
    """The second time says so."""
    world = World()
    removed = await world.ask("subscribe a1")
    await world.ask(actions(removed)["Undo"])

    assert (await world.ask(actions(removed)["Undo"])).title == "Undone already"


@pytest.mark.parametrize(("days", "title"), [(30, "Undone"), (30.01, "Too long ago")])
async def test_removals_can_be_undone_for_30_days(days: float, title: str) -> None:
    """Exactly."""
    world = World()
    await world.ask("subscribe a1")
    removed = await world.ask("unsubscribe 1")
    world.clock.advance(days * DAY)

    assert (await world.ask(actions(removed)["Undo"])).title == title
    assert (await world.queries() == ["a1"]) is (title == "Undone")


async def test_a_full_channel_takes_no_removal_back() -> None:
    """The limit holds for undo, too."""
    world = World()
    await world.ask("subscribe first")
    removed = await world.ask("unsubscribe 1")
    for number in range(50):
        await world.ask(f"subscribe word{number}")

    assert (await world.ask(actions(removed)["Undo"])).title == "This channel is full"


async def test_foreign_changes_are_unknown() -> None:
    """Of another tenant or another channel: answered as an id that was never given."""
    world = World()
    other = ChannelId("web", "other", "general")
    foreign = actions(await world.ask("subscribe a1", channel=other))["Undo"]
    beside = actions(await world.ask("subscribe a1", channel=READING))["Undo"]
    never = await world.ask("undo 123-4")

    assert await world.ask(foreign) == never
    assert await world.ask(beside) == never
    assert never.title == "Nothing to undo"
    assert await world.queries(other) == ["a1"]


async def test_a_move_is_undone_with_what_waits() -> None:
    """Both channels are as they were, old numbers and all; waiting alerts come back."""
    world = World()
    await world.store.messages.create("reading")
    await world.ask("subscribe a1 --name One")
    await world.ask("unsubscribe 1")
    await world.ask("subscribe a2 --name Two")
    paper_id = PaperId("arxiv:2602.00001")
    await world.store.outbox.queue([Alert(PostKey(paper_id), GENERAL, paper_id, (), NOON)])
    before = (await world.channel()).subscriptions
    await world.ask("move #reading")
    card = await world.ask("undo", channel=READING)

    assert "1 waiting post came back, too." in lines(card)
    assert (await world.channel()).subscriptions == before
    assert await world.queries(READING) == []
    assert await world.store.outbox.waiting(GENERAL) == 1


async def test_undoing_a_move_leaves_the_other_channel_s_own_posts() -> None:
    """Where the target had subscriptions before, nobody can tell whose alerts wait."""
    world = World()
    await world.store.messages.create("reading")
    await world.ask("subscribe own", channel=READING)
    await world.ask("subscribe a1")
    await world.ask("move #reading")
    paper_id = PaperId("arxiv:2602.00001")
    await world.store.outbox.queue([Alert(PostKey(paper_id), READING, paper_id, (), NOON)])
    await world.ask("undo")

    assert await world.queries() == ["a1"]
    assert await world.queries(READING) == ["own"]
    assert await world.store.outbox.waiting(READING) == 1


def subscription(number: int, query: str) -> Subscription:
    """A subscription that is told by its query."""
    one = SubscriptionId(f"id{number}")
    return Subscription(one, GENERAL, number, query, DEFAULT_TYPES, UserId("u"), NOON)


channels = st.builds(
    lambda queries, muted, paused: Channel(
        GENERAL,
        subscriptions=tuple(
            subscription(number, f"{number} {query}") for number, query in sorted(queries.items())
        ),
        muted=tuple(sorted(muted)),
        pause=Pause(NOON, "x", UserId("u")) if paused else None,
    ),
    st.dictionaries(st.integers(1, 5), st.sampled_from("abc"), max_size=5),
    st.sets(st.sampled_from("xyz")),
    st.booleans(),
)


@given(channels, channels)
def test_undo_right_away_restores_exactly(before: Channel, after: Channel) -> None:
    """Whatever the change, with nothing in between everything is as it was."""
    result = take_back(before, after, after, 50)

    assert isinstance(result, Channel)
    assert result.subscriptions == before.subscriptions
    assert set(result.muted) == set(before.muted)
    assert result.pause == before.pause


@given(channels, channels, channels)
def test_undo_never_touches_what_the_change_did_not(
    before: Channel, after: Channel, now: Channel
) -> None:
    """A subscription that the change left alone is afterwards as it is now."""
    result = take_back(before, after, now, 50)

    if isinstance(result, Channel):
        same = set(before.subscriptions) & set(after.subscriptions)
        untouched = {one.id for one in same}
        kept = [one for one in now.subscriptions if one.id in untouched]
        assert all(one in result.subscriptions for one in kept)
        assert len({one.query for one in result.subscriptions}) == len(result.subscriptions)


def test_undo_at_the_limit() -> None:
    """One too many is refused, as many as fit are taken."""
    one, two = subscription(1, "a"), subscription(2, "b")
    before = Channel(GENERAL, subscriptions=(one,))
    after = Channel(GENERAL)
    now = Channel(GENERAL, subscriptions=(two,))

    assert take_back(before, after, now, 1) == Full(GENERAL, 1)
    assert isinstance(take_back(before, after, now, 2), Channel)


def test_a_pause_set_again_since_is_overtaken() -> None:
    """Undoing the first pause does not end the second."""
    first, second = Pause(NOON, "one", UserId("u")), Pause(NOON, "two", UserId("u"))
    result = take_back(
        Channel(GENERAL), Channel(GENERAL, pause=first), Channel(GENERAL, pause=second), 50
    )

    assert isinstance(result, Overtaken)


def test_a_pause_by_the_platform_is_nobody_s_change() -> None:
    """It stays when something else is undone."""
    refused = Pause(NOON, "gone", None)
    after = Channel(GENERAL, muted=("x",), pause=refused)
    result = take_back(Channel(GENERAL), after, after, 50)

    assert isinstance(result, Channel)
    assert (result.pause, result.muted) == (refused, ())
