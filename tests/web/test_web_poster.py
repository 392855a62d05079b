"""Posting to the page."""

from __future__ import annotations

from datetime import timedelta

from fakes import FakeMessages, StoppedClock
from web_stub import GENERAL, alert_of, paper

from adapters.web.poster import WebPoster
from bot.model.alert import PostKey, Receipt
from bot.model.channel import ChannelId
from bot.ports import Fault, Found, Posted, Refused

KEY = PostKey("arxiv:2603.00001")


async def test_a_key_is_posted_once() -> None:
    """Posting again gives the first receipt, and the channel shows one message."""
    clock = StoppedClock()
    messages = FakeMessages(clock)
    poster = WebPoster(messages, clock)
    first = await poster.post(alert_of(paper()), GENERAL, KEY)
    again = await poster.post(alert_of(paper()), GENERAL, KEY)

    assert isinstance(first, Posted)
    assert first == again
    assert len(await messages.after(GENERAL, None, 10)) == 1


async def test_a_lost_answer_is_found_again() -> None:
    """Finding gives the receipt by the key, and ABSENT where there is none."""
    clock = StoppedClock()
    poster = WebPoster(FakeMessages(clock), clock)
    since = clock.now() - timedelta(seconds=1)
    before = await poster.find(GENERAL, KEY, since)
    posted = await poster.post(alert_of(paper()), GENERAL, KEY)

    assert before is Found.ABSENT
    assert posted == Posted(Receipt("000000000001"))
    assert await poster.find(GENERAL, KEY, since) == "000000000001"


async def test_a_channel_that_cannot_be_is_refused() -> None:
    """A name that the page cannot show is gone for good, not tried again."""
    clock = StoppedClock()
    poster = WebPoster(FakeMessages(clock), clock)
    outcome = await poster.post(alert_of(paper()), ChannelId("web", "local", "No Such"), KEY)

    assert isinstance(outcome, Refused)
    assert outcome.fault is Fault.CHANNEL_GONE
