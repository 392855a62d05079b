"""Reading what a person typed: which command, with which options; the rest stays untouched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.declare import Option, OptionKind
from bot.command.reply import Problem
from bot.command.spec import BY_NAME, nearest_command
from bot.command.values import Options, with_value
from bot.text.clean import tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.command.declare import Command

TEXT_MAX: Final = 8000
"""Characters; the longest sensible command is a query of 1,024 and a name."""

_LED = re.compile(r"\s*/{1,2}papers?(?!\S)", re.IGNORECASE)
"""The command's name; people also type it with two slashes, or without its last letter."""

_ALL_GIVEN = re.compile(r"--(?!\S)")
"""Before an argument: no option comes behind it, whatever it looks like (as in most shells)."""

_OPTION = re.compile(r"(--|[—–])([A-Za-z][A-Za-z_-]*)")
_TEX_QUOTE = re.compile(r'\\"(?=[A-Za-z{])')
_QUOTES: Final = '"“”„‟＂'
_WORD = re.compile(r"\S+")
_WORDS = re.compile(r"[^\s,]+(?:\s*,\s*[^\s,]+)*,?")
_TAG = rf"(?:[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]|[^\s,{_QUOTES}]+)"
_TAGS = re.compile(rf"\s*+=?\s*+({_TAG}(?:\s*+,\s*+{_TAG})*+,?)")
_SHOWN_MAX: Final = 40
_UNSEEN: Final = " \t\r\n\u200b\u200e\u200f\u2060\ufeff"
"""What is pasted before a slash without being seen."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A command that was read. `spilled` are words after a name or a tag without quotes.

    `spilled_from` is that option.
    """

    command: Command
    argument: str
    options: Options
    spilled: str = ""
    spilled_from: str = ""


class _Given(NamedTuple):
    option: Option
    value: str
    spilled: str


def read(text: str) -> Typed | Problem | None:
    """The command in a text; None for an empty one. Never raises, whatever the text."""
    if len(text) > TEXT_MAX:
        return Problem(
            "That is too long",
            (f"A command has at most {TEXT_MAX:,} characters; this one has {len(text):,}.",),
        )
    text = text.lstrip(_UNSEEN)
    led = _LED.match(text)
    rest = (text[led.end() :] if led else text).strip()
    if not tidy(rest):
        return None
    word, _, argument = _first_word(rest)
    command = BY_NAME.get(_spoken(word))
    if command is None:
        return _unknown_command(word, rest)
    return _with_options(command, argument.strip())


def _first_word(text: str) -> tuple[str, str, str]:
    parts = text.split(None, 1)
    return parts[0], " ", parts[1] if len(parts) > 1 else ""


def _spoken(word: str) -> str:
    folded = word.casefold()
    if folded in {"?", "-h", "--help", "—help"}:
        return "help"
    return folded.removeprefix("/")


def _unknown_command(word: str, rest: str) -> Problem:
    near = nearest_command(_spoken(word)[:_SHOWN_MAX])
    clean = tidy(word[: 4 * _SHOWN_MAX])
    shown = clean if len(clean) <= _SHOWN_MAX else clean[:_SHOWN_MAX] + "…"
    said = f"There is no command {shown}." if shown else "That is no command."
    if near is not None:
        again = f"{PREFIX} {near}{rest[len(word) :]}"
        return Problem(
            "Unknown command",
            (said, f"Did you mean {near}?"),
            buttons=(
                _button(near, again),
                Action("Search for it", f"{PREFIX} search {rest}"),
                Action("Help", f"{PREFIX} help"),
            ),
        )
    return Problem(
        "Unknown command",
        (said, "Search for it, follow it, or see what there is with /papers help."),
        buttons=(
            Action("Search for it", f"{PREFIX} search {rest}"),
            Action("Subscribe to it", f"{PREFIX} subscribe {rest}", fill=True),
            Action("Help", f"{PREFIX} help"),
        ),
    )


def _button(name: str, text: str) -> Action:
    """What was meant: mutating commands are put into the input, the others are simply done."""
    command = BY_NAME[name]
    unfinished = command.needs_argument and text.strip() == f"{PREFIX} {name}"
    return Action(name, text, primary=True, fill=command.mutating or unfinished)


def _with_options(command: Command, argument: str) -> Typed | Problem:
    taken = _take_options(command, argument)
    if isinstance(taken, Problem):
        return taken
    rest, given = taken
    names = [one.option.name for one in given]
    once = (one.option.name for one in given if one.option.kind is not OptionKind.TAG)
    twice = next((name for name in once if names.count(name) > 1), None)
    if twice is not None:
        return Problem("Given twice", (f"--{twice} is there twice. Leave one of them out.",))
    options = Options()
    for one in given:
        given_so_far = with_value(options, one.option, one.value)
        if isinstance(given_so_far, Problem):
            return given_so_far
        options = given_so_far
    spilled = next((one for one in given if one.spilled), None)
    if spilled is None:
        return Typed(command, rest, options)
    return Typed(command, rest, options, spilled.spilled, spilled.option.name)


def _take_options(command: Command, text: str) -> tuple[str, list[_Given]] | Problem:
    """The text without its options, and the options; what stands in quotes is never one."""
    kept: list[str] = []
    given: list[_Given] = []
    quoted = False
    start = at = 0
    while at < len(text):
        if text[at] == "\\" and _TEX_QUOTE.match(text, at):
            at += 2
            continue
        if text[at] in _QUOTES:
            quoted = not quoted
        elif not quoted and (at == 0 or text[at - 1].isspace()):
            end_of_options = _ALL_GIVEN.match(text, at)
            if end_of_options and not any(kept) and not text[start:at].strip():
                return text[end_of_options.end() :].strip(), given
            found = _OPTION.match(text, at)
            option = _option_named(command, found) if found else None
            if isinstance(option, Problem):
                return option
            if found and option is not None:
                value, end, bare = _option_value(option, text, found.end())
                if value is None:
                    return _no_value(option)
                kept.append(text[start:at].strip())
                words = bare and option.kind in {OptionKind.TEXT, OptionKind.TAG}
                given.append(_Given(option, value, _spilled(words, kept, text[end:])))
                start = at = end
                continue
        at += 1
    kept.append(text[start:].strip())
    return " ".join(part for part in kept if part), given


def _option_named(command: Command, found: re.Match[str]) -> Option | Problem | None:
    """The option, a Problem for an unknown one, None for words behind a dash that a phone made."""
    dash, name = found.groups()
    for option in command.options:
        if option.name == name.lower():
            return option
    near = get_close_matches(
        name.lower()[:_SHOWN_MAX], [option.name for option in command.options], n=1, cutoff=0.6
    )
    if dash != "--" and not near:
        return None
    return _unknown_option(command, name[:_SHOWN_MAX], near)


def _unknown_option(command: Command, name: str, near: Sequence[str]) -> Problem:
    said = [f"{command.name} has no option --{name}."]
    if near:
        said.append(f"Did you mean --{near[0]}?")
    elif command.options:
        *first, last = [f"--{option.name}" for option in command.options]
        known = f"{', '.join(first)} and {last}" if first else last
        said.append(f"It has {known}. To leave a word out of a query, write one minus: -{name}")
    else:
        said.append("It has no options.")
    help_button = Action("Help", f"{PREFIX} help {command.name}")
    return Problem("Unknown option", tuple(said), buttons=(help_button,))


def _option_value(option: Option, text: str, at: int) -> tuple[str | None, int, bool]:
    """The value, where it ends, and whether it stood without quotes."""
    if option.kind is OptionKind.TAG:
        return _tags_value(text, at)
    while at < len(text) and text[at].isspace():
        at += 1
    if at < len(text) and text[at] == "=":
        at += 1
    if at < len(text) and text[at] in _QUOTES:
        end = next((i for i in range(at + 1, len(text)) if text[i] in _QUOTES), None)
        return (None, at, False) if end is None else (text[at + 1 : end], end + 1, False)
    pattern = _WORDS if option.kind is OptionKind.TYPES else _WORD
    found = pattern.match(text, at)
    if found is None or _OPTION.match(text, at):
        return None, at, True
    return found.group(), found.end(), True


def _tags_value(text: str, at: int) -> tuple[str | None, int, bool]:
    """As _option_value: names in quotes or without, with commas between them."""
    found = _TAGS.match(text, at)
    if found is None or _OPTION.match(text, found.start(1)):
        return None, at, True
    return found[1], found.end(), found[1][-1] not in _QUOTES


def _spilled(bare: bool, kept: Sequence[str], after: str) -> str:
    """Words after a name without quotes, where a query stood before it: likely the name's."""
    if not bare or not any(kept):
        return ""
    return _OPTION.split(after, maxsplit=1)[0].strip()


_EXAMPLES: Final = {
    "name": '--name "Image generation"',
    "types": "--types new,cross,replace",
    "mention": "--mention me",
    "tag": '--tag "machine learning",robotics',
}


def _no_value(option: Option) -> Problem:
    example = _EXAMPLES.get(option.name, f"--{option.name} 5")
    return Problem(f"--{option.name} needs a value", (f"Write it so: {example}",))
