"""An alert's card, and the card of the many that came over the day's number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.card.abstract import clip
from bot.card.card import Action, Card, CardKind, Mark, PaperPart, Para, Row, Run
from bot.card.paper import PREFIX, more_actions, paper_part, two_buttons
from bot.text.words import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.card.post import PaperList
    from bot.model.alert import Alert, Reason
    from bot.model.channel import Channel
    from bot.model.paper import Paper, PaperId
    from bot.model.subscription import Mention, Subscription

PAGE_SIZE = 10
"""Papers on a page of a list: two phone screens of titles."""

REASONS_SHOWN = 3
WORDS_SHOWN = 4
WORD_MAX = 60
LABEL_MAX = 80


def alert_card(alert: Alert, paper: Paper, channel: Channel | None = None) -> Card:
    """One paper for one channel, on one phone screen.

    `channel` as it is set now says whom the alert calls and how a forum sorts it; None: nobody.
    """
    wanted = _subscriptions(alert, channel)
    part = paper_part(paper, reason_runs(alert.reasons))
    reason = "".join(run.text for run in part.reason)
    return Card(
        kind=CardKind.ALERT,
        title="",
        parts=(part,),
        fallback=f"{part.title} — {part.authors}. {reason}",
        buttons=two_buttons(paper),
        more=more_actions(paper),
        private=False,
        mentions=_mentions(wanted),
        tags=tuple(dict.fromkeys(tag for one in wanted for tag in one.tags)),
    )


def _subscriptions(alert: Alert, channel: Channel | None) -> tuple[Subscription, ...]:
    """Those of the alert's reasons that are still there, in the order of the reasons."""
    there = {one.id: one for one in channel.subscriptions} if channel is not None else {}
    found = [there.get(reason.subscription) for reason in alert.reasons]
    return tuple(one for one in found if one is not None)


def _mentions(wanted: Sequence[Subscription]) -> tuple[Mention, ...]:
    """Each once; a subscription that was paused since calls nobody."""
    return tuple(sorted({one.mention for one in wanted if one.mention and one.pause is None}))


def list_card(paper_list: PaperList, papers: Mapping[PaperId, Paper], page: int = 1) -> Card:
    """One page of the rest of a batch; pages count from 1, one out of range is the nearest.

    `papers` are those of the page at least; a paper that is missing is shown by its id.
    """
    alerts = paper_list.alerts
    last = max(1, -(-len(alerts) // PAGE_SIZE))
    page = min(max(page, 1), last)
    shown = alerts[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    title = f"{len(alerts):,} more papers" if len(alerts) != 1 else "1 more paper"
    where = f" (page {page} of {last})" if last > 1 else ""
    lead = Para(
        (Run("Over the daily number of single alerts, so they come as one list.", Mark.QUIET),)
    )
    titles = "; ".join(papers[alert.paper_id].title for alert in shown if alert.paper_id in papers)
    return Card(
        kind=CardKind.LIST,
        title=title + where,
        parts=(lead, *(_entry(alert, papers.get(alert.paper_id)) for alert in shown)),
        fallback=clip(f"{title}: {titles}", 500) if titles else title,
        buttons=tuple(page_buttons(f"{PREFIX} page {paper_list.key}", page, last)),
        private=False,
    )


def page_ids(paper_list: PaperList, page: int = 1) -> tuple[PaperId, ...]:
    """The papers that a page of the list shows, so that only they need to be read."""
    return tuple(alert.paper_id for alert in page_alerts(paper_list, page))


def page_alerts(paper_list: PaperList, page: int = 1) -> tuple[Alert, ...]:
    """The alerts that a page of the list shows; a page out of range is the nearest."""
    last = max(1, -(-len(paper_list.alerts) // PAGE_SIZE))
    start = (min(max(page, 1), last) - 1) * PAGE_SIZE
    return paper_list.alerts[start : start + PAGE_SIZE]


def page_buttons(command: str, page: int, last: int) -> Iterator[Action]:
    """*Back* and *Next*, where there is something to go to; the page's number ends the command."""
    if page > 1:
        yield Action("Back", f"{command} {page - 1}")
    if page < last:
        yield Action("Next", f"{command} {page + 1}", primary=True)


def reason_runs(reasons: Sequence[Reason]) -> tuple[Run, ...]:
    """Why the paper came: "matches *diffusion model* in #3", the matched words strong."""
    if not reasons:
        return ()
    runs = [Run("matches ")]
    for place, reason in enumerate(reasons[:REASONS_SHOWN]):
        if place:
            runs.append(Run("; "))
        runs.extend(_one_reason(reason))
    rest = len(reasons) - REASONS_SHOWN
    if rest > 0:
        runs.append(Run(f" and {rest} more"))
    return tuple(runs)


def _one_reason(reason: Reason) -> Iterator[Run]:
    words = different(reason.words)[:WORDS_SHOWN]
    if not words:
        yield Run(f"#{reason.number} ")
        yield Run(clip(reason.label, LABEL_MAX), Mark.QUIET)
        return
    for place, word in enumerate(words):
        if place:
            yield Run(", ")
        yield Run(clip(word, WORD_MAX), Mark.STRONG)
    yield Run(f" in #{reason.number}")


def different(words: Sequence[str]) -> tuple[str, ...]:
    """The matched words, each once: *World Model*, *world models* and *world-model* are one."""
    first: dict[str, str] = {}
    for word in words:
        first.setdefault("".join(token.folded for token in tokens(word)) or word, word)
    return tuple(first.values())


def _entry(alert: Alert, paper: Paper | None) -> PaperPart | Row:
    if paper is not None:
        return paper_part(paper, reason_runs(alert.reasons), abstract=False)
    show = Action("Show", f"{PREFIX} show {alert.paper_id}")
    return Row((Run(f"{alert.paper_id} "), *reason_runs(alert.reasons)), (show,))
