"""The words that made a paper match, found when an alert is shown: of all queued few are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.card.alert import REASONS_SHOWN, page_alerts
from bot.match.explain import explain
from bot.match.texts import Texts
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.card.post import PaperList
    from bot.model.alert import Alert, Reason
    from bot.model.channel import Channel
    from bot.model.paper import Paper, PaperId
    from bot.model.subscription import Subscription

WORDS_MAX: Final = 8
"""Matched words that are told to the card, which shows fewer."""


def explained(alert: Alert, paper: Paper, channel: Channel) -> Alert:
    """The alert with the words of the reasons that a card shows.

    `channel` is as it is now: a subscription that was changed or removed since has no words, and
    its label is shown. Words that the alert was stored with stay.
    """
    asked = {one.id: one for one in channel.subscriptions}
    texts = Texts(paper)
    return replace(
        alert,
        reasons=tuple(
            _explained(reason, asked.get(reason.subscription), paper, texts)
            if place < REASONS_SHOWN and not reason.words
            else reason
            for place, reason in enumerate(alert.reasons)
        ),
    )


def explained_page(
    paper_list: PaperList, papers: Mapping[PaperId, Paper], channel: Channel, page: int = 1
) -> PaperList:
    """The list with the words of those alerts that the page shows; `papers` are the page's."""
    shown = {alert.key for alert in page_alerts(paper_list, page)}
    return replace(
        paper_list,
        alerts=tuple(
            explained(alert, papers[alert.paper_id], channel)
            if alert.key in shown and alert.paper_id in papers
            else alert
            for alert in paper_list.alerts
        ),
    )


def _explained(reason: Reason, one: Subscription | None, paper: Paper, texts: Texts) -> Reason:
    if one is None or reason.label not in (one.name, one.query):
        return reason
    tree = tree_of(one.query)
    if tree is None:
        return reason
    return replace(reason, words=explain(tree, paper, None, texts).words[:WORDS_MAX])
