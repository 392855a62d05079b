"""Forums: one thread a post, asked for once, its tags by their names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from discord_faults import (
    ACTIVE,
    ARCHIVED,
    CHANNEL,
    NO_ACCESS,
    STARTER,
    THREADS,
    UNKNOWN_MESSAGE,
    Fault,
    Lost,
    Says,
    limited,
    refused,
)
from discord_places import ADA_ID, FORUM_ID, GUILD_ID, PUBLIC_THREAD, REQUIRE_TAG, Place
from discord_rig import KEY, Stage, a_card, place_id, staged

from adapters.discord.find import THREADS_MAX
from adapters.discord.nonce import nonce_of
from adapters.discord.places import FORUM_S, Kind, Places, Tag, place_of, tag_ids
from adapters.discord.places import Place as Known
from bot.model.alert import PostKey, Receipt
from bot.ports import Busy, Found, Outcome, Posted, Refused, Unreachable
from bot.ports import Fault as Whose


async def posted(stage: Stage, *tags: str, key: PostKey = KEY) -> Outcome:
    """Post an alert with tags in the forum."""
    card = replace(a_card(), tags=tags)
    return await stage.poster.post(card, place_id(FORUM_ID), key)


def threads(stage: Stage) -> list[Place]:
    """The forum's threads."""
    places = stage.server.guilds[GUILD_ID].places.values()
    return [one for one in places if one.parent_id == FORUM_ID]


@staged
async def test_a_post_is_a_thread(stage: Stage) -> None:
    """Named by its title, its first message the post; the receipt is the thread's id."""
    outcome = await posted(stage)
    (thread,) = threads(stage)
    (sent,) = thread.messages

    assert outcome == Posted(Receipt(str(thread.id)))
    assert thread.name == "Scaling laws for sparse attention"
    assert nonce_of(place_id(FORUM_ID), KEY) in str(sent.payload["components"])
    assert sent.payload["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("shape", list(Lost))
@staged
async def test_a_lost_answer_leaves_one_thread(stage: Stage, shape: Lost) -> None:
    """It is asked for once, whatever comes back; reading the forum tells whether it is there."""
    await posted(stage, key=PostKey("warm"))
    await stage.server.lose(THREADS, shape)
    outcome = await posted(stage)
    await stage.server.back()
    found = await stage.find(FORUM_ID)

    assert isinstance(outcome, Unreachable)
    assert outcome.maybe_posted or shape is Lost.REFUSED
    assert stage.server.count(THREADS) == (1 if shape is Lost.REFUSED else 2)
    if shape in {Lost.REFUSED, Lost.RESET}:
        assert found is Found.ABSENT
    else:
        assert found == str(threads(stage)[1].id)
    assert not stage.poster.may_repeat(place_id(FORUM_ID), KEY)


@staged
async def test_nobody_there_is_certain(stage: Stage) -> None:
    """Where no connection came about, there is no thread."""
    stage.poster.places.keep(str(FORUM_ID), Known(Kind.FORUM, str(GUILD_ID)))
    await stage.server.away()
    outcome = await posted(stage)

    assert isinstance(outcome, Unreachable)
    assert not outcome.maybe_posted


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
@staged
async def test_nothing_is_sent_again(stage: Stage, status: int) -> None:
    """discord.py's own retries would be second threads."""
    stage.server.always[THREADS] = Says("<html>", status)
    outcome = await posted(stage)

    assert outcome == Unreachable(f"Discord answered {status}", maybe_posted=True)
    assert stage.server.count(THREADS) == 1


@staged
async def test_a_limit_of_the_forum_is_obeyed(stage: Stage) -> None:
    """Without discord.py's help."""
    stage.server.fail(THREADS, limited(77), limited(5, scope="global"))

    assert await posted(stage) == Busy(77)
    assert await posted(stage) == Busy(5, platform_wide=True)
    assert threads(stage) == []


@pytest.mark.parametrize(
    ("wanted", "applied"),
    [
        ((), []),
        (("Diffusion",), [501]),
        (("diffusion", " GRAPHS "), [501, 502]),
        (("graphs", "graphs", "unknown"), [502]),
        (("unknown",), []),
    ],
)
@staged
async def test_tags_are_chosen_by_their_names(
    stage: Stage, wanted: tuple[str, ...], applied: list[int]
) -> None:
    """Whatever their case; a name that the forum lacks is left out."""
    await posted(stage, *wanted)

    assert threads(stage)[0].applied == applied


def test_a_forum_that_wants_a_tag_gets_one() -> None:
    """The one called papers, or its first that anybody may set; never more than five."""
    diffusion, mods, papers = Tag("1", "Diffusion"), Tag("2", "Mods", True), Tag("3", "Papers")

    def of(*tags: Tag, needs: bool = True) -> Known:
        return Known(Kind.FORUM, "1", tags, needs)

    assert tag_ids(of(diffusion, papers), ()) == ["3"]
    assert tag_ids(of(mods, diffusion), ()) == ["1"]
    assert tag_ids(of(mods, diffusion), ("none",)) == ["1"]
    assert tag_ids(of(diffusion, papers), ("diffusion",)) == ["1"]
    assert tag_ids(of(mods), ("mods",)) == ["2"]
    assert tag_ids(of(mods), ()) is None
    assert tag_ids(of(), ()) is None
    assert tag_ids(of(needs=False), ("x",)) == []
    many = tuple(Tag(str(n), f"t{n}") for n in range(9))
    assert tag_ids(of(*many), tuple(f"T{n}" for n in range(9))) == ["0", "1", "2", "3", "4"]


@staged
async def test_a_forum_without_a_tag_to_give_says_so(stage: Stage) -> None:
    """Refused without a request; a tag that is added is seen at the next try."""
    forum = stage.server.channel(FORUM_ID)
    forum.flags, forum.tags = REQUIRE_TAG, {}
    refusal = await posted(stage)
    forum.tags["Papers"] = 777
    outcome = await posted(stage)

    assert isinstance(refusal, Refused)
    assert refusal.fault is Whose.CHANNEL_FORBIDS
    assert "tag" in refusal.reason
    assert isinstance(outcome, Posted)
    assert threads(stage)[0].applied == [777]
    assert stage.server.count(THREADS) == 1


@staged
async def test_a_tag_that_was_removed_is_noticed(stage: Stage) -> None:
    """Refused once as unknown; the next try knows the forum as it is."""
    await posted(stage, "diffusion")
    stage.server.channel(FORUM_ID).tags = {"Other": 9}
    gone = await posted(stage, "diffusion", key=PostKey("k"))
    again = await posted(stage, "diffusion", key=PostKey("k"))

    assert isinstance(gone, Refused)
    assert gone.fault is Whose.POST
    assert isinstance(again, Posted)


@staged
async def test_a_new_tag_is_known_soon(stage: Stage) -> None:
    """A forum is asked again after ten minutes."""
    await posted(stage, "new")
    stage.server.channel(FORUM_ID).tags["New"] = 9
    await stage.clock.advance(FORUM_S + 1)
    await posted(stage, "new", key=PostKey("k"))

    assert [one.applied for one in threads(stage)] == [[], [9]]
    assert stage.server.count(CHANNEL) == 2


# ---------------------------------------------------------------- finding


@staged
async def test_a_thread_is_found_by_its_first_message(stage: Stage) -> None:
    """Among other posts of ours and other people's, open or archived."""
    outcomes = [await posted(stage, key=PostKey(f"k{n}")) for n in range(4)]
    other = Place(stage.server.new_id(), GUILD_ID, PUBLIC_THREAD, "hi", FORUM_ID, owner_id=ADA_ID)
    stage.server.guilds[GUILD_ID].add(other)
    stage.server.write(other, "hello")
    threads(stage)[0].is_archived = True
    stage.restart()

    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, Posted)
        assert await stage.find(FORUM_ID, PostKey(f"k{number}")) == outcome.receipt
    assert await stage.find(FORUM_ID, PostKey("none")) is Found.ABSENT
    # what was read once is not read again
    assert stage.server.count(STARTER) == 4


@staged
async def test_old_threads_are_not_looked_at(stage: Stage) -> None:
    """Only what was made since the first try."""
    await posted(stage)
    await stage.clock.advance(7200)

    assert await stage.find(FORUM_ID) is Found.ABSENT
    assert stage.server.count(STARTER) == 0


@staged
async def test_archived_pages_end_where_the_time_does(stage: Stage) -> None:
    """Thousands of old threads are not paged through."""
    guild = stage.server.guilds[GUILD_ID]
    for _ in range(250):
        old = Place(stage.server.new_id(), GUILD_ID, PUBLIC_THREAD, "x", FORUM_ID, owner_id=ADA_ID)
        old.is_archived, old.archived_at = True, stage.clock.now()
        guild.add(old)
        stage.clock.elapse(60)
    await posted(stage)
    thread = threads(stage)[-1]
    thread.is_archived, thread.archived_at = True, stage.clock.now()

    assert await stage.find(FORUM_ID) == str(thread.id)
    assert await stage.find(FORUM_ID, PostKey("none")) is Found.ABSENT
    assert stage.server.count(ARCHIVED) == 2


@staged
async def test_too_many_new_threads_are_not_known(stage: Stage) -> None:
    """The reading is bounded, and a bound is no proof of absence."""
    for count in range(THREADS_MAX + 1):
        await posted(stage, key=PostKey(f"k{count}"))

    assert await stage.find(FORUM_ID, PostKey("none")) is Found.UNKNOWN
    assert stage.server.count(STARTER) == THREADS_MAX


@pytest.mark.parametrize("route", [ACTIVE, ARCHIVED, STARTER])
@staged
async def test_a_forum_that_may_not_be_read_is_not_known(stage: Stage, route: str) -> None:
    """Asking again will not help; where the thread is seen all the same, it is found."""
    outcome = await posted(stage)
    stage.server.always[route] = NO_ACCESS
    unknown = await stage.find(FORUM_ID, PostKey("none"))
    found = await stage.find(FORUM_ID)

    assert unknown is Found.UNKNOWN
    assert isinstance(outcome, Posted)
    assert found == (outcome.receipt if route == ARCHIVED else Found.UNKNOWN)


@staged
async def test_without_history_a_new_thread_may_be_ours(stage: Stage) -> None:
    """Its first message cannot be read."""
    await posted(stage)
    stage.server.channel(FORUM_ID).rights.discard("history")
    stage.restart()

    assert await stage.find(FORUM_ID) is Found.UNKNOWN


@staged
async def test_a_removed_first_message_is_nobodys(stage: Stage) -> None:
    """A thread without it is not taken for the post, nor for a reason to doubt."""
    await posted(stage)
    threads(stage)[0].messages.clear()
    stage.restart()

    assert await stage.find(FORUM_ID) is Found.ABSENT


@pytest.mark.parametrize("route", [ACTIVE, ARCHIVED, STARTER])
@pytest.mark.parametrize("fault", [limited(90), Says("<html>", 502), Lost.TAKEN_HALF, Lost.RESET])
@staged
async def test_a_forum_that_cannot_be_read_now_is_asked_again(
    stage: Stage, route: str, fault: Fault
) -> None:
    """Trouble while reading back is neither absent nor unknown."""
    await posted(stage)
    stage.server.always[route] = fault
    with pytest.raises(TimeoutError):
        await stage.find(FORUM_ID, PostKey("none"))
    stage.server.always.clear()

    assert await stage.find(FORUM_ID, PostKey("none")) is Found.ABSENT


@pytest.mark.parametrize(
    "said",
    [
        [],
        {},
        {"threads": None},
        {"threads": [None, 1, {"id": "x"}, {"parent_id": str(FORUM_ID)}]},
        {"threads": [{"id": "5", "parent_id": str(FORUM_ID), "thread_metadata": 7}]},
    ],
)
@staged
async def test_odd_lists_are_no_proof(stage: Stage, said: object) -> None:
    """What is no list of threads raises nothing and ends."""
    stage.server.always[ACTIVE] = stage.server.always[ARCHIVED] = Says(said)

    assert await stage.find(FORUM_ID) in {Found.ABSENT, Found.UNKNOWN}


# ---------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"type": 0}, Kind.MESSAGES),
        ({"type": 5}, Kind.MESSAGES),
        ({"type": 2}, Kind.MESSAGES),
        ({"type": 11}, Kind.THREAD),
        ({"type": 15}, Kind.FORUM),
        ({"type": 16}, Kind.FORUM),
        ({"type": 4}, Kind.NOTHING),
        ({"type": 99}, Kind.NOTHING),
        ({"type": "0"}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_kinds_are_read_from_types(said: object, kind: Kind | None) -> None:
    """A type that nobody knows takes no posts; what has none is no channel."""
    place = place_of(said)

    assert (place.kind if place else None) == kind


def test_odd_tags_are_left_out() -> None:
    """A forum object may hold anything."""
    said = {"type": 15, "flags": "x", "available_tags": [None, {}, {"id": 5}, {"id": "6"}]}
    place = place_of(said)

    assert place == Known(Kind.FORUM, None, (Tag("5", ""), Tag("6", "")))
    assert place_of({"type": 15, "available_tags": 7}) == Known(Kind.FORUM, None)


@staged
async def test_channels_in_mind_are_bounded(stage: Stage) -> None:
    """The one unused longest is forgotten."""
    places = Places(stage.clock, most=3)
    text = Known(Kind.MESSAGES, "1")
    for name in "abc":
        places.keep(name, text)
    places.known("a")
    places.keep("d", text)

    assert [name for name in "abcd" if places.known(name)] == ["a", "c", "d"]


@staged
async def test_refusals_of_threads_are_classed(stage: Stage) -> None:
    """The forum's limits are the channel's fault, AutoMod's word on a title is the post's."""
    for code, fault in ((160006, Whose.CHANNEL_FORBIDS), (200001, Whose.POST)):
        stage.server.fail(THREADS, refused(400, code))
        outcome = await posted(stage)

        assert isinstance(outcome, Refused)
        assert outcome.fault is fault
    stage.server.fail(THREADS, UNKNOWN_MESSAGE)
    assert isinstance(await posted(stage), Posted)
