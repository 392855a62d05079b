"""Completion: what could follow the text in an input. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.command.declare import Command, Names, Option, OptionKind, Suggestion, Takes
from bot.query.categories import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

SUGGESTIONS_MAX: Final = 25
"""Discord shows 25 choices (interactions, autocomplete)."""

INPUT_MAX: Final = 2000

FIELDS: Final[dict[str, str]] = {
    "title:": "words of the title",
    "abstract:": "words of the abstract",
    "author:": 'one author, as in author:"Kaiming He"',
    "cat:": "a category, as in cat:cs.CL",
    "source:": "where it was seen: arxiv or huggingface",
    "type:": "new, cross or replace",
    "has:": "code, doi or journal",
    "upvotes:": "votes on Hugging Face, as in upvotes:>=20",
    "comment:": "the authors' comment",
    "journal:": "the journal reference",
    "id:": "one paper",
    "all:": "title, abstract, comment, journal and authors",
}
_SEARCH_FIELDS: Final = {"since:": "a day, or 7d for a week ago", "until:": "a day"}
_VALUES: Final = {
    "source:": ("arxiv", "huggingface"),
    "src:": ("arxiv", "huggingface"),
    "type:": ("new", "cross", "replace"),
    "has:": ("code", "doi", "journal"),
}
_OPTION_VALUES: Final = {
    OptionKind.TYPES: ("new", "new,cross", "new,cross,replace", "replace"),
    OptionKind.MENTION: ("me", "none"),
}
_PREFIX = re.compile(r"\s*/?papers(?:\s+|$)", re.IGNORECASE)
_LAST = re.compile(r"[^\s()]*$")
_OPEN_QUOTE = re.compile(r'["“”]')


def suggestions(commands: tuple[Command, ...], text: str, names: Names) -> tuple[Suggestion, ...]:
    """As spec.complete, for the commands given."""
    if len(text) > INPUT_MAX:
        return ()
    found = _PREFIX.match(text)
    if found is None and text.strip() and "/papers".startswith(text.strip().lower()):
        return tuple(Suggestion(f"/papers {c.name}", c.summary) for c in commands)
    rest = text[found.end() :] if found else text.lstrip()
    word, space, argument = rest.partition(" ")
    if not space:
        options: Iterator[Suggestion] = (
            Suggestion(f"/papers {c.name}{' ' if c.argument or c.options else ''}", c.summary)
            for c in commands
            if c.name.startswith(word.lower())
        )
        return tuple(options)[:SUGGESTIONS_MAX]
    command = next((c for c in commands if c.name == word.lower()), None)
    if command is None:
        return ()
    before = f"/papers {command.name} "
    return tuple(_argument(commands, command, before, argument, names))[:SUGGESTIONS_MAX]


def _argument(
    commands: tuple[Command, ...], command: Command, before: str, typed: str, names: Names
) -> Iterator[Suggestion]:
    last = _LAST.search(typed)
    word = last.group() if last else ""
    head = before + typed[: len(typed) - len(word)]
    if len(_OPEN_QUOTE.findall(typed)) % 2:
        if command.takes is Takes.QUERY:
            yield from _recent(before, typed, names.recent)
        return
    option = _option_awaiting(command, typed[: len(typed) - len(word)])
    if option is not None:
        yield from _option_values(option, head, word)
    elif word.startswith(("--", "—", "–")):
        yield from _option_names(command, typed, head, word)
    else:
        if command.takes is Takes.QUERY:
            yield from _recent(before, typed, names.recent)
        yield from _by_kind(commands, command, head, word, names)


def _recent(before: str, typed: str, recent: tuple[str, ...]) -> Iterator[Suggestion]:
    """What was searched for lately, where it goes on as what is there begins."""
    begun = typed.strip().casefold()
    for query in recent:
        if query.casefold().startswith(begun) and query.casefold() != begun:
            yield Suggestion(before + query, "searched for lately")


def _option_awaiting(command: Command, head: str) -> Option | None:
    said = head.split()
    name = said[-1].lstrip("-—–") if said and said[-1].startswith(("--", "—", "–")) else ""
    return next((o for o in command.options if o.name == name), None)


def _option_values(option: Option, head: str, word: str) -> Iterator[Suggestion]:
    for value in _OPTION_VALUES.get(option.kind, ()):
        if value.startswith(word.lower()):
            yield Suggestion(head + value, option.help)


def _option_names(command: Command, typed: str, head: str, word: str) -> Iterator[Suggestion]:
    for option in command.options:
        said = f"--{option.name}"
        if option.name.startswith(word.lstrip("-—–").lower()) and f"{said} " not in typed:
            yield Suggestion(f"{head}{said} ", option.help)


def _by_kind(  # noqa: C901, PLR0912 - one case for each kind of argument
    commands: tuple[Command, ...], command: Command, head: str, word: str, names: Names
) -> Iterator[Suggestion]:
    first = head == f"/papers {command.name} "
    match command.takes:
        case Takes.QUERY:
            yield from _query(command, head, word)
        case Takes.EDIT if not first:
            yield from _query(command, head, word)
        case Takes.EDIT | Takes.SUBSCRIPTION if first:
            for number, label in names.subscriptions:
                if str(number).startswith(word.lstrip("#")) or label.lower().startswith(
                    word.lower()
                ):
                    yield Suggestion(f"{head}{number}", label)
        case Takes.CHANNEL if first:
            for name in names.channels:
                if name.lower().startswith(word.lstrip("#").lower()):
                    yield Suggestion(f"{head}#{name}", "move everything there")
        case Takes.MUTED if first:
            for muted in names.muted:
                if muted.lower().startswith(word.lower()):
                    yield Suggestion(f"{head}{muted}", "post papers with it again")
        case Takes.CHOICE if first:
            for choice in command.argument.strip("[]").split("|"):
                if choice.startswith(word.lower()):
                    yield Suggestion(head + choice, command.summary)
        case Takes.ROLES if first:
            if "none".startswith(word.lower()):
                yield Suggestion(f"{head}none", "no role manages")
        case Takes.TOPIC if first:
            topics = {
                "queries": "how queries are written",
                **{c.name: c.summary for c in commands},
            }
            for topic, hint in topics.items():
                if topic.startswith(word.lower()):
                    yield Suggestion(head + topic, hint)
        case _:
            return
    if not word and not first:
        yield from _option_names(command, head, head, "--")


def _query(command: Command, head: str, word: str) -> Iterator[Suggestion]:
    bare = word.lstrip("-")
    head += word[: len(word) - len(bare)]
    name, colon, value = bare.partition(":")
    if colon and name.lower() in {"cat", "category"}:
        for code, title in CLASSES.items():
            if code.lower().startswith(value.lower().lstrip("=")):
                yield Suggestion(f"{head}{name}:{'=' * value.startswith('=')}{code}", title)
    elif colon:
        for known in _VALUES.get(f"{name.lower()}:", ()):
            if known.startswith(value.lower()):
                yield Suggestion(f"{head}{name}:{known}", FIELDS.get(f"{name.lower()}:", ""))
    elif bare:
        fields = {**FIELDS, **_SEARCH_FIELDS} if command.name == "search" else FIELDS
        for field, hint in fields.items():
            if field.startswith(bare.lower()):
                yield Suggestion(head + field, hint)
