"""A process that dies at random calls, on a platform that loses answers: none lost, none twice.

`PAPERWIRE_TEST_SEEDS=2000 pytest tests/story/test_story_crashes.py` looks at more schedules.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random  # noqa: TID251 - seeded schedules
from typing import TYPE_CHECKING

import pytest
import virtual
from flow_made import GENERAL, MONDAY, arxiv, channel, hugging
from story_world import Crash, NoncePlatform, World

from bot.card.post import PaperList
from bot.model.paper import AnnounceType
from bot.model.subscription import ChangeType

if TYPE_CHECKING:
    from bot.model.channel import ChannelId
    from bot.model.paper import Paper

SEEDS = int(os.environ.get("PAPERWIRE_TEST_SEEDS", "25"))
STEP = timedelta(minutes=10)
BATCHES = 5

ALL = frozenset(ChangeType)
PLACES = {
    replace(GENERAL, channel="all"): "widgets",
    replace(GENERAL, channel="cl"): "cat:cs.CL",
    replace(GENERAL, channel="votes"): "upvotes:>=10",
    replace(GENERAL, tenant="other", channel="code"): "has:code",
}
"""Channels of two tenants."""


@dataclass(frozen=True)
class Faults:
    """How ill a schedule fares: how often requests fail, and whether alerts are gathered."""

    seed: int
    trouble: float
    per_day: int


def batches(random: Random) -> list[tuple[tuple[Paper, ...], tuple[Paper, ...]]]:
    """What arXiv and Hugging Face show, growing: nobody has missed anything after a time away."""
    ours: list[Paper] = []
    theirs: dict[int, Paper] = {}
    shown = []
    for step in range(BATCHES):
        for place in range(6):
            number = step * 10 + place
            categories = ("cs.CL",) if place % 2 else ("cs.LG", "cs.CL")
            ours.append(arxiv(number, categories=categories))
            if random.random() < 0.5:
                links = ("https://github.com/a/b",) if place % 3 == 0 else ()
                theirs[number] = hugging(number, upvotes=random.randrange(30), code_links=links)
        if step:
            ours.append(arxiv(step, version=1 + step, announced=AnnounceType.REPLACE))
        for number, paper in list(theirs.items()):
            if random.random() < 0.3:
                theirs[number] = replace(paper, upvotes=(paper.upvotes or 0) + 7)
        random.shuffle(ours)
        shown.append((tuple(ours), tuple(theirs.values())))
    return shown


def expected(
    shown: list[tuple[tuple[Paper, ...], tuple[Paper, ...]]],
) -> dict[ChannelId, set[str]]:
    """The papers that each channel must have been told of in the end, by the plain meaning."""
    votes: dict[str, int] = {}
    code: set[str] = set()
    for _, theirs in shown:
        for paper in theirs:
            votes[paper.id] = max(votes.get(paper.id, 0), paper.upvotes or 0)
            code |= {paper.id} if paper.code_links else set()
    everything: set[str] = {paper.id for ours, theirs in shown for paper in (*ours, *theirs)}
    classes: set[str] = {paper.id for ours, _ in shown for paper in ours}
    wanted: tuple[set[str], ...] = (
        everything,
        classes,
        {name for name, count in votes.items() if count >= 10},
        code,
    )
    return dict(zip(PLACES, wanted, strict=True))


async def schedule(world: World, faults: Faults) -> int:
    """Live through it with crashes; how many there were."""
    random = Random(faults.seed)  # noqa: S311 - seeded on purpose
    shown = batches(random)
    for place, query in PLACES.items():
        await world.subscribe(channel(query, channel_id=place, types=ALL))
    world.sources[0].show("cs.CL", MONDAY)
    world.sources[1].show("daily", MONDAY)
    for step, (ours, theirs) in enumerate(shown, 1):
        world.sources[0].show("cs.CL", MONDAY + step * STEP, *ours)
        world.sources[1].show("daily", MONDAY + step * STEP, *theirs)
    await world.live(until=MONDAY + STEP / 2)

    calls, crash_at, crashes = 0, 0, 0

    async def hook(when: str, method: str) -> None:
        nonlocal calls
        del when, method
        calls += 1
        if world.dead or calls >= crash_at:
            world.dead = True
            raise Crash

    world.hook = hook
    world.platform._random, world.platform._trouble = random, faults.trouble
    end = MONDAY + (BATCHES + 1) * STEP
    while world.clock.now() < end:
        calls, crash_at = 0, int(random.expovariate(1 / 250)) + 1
        await world.until_crash(end)
        crashes += 1
        world.clock.elapse(random.choice((0.0, 0.5, 5.0, 45.0, 100.0, 200.0)))
    world.hook, world.platform._trouble = None, 0.0
    await world.live(until=max(world.clock.now(), end) + timedelta(hours=3))
    return crashes


def check(world: World, faults: Faults) -> None:
    """Each expected alert is seen once, nothing else, in the outbox's order; the books balance."""
    random = Random(faults.seed)  # noqa: S311 - seeded on purpose
    wanted = expected(batches(random))
    for place in PLACES:
        seen = world.alerted(place)
        doubled = [key for key, count in Counter(seen).items() if count > 1]
        assert not doubled
        papers = {key.partition("#")[0] for key in seen}
        assert papers <= wanted[place]
        assert wanted[place] - papers <= put_aside(world, place)
        box = world.store.outbox._box(place)
        order = [key for key, kept in box.kept.items() if kept.held_in is None and kept.receipt]
        landed = list(dict.fromkeys(one.key for one in world.platform.seen(place)))
        if not any(isinstance(kept.post, PaperList) for kept in box.kept.values()):
            assert landed == order
        assert not box.queue


def put_aside(world: World, place: ChannelId) -> set[str]:
    """Papers whose senders or matchers died five times over them: kept for a person to see."""
    store = world.store
    events = {event.paper.id for event in store.papers.dead}
    posts = [post for post, _ in store.outbox.dead if post.channel == place]
    keys = {alert.key for post in posts for alert in getattr(post, "alerts", (post,))}
    return events | {key.partition("#")[0] for key in keys}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_or_doubled(seed: int) -> None:
    """Killed again and again, with lost answers, late landings and busy platforms."""
    faults = Faults(
        seed, trouble=(0.0, 0.15, 0.4)[seed % 3], per_day=(1000, 1000, 1000, 7)[seed % 4]
    )
    world = World.make(MONDAY, "arxiv", "huggingface")
    world.plans = {"arxiv": 60.0, "huggingface": 60.0}
    world.alerts_per_day, world.idle_s = faults.per_day, 20.0

    async def main() -> None:
        crashes = await schedule(world, faults)
        books = await world.store.outbox.books()
        assert crashes > 1
        assert (books.difference, books.waiting, books.ambiguous) == (0, 0, 0)
        check(world, faults)

    virtual.run(main, world.clock)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_doubled_where_posts_may_be_repeated(seed: int) -> None:
    """The same on a platform that takes a repeat within a minute for the first post."""
    faults = Faults(seed, trouble=(0.2, 0.5)[seed % 2], per_day=(1000, 7)[seed % 2])
    world = World.make(MONDAY, "arxiv", "huggingface")
    world.plans = {"arxiv": 60.0, "huggingface": 60.0}
    world.alerts_per_day, world.idle_s = faults.per_day, 2.0
    world.platform = platform = NoncePlatform(world.clock)

    async def main() -> None:
        await schedule(world, faults)
        books = await world.store.outbox.books()
        assert (books.difference, books.waiting, books.ambiguous) == (0, 0, 0)
        assert platform.repeats or seed > 1  # there was something to see
        check(world, faults)

    virtual.run(main, world.clock)
