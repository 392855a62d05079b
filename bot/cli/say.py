"""How a command ends and what it says on the way: data on stdout, sentences on stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn
from unicodedata import combining, east_asian_width

import click

if TYPE_CHECKING:
    from bot.query.ast import QueryError

WRONG = 2
"""Exit status of everything a person can put right: an argument, a file, a port, a store."""


class Stop(click.ClickException):
    """Ends the command with sentences for the person and exit status 2."""

    exit_code = WRONG


def stop(message: str) -> NoReturn:
    """End the command."""
    raise Stop(message)


def note(message: str) -> None:
    """A sentence on stderr."""
    click.echo(message, err=True)


def shown(text: str) -> str:
    """Text from outside for a terminal: no control characters, no lone surrogates."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def whole(text: str) -> str:
    """The text without lone surrogates: bytes that were no UTF-8, or halves written in JSON."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def one_line(text: str) -> str:
    """As `shown`, a character for a character, in one line."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def caret(error: QueryError) -> str:
    """The query and carets under the fault, by the width that a terminal gives each character."""
    text = one_line(error.text)
    before = sum(map(_columns, text[: error.span.start]))
    under = sum(map(_columns, text[error.span.start : error.span.end]))
    return f"  {text}\n  {' ' * before}{'^' * max(1, under)}"


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def speak_utf8() -> None:
    """Let no character stop the output, whatever encoding the terminal was set to.

    A stream that the shell closed becomes /dev/null: the next file that is opened, a lock or a
    socket, would get its number and what is said there.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
