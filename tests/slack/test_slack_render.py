"""Cards as Block Kit."""

from __future__ import annotations

import random  # noqa: TID251 - seeded, to make hostile texts
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from slack_check import lies, links, mentions, problems, words
from slack_made import generated, hostile_card, hostile_titles, list_of, paper

from adapters.slack.buttons import Press, Verb, press_of, value_of
from adapters.slack.render import MESSAGES_MAX, render_answer, render_post
from bot.card.card import (
    Action,
    Card,
    CardKind,
    Fact,
    Facts,
    Link,
    Mark,
    Para,
    Preformatted,
    Row,
    Run,
)
from bot.model.paper import PaperId
from bot.model.subscription import Mention, MentionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.card.card import Part


def answer(*parts: Part, title: str = "", kind: CardKind = CardKind.ANSWER) -> Card:
    """A card of these parts."""
    return Card(kind, title, parts, "fallback")


def elements(card: Card) -> list[dict[str, object]]:
    """The buttons and menus of its post."""
    blocks = render_post(card).blocks
    return [one for block in blocks if block["type"] == "actions" for one in block["elements"]]


def check(card: Card) -> None:
    """Slack takes the post, and nothing in it calls or misleads anyone."""
    payload = render_post(card).payload()

    assert problems(payload) == []
    assert mentions(payload) == []
    assert lies(payload) == []


def test_an_alert_says_what_people_look_for() -> None:
    """An alert: linked title, authors, categories, date, reason, abstract."""
    card = hostile_card("Sparse & dense: x < y")
    payload = render_post(card).payload()
    seen = words(payload)

    assert ("Sparse & dense: x < y", "https://arxiv.org/abs/2603.00001") in links(payload)
    assert "cs.AI, cs.LG · 2 March 2026 · new" in seen
    assert "matches \nSparse & dense: x < y\n in #1" in seen
    assert payload["text"].startswith("Sparse &amp; dense: x &lt; y — ")
    assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)


KIM = Mention(MentionKind.USER, "U0KIM")
READERS = Mention(MentionKind.ROLE, "S0READERS")


def test_a_post_calls_exactly_those_of_its_card() -> None:
    """A person and a group, as elements that hold an id alone; the rest of it is as before."""
    card = hostile_card("<@U0EVIL> <!channel> @here")
    payload = render_post(replace(card, mentions=(READERS, KIM))).payload()
    called, *rest = payload["blocks"]

    assert called["elements"][0]["elements"] == [
        {"type": "usergroup", "usergroup_id": "S0READERS"},
        {"type": "text", "text": " "},
        {"type": "user", "user_id": "U0KIM"},
    ]
    assert problems(payload) == []
    assert len(mentions(payload)) == 2
    assert {**payload, "blocks": rest} == render_post(card).payload()


def test_an_answer_calls_no_one() -> None:
    """Neither the card's own mentions nor the person a line is about."""
    about = Para((Run("U0KIM", who=KIM), Run(" removed #3.")))
    for message in render_answer(replace(answer(about), mentions=(KIM,))):
        assert mentions(message.payload()) == []
    check(answer(about))


@pytest.mark.parametrize(
    "one",
    [
        Mention(MentionKind.USER, "everyone"),
        Mention(MentionKind.USER, "S0READERS"),
        Mention(MentionKind.ROLE, "U0KIM"),
        Mention(MentionKind.ROLE, "channel"),
        Mention(MentionKind.ROLE, "S1\n<!here>"),
        Mention(MentionKind.USER, ""),
        Mention(MentionKind.USER, "123"),
    ],
)
def test_what_is_no_id_of_slack_is_not_called(one: Mention) -> None:
    """One wrong id would have the whole post refused."""
    check(replace(hostile_card("T"), mentions=(one,)))


def test_many_calls_leave_the_paper_its_room() -> None:
    """Twenty are called; the post is one message within its limits."""
    many = tuple(Mention(MentionKind.USER, f"U{number:09d}") for number in range(200))
    payload = render_post(replace(hostile_card("T" * 300), mentions=many)).payload()

    assert len(mentions(payload)) == 20
    assert problems(payload) == []
    assert "arxiv.org/abs/2603.00001" in str(links(payload))


def test_an_alert_has_two_buttons_and_a_menu() -> None:
    """The PDF and the code are buttons; Why, Mute a word, Cite and Show are in the menu."""
    card = hostile_card("T")
    card = replace(card, buttons=(Link("PDF", "https://arxiv.org/pdf/1"), card.buttons[1]))
    *buttons, menu = elements(card)

    assert [one["text"]["text"] for one in buttons] == ["PDF", "Why"]  # type: ignore[index]
    assert [one["text"]["text"] for one in menu["options"]] == [  # type: ignore[attr-defined]
        "Why",
        "Mute a word",
        "Cite",
        "Show",
    ]
    assert menu["options"][0]["value"] == "/papers why arxiv:2603.00001"  # type: ignore[index]


def test_a_button_carries_its_command() -> None:
    """What a button carries reads back as the command, with what pressing it does."""
    texts = ["/papers why arxiv:1", "search a:b", "fill:x", "", "share: y"]
    for verb in (Verb.FILL, Verb.SHARE):
        for text in texts:
            assert press_of(value_of(Press(verb, text))) == Press(verb, text)

    assert press_of("/papers why arxiv:1") == Press(Verb.RUN, "/papers why arxiv:1")


def test_a_command_that_no_button_holds_is_left_out() -> None:
    """A value over 2,000 characters would make Slack refuse the whole message."""
    card = replace(answer(Para((Run("x"),))), buttons=(Action("Big", "x" * 2001),))

    assert elements(card) == []
    check(card)


def test_what_no_menu_holds_is_a_button() -> None:
    """A menu's option takes 150 characters, a button 2,000: nothing is lost in between."""
    long = Action("Why", "/papers why doi:" + "x" * 200)
    card = replace(answer(Para((Run("x"),))), more=(Action("Cite", "/papers cite x"), long))
    button, menu = elements(card)

    assert button["value"] == long.command
    assert len(menu["options"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url", ["javascript:x", "https://a@evil.example", "https://[x", "x" * 3001]
)
def test_a_link_that_is_none_is_left_out(url: str) -> None:
    """What is no plain web link is neither a link nor a button; its words stay."""
    card = replace(answer(Para((Run("here", url=url),))), buttons=(Link("Go", url),))
    payload = render_post(card).payload()

    assert links(payload) == []
    assert words(payload) == "here"
    check(card)


def test_a_title_that_names_another_host_is_no_link() -> None:
    """Such a title stands as plain words, and the link beside it says where it leads."""
    payload = render_post(hostile_card("Free at https://evil.example/paper")).payload()

    assert ("arxiv.org", "https://arxiv.org/abs/2603.00001") in links(payload)
    assert lies(payload) == []


def test_fifty_subscriptions_fit_into_an_answer() -> None:
    """A full channel's list comes in at most four messages, every row in it."""
    rows = [
        Row(
            (Run(f"#{n} ", Mark.STRONG), Run("cat:cs.CL (rag OR retrieval)", Mark.CODE)),
            tuple(
                Action(what, f"/papers {what} {n}") for what in ("Pause", "Edit", "Remove", "F")
            ),
        )
        for n in range(1, 51)
    ]
    messages = render_answer(answer(*rows, title="50 subscriptions", kind=CardKind.SUBSCRIPTIONS))
    seen = "\n".join(words(one.payload()) for one in messages)

    assert len(messages) <= MESSAGES_MAX
    assert all(problems(one.payload()) == [] for one in messages)
    assert all(f"#{n} cat" in seen for n in range(1, 51))


def test_a_row_with_one_button_is_one_line() -> None:
    """The button stands beside the words, and code is set apart from what explains it."""
    row = Row((Run("search x", Mark.CODE), Run(" finds x")), (Action("Try", "/papers search x"),))
    (block,) = render_post(answer(row)).blocks

    assert block["text"]["text"] == "search x · finds x"
    assert block["accessory"]["value"] == "/papers search x"


def test_few_rows_have_buttons() -> None:
    """A short list shows its buttons; a long one has menus."""
    row = Row((Run("#1 q"),), (Action("Pause", "/papers pause 1"), Action("Edit", "e", fill=True)))
    (message,) = render_answer(answer(row, title="1 subscription"))

    assert [block["type"] for block in message.blocks] == ["header", "rich_text", "actions"]


@pytest.mark.parametrize("size", [1, 10, 300])
def test_a_list_is_one_message(size: int) -> None:
    """Ten papers with the longest titles fit into one post."""
    authors = tuple("N" * size for _ in range(9))
    papers = tuple(
        paper('"' * size, id=PaperId(f"arxiv:2603.{n:05d}"), authors=authors) for n in range(10)
    )
    card = list_of(papers)

    check(card)
    assert len(links(render_post(card).payload())) >= 10


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (Para(()),),
        (Para((Run(""),)),),
        (Para((Run("\u200b"),)),),
        (Preformatted(""),),
        (Facts(()),),
        (Row(()),),
        (Para((Run("q", Mark.QUIET),)),),
        (Preformatted("a   b\n  ^\n" + "x" * 9000),),
        (Para((Run("w " * 9000),)), Facts((Fact("Next", "x" * 9000),))),
    ],
)
def test_no_card_is_too_much_or_too_little(parts: Sequence[Part]) -> None:
    """Empty parts vanish, long ones are cut, and something is always said."""
    check(answer(*parts))
    check(answer(*parts, title="T" * 900))


def test_columns_stay() -> None:
    """A caret under a query stays under the word that it points at."""
    message = render_post(answer(Preformatted("a  OR OR b\n      ^^")))

    assert "a  OR OR b\n      ^^" in words(message.payload())


def test_a_long_bibtex_is_whole() -> None:
    """What is to be pasted is not cut: it takes several blocks."""
    lines = [f"  author{n} = {{{'A' * 50}}}," for n in range(120)]
    messages = render_answer(answer(Preformatted("\n".join(lines))))
    seen = "\n".join(words(one.payload()) for one in messages)

    assert all(problems(one.payload()) == [] for one in messages)
    assert all(line in seen for line in lines)


def test_what_does_not_fit_is_said() -> None:
    """An answer that four messages cannot hold ends with a sentence that says so."""
    messages = render_answer(answer(*[Para((Run("w" * 2900),))] * 30))

    assert len(messages) == MESSAGES_MAX
    assert words(messages[-1].payload()).endswith("Slack has no room for the rest.")
    check(answer(*[Para((Run("w" * 2900),))] * 30))


def test_only_what_may_be_shared_can_be() -> None:
    """*Share here* stands under results and papers, with the command that gives them again."""
    shared = render_answer(answer(Para((Run("x"),)), kind=CardKind.RESULTS), "search x")[0]
    private = render_answer(answer(Para((Run("x"),)), kind=CardKind.SUBSCRIPTIONS), "list")[0]

    assert shared.blocks[-1]["elements"][-1]["value"] == "share:search x"
    assert "Share" not in words(private.payload())


def test_hostile_titles_stay_words() -> None:
    """No known hostile title, as title, author, abstract and word, is a mention or a lie."""
    for title in hostile_titles():
        check(hostile_card(title))


def test_generated_titles_stay_words() -> None:
    """The same for 2,000 texts made of what breaks renderers (100,000: benchmarks/)."""
    for title in generated(random.Random(7), 2000):  # noqa: S311 - seeded
        check(hostile_card(title))


def test_the_checker_finds_what_it_looks_for() -> None:
    """The checks that the tests rest on refuse what Slack refuses."""
    mrkdwn = {"type": "section", "text": {"type": "mrkdwn", "text": "<!channel> <@U1>"}}
    lie = {
        "type": "rich_text_section",
        "elements": [{"type": "link", "url": "https://evil.example", "text": "arxiv.org"}],
    }
    called = {"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}
    payload = {
        "text": "<!here>",
        "blocks": [mrkdwn, {"type": "rich_text", "elements": [lie, called]}],
    }

    assert len(mentions(payload)) == 5
    assert len(lies(payload)) == 1
    assert "mrkdwn without verbatim" in problems(payload)
    assert problems({"text": "x", "blocks": [mrkdwn] * 51})[0] == "too many blocks"
    assert problems({"blocks": []}) == ["no_text"]
