"""Small papers, channels, posts and cards for the tests of stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.card.card import Card, CardKind, Para, Run
from bot.card.post import Notice, PaperList
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import Channel, ChannelId, UserId
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import DEFAULT_TYPES, Subscription, SubscriptionId
from bot.ports import Change, PaperRecord

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GENERAL = ChannelId("web", "local", "general")
OTHER = ChannelId("web", "local", "other: one/two#3 {x}")
SLACK = ChannelId("slack", "T1", "C1")


def paper(number: int = 1, *, doi: str | None = None, name: str | None = None) -> Paper:
    """A paper; `name` is its id where it is no arXiv paper."""
    return Paper(
        id=PaperId(name or f"arxiv:2401.{number:05d}"),
        title=f"Paper {number}",
        abstract="We “show” it. \u2028 é",
        authors=("Ada Lovelace", "李明"),
        categories=("cs.CL", "cs.AI"),
        published_at=NOON - timedelta(minutes=number),
        announced=AnnounceType.NEW,
        sources=("arxiv",),
        doi=doi,
    )


def record(
    found: Paper, *, revision: int = 0, feeds: tuple[str, ...] = ("arxiv/cs.CL",)
) -> PaperRecord:
    """What is to be remembered of a paper."""
    return PaperRecord(
        id=found.id,
        revision=revision,
        first_seen_at=NOON,
        shown_in=frozenset(feeds),
        alerted_version=found.version,
        paper=found,
    )


def alert(
    number: int = 1,
    channel: ChannelId = GENERAL,
    *,
    version: int | None = None,
    minute: int = 0,
) -> Alert:
    """An alert for a paper, or for one of its versions."""
    paper_id = PaperId(f"arxiv:2401.{number:05d}")
    return Alert(
        key=PostKey(f"{paper_id}#v{version}" if version else paper_id),
        channel=channel,
        paper_id=paper_id,
        reasons=(Reason(SubscriptionId("s" * 12), 3, "diffusion", ("diffusion", "“x”")),),
        queued_at=NOON + timedelta(minutes=minute),
    )


def card(text: str = "Hello") -> Card:
    """A card of one paragraph."""
    return Card(CardKind.NOTICE, "", (Para((Run(text),)),), text)


def notice(name: str = "t", channel: ChannelId = GENERAL) -> Notice:
    """A notice."""
    return Notice(PostKey(f"notice:{name}"), channel, card(), NOON)


def paper_list(name: str, alerts: tuple[Alert, ...], channel: ChannelId = GENERAL) -> PaperList:
    """A list of alerts."""
    return PaperList(PostKey(f"list:{name}"), channel, alerts, NOON)


def channel(found: ChannelId = GENERAL, *, revision: int = 0, subscriptions: int = 1) -> Channel:
    """A channel with that many subscriptions."""
    made = tuple(
        Subscription(
            id=SubscriptionId(f"{found.channel[:4]}{number}"),
            channel=found,
            number=number + 1,
            query=f'"word {number}"',
            types=DEFAULT_TYPES,
            created_by=UserId("local"),
            created_at=NOON,
            name="näme",
        )
        for number in range(subscriptions)
    )
    return Channel(found, revision, subscriptions + 1, made, ("spam",))


def change(what: str = "subscribed", *, undoes: str | None = None) -> Change:
    """An entry of the audit."""
    return Change("", NOON, UserId("local"), what, (GENERAL,), (channel(),), undoes=undoes)
