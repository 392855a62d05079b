"""`paperwire query`: whether a text is a query, and how it reads."""

from __future__ import annotations

import json

import click

from bot.cli.say import WRONG, caret, note, shown, whole
from bot.query.ast import Query, QueryError
from bot.query.parse import parse
from bot.text.clean import places


@click.command(
    # a query that begins with a minus is no option
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True},
    epilog="Several arguments are one query. After -- everything is the query.",
)
@click.argument("words", metavar="QUERY", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON, errors too.")
@click.pass_context
def query(context: click.Context, words: tuple[str, ...], *, as_json: bool) -> None:
    """Check QUERY: print its canonical form and its warnings, or what is wrong and where."""
    typed = whole(" ".join(words))
    result = parse(typed)
    if as_json:
        click.echo(json.dumps(_answer(typed, result)))
    elif isinstance(result, Query):
        click.echo(result.canonical)
        for warning in result.warnings:
            note(f"Note: {shown(warning)}")
    else:
        note(f"{shown(result.message)}\n{caret(result)}")
    if isinstance(result, QueryError):
        context.exit(WRONG)


def _answer(typed: str, result: Query | QueryError) -> dict[str, object]:
    """The JSON form. Spans are code points of what was typed, half open."""
    if isinstance(result, Query):
        return {"query": result.canonical, "warnings": list(result.warnings)}
    start, end = places(typed, result.span.start, result.span.end)
    return {"error": {"message": result.message, "start": start, "end": end}}
