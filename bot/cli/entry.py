"""Finds the command and runs it; whatever goes wrong ends in one sentence, never a traceback."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Final

import click

from bot.cli.say import WRONG, note, shown, speak_utf8
from bot.model.errors import PaperwireError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C: 128 + SIGINT, as shells have it."""

COMMANDS: Final = {
    "run": "Serve the page and watch the sources.",
    "demo": "Serve the page with a built-in sample day, without any network.",
    "match": "Match recorded papers with subscriptions.",
    "query": "Check a query and print its canonical form.",
    "search": "Search the papers seen.",
    "ingest": "Take recorded answers of a source as if they came in now.",
    "doctor": "Check settings, store, sources and books.",
    "slack": "Set up the Slack app: print its manifest.",
    "discord": "Set up the Discord app: print the address that invites it.",
    "backup": "Write everything that people set, and what was posted, into a file.",
    "restore": "Read such a file into an empty store.",
    "erase": "Erase all that is kept of one workspace or server.",
}
"""Name and help of each command; the command `x` is `x` in the module bot.cli.x."""


class Lazy(click.Group):
    """A group that imports a command when it is asked for: `paperwire query` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"bot.cli.{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, invoke_without_command=True)
@click.version_option(package_name="paperwire")
@click.pass_context
def paperwire(context: click.Context) -> None:
    """Tell a channel about the new papers it cares about."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(args: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit status."""
    speak_utf8()
    sys.exit(_status(list(sys.argv[1:] if args is None else args)))


def _status(args: list[str]) -> int:
    """Not `paperwire.main`: click's own would end a broken pipe without a word."""
    try:
        with paperwire.make_context("paperwire", args) as context:
            paperwire.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as left:
        return left.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _fail("Stopped.", INTERRUPTED)
    except (click.ClickException, PaperwireError, OSError) as error:
        return _fail(_sentence(error))
    return 0


def _sentence(error: click.ClickException | PaperwireError | OSError) -> str:
    match error:
        case click.UsageError():
            return _usage(error)
        case click.ClickException():
            return error.format_message()
        case BrokenPipeError():
            # the interpreter flushes stdout once more when it ends, and would print a traceback
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return "The reader of the output went away before its end."
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            return f"{place}{error.strerror or error}."
    return str(error)


def _usage(error: click.UsageError) -> str:
    """What is wrong, and where help is."""
    path = error.ctx.command_path if error.ctx else "paperwire"
    return f"{error.format_message().rstrip('.')}. See: {path} --help"


def _fail(message: str, status: int = WRONG) -> int:
    note(shown(message))
    return status
