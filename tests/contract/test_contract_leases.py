"""What every store of feeds and leases does."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from storing import NOON

from bot.ports import FeedState

if TYPE_CHECKING:
    from kits import Kit


async def test_a_feed_never_asked_is_fresh(kit: Kit) -> None:
    """A state is fresh until one is saved, and then that one."""
    assert await kit.feeds.state("arxiv/cs.CL") == FeedState("arxiv/cs.CL")

    saved = FeedState("arxiv/cs.CL", etag='"x"', baselined_at=NOON, batch_size=3, failure="é")
    await kit.feeds.save(saved)

    assert await kit.feeds.state("arxiv/cs.CL") == saved


async def test_feeds_stand_by_name(kit: Kit) -> None:
    """All feeds ever asked come in order of their names."""
    for name in ("huggingface/daily", "arxiv/cs.CL", "arxiv/cs.AI"):
        await kit.feeds.save(FeedState(name))

    names = [state.feed for state in await kit.feeds.all()]

    assert names == ["arxiv/cs.AI", "arxiv/cs.CL", "huggingface/daily"]


async def test_a_lease_has_one_owner(kit: Kit) -> None:
    """Only the owner renews and gives back; then another one may take it."""
    assert await kit.leases.acquire("poll", "a", 60)
    assert await kit.leases.acquire("poll", "a", 60)
    assert not await kit.leases.acquire("poll", "b", 60)

    await kit.leases.release("poll", "b")
    assert not await kit.leases.acquire("poll", "b", 60)

    await kit.leases.release("poll", "a")
    assert await kit.leases.acquire("poll", "b", 60)


async def test_a_dead_owners_lease_ends(kit: Kit) -> None:
    """A lease that is not renewed ends, however often others ask (RELIABILITY M11)."""
    assert await kit.leases.acquire("poll", "a", 0.03)
    for _ in range(3):
        await kit.leases.acquire("poll", "b", 0.03)
        await kit.pass_s(0.02)

    assert await kit.leases.acquire("poll", "b", 60)


async def test_turns_are_a_gap_apart(kit: Kit) -> None:
    """Turns that are asked for at once follow each other; other names do not wait."""
    waits = [await kit.leases.pace("arxiv", 3.0) for _ in range(4)]

    assert waits[0] == 0
    assert all(2.9 <= later - sooner <= 3.0 for sooner, later in pairwise(waits))
    assert await kit.leases.pace("other", 3.0) == 0


async def test_something_is_seen_once(kit: Kit) -> None:
    """Only the first who asks within the time is told that it is new."""
    assert await kit.leases.once("request:1", 60)
    assert not await kit.leases.once("request:1", 60)
    assert await kit.leases.once("request:2", 0.01)

    await kit.pass_s(0.02)

    assert await kit.leases.once("request:2", 60)
