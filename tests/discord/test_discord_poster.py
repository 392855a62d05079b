"""Posting to Discord: one message, under one nonce, in time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from discord_faults import HISTORY, MESSAGES, Lost, limited
from discord_places import ADA_ID, GENERAL_ID, NEWS_ID, READING_ID, THREAD_ID, VOICE_ID
from discord_rig import KEY, Stage, a_card, place_id, staged

from adapters.discord.nonce import nonce_of
from adapters.discord.poster import KEPT_MAX, NONCE_S, POST_S, REPEAT_S, remember
from bot.card.card import Card, CardKind, Para, Run
from bot.flow.next_step import POST_TIMEOUT_S, SETTLE_S
from bot.model.alert import PostKey, Receipt
from bot.model.subscription import Mention, MentionKind
from bot.ports import Busy, Found, Posted, Repeats, Unreachable


@staged
async def test_a_post_carries_its_nonce(stage: Stage) -> None:
    """The receipt is the message's id; the nonce comes of channel and key, and is enforced."""
    outcome = await stage.post()
    (sent,) = stage.server.messages()

    assert outcome == Posted(Receipt(str(sent.id)))
    assert sent.nonce == nonce_of(place_id(), KEY)
    assert sent.payload["enforce_nonce"] is True
    assert sent.payload["allowed_mentions"] == {"parse": []}
    assert sent.payload["flags"] == 1 << 12


@staged
async def test_only_whom_the_card_names_is_called(stage: Stage) -> None:
    """A mention goes out as such, and nobody else can be called by the same message."""
    card = replace(a_card(), mentions=(Mention(MentionKind.USER, str(ADA_ID)),))
    await stage.poster.post(card, place_id(), KEY)
    (sent,) = stage.server.messages()

    assert sent.payload["allowed_mentions"] == {"parse": [], "users": [str(ADA_ID)]}
    assert sent.payload["content"] == f"<@{ADA_ID}>"


@staged
async def test_no_bare_id_is_shown(stage: Stage) -> None:
    """Another channel that a notice tells of has no name here: not everyone may know of it."""
    said = f"moved 1 subscription to <#{READING_ID}>."
    card = Card(CardKind.NOTICE, "", (Para((Run(said),)),), said, private=False)
    await stage.poster.post(card, place_id(), KEY)
    (sent,) = stage.server.messages()

    (embed,) = sent.payload["embeds"]
    assert embed["description"] == "moved 1 subscription to another channel."


@pytest.mark.parametrize("number", [GENERAL_ID, NEWS_ID, THREAD_ID, VOICE_ID, READING_ID])
@staged
async def test_every_kind_of_channel_is_posted_to(stage: Stage, number: int) -> None:
    """Text, announcements, a thread, the text of a voice channel: one message."""
    assert isinstance(await stage.post(number), Posted)
    assert len(stage.server.messages(number)) == 1


@staged
async def test_the_same_post_twice_is_one_message(stage: Stage) -> None:
    """By one process or another, while Discord knows the nonce; other posts differ."""
    first = await stage.post()
    stage.restart()
    again = await stage.post()
    other = await stage.post(key=PostKey("other"))
    elsewhere = await stage.post(READING_ID)

    assert first == again
    assert len({str(one) for one in (first, other, elsewhere)}) == 3
    assert len(stage.server.messages()) == 2


@pytest.mark.parametrize("shape", list(Lost))
@staged
async def test_a_lost_answer_leaves_one_message(stage: Stage, shape: Lost) -> None:
    """However the answer is lost: at most one message, and reading back tells which."""
    await stage.post(key=PostKey("warm"))
    await stage.server.lose(MESSAGES, shape)
    outcome = await stage.post()
    await stage.server.back()
    found = await stage.find()
    messages = stage.server.messages()[1:]

    match shape:
        case Lost.REFUSED | Lost.RESET:
            assert isinstance(outcome, Unreachable)
            assert (found, messages) == (Found.ABSENT, [])
        case Lost.TAKEN_500 | Lost.TAKEN_502:
            # discord.py sends it again, and the nonce leads to the first one
            assert outcome == Posted(Receipt(str(messages[0].id)))
            assert (found, len(messages)) == (outcome.receipt, 1)
        case _:
            assert isinstance(outcome, Unreachable)
            assert outcome.maybe_posted
            assert (found, len(messages)) == (str(messages[0].id), 1)


@staged
async def test_every_post_ends_in_time(stage: Stage) -> None:
    """Before the outbox gives up, and so long before the nonce ends that one more try fits."""
    stage.server.always[MESSAGES] = Lost.TAKEN_502
    began = stage.clock.monotonic()
    outcome = await stage.post()
    spent = stage.clock.monotonic() - began

    assert isinstance(outcome, Unreachable)
    assert spent <= POST_S < POST_TIMEOUT_S
    # the second try is begun in time, and lands in time, however late it lands
    assert POST_S + SETTLE_S < REPEAT_S
    assert REPEAT_S + POST_S + SETTLE_S < NONCE_S
    assert len(stage.server.messages()) == 1


@staged
async def test_a_post_may_be_repeated_while_its_nonce_lives(stage: Stage) -> None:
    """Known to the process that tried, and to no other; over after the nonce's time."""
    poster = stage.poster
    stage.server.fail(MESSAGES, Lost.TAKEN_RESET)
    at_first = poster.may_repeat(place_id(), KEY)
    await stage.post()
    lost = poster.may_repeat(place_id(), KEY)
    await stage.clock.advance(REPEAT_S - 1)
    late = poster.may_repeat(place_id(), KEY)
    await stage.clock.advance(2)
    over = poster.may_repeat(place_id(), KEY)

    assert isinstance(poster, Repeats)
    assert (at_first, lost, late, over) == (False, True, True, False)
    assert not stage.restart().may_repeat(place_id(), KEY)


@staged
async def test_the_first_try_counts(stage: Stage) -> None:
    """A second lost answer does not make the nonce younger."""
    stage.server.fail(MESSAGES, Lost.TAKEN_RESET, limited(3, scope="shared"), Lost.TAKEN_RESET)
    await stage.post()
    await stage.clock.advance(REPEAT_S / 2)
    busy = await stage.post()
    await stage.post()
    lost = stage.poster.may_repeat(place_id(), KEY)
    await stage.clock.advance(REPEAT_S / 2)
    over = stage.poster.may_repeat(place_id(), KEY)

    assert busy == Busy(3)
    assert (lost, over) == (True, False)


@staged
async def test_a_nonce_does_not_live_for_ever(stage: Stage) -> None:
    """What the loopback Discord does, so that the other tests mean something."""
    await stage.post()
    await stage.clock.advance(NONCE_S + 1)
    await stage.post()

    assert len(stage.server.messages()) == 2
    assert stage.server.count(HISTORY) == 0


def test_what_is_in_mind_is_bounded() -> None:
    """Lost answers and used-up limits of many channels do not pile up."""
    times: dict[str, float] = {}
    for number in range(3 * KEPT_MAX):
        remember(times, str(number), float(number), number - 100.0)

    assert len(times) <= KEPT_MAX
    assert str(3 * KEPT_MAX - 1) in times
