"""answer(): permissions, repeated requests, a store that is away, and any text at all."""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that a failure repeats
from typing import TYPE_CHECKING

import pytest
from asking import GENERAL, READING, World, actions, lines, paper
from fakes import faulty

if TYPE_CHECKING:
    from bot.command.declare import Command

from bot.card.card import Card, CardKind
from bot.command.spec import COMMANDS
from bot.model.channel import ChannelId
from bot.model.errors import ArchiveDown, StoreDown

ARGUMENTS = {
    "NUMBER": "1",
    "NUMBER [QUERY]": "1 gan",
    "ID": "2602.00001",
    "#CHANNEL": "#reading",
    "LIST NUMBER": "list:abc 1",
    "[resend|hold]": "hold",
    "[ROLE|none]": "none",
}


def sentence(command: Command) -> str:
    """The command with an argument that fits."""
    return f"/papers {command.name} {ARGUMENTS.get(command.argument, 'diffusion')}"


async def stocked() -> World:
    """A channel with a subscription and a paper."""
    world = await World().know(paper(1, "Diffusion"))
    await world.store.messages.create("reading")
    await world.ask("subscribe diffusion")
    return world


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
async def test_changing_takes_the_right_to_manage(command: Command) -> None:
    """Each mutating command is refused to who may not manage; each other one answers all."""
    world = await stocked()
    before = await world.channel()
    card = await world.ask(sentence(command), may_manage=False)

    assert (card.title == "You may not do that here") is command.mutating
    assert await world.channel() == before


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
async def test_no_command_reads_another_tenant(command: Command) -> None:
    """The answer in one tenant is the same with and without another tenant's doings."""
    alone, beside = await stocked(), await stocked()
    other = ChannelId("web", "other", "general")
    for text in ("subscribe diffusion", "mute gan", "post-latest 1", "pause"):
        await beside.ask(text, channel=other)
    stranger = ChannelId("web", "third", "general")

    if command.name not in {"status", "undo"}:  # books are the whole store's; ids of changes rise
        assert no_ids(await beside.ask(sentence(command), channel=stranger)) == no_ids(
            await alone.ask(sentence(command), channel=stranger)
        )
    assert await beside.queries(other) == ["diffusion"]


def no_ids(card: Card) -> tuple[str, list[str]]:
    """A card without the ids of changes."""
    return lines(card), list(actions(card))


async def test_a_request_seen_before_is_not_carried_out_again() -> None:
    """The platform sends it twice: the second answer shows how things stand."""
    world = World()
    await world.ask("subscribe a1", id="e1")
    await world.ask("unsubscribe 1", id="e2")
    again = await world.ask("subscribe a1", id="e1")

    assert again.kind is CardKind.SUBSCRIPTIONS
    assert "was not carried out again" in lines(again)
    assert await world.queries() == []


async def test_request_ids_are_a_tenant_s_own() -> None:
    """The same id in another tenant is another request; a question may be repeated."""
    world = World()
    await world.ask("subscribe a1", id="e1")
    other = await world.ask("subscribe a1", id="e1", channel=ChannelId("web", "other", "general"))
    assert other.title == "Subscribed as #1"
    assert (await world.ask("list", id="e9")) == (await world.ask("list", id="e9"))


async def test_a_refused_request_does_not_use_up_its_id() -> None:
    """Who lacked the right or the argument may be asked again."""
    world = World()
    await world.ask("subscribe a1", id="e1", may_manage=False)
    await world.ask("subscribe", id="e1")

    assert (await world.ask("subscribe a1", id="e1")).title == "Subscribed as #1"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
async def test_a_store_that_is_away_is_an_answer(command: Command) -> None:
    """No exception: the card says whether it may have happened, and what to do."""

    async def down(when: str, method: str) -> None:
        del method
        if when == "before":
            raise StoreDown("the store cannot be reached")

    world = await stocked()
    store = world.store
    world.with_desk(
        channels=faulty(store.channels, down),
        outbox=faulty(store.outbox, down),
        papers=faulty(store.papers, down),
        feeds=faulty(store.feeds, down),
        archive=faulty(store.archive, down),
    )
    card = await world.ask(sentence(command))

    if command.name not in {"help", "sample"}:
        assert card.kind is CardKind.ERROR
        assert "store cannot be reached" in lines(card)
        assert (card.title == "Not certain") is command.mutating


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
async def test_an_archive_that_is_away_is_an_answer(command: Command) -> None:
    """What needs the archive says so; subscribing works without it, but for the forecast."""

    async def down(when: str, method: str) -> None:
        del method
        if when == "before":
            raise ArchiveDown("the disk is full")

    world = await stocked()
    world.with_desk(archive=faulty(world.store.archive, down))
    text = "subscribe quantum gravity" if command.name == "subscribe" else sentence(command)
    card = await world.ask(text)

    if command.name == "subscribe":
        assert card.title.startswith("Subscribed as")
        assert "The forecast was left out just now" in lines(card)
    if command.name in {"search", "preview"}:
        assert card.kind is CardKind.ERROR
        assert "archive of papers cannot be read" in lines(card)


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.needs_argument], ids=lambda c: c.name
)
async def test_a_missing_argument_is_asked_for(command: Command) -> None:
    """With the usage, and a button that begins the sentence."""
    card = await World().ask(f"/papers {command.name}")

    assert card.title == f"{command.name} needs more"
    assert command.usage in lines(card)


async def test_every_button_can_be_pressed() -> None:
    """Each command on each card reachable from the first is read and answered."""
    world = await stocked()
    await world.ask("mute robotics")
    texts = ["list", "help", "status", "log", "latest", "search diffusion", "show 2602.00001"]
    seen: set[str] = set()
    while texts:
        text = texts.pop()
        if text in seen or len(seen) > 150:
            continue
        seen.add(text)
        card = await world.ask(text)
        assert card.title != "Unknown command", text
        assert len(card.buttons) <= 5
        texts += [said for said in actions(card).values() if said.startswith("/papers")]

    assert len(seen) > 60


CHARACTERS = "ab \"“”'()-—–|&:*=#@\\{}$,0123456789\n\t\x00\ud800é漢\u202e/%~^_<>"
PIECES = [
    "diffusion",
    '"diffusion',
    'model"',
    "-gan",
    "OR",
    "AND",
    "NOT",
    "(",
    ")",
    "--name",
    "—name",
    "--types",
    "new,cross",
    "--limit",
    "3",
    "#1",
    "cat:cs.CV",
    "since:7d",
    "2602.00001",
    "arxiv:2602.00001",
    "https://arxiv.org/abs/2602.00001v2",
    "10.1000/x",
    "#general",
    "--page",
    "99999999999999999999",
    "au:he",
    '"',
    '\\"',
    "=",
    "*",
    "upvotes:>=5",
    "type:new",
]


def mangled(chance: random.Random) -> str:
    """A random text, or a command with things behind it and perhaps a slip."""
    if chance.random() < 0.3:
        return "".join(chance.choice(CHARACTERS) for _ in range(chance.randrange(60)))
    said = [chance.choice(COMMANDS).name]
    said += [chance.choice(PIECES) for _ in range(chance.randrange(6))]
    text = chance.choice(["/papers ", "", "/PAPERS  "]) + " ".join(said)
    if chance.random() < 0.4:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(CHARACTERS) + text[at + chance.randrange(2) :]
    return text


async def test_no_text_raises() -> None:
    """20,000 random texts and mangled commands, each with an answer that fits."""
    chance = random.Random(20)  # noqa: S311 - repeatable
    world = await stocked()
    for number in range(20_000):
        world.clock.advance(60)
        card = await world.ask(mangled(chance), id=str(number) if number % 3 else None)
        assert card.fallback
        assert len(card.buttons) <= 5

    for channel in (GENERAL, READING):
        now = await world.channel(channel)
        assert len(now.subscriptions) <= 50
        numbers = [one.number for one in now.subscriptions]
        assert len(set(numbers)) == len(numbers)
        assert all(number < now.next_number for number in numbers)
