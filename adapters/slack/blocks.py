"""Each part of a card as blocks."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, assert_never

from adapters.slack.buttons import button, fits_menu, menu
from adapters.slack.rich import preformatted, rich_text
from adapters.slack.words import one_line, visible, visible_lines
from bot.card.abstract import clip
from bot.card.card import Action, Facts, Mark, PaperPart, Para, Preformatted, Row, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from adapters.slack.buttons import Json
    from bot.card.card import Link, Part

HEADER_MAX: Final = 150
CONTEXT_MAX: Final = 2000
ROW_MAX: Final = 1500
"""Characters: a header's limit is Slack's; the others keep a message of many parts readable."""

TITLE_MAX: Final = 300
TIGHT_TITLE: Final = 120
TIGHT_AUTHORS: Final = 60
"""Characters of a title and of authors where many papers must share one message."""

ELEMENTS_MAX: Final = 25
"""Elements of an actions block (slack_sdk models)."""

VALUES_MAX: Final = 6000
"""Characters of the commands and links of one row of buttons: five of the longest queries."""


def header(title: str) -> list[Json]:
    """The card's title; none for an empty one."""
    text = one_line(title, HEADER_MAX)
    if not text:
        return []
    return [{"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}]


def part_blocks(part: Part, place: str, *, compact: bool, tight: bool) -> list[Json]:
    """The part's blocks. `compact` rows have menus; `tight` papers are a title and authors."""
    match part:
        case Para(runs):
            if all(run.mark is Mark.QUIET and run.url is None for run in runs):
                return _context("".join(run.text for run in runs))
            return rich_text(runs)
        case Preformatted(text):
            return preformatted(visible_lines(text))
        case Facts(facts):
            return rich_text(list(_facts(part))) if facts else []
        case PaperPart():
            return _paper(part, tight=tight)
        case Row():
            return _row(part, place, compact=compact)
        case _ as never:
            assert_never(never)


def actions(
    buttons: Sequence[Action | Link], more: Sequence[Action | Link], place: str
) -> list[Json]:
    """A row of buttons and the overflow menu behind them; what no menu can carry is a button."""
    long = [one for one in more if not (isinstance(one, Action) and fits_menu(one))]
    shown = (button(one, f"{place}:{at}") for at, one in enumerate((*buttons, *long)))
    elements = list(_within(one for one in shown if one is not None))
    overflow = menu(more, f"{place}:more")
    if overflow is not None:
        elements.append(overflow)
    return [{"type": "actions", "elements": elements}] if elements else []


def _within(elements: Iterable[Json]) -> Iterator[Json]:
    """The elements that a block can hold, and whose commands leave room in the message."""
    left = VALUES_MAX
    for element in islice(elements, ELEMENTS_MAX - 1):
        left -= len(element.get("value", "")) + len(element.get("url", ""))
        if left >= 0:
            yield element


def _context(text: str) -> list[Json]:
    shown = one_line(text, CONTEXT_MAX)
    if not shown:
        return []
    element = {"type": "plain_text", "text": shown, "emoji": False}
    return [{"type": "context", "elements": [element]}]


def _facts(part: Facts) -> Iterator[Run]:
    for place, fact in enumerate(part.facts):
        if place:
            yield Run("\n")
        yield Run(f"{fact.label}: ", Mark.STRONG)
        yield Run(fact.value)


def _row(row: Row, place: str, *, compact: bool) -> list[Json]:
    """Text with one button or a menu at its side; with several buttons, they stand below it."""
    text = _flat(row.runs)
    side = None
    if len(row.actions) == 1:
        side = button(row.actions[0], place)
    elif compact and all(fits_menu(one) for one in row.actions):
        side = menu(row.actions, place)
    if side is None or not text or any(run.url for run in row.runs):
        return [*rich_text(row.runs), *actions(row.actions, (), place)]
    said = {"type": "plain_text", "text": clip(text, ROW_MAX), "emoji": False}
    return [{"type": "section", "text": said, "accessory": side}]


def _flat(runs: Sequence[Run]) -> str:
    """Runs as plain words; what was set as code ends with a dot, as nothing else sets it apart."""
    said = [
        visible(run.text) + (" ·" if run.mark is Mark.CODE and run is not runs[-1] else "")
        for run in runs
    ]
    return "".join(said).strip()


def _paper(part: PaperPart, *, tight: bool) -> list[Json]:
    title = one_line(part.title, TIGHT_TITLE if tight else TITLE_MAX) or "Untitled"
    authors = clip(part.authors, TIGHT_AUTHORS) if tight else part.authors
    head = (Run(title, Mark.STRONG, part.url), Run("\n"), Run(authors))
    if tight:
        return rich_text(head)
    if not part.abstract:
        return rich_text((*head, Run(f" · {_facts_line(part)}", Mark.QUIET), *_reason_line(part)))
    return [
        *rich_text(head),
        *_context(_facts_line(part)),
        *rich_text(part.reason),
        *rich_text((Run(part.abstract),)),
    ]


def _reason_line(part: PaperPart) -> tuple[Run, ...]:
    return (Run("\n"), *part.reason) if part.reason else ()


def _facts_line(part: PaperPart) -> str:
    """`cs.CV, cs.LG · 2 March 2026 · new version 3 · 12 upvotes`."""
    version = f" {part.version}" if part.version > 1 else ""
    said = [
        ", ".join(part.categories),
        f"{part.day.day} {part.day:%B %Y}",
        part.announced + version,
        _counted(part.upvotes, "upvote"),
        _counted(part.stars, "star"),
    ]
    return " · ".join(one for one in said if one)


def _counted(count: int | None, what: str) -> str:
    if count is None:
        return ""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
