"""The subscription that a person means by its number, its name or its query; and whole queries."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.change import label, short
from bot.command.meaning import meaning
from bot.command.reply import Problem
from bot.query.ast import QueryError
from bot.query.parse import Use, parse

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.model.channel import Channel
    from bot.model.subscription import Subscription
    from bot.query.ast import Query

_NUMBER = re.compile(r"#?\s*([0-9]{1,9})")
_SHOWN_MAX: Final = 60

LIST_BUTTON: Final = Action("List", f"{PREFIX} list")
QUERY_HELP: Final = Action("How queries are written", f"{PREFIX} help queries")


def read_number(text: str) -> int | None:
    """`3` or `#3`."""
    found = _NUMBER.fullmatch(text.strip())
    return int(found[1]) if found else None


def find_subscription(desk: Desk, channel: Channel, text: str) -> Subscription | Problem:
    """By number, else by name, else by query; a Problem says what there is."""
    if not channel.subscriptions:
        return Problem(
            "No subscriptions here",
            ("This channel follows nothing yet. Begin with /papers subscribe and a query.",),
            buttons=(Action("Subscribe", f"{PREFIX} subscribe ", fill=True),),
        )
    number = read_number(text)
    wanted = text.strip().strip('"“”').casefold()
    for one in channel.subscriptions:
        if one.number == number:
            return one
    for one in channel.subscriptions:
        if one.name and one.name.casefold() == wanted:
            return one
    query = parse(text, Use.SUBSCRIPTION, desk.sources)
    for one in channel.subscriptions:
        if not isinstance(query, QueryError) and meaning(one.query) == query.tree:
            return one
    return _unknown(channel, text.strip(), wanted, number)


def _unknown(channel: Channel, text: str, wanted: str, number: int | None) -> Problem:
    what = f"#{number}" if number is not None else _clipped(text)
    said = [f"This channel has no subscription {what}."]
    names = {label(one).casefold()[:200]: one for one in channel.subscriptions}
    near = get_close_matches(wanted[:200], list(names), n=1, cutoff=0.6)
    if near and number is None:
        one = names[near[0]]
        said.append(f"Did you mean #{one.number}, {short(label(one))}?")
    else:
        numbers = ", ".join(f"#{one.number}" for one in channel.subscriptions[:12])
        more = " and more" if len(channel.subscriptions) > 12 else ""  # noqa: PLR2004 - one line
        said.append(f"It has {numbers}{more}.")
    return Problem("Unknown subscription", tuple(said), buttons=(LIST_BUTTON,))


def read_query(desk: Desk, text: str, use: Use) -> Query | Problem:
    """The query, or the place of its fault with a caret under it."""
    query = parse(text, use, desk.sources)
    if isinstance(query, QueryError):
        return query_problem(query)
    return query


def query_problem(error: QueryError) -> Problem:
    """What is wrong with a query, shown at its place; long queries are cut around the fault."""
    return Problem(
        "The query cannot be read",
        (error.message,),
        quoted=_around(error),
        buttons=(QUERY_HELP,),
    )


def _around(error: QueryError) -> str:
    """One line of the query and the carets, at most 72 columns."""
    text = re.sub(r"\s", " ", error.text)
    if not text:
        return ""
    start = max(0, error.span.start - 36)
    line = text[start : start + 72]
    at = error.span.start - start
    width = min(max(1, error.span.end - error.span.start), max(1, 72 - at))
    dots = "…" if start else ""
    return f"{dots}{line}\n{' ' * (at + len(dots))}{'^' * width}"


def _clipped(text: str) -> str:
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"
