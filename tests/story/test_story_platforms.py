"""One day of papers on the page, in Slack and in Discord: the same alerts, the same reasons."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from discord_places import GENERAL_ID
from discord_reader import read as markdown
from discord_server import discord_server
from discord_world import DiscordWorld, at
from slack_made import CHANNEL as SLACK
from slack_rig import poster_on
from slack_server import slack_server
from virtual import FakeChance

from adapters.sources.papers_file import read_papers
from adapters.sources.sample import sample_day
from adapters.web.names import GENERAL, channel_id
from adapters.web.poster import WebPoster
from adapters.web.wire import messages_json
from bot.command.desk import Desk
from bot.command.handle import answer
from bot.command.request import Request
from bot.match.plain import holds
from bot.model.channel import UserId
from bot.model.paper import Paper
from bot.query.ast import Query
from bot.query.parse import Use, parse
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.redis.store import Store
    from bot.ports import Poster

Seen: TypeAlias = tuple[str, str, tuple[str, ...]]
"""An alert as people see it: the paper's address, why it came, the words set strong."""

PAGE = channel_id(GENERAL)
DISCORD = at(GENERAL_ID)
DAY = date(2025, 6, 10)
PAPERS_MAX = 120

QUERIES = (
    '"diffusion model" OR "language model"',
    "agent* -survey",
    "reinforcement learning",
    "cat:cs.CV segmentation",
    "title:benchmark OR title:dataset",
    "has:code",
    "=RAG",
    "author:wang graph",
    "upvotes:>=50",
)
"""Words, phrases, prefixes, authors, categories, and facts that have no word to show."""


def real_day() -> list[Paper]:
    """Papers of one day of arXiv; skips where there is no data."""
    default = Path(__file__).parents[2] / "../shared/data"
    folder = Path(os.environ.get("PAPERWIRE_TEST_DATA") or default)
    file = folder / f"papers/arxiv-2025/{DAY:%Y-%m}.jsonl.gz"
    if not file.is_file():
        pytest.skip("no data")
    found = (one for one in read_papers(file) if isinstance(one, Paper))
    return list(islice((one for one in found if one.published_at.date() == DAY), PAPERS_MAX))


def on_page(messages: Iterable[Mapping[str, Any]]) -> list[Seen]:
    """What the page is given."""
    return [
        (
            part["url"],
            plain("".join(run["text"] for run in part["reason"])),
            tuple(plain(run["text"]) for run in part["reason"] if run["mark"] == "strong"),
        )
        for message in messages
        for part in message["card"]["parts"]
    ]


def in_slack(payload: Mapping[str, Any]) -> Seen:
    """What Slack shows of a message."""
    lines = [
        section["elements"]
        for block in payload["blocks"]
        for section in block.get("elements", ())
        if section["type"] == "rich_text_section"
    ]
    url = next(one["url"] for line in lines for one in line if one["type"] == "link")
    (why,) = (line for line in lines if line[0].get("text", "").startswith("matches"))
    strong = (one["text"] for one in why if one.get("style", {}).get("bold"))
    return url, plain("".join(one["text"] for one in why)), tuple(map(plain, strong))


def in_discord(payload: Mapping[str, Any]) -> Seen:
    """What Discord shows of a message."""
    (embed,) = payload["embeds"]
    lines = embed["description"].splitlines()
    (why,) = (markdown(one) for one in lines if one.startswith("matches"))
    url = embed.get("url") or markdown(lines[0]).links[0][1]
    return url, plain(why.plain), tuple(map(plain, why.bold))


def plain(text: str) -> str:
    """The text without what nobody sees."""
    return " ".join("".join(char for char in text if char.isprintable()).split())


def wanted(papers: Iterable[Paper], now: datetime) -> set[str]:
    """Addresses of the papers for which some query holds, by the plain evaluator."""
    queries = [parse(text, Use.SUBSCRIPTION) for text in QUERIES]
    trees = [one.tree for one in queries if isinstance(one, Query)]
    assert len(trees) == len(QUERIES)
    return {one.url for one in papers if any(holds(tree, one, now) for tree in trees)}


async def follow(world: DiscordWorld) -> None:
    """The same subscriptions on each platform."""
    store = world.store
    desk = Desk(
        channels=store.channels,
        outbox=store.outbox,
        papers=store.papers,
        archive=world.archive,
        feeds=store.feeds,
        leases=store.leases,
        clock=world.clock,
        chance=FakeChance(),
    )
    for channel in (PAGE, SLACK, DISCORD):
        for query in QUERIES:
            text = f"/papers subscribe-anyway {query}"
            await answer(desk, Request(channel, UserId("U1"), text, may_manage=True))
        known = await store.channels.read(channel)
        assert [one.query for one in known.subscriptions] == list(QUERIES)


@pytest.mark.parametrize("day", ["sample", "arxiv"])
async def test_a_day_is_the_same_everywhere(store: Store, day: str) -> None:
    """Read back from each platform: the same papers in the same order for the same reasons."""
    now = datetime.now(UTC)  # noqa: TID251 - processes live by the real clock
    papers = list(sample_day(now)) if day == "sample" else real_day()
    async with discord_server() as discord, slack_server() as slack:
        beside: dict[str, Poster] = {
            "web": WebPoster(store.messages, SystemClock()),
            "slack": poster_on(slack),
        }
        world = DiscordWorld(store, discord, posters=beside, alerts_per_day=10_000)
        await follow(world)
        async with world.process():
            await world.feed(*papers)
            await world.settled()
        shown = await messages_json(await store.messages.newest(PAGE, 1000), None)
        page = on_page(shown)
        there = [in_slack(one.payload) for one in slack.messages]
        here = [in_discord(one.payload) for one in discord.messages(GENERAL_ID)]

        assert len(page) > 5
        assert there == page
        assert here == page
        assert {url for url, _, _ in page} == wanted(papers, now)
        assert len({url for url, _, _ in page}) == len(page)
