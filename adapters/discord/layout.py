"""An answer as components: text beside its button, rows with theirs, in as many messages."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final, assert_never

from adapters.discord.buttons import (
    CONTAINER,
    IN_A_ROW,
    OPTIONS_MAX,
    ROW,
    SECTION,
    SELECT,
    SEPARATOR,
    TEXT,
    Json,
    button,
    card_buttons,
    inside,
    menu,
    rows,
    share_button,
)
from adapters.discord.ids import units
from adapters.discord.markdown import blocks_of, facts_lines, marked, paper_texts, quiet
from adapters.discord.words import escaped_line, fitted, one_line, visible
from bot.card.card import CardKind, Facts, PaperPart, Para, Preformatted, Row, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.card.card import Card, Part

COMPONENTS_MAX: Final = 40
TEXT_MAX: Final = 4000
"""Components and units of text of a message (Discord, components/reference)."""

MESSAGES_MAX: Final = 10
"""Messages of an answer: fifty subscriptions and a hundred muted words fit."""

BLOCK_MAX: Final = 1900
TITLE_MAX: Final = 256
COMPACT_OVER: Final = 4
"""From so many rows of several buttons on each has a menu, so that one message holds ten."""

RUN_TIGHT: Final = 120
LINE_TIGHT: Final = 60
"""Units where an answer is too long otherwise: of a run of a row with several buttons, and of a
row with one, which is a line among others and an option of their one menu."""

PAPER_COLOUR: Final = 0xB31B1B
ERROR_COLOUR: Final = 0xD8A13B

SHAREABLE: Final = frozenset({CardKind.RESULTS, CardKind.PAPER, CardKind.LIST})


def messages(card: Card, asked: str = "") -> list[list[Json]]:
    """The components of each message of an answer."""
    last = card_buttons(card)
    if asked and card.kind in SHAREABLE:
        last.append(share_button(asked))
    ends = [[one] for one in rows(last)]
    for write in (_parts, _tight_parts):
        said = [*_title(card), *write(card.parts)]
        if not said:
            said = [[_text(marked((Run(card.fallback),)) or "…")]]
        split = list(_split([*said, *ends]))
        if len(split) <= MESSAGES_MAX:
            break
    return [[_container(one, card.kind)] for one in _shortened(split, said, ends)]


def _container(components: Sequence[Json], kind: CardKind) -> Json:
    made: Json = {"type": CONTAINER, "components": list(components)}
    match kind:
        case CardKind.ERROR:
            made["accent_color"] = ERROR_COLOUR
        case CardKind.RESULTS | CardKind.PAPER | CardKind.LIST | CardKind.ALERT:
            made["accent_color"] = PAPER_COLOUR
        case _:
            pass
    return made


def _title(card: Card) -> Iterator[list[Json]]:
    shown = fitted(visible(card.title).strip(), TITLE_MAX, escaped_line)
    if shown:
        yield [_text(f"### {shown}")]


def _parts(parts: Sequence[Part], *, compact: bool = False) -> Iterator[list[Json]]:
    """Groups of components that stay together in one message."""
    compact = compact or sum(_is_wide(part) for part in parts) > COMPACT_OVER
    for at, part in enumerate(parts):
        if at and _apart(parts[at - 1], part, compact=compact):
            yield [_line()]
        match part:
            case Para(runs):
                shown = marked(runs)
                yield from _texts([f"-# {shown}" if shown and quiet(runs) else shown])
            case Preformatted(text):
                yield from _texts(blocks_of(text))
            case Facts(facts):
                yield from _texts(_together(facts_lines(facts)))
            case PaperPart():
                yield from _texts(paper_texts(part))
            case Row():
                yield _row(part, compact=compact)
            case _ as never:
                assert_never(never)


def _tight_parts(parts: Sequence[Part]) -> Iterator[list[Json]]:
    """The same in less room: rows are cut, and those with one button each share a menu."""
    for is_line, several in groupby(parts, _is_line):
        if not is_line:
            for part in several:
                cut = replace(part, runs=_cut(part.runs)) if isinstance(part, Row) else part
                yield from _parts([cut], compact=True)
            continue
        lines = [one for one in several if isinstance(one, Row)]
        for first in range(0, len(lines), OPTIONS_MAX):
            yield _lines(lines[first : first + OPTIONS_MAX])


def _is_line(part: Part) -> bool:
    return isinstance(part, Row) and len(part.actions) == 1


def _lines(lines: Sequence[Row]) -> list[Json]:
    text = "\n".join(marked(one.runs, LINE_TIGHT) for one in lines)
    actions = [
        replace(action, label=one_line(f"{action.label} {_plain(one)}", LINE_TIGHT))
        for one in lines
        for action in one.actions
    ]
    what = ", ".join(dict.fromkeys(action.label for one in lines for action in one.actions))
    return [_text(text), {"type": ROW, "components": [menu(actions, what)]}]


def _cut(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Each run as long as leaves room for those behind it."""
    return tuple(replace(one, text=fitted(one.text, RUN_TIGHT, str)) for one in runs)


def _plain(row: Row) -> str:
    return "".join(run.text for run in row.runs)


def _is_wide(part: Part) -> bool:
    return isinstance(part, Row) and len(part.actions) > 1


def _apart(before: Part, part: Part, *, compact: bool) -> bool:
    """Whether a thin line stands between them."""
    if isinstance(before, PaperPart):
        return isinstance(part, PaperPart)
    return not compact and _is_wide(before)


def _row(row: Row, *, compact: bool) -> list[Json]:
    """Text with its one button beside it; several buttons, or a menu of them, stand below."""
    shown = marked(row.runs)
    text = [_text(shown)] if shown else []
    if len(row.actions) == 1 and text:
        beside = button(row.actions[0])
        if beside is not None:
            return [{"type": SECTION, "components": text, "accessory": beside}]
    if len(row.actions) > (1 if compact else IN_A_ROW):
        what = ", ".join(one.label for one in row.actions)
        return [*text, {"type": ROW, "components": [menu(row.actions, what)]}]
    made = [button(one) for one in row.actions]
    return [*text, *rows([one for one in made if one is not None])]


def _texts(shown: Iterable[str]) -> Iterator[list[Json]]:
    for one in shown:
        if one:
            yield [_text(one)]


def _text(content: str) -> Json:
    return {"type": TEXT, "content": content}


def _line() -> Json:
    return {"type": SEPARATOR, "divider": True, "spacing": 1}


def _together(lines: Iterable[str]) -> Iterator[str]:
    held = ""
    for one in lines:
        if held and units(held) + units(one) + 1 > BLOCK_MAX:
            yield held
            held = ""
        held = f"{held}\n{one}" if held else one
    if held:
        yield held


def _split(groups: Sequence[Sequence[Json]]) -> Iterator[list[Json]]:
    """The groups in as many messages as it takes, in their order."""
    held: list[Json] = []
    count, size = 1, 0
    for group in groups:
        parts = list(inside(group))
        more = sum(_size(one) for one in parts)
        if held and (count + len(parts) > COMPONENTS_MAX or size + more > TEXT_MAX):
            yield _trimmed(held)
            held, count, size = [], 1, 0
        held += group
        count, size = count + len(parts), size + more
    if held:
        yield _trimmed(held)


def _size(component: Json) -> int:
    """What could count towards the text; it is not documented whether labels do."""
    said = units(component.get("content", "")) + units(component.get("label", ""))
    if component["type"] == SELECT:
        said += units(component["placeholder"])
        said += sum(units(option["label"]) for option in component["options"])
    return said


def _trimmed(components: list[Json]) -> list[Json]:
    """Without a line at its very end or beginning."""
    while len(components) > 1 and components[-1]["type"] == SEPARATOR:
        components = components[:-1]
    while len(components) > 1 and components[0]["type"] == SEPARATOR:
        components = components[1:]
    return components


def _shortened(
    split: list[list[Json]], said: Sequence[list[Json]], ends: Sequence[list[Json]]
) -> list[list[Json]]:
    """At most so many messages; where that is not all, the last one says so, above the buttons."""
    if len(split) <= MESSAGES_MAX:
        return split
    rest = [_text("Discord has no room for the rest."), *(one for group in ends for one in group)]
    return [*list(_split(said))[: MESSAGES_MAX - 1], rest]
