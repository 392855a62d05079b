"""What happens seldom: races, queries of another version, papers that one store alone has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from asking import GENERAL, NOON, READING, World, actions, lines, paper
from fakes import FakeChannels

from bot.card.card import CardKind
from bot.card.post import PaperList
from bot.model.alert import Alert, PostKey
from bot.model.channel import Channel, Pause, UserId
from bot.model.paper import PaperId
from bot.model.subscription import DEFAULT_TYPES, Subscription, SubscriptionId
from bot.ports import Change, Written

if TYPE_CHECKING:
    from collections.abc import Sequence


def unreadable() -> Channel:
    """A channel whose one query this version does not understand."""
    one = Subscription(
        SubscriptionId("s1"), GENERAL, 1, "new:(grammar", DEFAULT_TYPES, UserId("local"), NOON
    )
    return Channel(GENERAL, next_number=2, subscriptions=(one,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("post-latest 1", "#1 cannot be read"),
        ("latest 1", "The query cannot be read"),
        ("preview 1", "The query cannot be read"),
        ("edit 1 --name Old", "The query cannot be read"),
        ("why 2602.00001", "cannot be read by this version"),
        ("mute-from 2602.00001", "Nothing matched here lately"),
        ("list", "new:(grammar"),
        ("edit 1 diffusion", "Changed #1"),
        ("unsubscribe 1", "Removed #1"),
        ("pause 1", "Paused #1"),
    ],
)
async def test_a_query_of_another_version_breaks_nothing(text: str, said: str) -> None:
    """It is told, and can be changed or removed."""
    world = await World().know(paper(1, "Diffusion"))
    await world.store.channels.write([unreadable()], None, 1000)

    assert said in lines(await world.ask(text))


class Sudden(FakeChannels):
    """Someone removes everything between the first and the second read."""

    reads = 0

    async def read(self, channel: object) -> Channel:
        """Empty from the second time on."""
        del channel
        self.reads += 1
        found = await super().read(GENERAL)
        return found if self.reads == 1 else replace(found, subscriptions=())


async def test_what_was_removed_meanwhile_cannot_be_edited() -> None:
    """The answer says so; nothing is made of it."""
    world = World()
    sudden = Sudden(world.clock)
    await sudden.write([replace(unreadable(), muted=())], None, 1000)
    world.with_desk(channels=sudden)

    assert (await world.ask("edit 1 gan")).title == "#1 is gone"


class Forgetful(FakeChannels):
    """A log that has moved on before it is read."""

    async def changes(self, tenant: object, count: int) -> Sequence[Change]:
        """Nothing."""
        del tenant, count
        return ()


async def test_a_change_that_the_log_lost_is_made_all_the_same() -> None:
    """Without an Undo of its own; the notice's Undo takes the latest."""
    world = World()
    forgetful = Forgetful(world.clock)
    world.with_desk(channels=forgetful)
    await world.ask("subscribe gan", user=UserId("ann"))
    card = await world.ask("unsubscribe 1")
    head = await world.store.outbox.lease("t", ["web"], world.clock.now())

    assert card.title == "Removed #1"
    assert "Undo" not in actions(card)
    assert head is not None
    assert actions(head.post.card)["Undo"] == "/papers undo"  # type: ignore[union-attr]  # a notice


class Full(FakeChannels):
    """A tenant that has no room."""

    async def write(self, channels: object, change: object, tenant_max: int) -> Written:
        """Never."""
        del channels, change, tenant_max
        return Written.TENANT_FULL


async def test_a_full_tenant_is_told_with_its_number() -> None:
    """And the way out."""
    world = World()
    card = await world.with_desk(channels=Full(world.clock)).ask("subscribe gan")

    assert "have 1,000 subscriptions" in lines(card)
    assert actions(card)["List"] == "/papers list"


async def test_subscribing_again_to_what_is_paused_says_so() -> None:
    """Else people would wait for papers that do not come."""
    world = World()
    await world.ask("subscribe gan")
    await world.ask("pause 1")
    card = await world.ask("subscribe gan")

    assert "It is paused. /papers resume 1 goes on." in lines(card)
    assert actions(card)["Resume"] == "/papers resume 1"


async def test_the_archive_alone_knows_old_papers() -> None:
    """A record that is gone from the store is read from the archive, also for pages of lists."""
    world = World()
    old = paper(1, "Diffusion of Old")
    await world.store.archive.add([old], None)
    alert = Alert(PostKey(old.id), GENERAL, old.id, (), NOON)
    await world.store.outbox.queue([PaperList(PostKey("list:a"), GENERAL, (alert,), NOON)])

    assert "[Diffusion of Old]" in lines(await world.ask("show 2602.00001"))
    assert "[Diffusion of Old]" in lines(await world.ask("page list:a 1"))


async def test_a_list_whose_papers_are_gone_shows_their_ids() -> None:
    """Nothing is left out."""
    world = World()
    gone = PaperId("arxiv:2602.00009")
    alert = Alert(PostKey(gone), GENERAL, gone, (), NOON)
    await world.store.outbox.queue([PaperList(PostKey("list:a"), GENERAL, (alert,), NOON)])

    assert "arxiv:2602.00009" in lines(await world.ask("page list:a 1"))


async def test_moving_into_a_paused_channel_says_so() -> None:
    """Nothing would come there."""
    world = World()
    await world.store.messages.create("reading")
    await world.ask("pause", channel=READING)
    await world.ask("subscribe gan")

    assert "That channel is paused." in lines(await world.ask("move reading"))


async def test_undoing_a_pause_lets_what_waits_go() -> None:
    """As resume does; a pause in between is told with what to undo first."""
    world = World()
    paused = await world.ask("pause")
    await world.store.outbox.queue(
        [Alert(PostKey("arxiv:1"), GENERAL, PaperId("arxiv:2602.00001"), (), NOON)]
    )
    await world.ask("resume")
    world.clock.advance(1)
    again = await world.ask("pause")
    refused = await world.ask(actions(paused)["Undo"])
    await world.ask(actions(again)["Undo"])

    assert "the pause of the channel was changed again since" in lines(refused)
    assert (await world.channel()).pause is None


async def test_the_platform_s_pause_is_not_undone_with_something_else() -> None:
    """It was nobody's change."""
    world = World()
    muted = await world.ask("mute gan")
    channel = await world.channel()
    refused = Pause(NOON, "the bot is not in the channel")
    await world.store.channels.write([replace(channel, pause=refused)], None, 1000)
    await world.ask(actions(muted)["Undo"])
    now = await world.channel()

    assert (now.muted, now.pause) == ((), refused)


async def test_a_long_query_with_a_fault_shows_the_place_alone() -> None:
    """A card is as wide as a phone; the caret stands under the fault all the same."""
    text = "word " * 60 + "titel:x " + "word " * 3
    card = await World().ask(f"subscribe {text}")
    shown = next(line for line in lines(card).splitlines() if "word titel" in line)
    caret = lines(card).splitlines()[lines(card).splitlines().index(shown) + 1]

    assert card.kind is CardKind.ERROR
    assert len(shown) <= 74
    assert shown[caret.index("^") :].startswith("titel")


async def test_forecasts_of_words_to_mute_are_bounded_too() -> None:
    """They read the archive once a word; without a count the words are offered all the same."""
    world = await World().know(paper(1, "Diffusion"))
    world.with_desk(limits=replace(world.desk.limits, previews=0))

    card = await world.ask("mute-from 2602.00001")
    assert "was not counted this time" in lines(card)
    assert actions(card)["Mute"] == "/papers mute cat:=cs.CV"


async def test_a_short_title_offers_its_category() -> None:
    """Small words are not worth muting; a paper without categories offers none."""
    world = await World().know(paper(1, "On the It"), paper(2, "Of", categories=()))

    assert actions(await world.ask("mute-from 2602.00001"))["Mute"] == "/papers mute cat:=cs.CV"
    assert "Mute" not in actions(await world.ask("mute-from 2602.00002"))
