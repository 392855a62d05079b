"""A subscription or preview in words: how it was read, when papers come, how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.card.card import Action, Card, CardKind, Fact, Facts, Mark, Para, Part, Run
from bot.card.paper import PREFIX, paper_part
from bot.command.change import called, spoken_types
from bot.command.due import spoken_time
from bot.command.forecast import Branch, Idle, Single
from bot.command.mentioning import setup_of
from bot.query.categories import CLASSES

if TYPE_CHECKING:
    from bot.command.forecast import Forecast, Phrase
    from bot.command.reply import Doubted, Due, Previewed, Subscribed
    from bot.model.channel import UserId
    from bot.model.subscription import Subscription

CLASSES_SHOWN: Final = 8
WEEKEND_DAYS: Final = 4
"""Papers of the last 14 days can span 10: a weekend, a holiday and today have none."""


def say_subscribed(reply: Subscribed) -> Card:
    """The answer to subscribe and to edit."""
    one = reply.subscription
    title = f"{'Changed' if reply.edited else 'Subscribed as'} {called(one)}"
    parts: list[Part] = [Facts((*_setup(one, reply.asker), *due_facts(reply.due)))]
    parts += [Para((Run(note),)) for note in (*reply.notes, *_unwatched(reply.due))]
    buttons: list[Action] = []
    rate = ""
    if reply.forecast is None:
        line = "The forecast was left out just now; ask for it again in a few minutes."
        parts.append(Para((Run(line),)))
        buttons.append(Action("Forecast", f"{PREFIX} preview {one.number}"))
    else:
        rate = rate_text(reply.forecast)
        parts += forecast_parts(reply.forecast)
        buttons += _forecast_buttons(reply.forecast, one.number, one.query)
    if reply.undo is not None:
        buttons.append(Action("Undo", f"{PREFIX} undo {reply.undo}"))
    return Card(
        CardKind.ANSWER,
        title,
        tuple(parts),
        f"{title}: {one.query}. {rate}".strip(),
        tuple(buttons),
    )


def say_doubted(reply: Doubted) -> Card:
    """The answer to subscribe where that would post very much: nothing is made yet."""
    told = reply.forecast
    title = "Not subscribed yet: that is a lot"
    a_day = f"It would post about {per_day(told.per_day)} papers a day in this channel."
    again = f"{reply.options} {reply.query}".strip()
    buttons = [
        Action("Post anyway", f"{PREFIX} subscribe-anyway {again}", primary=True),
        Action("Narrow", f"{PREFIX} subscribe {again}", fill=True),
    ]
    if told.phrase is not None:
        phrase = f"{reply.options} {told.phrase.query}".strip()
        buttons.append(Action("Use as phrase", f"{PREFIX} subscribe {phrase}"))
    return Card(
        CardKind.ANSWER,
        title,
        (
            Para((Run(a_day),)),
            Facts((Fact("Query", reply.query),)),
            *(Para((Run(note),)) for note in reply.notes),
            *forecast_parts(told),
        ),
        f"{title}. {a_day}",
        tuple(buttons),
    )


def say_previewed(reply: Previewed) -> Card:
    """The answer to preview."""
    parts: list[Part] = [Facts((Fact("Query", reply.query),))]
    parts += [Para((Run(note),)) for note in reply.notes]
    parts += forecast_parts(reply.forecast)
    if reply.number is None:
        buttons = [Action("Subscribe", f"{PREFIX} subscribe {reply.query}", primary=True)]
        if reply.forecast.phrase is not None:
            phrase = f"{PREFIX} preview {reply.forecast.phrase.query}"
            buttons.append(Action("Try as phrase", phrase))
    else:
        buttons = _forecast_buttons(reply.forecast, reply.number, reply.query)
    title = "Forecast" if reply.number is None else f"Forecast of #{reply.number}"
    fallback = f"{title}: {reply.query}. {rate_text(reply.forecast)}"
    return Card(CardKind.ANSWER, title, tuple(parts), fallback, tuple(buttons))


def due_facts(due: Due) -> tuple[Fact, ...]:
    """What is watched, and when the next papers are due in the asker's time."""
    facts = [Fact("Classes watched", _classes(due))] if due.watched else []
    when = f"{spoken_time(due.at, due.zone, due.now)} ({due.zone_name})"
    facts.append(Fact("Next papers due", f"{when}; {due.quiet}" if due.quiet else when))
    return tuple(facts)


def forecast_parts(told: Forecast) -> list[Part]:
    """The figure, what makes it broad, the figure as a phrase, and samples."""
    parts: list[Part] = [Para((Run(rate_text(told), Mark.STRONG),))]
    lines = []
    said = (*_broad(told), *_guilty(told))
    if said:
        parts.append(Para(said))
    if told.absent is not None:
        absent = Run(told.absent, Mark.STRONG)
        parts.append(Para((Run("By itself, "), absent, Run(" matches none of them."))))
    if told.broad:
        lines.append(_narrower(told))
    if told.muted:
        lines.append(f"Muted words would have kept {_papers(told.muted)} away.")
    if told.phrase is not None:
        lines.append(_as_phrase(told, told.phrase))
    parts += [Para((Run(line),)) for line in lines]
    if told.sample.newest:
        parts.append(Para((Run("For example:", Mark.QUIET),)))
        parts += [paper_part(paper, abstract=False) for paper in told.sample.newest]
    return parts


def rate_text(told: Forecast) -> str:
    """How many: "12 of the 4,210 papers of the last 14 days match: about 0.9 a day."."""
    sample = told.sample
    if not sample.seen:
        return "No papers have been seen yet, so nothing can be forecast."
    days = max(1, round(sample.days))
    whole = sample.days >= told.asked_days - WEEKEND_DAYS
    span = f"{told.asked_days} days" if whole else "day" if days == 1 else f"{days} days"
    papers = f"the {sample.seen:,} papers" if sample.seen > 1 else "the 1 paper"
    seen = f"{papers} of the last {span}"
    rest = "" if whole else " Older papers are not known yet."
    if not sample.matched:
        return f"None of {seen} would have been posted.{rest}"
    match = "matches" if sample.matched == 1 else "match"
    rate = f"about {per_day(told.per_day)} a day"
    return f"{sample.matched:,} of {seen} {match}: {rate}.{rest}"


def per_day(rate: float) -> str:
    """`12`, `3.4`, `0.4`; a figure that people can picture."""
    if rate >= 10:  # noqa: PLR2004 - tenths of a paper tell nothing there
        return f"{rate:,.0f}"
    return f"{rate:.1f}".removesuffix(".0") if rate >= 0.1 else "fewer than 0.1"  # noqa: PLR2004 - as above


def _setup(one: Subscription, asker: UserId | None) -> tuple[Fact, ...]:
    more = (Fact(label, value) for label, value in setup_of(one, asker))
    return (Fact("Query", one.query), Fact("Types", spoken_types(one.types)), *more)


def _classes(due: Due) -> str:
    everything = len(due.watched) >= len(CLASSES)
    of_all = f"all {len(due.watched)} of arXiv" if everything else _listed(due.watched)
    if not due.named or len(due.named) == len(due.watched):
        return of_all
    return f"{_listed(due.named)} (of {len(due.watched)} watched)"


def _listed(codes: tuple[str, ...]) -> str:
    rest = len(codes) - CLASSES_SHOWN
    return ", ".join(codes[:CLASSES_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _unwatched(due: Due) -> tuple[str, ...]:
    if not due.unwatched:
        return ()
    return (
        (
            f"{_listed(due.unwatched)} is not watched here, so no paper comes from there unless "
            "it is listed in a watched class too."
        ),
    )


def _broad(told: Forecast) -> tuple[Run, ...]:
    if not told.broad:
        return ()
    if told.per_day > told.alerts_per_day:
        most = f"Over {told.alerts_per_day} a day, the rest comes as one list."
        return (Run(f"That is very broad. {most} "),)
    return (Run("That is broad. "),)


def _narrower(told: Forecast) -> str:
    """What to do about it; words that stand apart can be taken as a phrase."""
    if told.phrase is not None and told.phrase.matched < told.sample.matched:
        return "To narrow it, add a word, or take the words as a phrase."
    return "To narrow it, add a word, or a field such as title: or cat:, or leave out a -word."


def _as_phrase(told: Forecast, phrase: Phrase) -> str:
    figure = _papers(phrase.matched) if phrase.matched else "no papers"
    a_day = f", about {per_day(told.rate(phrase.matched))} a day" if phrase.matched else ""
    return f"As a phrase, {phrase.query}, it would be {figure}{a_day}."


def _guilty(told: Forecast) -> tuple[Run, ...]:
    """The clause that makes it broad, and what is so without it."""
    match told.guilty:
        case Branch(clause=clause, share=share):
            much = "all" if share > 0.995 else f"{share:.0%}"  # noqa: PLR2004 - would round to 100%
            return (Run(clause, Mark.STRONG), Run(f" alone brings {much} of them."))
        case Idle(clause=clause, extra=extra):
            more = f"{extra:.0%} more" if extra >= 0.005 else "just as many"  # noqa: PLR2004 - as above
            figure = f" hardly narrows it: without it, {more} would match."
            return (Run(clause, Mark.STRONG), Run(figure))
        case Single(clause=clause):
            return (Run(clause, Mark.STRONG), Run(" makes it so, and nothing narrows it."))
        case None:
            return ()


def _forecast_buttons(told: Forecast, number: int, query: str) -> list[Action]:
    buttons = []
    if told.phrase is not None:
        command = f"{PREFIX} edit {number} {told.phrase.query}"
        buttons.append(Action("Use as phrase", command))
    if told.broad:
        buttons.append(Action("Narrow", f"{PREFIX} edit {number} {query}", fill=True))
    if told.sample.newest:
        count = len(told.sample.newest)
        label = "Post the latest now" if count == 1 else f"Post the latest {count} now"
        buttons.insert(0, Action(label, f"{PREFIX} post-latest {number}", primary=True))
    return buttons


def _papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count:,} papers"
