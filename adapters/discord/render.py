"""A card as payloads that Discord takes: within its limits, nobody called, no false link.

Posts are embeds, so that everything that people forward, search and quote stays one message.
Answers are components, so that a button stands beside what it acts on; all of them, as a message
of components can never be turned back into one of embeds when a button changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from adapters.discord.buttons import (
    IN_A_ROW,
    ROWS_MAX,
    button,
    card_buttons,
    list_button,
    rows,
    with_ids,
)
from adapters.discord.embeds import post_embeds
from adapters.discord.layout import messages
from adapters.discord.markdown import mention_text
from adapters.discord.words import escaped_line, fitted, one_line
from bot.card.card import Action, PaperPart, Row
from bot.model.subscription import MentionKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from adapters.discord.buttons import Json
    from bot.card.card import Card

Payload: TypeAlias = dict[str, Any]

SILENT: Final = 1 << 12
COMPONENTS_V2: Final = 1 << 15
"""Message flags: no push notification, and a message made of components alone."""

CONTENT_MAX: Final = 2000
THREAD_NAME_MAX: Final = 100
MENTIONS_MAX: Final = 50
"""Of one post: as many as fit its content with the longest ids."""


@dataclass(frozen=True, slots=True)
class ForumPost:
    """A new thread of a forum: its name and its first message."""

    name: str
    message: Payload


async def render_post(card: Card, mark: str, keep: Callable[[str], Awaitable[str]]) -> Payload:
    """The one message of a post. Its `mark` is in the id of everything that can be pressed."""
    called = [(one, text) for one in card.mentions[:MENTIONS_MAX] if (text := mention_text(one))]
    payload: Payload = {
        "embeds": post_embeds(card) or [{"description": plain_text(card)}],
        "components": await with_ids(rows(_post_buttons(card)), mark, keep),
        "allowed_mentions": {"parse": []},
    }
    if not called:
        return {**payload, "flags": SILENT}
    for name, kind in (("users", MentionKind.USER), ("roles", MentionKind.ROLE)):
        ids = [one.id for one, _ in called if one.kind is kind]
        if ids:
            payload["allowed_mentions"][name] = list(dict.fromkeys(ids))
    return {**payload, "content": " ".join(dict.fromkeys(text for _, text in called))}


async def render_forum(card: Card, mark: str, keep: Callable[[str], Awaitable[str]]) -> ForumPost:
    """The post as a thread of its own, called by its title."""
    paper = next((part for part in card.parts if isinstance(part, PaperPart)), None)
    title = card.title or (paper.title if paper is not None else card.fallback)
    name = one_line(title, THREAD_NAME_MAX) or "paperwire"
    return ForumPost(name, await render_post(card, mark, keep))


async def render_answer(
    card: Card, keep: Callable[[str], Awaitable[str]], *, asked: str = ""
) -> tuple[Payload, ...]:
    """The messages of an answer. `asked` is the command that gives it again, for *Share here*."""
    return tuple(
        [
            {
                "components": await with_ids(components, card.kind.value, keep),
                "flags": COMPONENTS_V2,
                "allowed_mentions": {"parse": []},
            }
            for components in messages(card, asked)
        ]
    )


def plain_text(card: Card) -> str:
    """The card in one line of content, where nothing else can be shown."""
    said = fitted(one_line(card.fallback or card.title, CONTENT_MAX), CONTENT_MAX, escaped_line)
    return said or "paperwire"


def _post_buttons(card: Card) -> list[Json]:
    """At most 25, one of them at least with a custom id, as only those carry the mark."""
    shown = [*card_buttons(card), *_row_buttons(card)][: IN_A_ROW * ROWS_MAX - 1]
    return shown if any("custom_id" in one for one in shown) else [*shown, list_button()]


def _row_buttons(card: Card) -> Iterator[Json]:
    """What rows of a post offer; several rows tell their buttons apart by their first word."""
    listed = [part for part in card.parts if isinstance(part, Row) and part.actions]
    for row in listed:
        first = next((word for run in row.runs for word in run.text.split()), "")
        for one in row.actions:
            label = f"{one.label} {first}" if len(listed) > 1 else one.label
            made = button(Action(label, one.command, one.primary, one.fill))
            if made is not None:
                yield made
