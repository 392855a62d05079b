"""The words of an alert's reasons are found when it is shown."""

from __future__ import annotations

from dataclasses import replace

from flow_made import GENERAL, MONDAY, arxiv, channel

from bot.card.alert import PAGE_SIZE, REASONS_SHOWN
from bot.card.post import PaperList
from bot.card.why import explained, explained_page
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import Channel

PAPER = arxiv(1)


def alert(made: Channel, *, number: int = 1) -> Alert:
    """An alert as it is queued for all subscriptions of the channel."""
    reasons = tuple(
        Reason(one.id, one.number, one.name or one.query, ()) for one in made.subscriptions
    )
    paper_id = arxiv(number).id
    return Alert(PostKey(paper_id), GENERAL, paper_id, reasons, MONDAY)


def words(found: Alert) -> list[tuple[str, ...]]:
    """The words of each reason."""
    return [reason.words for reason in found.reasons]


def test_words_are_found_in_the_paper() -> None:
    """Each reason gets the words of the paper that met its query, under a name too."""
    made = channel("widgets", "study author:Lovelace")
    named = replace(made.subscriptions[0], name="My widgets")
    made = replace(made, subscriptions=(named, *made.subscriptions[1:]))

    first, second = words(explained(alert(made), PAPER, made))

    assert first == ("widgets",)
    assert second == ("study", "Ada Lovelace")


def test_what_was_changed_since_falls_back_to_its_label() -> None:
    """A subscription that is gone, asks for something else or no longer holds has no words."""
    made = channel("widgets", "study")
    queued = alert(made)

    assert words(explained(queued, PAPER, Channel(GENERAL))) == [(), ()]
    assert words(explained(queued, PAPER, channel("gadgets", "study"))) == [(), ("study",)]
    named = [replace(one, name="Mine") for one in made.subscriptions]
    labelled = alert(replace(made, subscriptions=tuple(named)))
    other = [replace(one, name="Mine") for one in channel("gadgets", "study").subscriptions]
    now = replace(made, subscriptions=tuple(other))
    assert words(explained(labelled, PAPER, now)) == [(), ("study",)]
    unreadable = replace(made.subscriptions[0], query="(", name="widgets")
    now = replace(made, subscriptions=(unreadable,))
    assert words(explained(queued, PAPER, now)) == [(), ()]


def test_stored_words_stay() -> None:
    """An alert that was stored with its words keeps them."""
    made = channel("widgets")
    queued = alert(made)
    spelled = replace(queued, reasons=(replace(queued.reasons[0], words=("Widget",)),))

    assert explained(spelled, PAPER, made) == spelled


def test_only_reasons_that_are_shown_are_looked_for() -> None:
    """A card shows three reasons: the others are not explained."""
    made = channel(*["widgets"] * (REASONS_SHOWN + 2))

    found = words(explained(alert(made), PAPER, made))

    assert found == [("widgets",)] * REASONS_SHOWN + [()] * 2


def test_a_page_explains_what_it_shows() -> None:
    """Of a list only the page's alerts are explained, where their paper is still there."""
    made = channel("widgets")
    alerts = tuple(alert(made, number=number) for number in range(25))
    papers = {one.paper_id: arxiv(number) for number, one in enumerate(alerts) if number != 12}
    listed = PaperList(PostKey("list:x"), GENERAL, alerts, MONDAY)

    found = explained_page(listed, papers, made, page=2)

    shown = [number for number, one in enumerate(found.alerts) if one.reasons[0].words]
    assert shown == [n for n in range(PAGE_SIZE, 2 * PAGE_SIZE) if n != 12]
