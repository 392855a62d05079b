"""Papers in words: results, one paper whole, why it came, its BibTeX, its words to mute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.card.abstract import clip
from bot.card.alert import different, page_buttons
from bot.card.card import (
    Action,
    Card,
    CardKind,
    Fact,
    Facts,
    Link,
    Mark,
    Para,
    Part,
    Preformatted,
    Row,
    Run,
)
from bot.card.paper import PREFIX, TITLE_MAX, cite, more_actions, paper_part, two_buttons
from bot.command.change import label, short, spoken_types
from bot.command.due import spoken_time
from bot.command.names import SOURCE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.command.reply import Asked, Cited, Explained, Found, Offered, Shown, Verdict
    from bot.model.paper import Paper

VERDICTS_SHOWN: Final = 20
WORDS_SHOWN: Final = 6


def say_found(reply: Found) -> Card:
    """The answer to search and latest."""
    parts: list[Part] = [Para((Run(note),)) for note in reply.notes]
    if not reply.papers:
        parts.append(Para((Run(reply.empty),)))
    parts += [paper_part(paper, abstract=False) for paper in reply.papers]
    last = reply.page + 1 if reply.more else reply.page
    turns = tuple(page_buttons(f"{reply.command} --page", reply.page, last))
    if reply.page > 1 and not reply.papers:
        turns = (Action("First page", f"{reply.command} --page 1"),)
    where = f" (page {reply.page})" if reply.page > 1 else ""
    titles = "; ".join(paper.title for paper in reply.papers)
    return Card(
        CardKind.RESULTS,
        short(reply.title) + where,
        tuple(parts),
        f"{short(reply.title)}. {titles or reply.empty}",
        (*turns, *reply.buttons),
    )


def say_asked(reply: Asked) -> Card:
    """The answer to more: the paper's title, and what can be asked of it."""
    paper = reply.paper
    title = Para((Run(clip(paper.title, TITLE_MAX) or "Untitled", url=paper.url),))
    return Card(CardKind.ANSWER, "", (title,), paper.title, more_actions(paper))


def say_shown(reply: Shown) -> Card:
    """The answer to show: the paper, whole."""
    paper = reply.paper
    parts: list[Part] = [paper_part(paper, whole=True)]
    facts = tuple(_facts(paper))
    if facts:
        parts.append(Facts(facts))
    buttons = _buttons(paper)
    itself = f"{PREFIX} show {paper.id}"
    return Card(
        CardKind.PAPER,
        "",
        tuple(parts),
        paper.title,
        buttons,
        tuple(
            one
            for one in more_actions(paper)
            if one not in buttons and not (isinstance(one, Action) and one.command == itself)
        ),
    )


def _buttons(paper: Paper) -> tuple[Action | Link, ...]:
    buttons = two_buttons(paper)
    wanted = Action("Cite", cite(paper))
    return buttons if wanted in buttons else (*buttons, wanted)


def _facts(paper: Paper) -> Iterator[Fact]:
    if paper.version > 1:
        yield Fact("Version", str(paper.version))
    if paper.comment:
        yield Fact("Comment", paper.comment)
    if paper.journal:
        yield Fact("Journal", paper.journal)
    if paper.doi:
        yield Fact("DOI", paper.doi)
    yield Fact("Seen in", ", ".join(SOURCE_NAMES.get(one, one) for one in paper.sources))


def say_cited(reply: Cited) -> Card:
    """The answer to cite."""
    title = f"BibTeX: {short(reply.paper.title)}"
    first = Link("PDF", reply.paper.pdf_url) if reply.paper.pdf_url else None
    show = Action("Show", f"{PREFIX} show {reply.paper.id}")
    return Card(
        CardKind.ANSWER,
        title,
        (Preformatted(reply.bibtex),),
        title,
        (show,) if first is None else (first, show),
    )


def say_explained(reply: Explained) -> Card:
    """The answer to why."""
    title = "Why this paper" if reply.posted_at or reply.queued_at else "Why not this paper"
    status = _status(reply)
    parts: list[Part] = [
        paper_part(reply.paper, abstract=False),
        Para((Run(status, Mark.STRONG),)),
    ]
    if reply.muted is not None:
        parts.append(
            Row(
                (Run("It has the muted word "), Run(reply.muted, Mark.STRONG), Run(".")),
                (Action("Unmute", f"{PREFIX} unmute {reply.muted}"),),
            )
        )
    if not reply.verdicts:
        parts.append(
            Para((Run("This channel has no subscriptions: /papers subscribe makes one."),))
        )
    parts += [_verdict(one) for one in reply.verdicts[:VERDICTS_SHOWN]]
    rest = len(reply.verdicts) - VERDICTS_SHOWN
    if rest > 0:
        parts.append(Para((Run(f"{rest} more subscriptions do not change this.", Mark.QUIET),)))
    return Card(
        CardKind.ANSWER,
        title,
        tuple(parts),
        f"{status} {reply.paper.title}",
        (Action("List", f"{PREFIX} list"), Action("Cite", cite(reply.paper))),
    )


def _status(reply: Explained) -> str:  # noqa: PLR0911 - one sentence for each cause
    """Whether and when it was posted; else the one thing that kept it away."""
    if reply.posted_at is not None:
        return f"Posted here on {spoken_time(reply.posted_at, reply.zone)}."
    if reply.queued_at is not None:
        since = spoken_time(reply.queued_at, reply.zone)
        held = " This channel is paused." if reply.channel_paused else ""
        return f"Waiting to be posted here since {since}.{held}"
    matched = [one for one in reply.verdicts if one.matched]
    if not matched:
        return "Not posted here: no subscription matches it."
    if reply.muted is not None:
        return "Not posted here: it has a muted word."
    if all(one.wrong_type for one in matched):
        return "Not posted here: it was announced in a way that the subscription leaves out."
    if all(one.subscription.pause is not None for one in matched if not one.wrong_type):
        return "Not posted here: the subscription is paused."
    return (
        "Not posted here: it was seen before the subscription, or when its class was first "
        "watched, which posts nothing old."
    )


def _verdict(one: Verdict) -> Row:
    subscription = one.subscription
    name = Mark.PLAIN if subscription.name else Mark.CODE
    runs = [Run(f"#{subscription.number} ", Mark.STRONG), Run(short(label(subscription)), name)]
    if not one.matched and not one.missing:
        runs.append(Run(" cannot be read by this version. Write it anew."))
    elif not one.matched:
        runs += [Run(" does not match. Not met: "), Run(short(one.missing), Mark.STRONG)]
    elif one.words:
        words = ", ".join(different(one.words)[:WORDS_SHOWN])
        runs += [Run(" matches: "), Run(words, Mark.STRONG)]
    else:
        runs.append(Run(" matches"))
    if one.wrong_type:
        runs.append(Run(f", but only takes {spoken_types(subscription.types)}", Mark.QUIET))
    if one.matched and subscription.pause is not None:
        runs.append(Run(", but is paused", Mark.QUIET))
    edit = f"{PREFIX} edit {subscription.number} {subscription.query}"
    return Row(tuple(runs), (Action("Edit", edit, fill=True),))


def say_offered(reply: Offered) -> Card:
    """The answer to mute-from."""
    days = max(1, round(reply.days))
    if reply.matched:
        span = "day" if days == 1 else f"{days} days"
        lead = (
            f"{reply.matched:,} papers matched here over the last {span}. Muting a word removes:"
        )
    elif not reply.counted:
        lead = "Choose a word. How much each would have removed was not counted this time."
    else:
        lead = "Nothing matched here lately, so nothing would have been removed."
    rows = [
        Row(
            (
                Run(word, Mark.STRONG),
                Run(f" {count:,} of {reply.matched:,}" if reply.matched else ""),
            ),
            (Action("Mute", f"{PREFIX} mute {word}"),),
        )
        for word, count in reply.words
    ]
    return Card(
        CardKind.ANSWER,
        "Mute a word",
        (paper_part(reply.paper, abstract=False), Para((Run(lead),)), *rows),
        f"Mute a word of: {reply.paper.title}",
        (Action("Another word", f"{PREFIX} mute ", fill=True),),
    )
