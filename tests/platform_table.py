"""The README's table of what each platform has.

Commands come from their declarations, buttons from cards as each platform's renderer shows them.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from discord_reader import buttons as discord_elements
from platform_cards import gathered

from adapters.discord.ids import Verb, unpack
from adapters.discord.render import render_answer as discord_answer
from adapters.discord.render import render_post as discord_post
from adapters.discord.tree import IN, SHARE, commands
from adapters.slack.buttons import Verb as SlackVerb
from adapters.slack.buttons import press_of
from adapters.slack.render import render_answer as slack_answer
from adapters.slack.render import render_post as slack_post
from bot.card.card import Action, Link, Row
from bot.command.declare import is_offered
from bot.command.platforms import DISCORD, PLATFORMS, SLACK, WEB
from bot.command.spec import BY_NAME, COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.card.card import Card
    from bot.command.declare import Command, Option

TYPED: Final = {WEB: "typed", SLACK: "typed", DISCORD: "chosen"}
OPTION: Final = {WEB: "typed", SLACK: "typed", DISCORD: "an option"}

FORMS: Final = {WEB: "fills the line", SLACK: "opens a form", DISCORD: "opens a form"}
"""What a button does whose command is to be finished."""

ALONE: Final = "no: nobody else is there to see it"
LACKING: Final = {
    ("More", SLACK): "in a menu behind `⋯`",
    ("Share here", WEB): ALONE,
}
"""What stands in place of a button that only some platforms' renderers make."""

BUTTON_OF: Final = {
    "Choose": "managers",
    "Take it away": "managers",
    "Play the sample day": "sample",
    "Subscribe to diffusion model": "sample",
}
"""The command on account of which a button is not there."""

LINES: Final = "no: every channel has a line to type in"
OWN: Final = {IN: (LINES, LINES), SHARE: (ALONE, "no: *Share here* does it afterwards")}
"""Options that Discord's commands have besides those of the core: the page's cell, and Slack's."""

NAMES_MAX: Final = 2
"""Places of a button that are named."""

HELP_ON: Final = "Help on "
NUMBER: Final = re.compile(r" [0-9]+(?= )")

Entry: TypeAlias = "tuple[str, str, Sequence[str]]"
"""Group, name, and the cells."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A button as a platform shows it: its label and how it is pressed."""

    label: str
    form: str


@cache
def table() -> str:
    """The table, in Markdown: what has the same cells stands in one row."""
    titles = ["what", *(one.title for one in PLATFORMS.values())]
    rows: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for group, name, cells in [*_commands(), *_options(), *_own_options(), *_buttons()]:
        rows[group, *cells].append(name)
    lines = [
        f"| {group}: {', '.join(names)} | {' | '.join(cells)} |"
        for (group, *cells), names in rows.items()
    ]
    return "\n".join([f"| {' | '.join(titles)} |", "|---|---|---|---|", *lines]) + "\n"


# ---------------------------------------------------------------- commands and options


def shown_commands() -> list[Command]:
    """Those that people are told of somewhere."""
    return [one for one in COMMANDS if one.shown]


def is_there(one: Command | Option, platform: str) -> bool:
    """Whether a platform offers it."""
    is_local = getattr(one, "local", False)
    return is_offered(one, platform) and (platform == WEB or not is_local)


def _cell(one: Command | Option, platform: str, said: str) -> str:
    if is_there(one, platform):
        return said
    return f"no: {dict(one.lacking)[platform]}"


def _commands() -> Iterator[Entry]:
    for one in shown_commands():
        cells = [_cell(one, platform, TYPED[platform]) for platform in PLATFORMS]
        yield "commands", f"`{one.name}`", cells


def _options() -> Iterator[Entry]:
    found = {one.name: one for command in shown_commands() for one in command.options}
    for name, option in found.items():
        cells = [_cell(option, platform, OPTION[platform]) for platform in PLATFORMS]
        yield "options", f"`--{name}`", cells


def _own_options() -> Iterator[Entry]:
    names = {
        option["name"]
        for group in commands()
        for sub in group["options"]
        for option in sub["options"]
    }
    for name, cells in OWN.items():
        assert name in names
        yield "options of Discord's own", f"`{name}`", [*cells, "an option"]


# ---------------------------------------------------------------- buttons


def _buttons() -> Iterator[Entry]:
    everywhere = {platform: asyncio.run(_of_platform(platform)) for platform in PLATFORMS}
    order: dict[str, list[str]] = defaultdict(list)
    for found in everywhere.values():
        for label, forms in found.items():
            order[label] += [place for place in forms if place not in order[label]]
    for label, named in order.items():
        cells = [_button_cell(label, platform, everywhere[platform]) for platform in PLATFORMS]
        group = " and ".join(named) if len(named) <= NAMES_MAX else "several answers"
        yield f"buttons under {group}", f"*{label}*", cells


def _button_cell(label: str, platform: str, found: dict[str, dict[str, set[str]]]) -> str:
    if label in found:
        forms = {form for forms in found[label].values() for form in forms}
        return " or ".join(sorted(forms))
    if (label, platform) in LACKING:
        return LACKING[label, platform]
    return f"no: {dict(BY_NAME[BUTTON_OF[label]].lacking)[platform]}"


async def _of_platform(platform: str) -> dict[str, dict[str, set[str]]]:
    """How each label is pressed, by the places where it stands."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for place, is_post, card in await gathered(platform):
        for one in await SHOWN[platform](card, is_post=is_post):
            found[_label(one.label, card)][place].add(one.form)
    return found


def _label(shown: str, card: Card) -> str:
    """The label without what differs: the word that tells rows apart, a number, a command."""
    shown = NUMBER.sub("", shown)
    if shown in BY_NAME:
        return "the nearest command"
    if shown.startswith(HELP_ON):
        return f"{HELP_ON}…"
    rows = [one for part in card.parts if isinstance(part, Row) for one in part.actions]
    known = {one.label for one in (*card.buttons, *card.more, *rows)}
    first = next((one for one in known if shown.startswith(f"{one} ")), shown)
    return shown if shown in known else first


async def _page(card: Card, *, is_post: bool) -> list[Shown]:
    del is_post  # it shows both alike (adapters/web/page/cards.js)
    rows = [one for part in card.parts if isinstance(part, Row) for one in part.actions]
    shown = [Shown(one.label, _form(one, WEB)) for one in (*card.buttons, *rows)]
    more = [Shown(one.label, "in *More*") for one in card.more]
    return [*shown, *([Shown("More", "a menu")] if more else []), *more]


def _form(one: Action | Link, platform: str) -> str:
    if isinstance(one, Link):
        return "link"
    return FORMS[platform] if one.fill else "button"


async def _slack(card: Card, *, is_post: bool) -> list[Shown]:
    messages = [slack_post(card)] if is_post else list(slack_answer(card, "/papers x"))
    found = []
    for block in (block for message in messages for block in message.blocks):
        for one in [*block.get("elements", ()), block.get("accessory", {})]:
            if one.get("type") == "button":
                found.append(Shown(one["text"]["text"], _slack_form(one)))
            found += [
                Shown(each["text"]["text"], "in a menu")
                for each in one.get("options", ())
                if one["type"] == "overflow"
            ]
    return found


def _slack_form(one: dict[str, Any]) -> str:
    if "url" in one:
        return "link"
    return FORMS[SLACK] if press_of(one["value"]).verb is SlackVerb.FILL else "button"


async def _discord(card: Card, *, is_post: bool) -> list[Shown]:
    if is_post:
        messages: Sequence[dict[str, Any]] = [await discord_post(card, "a" * 24, _keep)]
    else:
        messages = await discord_answer(card, _keep, asked="/papers x")
    shown = [Shown(o["label"], _discord_form(o)) for m in messages for o in discord_elements(m)]
    return [*shown, *(one for message in messages for one in _menu(message))]


def _discord_form(one: dict[str, Any]) -> str:
    if "url" in one:
        return "link"
    pressed = unpack(one["custom_id"])
    assert pressed is not None
    return FORMS[DISCORD] if pressed.verb is Verb.FILL else "button"


def _menu(found: dict[str, Any]) -> Iterator[Shown]:
    for one in found.get("components", ()):
        yield from _menu(one)
        yield from (Shown(each["label"], "in a menu") for each in one.get("options", ()))


async def _keep(_: str) -> str:
    return "a" * 16


SHOWN: Final = {WEB: _page, SLACK: _slack, DISCORD: _discord}
