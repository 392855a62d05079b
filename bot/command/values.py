"""Values: what stands behind an option's name, read and bounded. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, assert_never

from bot.command.declare import OptionKind
from bot.command.reply import Problem
from bot.model.subscription import ChangeType
from bot.text.clean import tidy

if TYPE_CHECKING:
    from bot.command.declare import Option

TAGS_MAX: Final = 5
"""Discord gives a forum's post five tags at most."""

TAG_MAX: Final = 20
"""Characters of a tag's name (Discord)."""

_SHOWN_MAX: Final = 40
_QUOTES: Final = '"“”„‟＂'


@dataclass(frozen=True, slots=True)
class Options:
    """The options given; None where one was not. A name of "" takes the name away.

    `mention` is as it was typed: whom it means depends on the asker and the platform. No `tags`
    take all away.
    """

    name: str | None = None
    types: frozenset[ChangeType] | None = None
    limit: int | None = None
    page: int | None = None
    mention: str | None = None
    tags: tuple[str, ...] | None = None


def typed_options(options: Options) -> str:
    """The options as they are typed, without those of pages; no quote is left in a name."""
    said = []
    if options.types is not None:
        said.append(f"--types {','.join(sorted(options.types))}")
    if options.mention is not None:
        said.append(f'--mention "{_unquoted(options.mention)}"')
    if options.tags is not None:
        said.append(f'--tag "{_unquoted(",".join(options.tags))}"')
    if options.name is not None:
        said.append(f'--name "{_unquoted(options.name)}"')
    return " ".join(said)


def spoken_options(options: Options) -> tuple[tuple[str, str], ...]:
    """Name and value of each option that was given, to be shown."""
    said = (
        ("name", options.name),
        ("types", options.types and ",".join(sorted(options.types))),
        ("mention", options.mention),
        ("tag", options.tags and ", ".join(options.tags)),
        ("limit", options.limit and str(options.limit)),
        ("page", options.page and str(options.page)),
    )
    return tuple((name, value) for name, value in said if value)


def _unquoted(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, _QUOTES), "'"))


def with_value(  # noqa: PLR0911 - one a kind
    options: Options, option: Option, value: str
) -> Options | Problem:
    """The options with one more, or what is wrong with its value."""
    match option.kind:
        case OptionKind.TEXT:
            return replace(options, name=value)
        case OptionKind.MENTION:
            return replace(options, mention=value)
        case OptionKind.TAG:
            tags = read_tags(value, options.tags or ())
            return tags if isinstance(tags, Problem) else replace(options, tags=tags)
        case OptionKind.TYPES:
            types = read_types(value)
            return types if isinstance(types, Problem) else replace(options, types=types)
        case OptionKind.NUMBER:
            number = _number(option, value)
            if isinstance(number, Problem):
                return number
            if option.name == "limit":
                return replace(options, limit=number)
            return replace(options, page=number)
        case _ as never:
            assert_never(never)


def _number(option: Option, value: str) -> int | Problem:
    fits = re.fullmatch(r"[0-9]{1,6}", value) and option.low <= int(value) <= option.high
    if fits:
        return int(value)
    return Problem(
        f"--{option.name} takes a number",
        (
            f"It goes from {option.low} to {option.high:,}; it was {value[:_SHOWN_MAX]}.",
            f"Write it so: --{option.name} 10",
        ),
    )


def read_types(value: str) -> frozenset[ChangeType] | Problem:
    """`new,cross` as announcement types, in any order and case."""
    words = [word.strip().lower() for word in value.split(",") if word.strip()]
    known = [member.value for member in ChangeType]
    for word in words:
        if word not in known:
            near = get_close_matches(word[:_SHOWN_MAX], known, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            return Problem(
                "Unknown type",
                (
                    f"--types knows new, cross and replace; {word[:_SHOWN_MAX]} is none.{hint}",
                    "Write it so: --types new,cross,replace",
                ),
            )
    if not words:
        return Problem("--types is empty", ("Write it so: --types new,cross,replace",))
    return frozenset(ChangeType(word) for word in words)


def read_tags(value: str, before: tuple[str, ...] = ()) -> tuple[str, ...] | Problem:
    """Names with commas between them, each once in any case; none for `none` and for ""."""
    names = [tidy(part.strip(f" \t\r\n{_QUOTES}")) for part in value.split(",")]
    names = [name for name in names if name]
    if [name.casefold() for name in names] == ["none"]:
        names = []
    first: dict[str, str] = {}
    for name in (*before, *names):
        if len(name) > TAG_MAX:
            return Problem(
                "The tag is too long",
                (f"A tag has at most {TAG_MAX} characters; {name[:_SHOWN_MAX]} has more.",),
            )
        first.setdefault(name.casefold(), name)
    if len(first) > TAGS_MAX:
        return Problem(
            "Too many tags",
            (f"A post has at most {TAGS_MAX} tags; these are {len(first):,}.",),
        )
    return tuple(first.values())
