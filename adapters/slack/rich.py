"""Runs of a card as the elements of a rich text block, in which Slack reads no markup at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.slack.words import host_of, is_linkable, says_other_host, visible
from bot.card.abstract import clip
from bot.card.card import Mark, Run
from bot.model.subscription import MentionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adapters.slack.buttons import Json
    from bot.model.subscription import Mention

SECTION_MAX: Final = 3000
"""Characters of a section (slack_sdk models); rich text states no limit, so it gets the same."""

CALLS_MAX: Final = 20
"""Of a post: more would be read by nobody, and take the room of the paper."""

_USER: Final = re.compile(r"[UW][A-Z0-9]{1,30}")
_GROUP: Final = re.compile(r"S[A-Z0-9]{1,30}")
_STYLES: Final = {Mark.STRONG: "bold", Mark.QUIET: "italic", Mark.CODE: "code"}


def rich_text(*sections: Iterable[Run]) -> list[Json]:
    """One rich text block of the sections that say something; none when none does."""
    filled = [
        {"type": "rich_text_section", "elements": elements}
        for runs in sections
        if (elements := list(_elements(runs)))
    ]
    return [{"type": "rich_text", "elements": filled}] if filled else []


def calls(mentions: Iterable[Mention]) -> list[Json]:
    """One block that calls them; the only place where anyone is called. None for no one.

    An id that is none of Slack's is left out: one such would have the whole post refused.
    """
    called: list[Json] = []
    for one in mentions:
        if one.kind is MentionKind.USER and _USER.fullmatch(one.id):
            called.append({"type": "user", "user_id": one.id})
        elif one.kind is MentionKind.ROLE and _GROUP.fullmatch(one.id):
            called.append({"type": "usergroup", "usergroup_id": one.id})
    apart: list[Json] = []
    for one_call in called[:CALLS_MAX]:
        apart += [{"type": "text", "text": " "}, one_call] if apart else [one_call]
    section = {"type": "rich_text_section", "elements": apart}
    return [{"type": "rich_text", "elements": [section]}] if apart else []


def preformatted(text: str) -> list[Json]:
    """Lines whose columns matter; many of them take several blocks, so that none is lost."""
    return [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": piece}]}
            ],
        }
        for piece in _pieces(text.splitlines())
    ]


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    held: list[str] = []
    for line in lines:
        shown = line[:SECTION_MAX]
        if held and sum(map(len, held)) + len(held) + len(shown) > SECTION_MAX:
            yield from _filled(held)
            held = []
        held.append(shown)
    yield from _filled(held)


def _filled(lines: Iterable[str]) -> Iterator[str]:
    text = "\n".join(lines)
    if text.strip():
        yield text


def _elements(runs: Iterable[Run]) -> Iterator[Json]:
    left = SECTION_MAX
    said = False
    for run in runs:
        text = run.text if run.text == "\n" else visible(run.text)
        if left <= 0 or not text or not (said or text.strip()):
            continue
        text = clip(text, left) if len(text) > left else text
        left -= len(text)
        said = True
        yield from _run(text, run)


def _run(text: str, run: Run) -> Iterator[Json]:
    style = {"style": {_STYLES[run.mark]: True}} if run.mark in _STYLES else {}
    if run.url is None or not is_linkable(run.url):
        yield {"type": "text", "text": text, **style}
    elif says_other_host(text, run.url):
        # a title may name any host: it never becomes the text of a link to another one
        yield {"type": "text", "text": f"{text} ", **style}
        yield {"type": "link", "url": run.url, "text": host_of(run.url)}
    else:
        yield {"type": "link", "url": run.url, "text": text, **style}
