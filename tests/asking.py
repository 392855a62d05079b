"""A desk over the fakes, papers by the handful, and cards as lines of text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fakes import FakeStore, StoppedClock
from virtual import FakeChance

from bot.card.card import Action, Facts, Link, PaperPart, Para, Preformatted, Row
from bot.command.desk import Desk, Limits, local_channels
from bot.command.handle import answer
from bot.command.request import Request
from bot.model.channel import ChannelId, UserId
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.ports import PaperRecord, PaperWrite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.card.card import Card
    from bot.model.channel import Channel

GENERAL = ChannelId("web", "local", "general")
READING = ChannelId("web", "local", "reading")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def paper(number: int, title: str, **given: Any) -> Paper:
    """A paper of this morning; `days_ago` moves it back."""
    days_ago = given.pop("days_ago", 0)
    values: dict[str, Any] = {
        "id": PaperId(f"arxiv:2602.{number:05d}"),
        "title": title,
        "abstract": "We study it. It works.",
        "authors": ("Ada Lovelace", "Kaiming He"),
        "categories": ("cs.CV", "cs.LG"),
        "published_at": NOON - timedelta(days=days_ago, hours=6),
        "announced": AnnounceType.NEW,
        "sources": ("arxiv",),
    }
    return Paper(**{**values, **given})


def desk_of(store: FakeStore, **given: Any) -> Desk:
    """A desk on a store of fakes."""
    values: dict[str, Any] = {
        "watched": lambda: ("cs.CL", "cs.CV"),
        "timezone": "Europe/Berlin",
        "find_channel": local_channels(store.messages),
        "chance": FakeChance(),
        "limits": Limits(previews=1000),
        "recent": store.recent,
    }
    return Desk(
        channels=given.pop("channels", store.channels),
        outbox=given.pop("outbox", store.outbox),
        papers=store.papers,
        archive=given.pop("archive", store.archive),
        feeds=store.feeds,
        leases=store.leases,
        clock=store.clock,
        **{**values, **given},
    )


@dataclass
class World:
    """A store, a desk, and someone who asks."""

    clock: StoppedClock = field(default_factory=lambda: StoppedClock(NOON))
    store: FakeStore = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        """Fakes on one clock."""
        self.store = FakeStore(self.clock)
        self.desk = desk_of(self.store)

    def with_desk(self, **given: Any) -> World:
        """The same world with other settings on the desk."""
        self.desk = replace(self.desk, **given)
        return self

    async def know(self, *papers: Paper) -> World:
        """Let papers be seen: in the archive and in the store."""
        await self.store.archive.add(papers, None)
        seen = frozenset({"arxiv/cs.CV"})
        records = [PaperRecord(one.id, 0, self.clock.now(), seen, 1, one) for one in papers]
        await self.store.papers.remember([PaperWrite(record, None) for record in records])
        return self

    async def ask(self, text: str, **given: Any) -> Card:
        """What is answered to a text; by default `local` in #general, who may manage it."""
        values: dict[str, Any] = {
            "channel": GENERAL,
            "user": UserId("local"),
            "may_manage": True,
            **given,
        }
        return await answer(self.desk, Request(text=text, **values))

    async def channel(self, at: ChannelId = GENERAL) -> Channel:
        """What is set in a channel."""
        return await self.store.channels.read(at)

    async def queries(self, at: ChannelId = GENERAL) -> list[str]:
        """The channel's queries, in the order of their numbers."""
        return [one.query for one in (await self.channel(at)).subscriptions]


def lines(card: Card) -> str:
    """A card as lines, for asserting on."""
    out = [card.title]
    for part in card.parts:
        match part:
            case Para(runs=runs) | Row(runs=runs):
                out.append("".join(run.text for run in runs))
            case Preformatted(text=text):
                out.append(text)
            case Facts(facts=facts):
                out += [f"{fact.label}: {fact.value}" for fact in facts]
            case PaperPart():
                out.append(f"[{part.title}] {''.join(run.text for run in part.reason)}".strip())
    return "\n".join(out)


def actions(card: Card) -> dict[str, str]:
    """Every button of a card by its label: its command or its address."""
    rows: Sequence[Action | Link] = [
        action for part in card.parts if isinstance(part, Row) for action in part.actions
    ]
    return {
        one.label: one.command if isinstance(one, Action) else one.url
        for one in (*card.more, *rows, *card.buttons)
    }
