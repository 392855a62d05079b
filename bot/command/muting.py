"""mute, unmute, mute-from: words that a channel never wants to see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.change import Changed, Full, mute, muted_as, short, unmute
from bot.command.commit import commit
from bot.command.forecast import as_phrase, both, may_forecast, of_tree
from bot.command.look import look_up
from bot.command.reply import Done, Offered, Problem
from bot.command.seek import LIST_BUTTON, read_query
from bot.command.small_words import SMALL_WORDS
from bot.model.subscription import DEFAULT_TYPES
from bot.query.ast import And, Not, Or, QueryError
from bot.query.parse import Use, parse
from bot.text.words import tokens

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.model.channel import Channel
    from bot.model.paper import Paper
    from bot.query.ast import Query

OFFERED_MAX: Final = 8
FEW_DAYS: Final = 2
MATCHED_ENOUGH: Final = 20
"""Matches from which a share can be told; counting all of a busy channel would take seconds."""

WORD_MIN: Final = 4
"""Letters; shorter words of a title are mostly small words."""


async def do_mute(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Add a word, phrase or field to the muted ones."""
    query = _one_clause(desk, typed.argument)
    if isinstance(query, Problem):
        return query
    word = query.canonical

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        match mute(channels[0], word, desk.limits.muted_words):
            case Changed() as changed:
                return changed
            case Full(at_most=at_most):
                return Problem(
                    "Too many muted words",
                    (f"This channel has {at_most}, the most it can have. Unmute one first.",),
                    buttons=(LIST_BUTTON,),
                )
            case _:
                known = muted_as(channels[0], word) or word
                return Problem(
                    "Muted already",
                    (f"{short(known)} is muted, so papers with it are not posted here.",),
                    buttons=(Action("Unmute", f"{PREFIX} unmute {known}"), LIST_BUTTON),
                )

    committed = await commit(desk, request, decide)
    if isinstance(committed, Problem):
        return committed
    return Done(
        f"Muted {short(word)}",
        ("Papers that have it are not posted in this channel, whatever they match.",),
        undo=committed.change_id,
        buttons=(Action("Unmute", f"{PREFIX} unmute {word}"),),
    )


async def do_unmute(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Take a word off the muted ones, in any of the forms that are the same to the matcher."""
    text = typed.argument.strip()
    query = parse(text, Use.SUBSCRIPTION, desk.sources)
    meant = text if isinstance(query, QueryError) else (as_phrase(query, desk.sources) or query)
    asked = meant if isinstance(meant, str) else meant.canonical
    gone: list[str] = []

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        word = muted_as(channels[0], asked)
        changed = None if word is None else unmute(channels[0], word)
        if word is None or not isinstance(changed, Changed):
            return _not_muted(channels[0], text)
        gone.append(word)
        return changed

    committed = await commit(desk, request, decide)
    if isinstance(committed, Problem):
        return committed
    return Done(
        f"{short(gone[-1])} is no longer muted",
        ("New papers that have it are posted again when they match.",),
        undo=committed.change_id,
    )


async def do_mute_from(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Offer a paper's words, with how many recent matches each would have removed."""
    paper = await look_up(desk, typed.argument)
    if isinstance(paper, Problem):
        return paper
    channel = await desk.channels.read(request.channel)
    counted = await may_forecast(desk, request)
    followed = _followed(desk, channel) if counted else None
    offers = []
    matched, days = 0, 0.0
    since = desk.clock.now()
    for span in (FEW_DAYS, desk.limits.forecast_days) if followed is not None else ():
        if matched < MATCHED_ENOUGH and followed is not None:
            since = desk.clock.now() - timedelta(days=span)
            sample = await desk.archive.sample(followed, DEFAULT_TYPES, since, 0)
            matched, days = sample.matched, sample.days
    for word in words_to_mute(paper):
        query = parse(word, Use.SUBSCRIPTION, desk.sources)
        if isinstance(query, QueryError) or query.canonical in channel.muted:
            continue
        removed = 0
        if followed is not None:
            both_hold = of_tree(both(followed.tree, query.tree))
            removed = (await desk.archive.sample(both_hold, DEFAULT_TYPES, since, 0)).matched
        offers.append((query.canonical, removed))
        if len(offers) == OFFERED_MAX:
            break
    return Offered(paper, tuple(offers), days, matched, counted=counted)


def words_to_mute(paper: Paper) -> tuple[str, ...]:
    """The telling words of a title, in its order, each once; then its primary category."""
    found: dict[str, str] = {}
    for token in tokens(paper.title):
        if len(token.raw) >= WORD_MIN and token.folded not in SMALL_WORDS:
            found.setdefault(token.folded, token.raw.lower())
    words = list(found.values())[: OFFERED_MAX - 1]
    if paper.categories:
        words.append(f"cat:={paper.categories[0]}")
    return tuple(words)


def _followed(desk: Desk, channel: Channel) -> Query | None:
    """All of a channel's queries as one, without what is muted already."""
    trees = []
    for one in channel.subscriptions:
        query = parse(one.query, Use.SUBSCRIPTION, desk.sources)
        if not isinstance(query, QueryError):
            trees.append(query.tree)
    flat = [part for tree in trees for part in (tree.parts if isinstance(tree, Or) else (tree,))]
    if not flat:
        return None
    return of_tree(flat[0] if len(flat) == 1 else Or(tuple(flat), flat[0].span))


def _one_clause(desk: Desk, text: str) -> Query | Problem:
    """One word, phrase or field; several bare words are a phrase, as the matcher reads them."""
    bare = text.lstrip("-−").strip()
    if bare != text and not isinstance(parse(bare, Use.SUBSCRIPTION, desk.sources), QueryError):
        return Problem(
            "Without the minus",
            (f"Muting leaves the word out already: /papers mute {short(bare)}",),
            buttons=(Action("Mute it", f"{PREFIX} mute {bare}", primary=True, fill=True),),
        )
    query = read_query(desk, text, Use.SUBSCRIPTION)
    if isinstance(query, Problem):
        return query
    query = as_phrase(query, desk.sources) or query
    if isinstance(query.tree, And | Or | Not):
        return Problem(
            "One at a time",
            (
                "Mute one word, one phrase in quotes or one field at a time.",
                "For example: /papers mute robotics",
            ),
        )
    return query


def _not_muted(channel: Channel, text: str) -> Problem:
    if not channel.muted:
        return Problem("Nothing is muted", ("This channel has no muted words.",))
    words = ", ".join(short(word) for word in channel.muted[:12])
    return Problem(
        "That is not muted",
        (f"{short(text)} is not among the muted words: {words}.",),
        buttons=(LIST_BUTTON,),
    )
