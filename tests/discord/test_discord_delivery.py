"""Through the real outbox and sender: whatever becomes of an answer, one message."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import pytest
from discord_faults import (
    HISTORY,
    MESSAGES,
    NO_ACCESS,
    NO_PERMISSION,
    THREADS,
    UNKNOWN_CHANNEL,
    Fault,
    Lost,
    bad_form,
    banned,
    limited,
    refused,
)
from discord_places import FORUM_ID, GENERAL_ID, GUILD_ID, NEWS_ID, READING_ID, THREAD_ID
from discord_rig import KEY, Outgoing, Stage, a_card, a_paper, an_alert, place_id, staged
from virtual import FakeChance

from adapters.discord.nonce import nonce_of
from bot.app.confirming import confirming
from bot.flow import deliver
from bot.model.alert import PostKey, Receipt
from bot.ports import Posted, Unreachable

PLACES = [GENERAL_ID, NEWS_ID, THREAD_ID, FORUM_ID]
TAKEN = [one for one in Lost if one.name.startswith("TAKEN")]
HOUR_S = 3600.0


def route_of(number: int) -> str:
    """Where a channel is posted to."""
    return THREADS if number == FORUM_ID else MESSAGES


@pytest.mark.parametrize("number", PLACES)
@pytest.mark.parametrize("shape", list(Lost))
@pytest.mark.parametrize("is_same", [True, False], ids=["goes-on", "restarted"])
@staged
async def test_a_lost_answer_gives_one_message(
    stage: Stage, number: int, shape: Lost, is_same: bool
) -> None:
    """Seven ways, each kind of channel, and also where only the marker is known afterwards."""
    out = Outgoing(stage)
    await out.queue(number)
    await stage.post(READING_ID)  # the connection stands already
    await stage.server.lose(route_of(number), shape)
    assert await out.step()
    await stage.server.back()
    if not is_same:
        stage.restart()
    books = await out.settle()

    assert len(stage.server.messages(number)) == 1
    assert (books.sent, books.waiting, books.dead, books.difference) == (1, 0, 0, 0)


@pytest.mark.parametrize("number", [GENERAL_ID, THREAD_ID])
@pytest.mark.parametrize("shape", TAKEN)
@staged
async def test_without_history_the_nonce_alone_is_enough(
    stage: Stage, number: int, shape: Lost
) -> None:
    """Where the bot may not read, the repeat comes while Discord still knows the nonce."""
    stage.server.channel(number).rights.discard("history")
    out = Outgoing(stage)
    await out.queue(number)
    stage.server.fail(MESSAGES, shape)
    books = await out.settle()

    assert len(stage.server.messages(number)) == 1
    assert (books.sent, out.count("resent-unknown")) == (1, 0)
    assert stage.server.count(HISTORY) == 0


@pytest.mark.parametrize("shape", TAKEN)
@staged
async def test_a_nonce_that_is_forgotten_early_is_not_counted_on(
    stage: Stage, shape: Lost
) -> None:
    """However long Discord is away after a lost answer, the channel is read before a repeat."""
    out = Outgoing(stage)
    await out.queue(GENERAL_ID)
    stage.server.fail(MESSAGES, shape)
    await out.step()
    await stage.server.away()
    for _ in range(30):
        await out.step()
        await stage.clock.advance(60)
    await stage.server.back()
    books = await out.settle()

    assert len(stage.server.messages()) == 1
    assert books.sent == 1


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        (UNKNOWN_CHANNEL, 1),
        (refused(404, 10004, "Unknown Guild"), 1),
        (refused(400, 50083, "Thread is archived"), 1),
        (NO_ACCESS, 3),
        (NO_PERMISSION, 3),
        (refused(403, 0, "Forbidden"), 3),
    ],
)
@staged
async def test_a_refusing_channel_pauses(stage: Stage, answer: Fault, tries: int) -> None:
    """Gone: at once. Without a right: after three tries ten minutes apart. All posts are kept."""
    out = Outgoing(stage)
    await out.queue(GENERAL_ID, papers=5)
    stage.server.always[MESSAGES] = answer
    books = await out.settle(hours=1)
    channel = await out.store.channels.read(place_id())
    asked = [one.at for one in stage.server.asked if one.route == MESSAGES]

    assert channel.pause is not None
    assert len(asked) == tries
    assert all(later - earlier >= 600 for earlier, later in pairwise(asked))
    assert (books.waiting, books.sent, books.dead) == (5, 0, 0)


@pytest.mark.parametrize("number", [GENERAL_ID, FORUM_ID])
@staged
async def test_a_refused_layout_is_posted_as_words(stage: Stage, number: int) -> None:
    """A message that Discord will not take goes once more, plainly, and its channel goes on."""
    out = Outgoing(stage)
    await out.queue(number, papers=2)
    stage.server.fail(route_of(number), bad_form(["embeds"]), refused(400, 200000, "AutoMod"))
    books = await out.settle()
    (sent,) = stage.server.messages(number)

    assert (books.sent, books.dead) == (1, 1)  # the second was refused as words, too
    assert "Scaling laws" in str(sent.payload)


@pytest.mark.parametrize("number", [GENERAL_ID, FORUM_ID])
@pytest.mark.parametrize(
    "answer",
    [
        limited(90),
        limited(90, scope="shared"),
        limited(90, scope="global"),
        limited(90, via=False),
        banned(90),
        refused(400, 20016, "Slowmode", retry_after=90),
        refused(400, 20028, "The channel you are writing has hit the write rate limit"),
    ],
)
@staged
async def test_a_slow_discord_is_obeyed(stage: Stage, number: int, answer: Fault) -> None:
    """Nothing is asked before the time that Discord gave has passed; then the post comes."""
    out = Outgoing(stage)
    await out.queue(number)
    stage.server.fail(route_of(number), answer)
    books = await out.settle()
    first, second = (one.at for one in stage.server.asked if one.route == route_of(number))

    assert second - first >= 30
    assert len(stage.server.messages(number)) == 1
    assert (books.sent, out.steps) == (1, 2)


@staged
async def test_a_deleted_post_is_not_posted_again(stage: Stage) -> None:
    """Whose answer was lost and whom a moderator removed at once: it was there."""
    out = Outgoing(stage)
    await out.queue(GENERAL_ID)
    stage.server.fail(MESSAGES, Lost.TAKEN_RESET)
    await out.step()
    stage.server.channel().messages.clear()
    books = await out.settle()

    assert stage.server.messages() == []
    assert books.sent == 1


@staged
async def test_a_burst_keeps_to_the_limits(stage: Stage) -> None:
    """Five messages in five seconds a channel: each alert once, in order, no request too many."""
    out, places = Outgoing(stage), [GENERAL_ID, READING_ID, THREAD_ID]
    stage.server.rate = (5, 5.0)
    await out.queue(*places, papers=12)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(deliver.run(out.sender, stop, asyncio.Event()))
        await stage.clock.advance(30)
        stop.set()
    books = await out.store.outbox.books()

    assert (books.sent, books.waiting) == (36, 0)
    assert stage.server.invalid == []
    for number in places:
        keys = [PostKey(f"arxiv:2603.{count:05d}") for count in range(1, 13)]
        assert stage.marks(number) == [nonce_of(place_id(number), key) for key in keys]


@staged
async def test_all_processes_together_keep_to_the_global_limit(stage: Stage) -> None:
    """Two processes with alerts for 120 channels: fifty requests a second are never passed."""
    stage.server.global_rate = 50
    channels = [stage.server.guilds[GUILD_ID].add_text(number) for number in range(120)]
    out = Outgoing(stage)
    await out.queue(*channels)
    one = out.sender
    stage.restart()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for sender in (one, replace(out.sender, owner="other")):
            group.create_task(deliver.run(sender, stop, asyncio.Event()))
        await stage.clock.advance(10)
        stop.set()
    books = await out.store.outbox.books()

    assert (books.sent, books.waiting) == (120, 0)
    assert stage.server.invalid == []
    assert all(len(stage.server.messages(number)) == 1 for number in channels)


@pytest.mark.parametrize("is_warm", [True, False], ids=["while it runs", "from the start"])
@staged
async def test_a_revoked_token_asks_no_channel_twice_an_hour(stage: Stage, is_warm: bool) -> None:
    """100,000 alerts in 1,000 channels: one request a channel an hour at most, and few in all."""
    out = Outgoing(stage)
    one = a_paper()
    await out.queue(GENERAL_ID)
    if is_warm:
        await out.settle()
    for number in range(1000):
        channel = place_id(stage.server.guilds[GUILD_ID].add_text(number))
        first = an_alert(one, channel)
        keys = (PostKey(f"{one.id}#v{count}") for count in range(100 if is_warm else 5))
        await out.store.outbox.queue([replace(first, key=key) for key in keys])
    stage.server.tokens.clear()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(deliver.run(replace(out.sender, idle_s=600.0), stop, asyncio.Event()))
        await stage.clock.advance(4 * HOUR_S)
        stop.set()
    asked = defaultdict(list)
    for at, status, _, whom in stage.server.invalid:
        assert status == 401
        asked[whom].append(at)
    books = await out.store.outbox.books()

    assert books.waiting >= (100_000 if is_warm else 5_000)
    assert len(stage.server.invalid) <= 5
    assert len(asked) > 0
    for times in asked.values():
        assert all(later - earlier >= HOUR_S for earlier, later in pairwise(times))


@staged
async def test_a_token_that_is_good_again_is_noticed(stage: Stage) -> None:
    """An hour after a refusal one post tries again, and then the others follow."""
    out = Outgoing(stage)
    await out.queue(GENERAL_ID, READING_ID)
    tokens = set(stage.server.tokens)
    stage.server.tokens.clear()
    await out.step()
    told = stage.gate.trouble
    stage.server.tokens |= tokens
    books = await out.settle()

    assert told is not None
    assert "PAPERWIRE_DISCORD_TOKEN" in told
    assert stage.gate.trouble is None
    assert (books.sent, len(stage.server.invalid)) == (2, 1)
    assert stage.clock.monotonic() >= HOUR_S


@staged
async def test_two_processes_never_double(stage: Stage) -> None:
    """One dies after Discord took its post; the other looks before it posts."""
    out = Outgoing(stage)
    await out.queue(GENERAL_ID)
    stage.server.fail(MESSAGES, Lost.TAKEN_SILENCE)
    await out.step()
    stage.restart()
    await stage.clock.advance(120)
    await out.step()

    assert len(stage.server.messages()) == 1
    assert out.count("found") == 1
    assert stage.server.count(MESSAGES) == 1
    assert await stage.find(key=PostKey(KEY)) == str(stage.server.messages()[0].id)


@pytest.mark.parametrize("shape", TAKEN)
@staged
async def test_a_line_that_confirms_is_there_once(stage: Stage, shape: Lost) -> None:
    """Somebody waits for it: it is repeated at once under its nonce, and so is certain."""
    confirm = confirming(stage.poster, stage.clock, FakeChance())
    stage.server.fail(MESSAGES, shape)
    outcome = await confirm(place_id(), a_card())
    (sent,) = stage.server.messages()

    assert outcome == Posted(Receipt(str(sent.id)))


@staged
async def test_a_line_that_confirms_a_forum_is_not_repeated(stage: Stage) -> None:
    """A second thread would be a second line: whoever waits is told that it is not certain."""
    confirm = confirming(stage.poster, stage.clock, FakeChance())
    stage.server.fail(THREADS, Lost.TAKEN_RESET)
    outcome = await confirm(place_id(FORUM_ID), a_card())

    assert isinstance(outcome, Unreachable)
    assert len(stage.server.messages(FORUM_ID)) == 1
