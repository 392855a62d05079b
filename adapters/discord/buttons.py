"""A card's buttons and menus as components, and the ids that they get at the very end.

While a message is laid out, a component that can be pressed has a `Says` where its custom id
will be: only `with_ids` has to wait for the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never

from adapters.discord.ids import Verb, pack, told_apart
from adapters.discord.words import host_of, linkable, one_line, says_other_host
from bot.card.card import Action, Link, PaperPart
from bot.card.paper import PREFIX

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from bot.card.card import Card

Json: TypeAlias = dict[str, Any]

LABEL_MAX: Final = 80
IN_A_ROW: Final = 5
ROWS_MAX: Final = 5
OPTIONS_MAX: Final = 25
OPTION_LABEL_MAX: Final = 100
"""Characters and counts of buttons and menus (Discord, components/reference)."""

ROW, BUTTON, SELECT, SECTION, TEXT, SEPARATOR, CONTAINER = 1, 2, 3, 9, 10, 14, 17
"""Types of components."""

PRIMARY, SECONDARY, LINK = 1, 2, 5
"""Styles of buttons."""


@dataclass(frozen=True, slots=True)
class Says:
    """What pressing does, until it is a custom id."""

    verb: Verb
    command: str


def button(one: Action | Link) -> Json | None:
    """The button; None for a link that Discord would refuse."""
    match one:
        case Action():
            style = PRIMARY if one.primary else SECONDARY
            return _pressed(one.label, says(one), style)
        case Link(label, url):
            written = linkable(url)
            if written is None:
                return None
            shown = _label(label)
            if says_other_host(shown, written):
                shown = _label(host_of(written))
            return {"type": BUTTON, "style": LINK, "label": shown, "url": written}
        case _ as never:
            assert_never(never)


def says(action: Action) -> Says:
    """What pressing an action says."""
    return Says(Verb.FILL if action.fill else Verb.RUN, action.command)


def card_buttons(card: Card) -> list[Json]:
    """The card's buttons, and what opens or is its overflow menu."""
    wanted = [button(one) for one in card.buttons]
    more = [one for one in card.more if one not in card.buttons]
    paper = next((part for part in card.parts if isinstance(part, PaperPart)), None)
    if more and paper is not None:
        wanted.append(_pressed("More", Says(Verb.MORE, f"{PREFIX} more {paper.paper_id}")))
    else:
        wanted += [button(one) for one in more]
    return [one for one in wanted if one is not None]


def share_button(command: str) -> Json:
    """*Share here*: gives the same answer again, for all in the channel to see."""
    return _pressed("Share here", Says(Verb.SHARE, command))


def list_button() -> Json:
    """*List*, for a post that has nothing else to press: each carries its mark somewhere."""
    return _pressed("List", Says(Verb.RUN, f"{PREFIX} list"))


def menu(actions: Sequence[Action], placeholder: str) -> Json:
    """A select menu of actions; each option's value is a custom id of its own."""
    return {
        "type": SELECT,
        "custom_id": Says(Verb.RUN, f"{PREFIX} list"),
        "placeholder": one_line(placeholder, LABEL_MAX) or "…",
        "options": [
            {"label": one_line(one.label, OPTION_LABEL_MAX) or "…", "value": says(one)}
            for one in actions[:OPTIONS_MAX]
        ],
    }


def rows(buttons: Sequence[Json]) -> list[Json]:
    """Buttons in rows of five; a menu fills a row."""
    made: list[Json] = []
    for one in buttons:
        full = not made or len(made[-1]["components"]) == IN_A_ROW
        if full or SELECT in {one["type"], made[-1]["components"][0]["type"]}:
            made.append({"type": ROW, "components": []})
        made[-1]["components"].append(one)
    return made


async def with_ids(
    components: Sequence[Json], mark: str | None, keep: Callable[[str], Awaitable[str]]
) -> list[Json]:
    """The components with their custom ids, each one only once in the message."""
    taken: set[str] = set()
    return [await _named(one, taken, mark, keep) for one in components]


async def _named(
    found: Json, taken: set[str], mark: str | None, keep: Callable[[str], Awaitable[str]]
) -> Json:
    made = dict(found)
    if "custom_id" in found:
        wanted: Says = found["custom_id"]
        packed = await pack(wanted.verb, wanted.command, mark, keep)
        made["custom_id"] = told_apart(packed, taken)
        taken.add(made["custom_id"])
    if "accessory" in found:
        made["accessory"] = await _named(found["accessory"], taken, mark, keep)
    if "components" in found:
        made["components"] = [await _named(o, taken, mark, keep) for o in found["components"]]
    if "options" in found:
        made["options"] = await _options(found["options"], mark, keep)
    return made


async def _options(
    options: Iterable[Json], mark: str | None, keep: Callable[[str], Awaitable[str]]
) -> list[Json]:
    taken: set[str] = set()
    made = []
    for option in options:
        wanted: Says = option["value"]
        value = told_apart(await pack(wanted.verb, wanted.command, mark, keep), taken)
        taken.add(value)
        made.append({**option, "value": value})
    return made


def _pressed(label: str, said: Says, style: int = SECONDARY) -> Json:
    return {"type": BUTTON, "style": style, "label": _label(label), "custom_id": said}


def _label(label: str) -> str:
    return one_line(label, LABEL_MAX) or "…"


def inside(components: Iterable[Json]) -> Iterator[Json]:
    """Every component, from the outside in."""
    for one in components:
        yield one
        yield from inside(one.get("components", ()))
        if "accessory" in one:
            yield one["accessory"]
