"""The line that goes before a subscription, on platforms where paperwire must be let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import World, actions, lines, paper

from bot.command.desk import Limits
from bot.model.alert import Receipt
from bot.model.channel import ChannelId
from bot.ports import Busy, Fault, Posted, Refused, Unreachable

if TYPE_CHECKING:
    from bot.card.card import Card
    from bot.ports import Outcome

TAKEN = Posted(Receipt("1"))


def confirming(outcome: Outcome) -> tuple[World, list[Card]]:
    """A world whose platform answers so to each line, and the lines."""
    posted: list[Card] = []

    async def confirm(channel: ChannelId, card: Card) -> Outcome:
        assert not (await world.store.channels.read(channel)).subscriptions
        posted.append(card)
        return outcome

    world = World()
    return world.with_desk(confirm=confirm), posted


async def test_the_line_goes_first() -> None:
    """It is posted before anything is stored, says the query and number, and is for all."""
    world, posted = confirming(TAKEN)
    card = await world.ask("subscribe diffusion --name Images")

    assert card.title == "Subscribed as #1 Images"
    (line,) = posted
    assert not line.private
    assert "now follows diffusion (#1 Images)" in lines(line)
    assert await world.queries() == ["diffusion"]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Refused(Fault.CHANNEL_FORBIDS, "it is not in the channel"), "it is not in the channel"),
        (Refused(Fault.CHANNEL_GONE, "the channel is gone"), "the channel is gone"),
        (Refused(Fault.TENANT, "the token was revoked"), "the token was revoked"),
        (Refused(Fault.POST, "too long"), "too long"),
        (Busy(30), "takes no post at the moment"),
        (Unreachable("no way", maybe_posted=False), "could not be confirmed"),
        (Unreachable("no answer", maybe_posted=True), "may be in the channel"),
    ],
)
async def test_without_the_line_nothing_is_stored(outcome: Outcome, said: str) -> None:
    """Each refusal is told in words, with a button that says the same again."""
    world, _ = confirming(outcome)
    card = await world.ask("/papers subscribe diffusion")

    assert said in lines(card)
    assert actions(card)["Try again"] == "/papers subscribe diffusion"
    assert await world.queries() == []


@pytest.mark.parametrize(
    ("platform", "reason", "said"),
    [
        ("slack", "it is not in the channel", "Invite it first: /invite @paperwire."),
        ("slack", "not a member: /invite @paperwire", "/invite @paperwire"),
        ("discord", "the permission Embed Links is missing", "View Channel, Send Messages and"),
    ],
)
async def test_how_to_let_it_in_is_said_in_the_platform_s_words(
    platform: str, reason: str, said: str
) -> None:
    """Once, with what is missing and what to do; then the same can be tried again."""
    world, _ = confirming(Refused(Fault.CHANNEL_FORBIDS, reason))
    card = await world.ask("subscribe diffusion", channel=ChannelId(platform, "1", "2"))

    assert lines(card).count(said) == 1
    assert reason in lines(card)
    assert lines(card).endswith("Then try again.")
    assert actions(card)["Try again"] == "/papers subscribe diffusion"


async def test_a_broad_query_is_announced_when_it_is_made() -> None:
    """Nothing is posted while it is asked whether to: the line names what is followed."""
    world, posted = confirming(TAKEN)
    await world.know(*(paper(number, f"Model {number}") for number in range(31)))
    asked = await world.ask("subscribe model")
    assert posted == []

    await world.ask(actions(asked)["Post anyway"])
    assert ["now follows model (#1)" in lines(line) for line in posted] == [True]


async def test_what_cannot_be_stored_is_not_announced() -> None:
    """A query that is there, a wrong one, a full channel, another person to call: no line."""
    world, posted = confirming(TAKEN)
    await world.ask("subscribe diffusion")
    del posted[:]
    world.with_desk(limits=Limits(subscriptions_per_channel=1, previews=1000))

    again = await world.ask("subscribe Diffusion")
    wrong = await world.ask("subscribe (")
    full = await world.ask("subscribe graphs")
    other = await world.ask(
        "subscribe graphs --mention <@1>", channel=ChannelId("discord", "900", "901")
    )

    assert again.title == "Already subscribed as #1"
    assert wrong.title != full.title == "This channel is full"
    assert other.title == "Other people are not called"
    assert posted == []


async def test_a_line_that_does_not_hold_is_told() -> None:
    """The line was posted and the workspace was full: the answer says that it does not hold."""
    world, posted = confirming(TAKEN)
    world.with_desk(limits=Limits(subscriptions_per_tenant=0, previews=1000))
    card = await world.ask("subscribe diffusion")

    assert card.title == "The workspace is full"
    assert "does not hold" in lines(card)
    assert len(posted) == 1
    assert await world.queries() == []


async def test_editing_needs_no_line() -> None:
    """Whom the channel let in may change what is there."""
    world, posted = confirming(TAKEN)
    await world.ask("subscribe diffusion")
    await world.ask("edit 1 video")

    assert await world.queries() == ["video"]
    assert len(posted) == 1
