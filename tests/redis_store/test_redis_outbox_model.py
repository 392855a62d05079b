"""The real outbox does what the fake one does, over sequences of calls that nobody chose."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fakes import FakeStore
from hypothesis import given, settings
from hypothesis import strategies as st
from kits import empty_store
from storing import NOON, alert, notice, paper_list

from bot.model.alert import PostKey, Receipt
from bot.model.channel import ChannelId
from bot.ports import Dead, Done, Hold, Later

if TYPE_CHECKING:
    from datetime import datetime

    from bot.card.post import Post
    from bot.ports import Head

CHANNELS = [ChannelId("web", "local", name) for name in ("a", "b")]
NUMBERS = st.integers(1, 4)
WHERE = st.sampled_from(CHANNELS)
POSTS: st.SearchStrategy[Post] = (
    st.builds(alert, NUMBERS, WHERE)
    | st.builds(lambda n, c, v: alert(n, c, version=v), NUMBERS, WHERE, st.integers(2, 3))
    | st.builds(notice, st.sampled_from("xy"), WHERE)
    | st.builds(
        lambda name, c, n: paper_list(name, (alert(n, c), alert(n + 1, c)), c),
        st.sampled_from("pq"),
        WHERE,
        NUMBERS,
    )
)
STEPS = st.sampled_from(["done", "later", "ambiguous", "dead", "hold"])
CALLS = st.one_of(
    st.tuples(st.just("queue"), st.lists(POSTS, max_size=4)),
    st.tuples(st.just("lease"), st.none()),
    st.tuples(st.just("lease"), st.none()),
    st.tuples(st.just("mark"), st.integers(0, 3)),
    st.tuples(st.just("settle"), st.tuples(st.integers(0, 3), STEPS)),
    st.tuples(st.just("settle"), st.tuples(st.integers(0, 3), STEPS)),
    st.tuples(st.just("gather"), st.integers(0, 3)),
    st.tuples(st.just("resume"), WHERE),
    st.tuples(st.just("move"), st.sampled_from([(0, 1), (1, 0)])),
)


async def carry_out(  # noqa: PLR0911 - one answer a call
    outbox: Any, heads: list[Head], call: tuple[str, Any], now: datetime, turn: int
) -> object:
    """One call's answer; heads that were leased are remembered for later calls."""
    name, argument = call
    match name:
        case "queue":
            return await outbox.queue(argument)
        case "lease":
            head = await outbox.lease("one", ["web"], now)
            heads += [head] if head else []
            return head
        case "resume":
            return await outbox.resume(argument, now)
        case "move":
            return await outbox.move(CHANNELS[argument[0]], CHANNELS[argument[1]])
    place = argument[0] if name == "settle" else argument
    if place >= len(heads):
        return None
    head = heads[-1 - place]
    if name == "mark":
        return await outbox.mark(head, now)
    if name == "gather":
        return await outbox.gather(head, PostKey(f"list:{turn}"), now)
    steps = {
        "done": Done(Receipt(f"{turn}")),
        "later": Later(now + timedelta(seconds=90), "busy", False, turn),
        "ambiguous": Later(now, "lost", True),
        "dead": Dead("no"),
        "hold": Hold("gone"),
    }
    return await outbox.settle(head, steps[argument[1]], now)


async def state_of(outbox: Any) -> object:
    """What can be seen of an outbox."""
    keys = [PostKey(f"arxiv:2401.0000{number}") for number in range(1, 6)]
    keys += [PostKey(f"{key}#v{version}") for key in keys for version in (2, 3)]
    seen = [
        (await outbox.posted(channel, key), await outbox.posted_at(channel, key))
        for channel in CHANNELS
        for key in keys
    ]
    waiting = [await outbox.waiting(channel) for channel in CHANNELS]
    return await outbox.books(), waiting, seen


async def compare(url: str, calls: list[tuple[str, Any]]) -> None:
    """Both outboxes answer each call alike, balance after each, and end alike."""
    fake: Any = FakeStore().outbox
    async with empty_store(url) as store:
        ours: list[Head] = []
        theirs: list[Head] = []
        for turn, call in enumerate(calls):
            now = NOON + timedelta(minutes=turn)
            expected = await carry_out(fake, theirs, call, now, turn)
            actual = await carry_out(store.outbox, ours, call, now, turn)

            assert actual == expected, (turn, call)
            assert (await store.outbox.books()).difference == 0
        assert await state_of(store.outbox) == await state_of(fake)
        assert await store.outbox.recount() == (await store.outbox.books()).waiting


@settings(max_examples=60, deadline=None)
@given(calls=st.lists(CALLS, max_size=25))
def test_the_fake_and_the_real_outbox_agree(valkey: str, calls: list[tuple[str, Any]]) -> None:
    """Any sequence of calls has the same answers, books and memory in both."""
    asyncio.run(compare(valkey, calls))
