"""From a fresh store to alerts in Slack, and what becomes of lost answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import World, lines
from slack_made import CHANNEL, alert, paper
from slack_rig import buttons
from slack_server import Lost, Says, slack_server
from slack_world import SlackWorld, sender_on

from bot.flow.deliver import lease, send
from bot.flow.watch import Metrics
from bot.model.paper import PaperId

if TYPE_CHECKING:
    from adapters.redis.store import Store
    from bot.flow.sender import Sender
    from bot.model.paper import Paper


def batch(first: int) -> tuple[Paper, ...]:
    """Three papers: two of diffusion, one of graphs."""
    titles = ("Diffusion of heat", "A diffusion model", "Graphs without edges")
    return tuple(
        paper(title, id=PaperId(f"arxiv:2603.{first + n:05d}")) for n, title in enumerate(titles)
    )


async def test_each_paper_comes_once_to_each_channel(store: Store) -> None:
    """Subscribe by command, by form and from a result; a batch; a restart; the batch again."""
    async with slack_server() as server:
        server.members |= {"C0THIRD"}
        world = SlackWorld(store, server)
        old, new = batch(1), batch(11)
        async with world.process() as talk:
            await world.archive.add(old, None)
            await talk.say("subscribe diffusion")

            name, delivery = await talk.command("subscribe", channel_id="C0READING")
            await delivery.ack()
            (view,) = await server.viewed()
            await talk.submit(view, {"query": "graphs", "name": "G"})
            await server.replied(name)

            found = buttons(await talk.say("search heat OR edges", channel_id="C0THIRD"))
            label = next(one for one in found if one.startswith("Subscribe"))
            channel = {"id": "C0THIRD", "name": "third"}
            pressed, _ = await talk.press(found[label], channel=channel)
            await server.replied(pressed)

            await world.feed(*new)
            await world.settled()
        async with world.process():
            await world.feed(*new)
            await world.settled()

    general, reading, third = (
        sorted(key for key in server.keys(c) if not key.startswith("confirm:"))
        for c in ("C0GENERAL", "C0READING", "C0THIRD")
    )
    assert general == ["arxiv:2603.00011", "arxiv:2603.00012"]
    assert reading == ["arxiv:2603.00013"]
    assert third == ["arxiv:2603.00011", "arxiv:2603.00013"]
    assert min(server.gaps("C0GENERAL") + server.gaps("C0THIRD")) >= 1.0


async def queued(world: World) -> None:
    """Queue one alert for the channel."""
    one = paper()
    await world.know(one)
    await world.store.outbox.queue([alert(one)])


async def step(sender: Sender) -> bool:
    """Send what is due; whether something was."""
    head = await lease(sender)
    if head is not None:
        await send(sender, head)
    return head is not None


@pytest.mark.parametrize("shape", list(Lost))
@pytest.mark.parametrize("granted", [True, False])
async def test_a_lost_answer_is_looked_for(shape: Lost, granted: bool) -> None:
    """With history: one message. Without: a second one may come, and is counted as ambiguous."""
    world, metrics = World(), Metrics()
    await queued(world)
    async with slack_server(is_history_granted=granted) as server:
        sender = sender_on(server, world.store, metrics)
        server.fail("chat.postMessage", shape)
        assert await step(sender)
        first = len(server.messages)
        assert not await step(sender)  # nothing is tried before it can have settled
        world.clock.advance(60)
        assert await step(sender)
        world.clock.advance(3600)
        assert not await step(sender)

    resolution = "found" if granted else "resent-unknown"
    books = await world.store.outbox.books()
    assert first == 1
    assert len(server.messages) == (1 if granted else 2)
    assert metrics.ambiguous.labels("slack", resolution)._value.get() == 1
    assert (books.sent, books.waiting, books.difference) == (1, 0, 0)


async def test_history_that_stumbles_never_doubles() -> None:
    """While the channel cannot be read, the post waits; when it can, it is found."""
    world, metrics = World(), Metrics()
    await queued(world)
    async with slack_server() as server:
        sender = sender_on(server, world.store, metrics)
        server.fail("chat.postMessage", Lost.RESET)
        server.fail("conversations.history", Lost.STATUS_502, Lost.HALF)
        server.fail("conversations.history", Says({"ok": False, "error": "ratelimited"}, 429))
        for _ in range(6):
            await step(sender)
            world.clock.advance(120)

    books = await world.store.outbox.books()
    assert len(server.messages) == 1
    assert (books.sent, books.waiting) == (1, 0)


@pytest.mark.parametrize(
    ("error", "tries"),
    [("is_archived", 1), ("channel_not_found", 1), ("token_revoked", 1), ("not_in_channel", 3)],
)
async def test_a_refusing_channel_pauses(error: str, tries: int) -> None:
    """Gone or without a token: at once. Without an invitation: after three tries. All is kept."""
    world = World()
    await queued(world)
    async with slack_server() as server:
        sender = sender_on(server, world.store, Metrics())
        server.fail("chat.postMessage", *[Says({"ok": False, "error": error})] * 9)
        for _ in range(9):
            await step(sender)
            world.clock.advance(700)
        channel = await world.channel(CHANNEL)

    assert server.calls.count("chat.postMessage") == tries
    assert channel.pause is not None
    assert (await world.store.outbox.books()).waiting == 1


async def test_a_refused_layout_is_posted_as_words() -> None:
    """A message that Slack will not take goes once more, plainly, and its channel goes on."""
    world = World()
    await queued(world)
    async with slack_server() as server:
        sender = sender_on(server, world.store, Metrics())
        server.fail("chat.postMessage", Says({"ok": False, "error": "invalid_blocks"}))
        await step(sender)
        (sent,) = server.messages

    assert sent.key == "arxiv:2603.00001"
    assert "Scaling laws" in sent.payload["text"]


async def test_a_slow_slack_is_obeyed() -> None:
    """Nothing is asked before the time that Slack gave has passed."""
    world = World()
    await queued(world)
    async with slack_server() as server:
        sender = sender_on(server, world.store, Metrics())
        server.ratelimit("chat.postMessage", "90")
        await step(sender)
        world.clock.advance(89)
        early = await step(sender)
        world.clock.advance(30)
        await step(sender)

    assert not early
    assert len(server.messages) == 1


async def test_a_subscription_begins_with_a_line_in_its_channel(store: Store) -> None:
    """Where paperwire was not invited nothing is stored; invited, Try again does it at once."""
    async with slack_server() as server:
        world = SlackWorld(store, server)
        channel = {"id": "C0PRIVATE", "name": "private"}
        async with world.process() as talk:
            refused = await talk.say("subscribe diffusion", channel_id="C0PRIVATE")
            stored = [one async for one in store.channels.all()]
            server.members.add("C0PRIVATE")
            pressed, _ = await talk.press(buttons(refused)["Try again"], channel=channel)
            (made,) = await server.replied(pressed)

    assert "/invite @paperwire" in str(refused)
    assert stored == []
    assert "Subscribed as #1" in str(made)
    (line,) = [one for one in server.messages if one.channel == "C0PRIVATE"]
    assert line.key.startswith("confirm:")
    assert line.payload["text"] == (
        "This channel now follows diffusion (#1): new papers that match are posted here."
    )


@pytest.mark.parametrize("shape", list(Lost))
async def test_a_channel_may_hold_what_cannot_be_looked_for(shape: Lost) -> None:
    """Without history and with `ambiguous hold`: one message, put aside, counted and shown."""
    world, metrics = World(), Metrics()
    await queued(world)
    await world.ask("ambiguous hold", channel=CHANNEL)
    async with slack_server(is_history_granted=False) as server:
        sender = sender_on(server, world.store, metrics)
        server.fail("chat.postMessage", shape)
        assert await step(sender)
        world.clock.advance(60)
        assert await step(sender)
        world.clock.advance(3600)
        assert not await step(sender)

    books = await world.store.outbox.books()
    assert len(server.messages) == 1
    assert metrics.ambiguous.labels("slack", "held-unknown")._value.get() == 1
    assert (books.sent, books.dead, books.waiting, books.difference) == (0, 1, 0, 0)
    assert "may or may not have been posted" in lines(await world.ask("status", channel=CHANNEL))
