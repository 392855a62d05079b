"""What every Poster does, on the local page and on the loopback Slack."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fakes import FakeMessages, StoppedClock
from slack_made import hostile_card
from slack_rig import poster_on
from slack_server import slack_server

from adapters.web.poster import WebPoster
from bot.card.card import Action, Card, CardKind, Fact, Facts, Para, Preformatted, Row, Run
from bot.model.alert import PostKey
from bot.model.channel import ChannelId
from bot.ports import Found, Posted, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.ports import Poster

KEY = PostKey("arxiv:2603.00001#v2")


@dataclass(frozen=True, slots=True)
class Posting:
    """A poster, a channel that it may post to, and one that is not there."""

    poster: Poster
    channel: ChannelId
    missing: ChannelId
    clock: StoppedClock


@asynccontextmanager
async def _posting(name: str) -> AsyncIterator[Posting]:
    clock = StoppedClock()
    if name == "web":
        there, missing = (ChannelId("web", "local", one) for one in ("general", "No Such"))
        yield Posting(WebPoster(FakeMessages(clock), clock), there, missing, clock)
        return
    async with slack_server() as server:
        there, missing = (ChannelId("slack", server.team, one) for one in ("C0GENERAL", "C0NONE"))
        yield Posting(poster_on(server), there, missing, clock)


@pytest.fixture(params=["web", "slack"])
async def posting(request: pytest.FixtureRequest) -> AsyncIterator[Posting]:
    """Each poster in turn."""
    async with _posting(request.param) as made:
        yield made


def card(kind: CardKind) -> Card:
    """A card of this kind with every part there is."""
    return Card(
        kind,
        "A title",
        (
            Para((Run("Words"),)),
            Preformatted("a  b"),
            Facts((Fact("Next", "Monday"),)),
            Row((Run("#1"),), (Action("Pause", "/papers pause 1"),)),
            *hostile_card("<!channel> & co").parts,
        ),
        "A title",
        (Action("Help", "/papers help"),),
    )


async def test_its_name_is_the_channels(posting: Posting) -> None:
    """A poster's platform is the one in its channels' ids."""
    assert posting.poster.platform == posting.channel.platform


@pytest.mark.parametrize("kind", list(CardKind))
async def test_every_card_can_be_posted(posting: Posting, kind: CardKind) -> None:
    """Every kind of card with every kind of part gets a receipt."""
    outcome = await posting.poster.post(card(kind), posting.channel, KEY)

    assert isinstance(outcome, Posted)
    assert outcome.receipt


async def test_a_post_is_found_by_its_key(posting: Posting) -> None:
    """Absent before the post; after it, the receipt that posting gave, and no other key's."""
    since = posting.clock.now() - timedelta(minutes=10)
    before = await posting.poster.find(posting.channel, KEY, since)
    outcome = await posting.poster.post(card(CardKind.ALERT), posting.channel, KEY)

    assert before is Found.ABSENT
    assert isinstance(outcome, Posted)
    assert await posting.poster.find(posting.channel, KEY, since) == outcome.receipt
    assert await posting.poster.find(posting.channel, PostKey("other"), since) is Found.ABSENT


async def test_a_channel_that_is_not_there_is_refused(posting: Posting) -> None:
    """A refusal is certain, and says something."""
    outcome = await posting.poster.post(card(CardKind.ALERT), posting.missing, KEY)

    assert isinstance(outcome, Refused)
    assert outcome.reason
