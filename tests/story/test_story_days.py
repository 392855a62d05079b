"""Days of papers, from the feeds to what people see, on a clock that runs by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import virtual
from flow_made import ANNA, GENERAL, arxiv, channel, hugging
from story_world import World

from bot.model.calendar import EASTERN
from bot.model.channel import Pause
from bot.model.paper import AnnounceType
from bot.model.subscription import ChangeType

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.model.paper import Paper

SUNDAY = datetime(2026, 3, 1, 12, tzinfo=EASTERN)


def night(day: int) -> datetime:
    """When arXiv's feeds change on a day of March 2026."""
    return datetime(2026, 3, day, 0, 1, tzinfo=EASTERN)


def ids(*papers: Paper) -> list[str]:
    """Their ids."""
    return [paper.id for paper in papers]


def told(world: World, story: Callable[[], Awaitable[None]]) -> None:
    """Run a story on the world's clock."""

    async def main() -> None:
        await story()
        books = await world.store.outbox.books()
        assert books.difference == 0

    virtual.run(main, world.clock)


MONDAYS = [arxiv(number, "Widgets on Monday") for number in range(1, 6)]
TUESDAYS = [arxiv(number, "Widgets on Tuesday") for number in range(11, 16)]


def two_days() -> World:
    """ArXiv's cs.CL on a Monday and a Tuesday."""
    world = World.make(SUNDAY, "arxiv")
    world.idle_s = 300.0
    world.sources[0].show("cs.CL", night(2), *MONDAYS)
    world.sources[0].show("cs.CL", night(3), *TUESDAYS)
    return world


def test_first_batch_is_a_baseline_and_the_next_alerts() -> None:
    """The first batch of a feed posts nothing; each paper of the next alerts once, in order."""
    world = two_days()

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        await world.live(until=night(2) + timedelta(hours=12))
        assert world.alerted(GENERAL) == []
        await world.live(until=night(3) + timedelta(hours=12))
        assert world.alerted(GENERAL) == ids(*TUESDAYS)
        assert await world.store.archive.get(MONDAYS[0].id) is not None

    # on Sunday the feed is empty: that is the baseline, and Monday's batch is already the next
    world.sources[0].shown["cs.CL"].insert(0, (SUNDAY - timedelta(days=2), tuple(MONDAYS)))
    told(world, story)


def test_an_empty_first_batch_is_a_baseline() -> None:
    """Started on a Sunday with an empty feed, Monday's papers alert."""
    world = two_days()

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        await world.live(until=night(2) + timedelta(hours=12))
        assert world.alerted(GENERAL) == ids(*MONDAYS)

    told(world, story)


def test_restarts_post_nothing_again() -> None:
    """A program started again and again, which asks without its ETag, posts nothing twice."""
    world = two_days()

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        for hours in range(0, 60, 4):
            await world.live(until=SUNDAY + timedelta(hours=hours))
            state = await world.store.feeds.state("arxiv/cs.CL")
            await world.store.feeds.save(replace(state, etag=None))
        assert world.alerted(GENERAL) == ids(*MONDAYS, *TUESDAYS)

    told(world, story)


def test_only_few_questions_are_asked() -> None:
    """A class is asked until its batch has come, and once more late in the day."""
    world = two_days()
    wednesday = datetime(2026, 3, 4, 0, 0, tzinfo=EASTERN)

    async def story() -> None:
        await world.live(until=wednesday)
        asked = [at.astimezone(EASTERN) for at, _ in world.sources[0].polls]
        assert [f"{at:%d %H:%M}" for at in asked] == [
            "01 12:00",
            "02 00:05",
            "02 16:00",
            "03 00:05",
            "03 16:00",
        ]

    told(world, story)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ((ChangeType.NEW, ChangeType.CROSS), []),
        ((ChangeType.REPLACE,), ["arxiv:2603.00001#v2", "arxiv:2603.00001#v3"]),
    ],
)
def test_new_versions(types: tuple[ChangeType, ...], expected: list[str]) -> None:
    """New versions of old papers post nothing, unless asked for: then once a version."""
    world = World.make(SUNDAY, "arxiv")
    world.idle_s = 300.0
    again = {"announced": AnnounceType.REPLACE}
    feed = world.sources[0]
    feed.show("cs.CL", SUNDAY - timedelta(days=2), *MONDAYS)
    feed.show("cs.LG", SUNDAY - timedelta(days=2))
    feed.show("cs.CL", night(3), arxiv(1, version=2, **again))
    feed.show("cs.LG", night(3), arxiv(1, version=2, announced=AnnounceType.REPLACE_CROSS))
    feed.show("cs.CL", night(4), arxiv(1, version=3, **again))

    async def story() -> None:
        await world.subscribe(channel("widgets", types=frozenset(types)))
        await world.live(until=night(5))
        assert world.alerted(GENERAL) == expected

    told(world, story)


def test_cross_list_of_a_known_paper() -> None:
    """A paper that joins a class alerts those who follow the class, and nobody twice."""
    world = World.make(SUNDAY, "arxiv")
    world.idle_s = 300.0
    other = replace(GENERAL, channel="learning")
    joined = arxiv(1, categories=("cs.CL", "cs.LG"), announced=AnnounceType.CROSS)
    world.sources[0].show("cs.CL", night(2), arxiv(1))
    world.sources[0].show("cs.LG", night(3), joined)

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        await world.subscribe(channel("widgets cat:cs.LG", channel_id=other))
        await world.live(until=night(4))
        assert world.alerted(GENERAL) == ids(arxiv(1))
        assert world.alerted(other) == ids(arxiv(1))

    told(world, story)


@pytest.mark.parametrize("first", ["arxiv", "huggingface"])
def test_two_sources_one_alert(first: str) -> None:
    """A paper in both sources alerts once, in either order; what only the second tells counts."""
    world = World.make(SUNDAY, "arxiv", "huggingface")
    world.idle_s, world.plans = 300.0, {"huggingface": 3600.0}
    code = replace(GENERAL, channel="code")
    cl = replace(GENERAL, channel="cl")
    later, soon = night(3), night(2)
    linked = hugging(1, code_links=("https://github.com/a/b",))
    world.sources[0].show("cs.CL", soon if first == "arxiv" else later, arxiv(1))
    world.sources[1].show("daily", later if first == "arxiv" else soon, linked)

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        await world.subscribe(channel("has:code", channel_id=code))
        await world.subscribe(channel("cat:cs.CL", channel_id=cl))
        await world.live(until=night(4))
        for place in (GENERAL, code, cl):
            assert world.alerted(place) == ids(arxiv(1))

    told(world, story)


def test_late_votes() -> None:
    """Votes that reach the asked number alert; a channel that follows since gets no history."""
    world = World.make(SUNDAY, "huggingface")
    world.idle_s, world.plans = 300.0, {"huggingface": 3600.0}
    late = replace(GENERAL, channel="late")
    for hour, votes in enumerate((3, 8, 20, 21, 30)):
        world.sources[0].show("daily", SUNDAY + timedelta(hours=hour), hugging(1, upvotes=votes))

    async def story() -> None:
        await world.subscribe(channel("widgets upvotes:>=10"))
        await world.live(until=SUNDAY + timedelta(hours=1, minutes=30))
        assert world.alerted(GENERAL) == []
        await world.live(until=SUNDAY + timedelta(hours=2, minutes=30))
        assert world.alerted(GENERAL) == ids(hugging(1))
        await world.subscribe(channel("widgets", "upvotes:>=5", channel_id=late))
        await world.live(until=SUNDAY + timedelta(hours=8))
        assert world.alerted(GENERAL) == ids(hugging(1))
        assert world.alerted(late) == []

    told(world, story)


def test_paused_channel_keeps_its_alerts() -> None:
    """While a channel is paused its posts wait; nothing is lost."""
    world = two_days()

    async def story() -> None:
        pause = Pause(world.clock.now(), "we are on holiday", ANNA)
        await world.subscribe(channel("widgets", pause=pause))
        await world.live(until=night(2) + timedelta(hours=12))
        assert world.alerted(GENERAL) == []
        await world.subscribe(channel("widgets"))
        await world.store.outbox.resume(GENERAL, world.clock.now())
        await world.live(until=world.clock.now() + timedelta(minutes=2))
        assert world.alerted(GENERAL) == ids(*MONDAYS)

    told(world, story)


def test_paused_subscription_does_not_match() -> None:
    """A paused subscription wants nothing of what comes in the meantime."""
    world = two_days()

    async def story() -> None:
        made = channel("widgets")
        pause = Pause(world.clock.now(), "too much", ANNA)
        paused = replace(made, subscriptions=(replace(made.subscriptions[0], pause=pause),))
        await world.subscribe(paused)
        await world.live(until=night(2) + timedelta(hours=12))
        await world.subscribe(made)
        await world.live(until=night(3) + timedelta(hours=12))
        assert world.alerted(GENERAL) == ids(*TUESDAYS)

    told(world, story)


def test_muted_word() -> None:
    """A muted word keeps papers out of one channel."""
    world = two_days()
    calm = replace(GENERAL, channel="calm")

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        await world.subscribe(channel("widgets", channel_id=calm, muted=("Monday",)))
        await world.live(until=night(3) + timedelta(hours=12))
        assert world.alerted(GENERAL) == ids(*MONDAYS, *TUESDAYS)
        assert world.alerted(calm) == ids(*TUESDAYS)

    told(world, story)


def test_over_the_daily_number_comes_a_list() -> None:
    """30 single alerts a day; the rest of the batch is one list, and nothing is dropped."""
    world = World.make(SUNDAY, "arxiv")
    world.idle_s = 300.0
    many = [arxiv(number) for number in range(100, 150)]
    world.sources[0].show("cs.CL", night(2), *many)

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        await world.live(until=night(2) + timedelta(hours=12))
        landings = world.platform.seen(GENERAL)
        assert Counter(one.key.partition(":")[0] for one in landings) == {"arxiv": 30, "list": 1}
        assert world.alerted(GENERAL) == ids(*many)

    told(world, story)


def test_missed_days_are_caught_up() -> None:
    """After four days away, the lists of these days are asked, and each paper alerts once."""
    world = World.make(SUNDAY, "huggingface")
    world.idle_s, world.plans = 300.0, {"huggingface": 3600.0}
    feed = world.sources[0]
    world.parts = {"huggingface": ("daily",)}
    for day in range(1, 7):
        at = datetime(2026, 3, day, 6, tzinfo=EASTERN)
        feed.show("daily", at, hugging(day))
        feed.show(f"daily/2026-03-{day:02d}", at, hugging(day), hugging(50 + day))

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        await world.live(until=SUNDAY + timedelta(hours=6))
        world.clock.elapse(4 * 86_400)
        await world.live(until=world.clock.now() + timedelta(hours=2))
        missed = [hugging(n) for day in range(2, 6) for n in (day, 50 + day)]
        expected = ids(hugging(51), *missed)
        assert Counter(world.alerted(GENERAL)) == Counter(expected)

    told(world, story)


def test_clock_that_is_set_back_and_forth() -> None:
    """A clock corrected by a day either way loses nothing and doubles nothing."""
    world = two_days()
    world.plans = {"arxiv": 600.0}

    async def story() -> None:
        await world.subscribe(channel("widgets"))
        await world.live(until=night(2) - timedelta(hours=1))
        for jump in (-86_400.0, 3_600.0, 86_400.0, -3_600.0):
            world.clock.jump(jump)
            await world.live(until=world.clock.now() + timedelta(hours=2))
        await world.live(until=night(4))
        assert world.alerted(GENERAL) == ids(*MONDAYS, *TUESDAYS)

    told(world, story)
