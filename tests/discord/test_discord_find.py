"""Reading back a post whose answer was lost: found, absent, not known, or not now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from discord_faults import (
    CHANNEL,
    HISTORY,
    MESSAGES,
    NO_ACCESS,
    UNAUTHORIZED,
    UNKNOWN_CHANNEL,
    Drips,
    Fault,
    Lost,
    Says,
    limited,
)
from discord_places import ADA_ID, GENERAL_ID, NEWS_ID, THREAD_ID, VOICE_ID
from discord_rig import KEY, Stage, place_id, staged

from adapters.discord.find import PAGES_MAX, carries, id_at
from adapters.discord.nonce import nonce_of
from bot.model.alert import PostKey
from bot.ports import Found, Posted


@pytest.mark.parametrize("number", [GENERAL_ID, NEWS_ID, THREAD_ID, VOICE_ID])
@staged
async def test_a_post_is_found_by_its_mark(stage: Stage, number: int) -> None:
    """By another process, among other posts and other people's messages."""
    place = stage.server.channel(number)
    for count in range(5):
        stage.server.write(place, f"hello {count}")
        await stage.post(number, PostKey(f"other-{count}"))
    outcome = await stage.post(number)
    stage.server.write(place, "bye")
    stage.restart()
    found = await stage.find(number)

    assert isinstance(outcome, Posted)
    assert found == outcome.receipt


@staged
async def test_history_of_any_length_is_read_to_its_end(stage: Stage) -> None:
    """A page holds 100: absent is said after the last one, and the first post is found."""
    place = stage.server.channel()
    first = await stage.post(key=PostKey("first"))
    for count in range(350):
        stage.server.write(place, f"chat {count}")
    last = await stage.post(key=PostKey("last"))
    before = stage.server.count(HISTORY)
    absent = await stage.find()
    pages = stage.server.count(HISTORY) - before

    assert absent is Found.ABSENT
    assert pages == 5
    assert isinstance(first, Posted)
    assert isinstance(last, Posted)
    assert await stage.find(key=PostKey("first")) == first.receipt
    assert await stage.find(key=PostKey("last")) == last.receipt


@staged
async def test_a_channel_too_busy_to_read_is_not_known(stage: Stage) -> None:
    """The reading is bounded, and a bound is no proof of absence."""
    place = stage.server.channel()
    for count in range(PAGES_MAX * 100 + 1):
        stage.server.write(place, f"{count}")

    assert await stage.find() is Found.UNKNOWN
    assert stage.server.count(HISTORY) == PAGES_MAX


@staged
async def test_only_what_was_written_since_counts(stage: Stage) -> None:
    """A receipt from before the first try would be another post's."""
    await stage.post()
    await stage.clock.advance(7200)
    stage.server.write(stage.server.channel(), "hello")

    assert await stage.find() is Found.ABSENT
    found = await stage.poster.find(place_id(), KEY, stage.clock.now() - timedelta(hours=3))
    assert found == str(stage.server.messages()[0].id)


@staged
async def test_who_may_not_read_sees_an_empty_channel(stage: Stage) -> None:
    """Discord shows no messages instead of a refusal: that is not absence."""
    await stage.post()
    stage.server.channel().rights.discard("history")

    assert await stage.find() is Found.UNKNOWN


@pytest.mark.parametrize("rights", [{"history"}, set()], ids=["may read", "may not read"])
@staged
async def test_a_channel_where_nothing_was_written_since(stage: Stage, rights: set[str]) -> None:
    """The channel's last message is older, or there is none: absent, whoever may read."""
    place = stage.server.channel()
    place.rights -= {"history"} - rights
    never = await stage.find()
    stage.server.write(place, "long ago")
    await stage.clock.advance(7200)
    old = await stage.find()

    assert (never, old) == (Found.ABSENT, Found.ABSENT)


@staged
async def test_deleted_messages_do_not_hide_a_readable_channel(stage: Stage) -> None:
    """What came since was removed; an older message shows that the channel can be read."""
    place = stage.server.channel()
    stage.server.write(place, "long ago")
    await stage.clock.advance(7200)
    stage.server.write(place, "removed")
    place.messages.pop()
    readable = await stage.find()
    place.messages.clear()

    assert readable is Found.ABSENT
    assert await stage.find() is Found.UNKNOWN


@pytest.mark.parametrize("answer", [NO_ACCESS, UNKNOWN_CHANNEL])
@pytest.mark.parametrize("route", [HISTORY, CHANNEL])
@staged
async def test_history_that_may_not_be_read_is_not_known(
    stage: Stage, answer: Fault, route: str
) -> None:
    """Asking again will not help."""
    stage.server.fail(route, answer)

    assert await stage.find() is Found.UNKNOWN


@pytest.mark.parametrize("route", [HISTORY, CHANNEL, "GET /users/@me"])
@pytest.mark.parametrize(
    "fault",
    [
        limited(600),
        limited(600, scope="global"),
        UNAUTHORIZED,
        Says("<html>", 502),
        Says("<html>", 503),
        Lost.RESET,
        Lost.TAKEN_HALF,
        Lost.TAKEN_SILENCE,
        Drips(2.0),
    ],
)
@staged
async def test_history_that_cannot_be_read_now_is_asked_again(
    stage: Stage, route: str, fault: Fault
) -> None:
    """Trouble while reading back is neither absent nor unknown: nothing is posted blindly."""
    stage.server.write(stage.server.channel(), "hello")
    stage.server.always[route] = fault
    with pytest.raises(TimeoutError):
        await stage.find()
    stage.server.always.clear()

    if fault is not UNAUTHORIZED:
        assert await stage.find() is Found.ABSENT


@staged
async def test_another_bots_mark_is_not_ours(stage: Stage) -> None:
    """Whoever copies the custom ids of a post has not posted it."""
    await stage.post()
    (ours,) = stage.server.messages()
    ours.author_id = ADA_ID

    assert await stage.find() is Found.ABSENT


@pytest.mark.parametrize(
    "page",
    [
        [None, 1, "x", []],
        [{"id": None}, {"id": "x"}, {"id": -1}],
        [{"id": "5", "author": None, "components": "x"}],
        [{"id": "5", "author": {"id": "1"}, "components": [{"components": 7}]}],
        {"message": "no list"},
    ],
)
@staged
async def test_odd_pages_are_no_proof(stage: Stage, page: object) -> None:
    """What is not a list of messages proves nothing; it raises nothing and ends."""
    stage.server.write(stage.server.channel(), "hello")
    stage.server.always[HISTORY] = Says(page)

    assert await stage.find() is Found.UNKNOWN


def test_a_mark_is_read_from_ids_and_nonce() -> None:
    """Components carry it; where Discord kept the nonce, that does."""
    mark = nonce_of(place_id(), KEY)
    button = {"type": 2, "custom_id": f"pw:r{mark}:why"}

    assert carries({"components": [{"type": 1, "components": [button]}]}, mark)
    assert carries({"nonce": mark}, mark)
    assert not carries({"components": [{"type": 1, "components": [button]}]}, "x" * 24)
    assert not carries({}, mark)


@staged
async def test_ids_count_from_their_epoch(stage: Stage) -> None:
    """An id made now is not before one made from this very time."""
    now = stage.clock.now()

    assert id_at(now) <= stage.server.new_id() < id_at(now + timedelta(milliseconds=2))
    assert id_at(now - timedelta(days=36_500)) == 0


def test_a_nonce_is_for_ever() -> None:
    """The same letters in every process and version: posts of yesterday are to be found."""
    assert nonce_of(place_id(), KEY) == "csxqu3mhjvvlhojaympqzmbe"
    assert len(
        {nonce_of(place_id(n), PostKey(f"k{m}")) for n in range(50) for m in range(50)}
    ) == (2500)


@staged
async def test_the_library_posts_what_find_reads(stage: Stage) -> None:
    """Every post carries its mark in something that can be pressed, plain words as well."""
    await stage.post()
    (sent,) = stage.server.messages()

    assert stage.server.count(MESSAGES) == 1
    assert carries({"components": sent.payload["components"]}, sent.mark)
