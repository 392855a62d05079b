"""Message -> the object that the JSON interface and the event stream give."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from bot.card.card import CardKind, PaperPart
from bot.card.json import card_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.web.facts import ListedFn
    from bot.card.card import Card
    from bot.model.paper import Paper
    from bot.ports import Message


class PaperName(TypedDict):
    """A paper as messages name it."""

    paper_id: str
    title: str
    url: str


async def messages_json(
    messages: Sequence[Message], listed: ListedFn | None
) -> list[dict[str, object]]:
    """The messages as plain objects; the papers of lists are asked for, as cards show few."""
    return [message_json(message, await _papers(message, listed)) for message in messages]


def message_json(message: Message, papers: Sequence[PaperName]) -> dict[str, object]:
    """One message. `paper_id`, `title` and `url` are the alert's paper.

    Other kinds have no `paper_id` and no `url`, and the card's own title. `papers` are all papers
    that it is about, in its order.
    """
    card = message.card
    alert = papers[0] if card.kind is CardKind.ALERT and papers else None
    return {
        "id": message.id,
        "channel": message.channel.channel,
        "kind": card.kind.value,
        "paper_id": alert["paper_id"] if alert else None,
        "title": alert["title"] if alert else card.title or card.fallback,
        "url": alert["url"] if alert else None,
        "posted_at": utc_text(message.posted_at),
        "papers": list(papers),
        "card": card_json(card),
    }


def utc_text(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z; `at` is aware UTC."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _papers(message: Message, listed: ListedFn | None) -> Sequence[PaperName]:
    if message.card.kind is CardKind.LIST and listed is not None:
        found = await listed(message.channel, message.key)
        if found:
            return [_name(paper) for paper in found]
    return _shown(message.card)


def _shown(card: Card) -> list[PaperName]:
    return [_name(part) for part in card.parts if isinstance(part, PaperPart)]


def _name(paper: Paper | PaperPart) -> PaperName:
    paper_id = paper.paper_id if isinstance(paper, PaperPart) else paper.id
    return {"paper_id": str(paper_id), "title": paper.title, "url": paper.url}
