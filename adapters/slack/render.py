"""A card as messages that Slack takes: within its limits, no mention in them, no false link."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.slack.blocks import actions, header, part_blocks
from adapters.slack.buttons import share_button
from adapters.slack.rich import calls
from adapters.slack.words import escaped, one_line
from bot.card.card import CardKind, Para, Row, Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.slack.buttons import Json
    from bot.card.card import Card

BLOCKS_MAX: Final = 50
SIZE_MAX: Final = 10_000
"""Blocks of a message, and characters of all its blocks written as JSON: about 13,200 failed with
msg_blocks_too_long though each block was legal (bolt-js #2509)."""

MESSAGES_MAX: Final = 4
"""An answer's messages: a response_url takes five uses, and one is kept for *Share here*."""

TEXT_MAX: Final = 3000
COMPACT_OVER: Final = 8
"""From so many rows on each has a menu instead of buttons, so that 50 fit into an answer."""

REST: Final = [
    {
        "type": "context",
        "elements": [
            {"type": "plain_text", "text": "Slack has no room for the rest.", "emoji": False}
        ],
    }
]

SHAREABLE: Final = frozenset({CardKind.RESULTS, CardKind.PAPER, CardKind.LIST})


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `text` is what notifications show, already escaped."""

    text: str
    blocks: tuple[Json, ...]

    def payload(self) -> Json:
        """The fields that every way of posting shares."""
        return {
            "text": self.text,
            "blocks": list(self.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
            "mrkdwn": False,
            "parse": "none",
            "link_names": False,
        }


def render_post(card: Card) -> Message:
    """The one message of a post; papers are shortened where they would not fit together.

    A post alone calls those of `card.mentions`; an answer calls no one.
    """
    called = calls(card.mentions)
    for tight in (False, True):
        messages = _split([*called, *_blocks(card, share=None, tight=tight)])
        if len(messages) == 1:
            break
    return Message(_fallback(card), tuple(_shortened(messages, 1)[0]))


def render_answer(card: Card, share: str | None = None) -> tuple[Message, ...]:
    """The messages of an answer, up to four. `share` is the command that gives it again."""
    offered = share if card.kind in SHAREABLE else None
    messages = _split(_blocks(card, share=offered, tight=False))
    if len(messages) > MESSAGES_MAX:
        messages = _split(_blocks(card, share=offered, tight=True))
    text = _fallback(card)
    shown = _shortened(messages, MESSAGES_MAX)
    return tuple(Message(text, tuple(blocks)) for blocks in shown)


def _shortened(messages: list[list[Json]], size_max: int) -> list[list[Json]]:
    """At most so many messages; where that is not all, the last one says so."""
    kept = messages[:size_max]
    if len(messages) > size_max:
        kept[-1][-1:] = REST
    return kept


def _blocks(card: Card, *, share: str | None, tight: bool) -> list[Json]:
    compact = sum(isinstance(part, Row) for part in card.parts) > COMPACT_OVER
    blocks = header(card.title)
    for at, part in enumerate(card.parts):
        blocks += part_blocks(part, f"{card.kind}:{at}", compact=compact, tight=tight)
    last = actions(card.buttons, card.more, f"{card.kind}:card")
    shared = share_button(share, f"{card.kind}:share") if share is not None else None
    if shared is not None:
        last = last or [{"type": "actions", "elements": []}]
        last[0]["elements"].append(shared)
    blocks += last
    if not any(block["type"] != "actions" for block in blocks):
        said = Para((Run(card.fallback or card.title or "…"),))
        blocks = [*part_blocks(said, "0", compact=False, tight=False), *blocks]
    return blocks


def _split(blocks: Sequence[Json]) -> list[list[Json]]:
    return list(_messages(blocks))


def _messages(blocks: Sequence[Json]) -> Iterator[list[Json]]:
    """The blocks in as many messages as it takes, in their order."""
    held: list[Json] = []
    size = 2
    for block in blocks:
        more = len(json.dumps(block, ensure_ascii=False, separators=(",", ":"))) + 1
        if held and (len(held) == BLOCKS_MAX or size + more > SIZE_MAX):
            yield held
            held, size = [], 2
        held.append(block)
        size += more
    if held:
        yield held


def _fallback(card: Card) -> str:
    said = one_line(card.fallback or card.title, TEXT_MAX // 5 * 3)
    return escaped(said) or "paperwire"
