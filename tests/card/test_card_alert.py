"""Cards of alerts and of lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from asking import GENERAL, actions, lines, paper

from bot.card.alert import PAGE_SIZE, alert_card, list_card, page_ids, reason_runs
from bot.card.card import Action, Card, CardKind, Link, Mark, PaperPart
from bot.card.paper import authors_line, is_safe_link
from bot.card.post import PaperList
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import Channel, Pause, UserId
from bot.model.paper import Paper, PaperId
from bot.model.subscription import (
    DEFAULT_TYPES,
    Mention,
    MentionKind,
    Subscription,
    SubscriptionId,
)

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def reason(number: int = 3, *words: str) -> Reason:
    """A reason of subscription `number`."""
    return Reason(SubscriptionId(f"s{number}"), number, "the label", words)


def alert(one: Paper, *reasons: Reason) -> Alert:
    """An alert in #general."""
    return Alert(PostKey(one.id), GENERAL, one.id, reasons or (reason(3, "diffusion model"),), AT)


def part(card: Card) -> PaperPart:
    """The one paper of a card."""
    (found,) = (one for one in card.parts if isinstance(one, PaperPart))
    return found


def following(*found: Subscription) -> Channel:
    """#general with these subscriptions."""
    return Channel(GENERAL, 1, 9, found)


def follower(number: int, **given: Any) -> Subscription:
    """Subscription `number`, as `reason` names it."""
    return Subscription(
        SubscriptionId(f"s{number}"),
        GENERAL,
        number,
        "diffusion",
        DEFAULT_TYPES,
        UserId("U1"),
        AT,
        **given,
    )


KIM, READERS = Mention(MentionKind.USER, "U7"), Mention(MentionKind.ROLE, "S9")


def test_an_alert_calls_whom_its_subscriptions_call_now() -> None:
    """Those of its reasons only, each once and in one order, with their tags in theirs."""
    one = paper(1, "Diffusion")
    channel = following(
        follower(1, mention=READERS, tags=("vision", "nlp")),
        follower(2, mention=Mention(MentionKind.USER, "U9"), tags=("never",)),
        follower(3, mention=KIM, tags=("nlp", "art")),
        follower(4, mention=KIM),
        follower(5),
    )
    found = alert(one, reason(3), reason(1), reason(4), reason(5), reason(6))
    card = alert_card(found, one, channel)

    assert card.mentions == tuple(sorted((KIM, READERS)))
    assert card.tags == ("nlp", "art", "vision")
    assert replace(card, mentions=(), tags=()) == alert_card(found, one)


def test_a_paused_subscription_calls_nobody() -> None:
    """Its alerts that waited still come, under its tags."""
    one = paper(1, "Diffusion")
    quiet = follower(3, mention=KIM, tags=("nlp",), pause=Pause(AT, "", UserId("U7")))
    card = alert_card(alert(one), one, following(quiet))

    assert (card.mentions, card.tags) == ((), ("nlp",))


def test_a_list_calls_nobody() -> None:
    """What comes over the day's number is for when one has time."""
    one = paper(1, "Diffusion")
    card = list_card(PaperList(PostKey("list:x"), GENERAL, (alert(one),), AT), {one.id: one})

    assert (card.mentions, card.tags) == ((), ())


def test_an_alert_has_all_that_one_screen_shows() -> None:
    """Title and link, authors and count, categories, day, code, votes, reason, abstract."""
    one = paper(
        1,
        "Diffusion Models Beat GANs",
        authors=tuple("ABCDEFG"),
        code_links=("https://github.com/a/b",),
        upvotes=12,
    )
    card = alert_card(alert(one), one)
    shown = part(card)

    assert card.kind is CardKind.ALERT
    assert not card.private
    assert (shown.title, shown.url) == (one.title, "https://arxiv.org/abs/2602.00001")
    assert shown.authors == "A, B, C and 4 more"
    assert shown.categories == ("cs.CV", "cs.LG")
    assert shown.day.isoformat() == "2026-03-02"
    assert shown.code_url == "https://github.com/a/b"
    assert shown.upvotes == 12
    assert "".join(run.text for run in shown.reason) == "matches diffusion model in #3"
    assert [run.text for run in shown.reason if run.mark is Mark.STRONG] == ["diffusion model"]
    assert shown.abstract == one.abstract
    assert card.fallback.startswith("Diffusion Models Beat GANs — A, B, C and 4 more. matches")


def test_two_buttons_and_more() -> None:
    """PDF and code if there is code, else PDF and why; the rest is under More."""
    bare, coded = paper(1, "A"), paper(2, "B", code_links=("https://github.com/a/b",))

    assert [one.label for one in alert_card(alert(bare), bare).buttons] == ["PDF", "Why"]
    assert [one.label for one in alert_card(alert(coded), coded).buttons] == ["PDF", "Code"]
    more = alert_card(alert(bare), bare).more
    assert [one.label for one in more] == ["Why", "Mute a word", "Cite", "Show"]
    assert all(isinstance(one, Action) and one.command.startswith("/papers ") for one in more)


def test_a_paper_outside_arxiv_links_to_its_doi() -> None:
    """Without a PDF the first button cites."""
    one = paper(1, "A", id=PaperId("doi:10.1101/2026.01.01"))
    card = alert_card(alert(one), one)

    assert part(card).url == "https://doi.org/10.1101/2026.01.01"
    assert [button.label for button in card.buttons] == ["Cite", "Why"]


@pytest.mark.parametrize(
    ("authors", "line"),
    [
        ((), "Authors not given"),
        (("A",), "A"),
        (("A", "B"), "A and B"),
        (("A", "B", "C"), "A, B and C"),
        (("A", "B", "C", "D"), "A, B, C and 1 more"),
        (tuple("x" for _ in range(3003)), "x, x, x and 3,000 more"),
    ],
)
def test_three_authors_and_a_count(authors: tuple[str, ...], line: str) -> None:
    """Three names are shown, the rest counted."""
    assert authors_line(authors) == line


def test_reasons_are_bounded() -> None:
    """Three subscriptions, four words each, and a count."""
    many = [reason(number, *"abcdef") for number in range(1, 8)]
    text = "".join(run.text for run in reason_runs(many))

    assert text == "matches a, b, c, d in #1; a, b, c, d in #2; a, b, c, d in #3 and 4 more"


def test_forms_of_the_same_words_are_named_once() -> None:
    """*World Models*, *world model* and *World-Models* tell the reader one thing."""
    told = reason_runs([reason(2, "World Models", "world model", "World-Models", "agents")])

    assert "".join(run.text for run in told) == "matches World Models, agents in #2"


def test_a_reason_without_words_names_the_subscription() -> None:
    """A query that looks at no words is told by its label."""
    assert "".join(run.text for run in reason_runs([reason(3)])) == "matches #3 the label"


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/a",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://arxiv.org@evil.example/x",
        "https://evil.example\\@arxiv.org/",
        "https://xn--rxiv-5cd.org/x",
        "https://аrxiv.org/x",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://github.com:8080/x",
        "https://github.com:port/x",
        "https://[::1]/x",
        "https://git\u202ehub.com/x",
        "https://github.com/a b",
        "//github.com/x",
        "",
        None,
        "https://github.com/" + "a" * 600,
    ],
)
def test_links_that_could_lie_are_not_shown(url: str | None) -> None:
    """Only https, a plain host, no user, no odd characters."""
    assert not is_safe_link(url)


def test_a_lying_code_link_leaves_no_button() -> None:
    """The next good link is taken; with none there is no code button."""
    bad, good = "https://a@evil.example/", "https://github.com/a/b?x=1#y"
    one = paper(1, "A", code_links=(bad, good), project_url=bad)
    card = alert_card(alert(one), one)

    assert card.buttons[1] == Link("Code", good)
    assert part(card).project_url is None
    alone = paper(1, "A", code_links=(bad,))
    assert part(alert_card(alert(alone), alone)).code_url is None


def test_a_monstrous_paper_still_fits() -> None:
    """A title and authors of a megabyte are cut."""
    one = paper(1, "x" * 1_000_000, abstract="y" * 1_000_000, authors=("z" * 100_000,) * 50)
    card = alert_card(alert(one, reason(1, "w" * 100_000)), one)

    assert len(repr(card)) < 3000


def a_list(count: int) -> tuple[PaperList, dict[PaperId, Paper]]:
    """A list of so many papers."""
    papers = [paper(number, f"Paper {number}") for number in range(count)]
    alerts = tuple(alert(one) for one in papers)
    post = PaperList(PostKey("list:abc"), GENERAL, alerts, AT)
    return post, {one.id: one for one in papers}


@pytest.mark.parametrize(
    ("count", "page", "first", "shown", "buttons"),
    [
        (1, 1, 0, 1, []),
        (10, 1, 0, 10, []),
        (11, 1, 0, 10, ["Next"]),
        (11, 2, 10, 1, ["Back"]),
        (25, 2, 10, 10, ["Back", "Next"]),
        (25, 99, 20, 5, ["Back"]),
        (25, 0, 0, 10, ["Next"]),
    ],
)
def test_a_list_opens_in_pages(
    count: int, page: int, first: int, shown: int, buttons: list[str]
) -> None:
    """Ten papers a page, nothing left out; a page out of range is the nearest."""
    post, papers = a_list(count)
    card = list_card(post, papers, page)
    titles = [one.title for one in card.parts if isinstance(one, PaperPart)]

    assert card.kind is CardKind.LIST
    assert titles == [f"Paper {number}" for number in range(first, first + shown)]
    assert [one.label for one in card.buttons] == buttons
    assert [papers[key].title for key in page_ids(post, page)] == titles


def test_the_pages_of_a_list_have_every_paper_once() -> None:
    """Nothing is dropped over the daily number."""
    post, papers = a_list(43)
    keys = [key for page in range(1, 6) for key in page_ids(post, page)]

    assert keys == [one.paper_id for one in post.alerts]
    assert len(papers) == 43
    assert PAGE_SIZE == 10


def test_a_paper_that_is_gone_is_shown_by_its_id() -> None:
    """A list outlives the records of its papers."""
    post, _ = a_list(2)
    card = list_card(post, {})

    assert "arxiv:2602.00000 matches diffusion model in #3" in lines(card)
    assert actions(card)["Show"] == "/papers show arxiv:2602.00001"
    assert card.fallback == "2 more papers"
