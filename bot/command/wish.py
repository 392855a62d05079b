"""Wish: what a person said that a subscription shall be, read before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.command.change import short
from bot.command.mentioning import no_forums, read_mention, unasked
from bot.command.names import read_name
from bot.command.reply import Problem
from bot.command.seek import read_query
from bot.query.parse import Use

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.request import Request
    from bot.model.subscription import Mention
    from bot.query.ast import Query


@dataclass(frozen=True, slots=True)
class Wish:
    """A query, a name and whom to call; the rest of the options needs no reading."""

    query: Query
    name: str | None
    mention: Mention | None


def read_wish(
    desk: Desk, request: Request, typed: Typed, text: str, had: Mention | None = None
) -> Wish | Problem:
    """The wish with this query, or the first thing that is wrong with it.

    `had` is whom the subscription calls already, where it is there.
    """
    query = read_query(desk, text, Use.SUBSCRIPTION)
    if isinstance(query, Problem):
        return query
    name = read_name(typed.options.name)
    if isinstance(name, Problem):
        return name
    whom = no_forums(request, typed.options) or read_mention(request, typed.options.mention or "")
    if isinstance(whom, Problem):
        return whom
    return unasked(request, whom, had) or Wish(query, name, whom)


def spilled(typed: Typed) -> tuple[str, ...]:
    """A note where words behind a name or tag became part of the query, likely by mistake."""
    match typed.spilled_from:
        case "name":
            kept = typed.options.name or ""
        case "tag":
            kept = (typed.options.tags or ("",))[-1]
        case _:
            return ()
    what = typed.spilled_from
    return (
        (
            f"The {what} is only {short(kept)}; {short(typed.spilled)} became part of the query. "
            f"Put a {what} of several words in quotes."
        ),
    )
