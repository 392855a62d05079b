"""Cards as messages, posts and threads of Discord."""

from __future__ import annotations

import random  # noqa: TID251 - seeded, to make hostile texts
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from discord_limits import thread_problems
from discord_made import (
    MARK,
    NAMED,
    PIECES,
    answer,
    forum,
    generated,
    hostile_answer,
    hostile_files,
    post,
    units,
    wrong,
)
from discord_reader import buttons, links, read, words
from discord_schema import faults
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_made import alert, hostile_card, hostile_titles, list_of, paper

from adapters.discord.ids import Verb, unpack
from adapters.discord.layout import MESSAGES_MAX
from adapters.discord.render import COMPONENTS_V2, SILENT, plain_text
from bot.card.alert import alert_card
from bot.card.card import (
    Action,
    Card,
    CardKind,
    Fact,
    Facts,
    Link,
    Mark,
    PaperPart,
    Para,
    Preformatted,
    Row,
    Run,
)
from bot.model.paper import PaperId
from bot.model.subscription import Mention, MentionKind

if TYPE_CHECKING:
    from bot.card.card import Part

ADA = Mention(MentionKind.USER, "80351110224678912")
READERS = Mention(MentionKind.ROLE, "165511591545143296")

TEXTS = st.text(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
URLS = st.sampled_from(["https://arxiv.org/abs/1", "http://x", "https://a@b.c", "x" * 600])
RUNS = st.lists(
    st.builds(
        Run,
        TEXTS,
        st.sampled_from([*Mark]),
        st.none() | st.just("https://arxiv.org/abs/1"),
        st.none() | st.just(Mention(MentionKind.USER, NAMED)),
    ),
    max_size=4,
).map(tuple)
ACTIONS = st.builds(Action, TEXTS, TEXTS, st.booleans(), st.booleans())
LINKS = st.builds(Link, TEXTS, URLS)
PAPERS = st.builds(
    PaperPart,
    st.just(PaperId("doi:10.1/" + "x" * 90)),
    TEXTS,
    URLS,
    TEXTS,
    st.lists(TEXTS, max_size=6).map(tuple),
    st.dates(),
    TEXTS,
    st.integers(1, 10**6),
    st.text(max_size=4000),
    RUNS,
)
PARTS = st.one_of(
    st.builds(Para, RUNS),
    st.builds(Preformatted, st.text(max_size=5000)),
    st.builds(Facts, st.lists(st.builds(Fact, TEXTS, TEXTS), max_size=30).map(tuple)),
    PAPERS,
    st.builds(Row, RUNS, st.lists(ACTIONS, max_size=8).map(tuple)),
)
CARDS = st.builds(
    Card,
    st.sampled_from([*CardKind]),
    TEXTS,
    st.lists(PARTS, max_size=12).map(tuple),
    TEXTS,
    st.lists(ACTIONS | LINKS, max_size=8).map(tuple),
    st.lists(ACTIONS | LINKS, max_size=6).map(tuple),
    mentions=st.lists(st.sampled_from([ADA, READERS]), max_size=3).map(tuple),
)
SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[*HealthCheck])


def card_of(*parts: Part, title: str = "", kind: CardKind = CardKind.ANSWER) -> Card:
    """A card of these parts."""
    return Card(kind, title, parts, "fallback")


def line(text: str) -> Para:
    """A paragraph."""
    return Para((Run(text),))


def labels(payload: dict[str, Any]) -> list[str]:
    """What can be pressed, in order."""
    return [one["label"] for one in buttons(payload)]


def pressed(payload: dict[str, Any]) -> list[tuple[Verb, str]]:
    """What pressing does."""
    found = [unpack(one["custom_id"]) for one in buttons(payload) if "custom_id" in one]
    return [(one.verb, one.rest) for one in found if one is not None]


def texts(payload: dict[str, Any]) -> list[str]:
    """The texts of a message of components."""
    found, waiting = [], list(payload["components"])
    while waiting:
        one = waiting.pop(0)
        if one["type"] == 10:
            found.append(one["content"])
        waiting = [*one.get("components", ()), *waiting]
    return found


# ---------------------------------------------------------------- posts


def test_an_alert_says_what_people_look_for() -> None:
    """An alert: linked title, authors, reason with its words bold, abstract, facts."""
    one = paper("Sparse & dense: x < y", upvotes=12, stars=1204)
    payload = post(alert_card(alert(one), one))
    (embed,) = payload["embeds"]

    assert embed["title"] == "Sparse & dense: x \\< y"
    assert embed["url"] == "https://arxiv.org/abs/2603.00001"
    assert embed["description"].split("\n") == [
        "Ada Lovelace and Kaiming He",
        "matches **sparse attention** in #1",
        "",
        "We study sparse attention. It scales.",
    ]
    assert (
        embed["footer"]["text"] == "cs.AI, cs.LG · 2 March 2026 · new · 12 upvotes · 1,204 stars"
    )


def test_an_alert_has_two_buttons_and_more() -> None:
    """The PDF and why it came; *More* asks for the rest. Each carries the post's mark."""
    payload = post(hostile_card("T"))
    ids = [unpack(one["custom_id"]) for one in buttons(payload) if "custom_id" in one]

    assert labels(payload) == ["PDF", "Why", "More"]
    assert pressed(payload) == [
        (Verb.RUN, "why arxiv:2603.00001"),
        (Verb.MORE, "more arxiv:2603.00001"),
    ]
    assert all(one is not None and one.mark == MARK for one in ids)


def test_a_post_is_silent_and_calls_nobody() -> None:
    """No push, no content, nothing parsed."""
    payload = post(hostile_card("@everyone <@80351110224678912>"))

    assert payload["flags"] == SILENT
    assert payload["allowed_mentions"] == {"parse": []}
    assert "content" not in payload


def test_a_mention_calls_only_whom_it_names() -> None:
    """With mentions the content is exactly them, they alone are allowed, and there is a push."""
    payload = post(replace(hostile_card("T"), mentions=(READERS, ADA, ADA)))

    assert payload["content"] == "<@&165511591545143296> <@80351110224678912>"
    assert payload["allowed_mentions"] == {
        "parse": [],
        "users": ["80351110224678912"],
        "roles": ["165511591545143296"],
    }
    assert "flags" not in payload
    assert wrong(payload) == []


def test_a_mention_without_an_id_calls_nobody() -> None:
    """What is no id is left out, and the post is silent again."""
    payload = post(replace(hostile_card("T"), mentions=(Mention(MentionKind.USER, "everyone"),)))

    assert payload["flags"] == SILENT
    assert "content" not in payload


def test_a_title_that_names_another_host_is_no_link() -> None:
    """Such a title stands as plain words, and the link below it says where it leads."""
    payload = post(hostile_card("Free at https://evil.example/paper"))

    assert "url" not in payload["embeds"][0]
    assert ("arxiv.org", "https://arxiv.org/abs/2603.00001") in links(payload)
    assert wrong(payload) == []


def test_a_notice_carries_its_mark() -> None:
    """A post with nothing to press gets *List*: without a custom id it could not be found."""
    bare = post(card_of(line("This channel is paused."), title="Paused", kind=CardKind.NOTICE))
    linked = post(replace(card_of(line("x")), buttons=(Link("PDF", "https://arxiv.org/pdf/1"),)))

    assert pressed(bare) == [(Verb.RUN, "list")]
    assert labels(linked) == ["PDF", "List"]
    assert wrong(bare) == wrong(linked) == []


def test_the_plain_card_can_be_posted() -> None:
    """What the core sends after a refusal, one paragraph, is a post like any other."""
    payload = post(card_of(line("A title — https://arxiv.org/abs/1")))

    assert words(payload) == "A title — https://arxiv.org/abs/1"
    assert wrong(payload) == []


@pytest.mark.parametrize("size", [1, 10, 300])
def test_a_list_is_one_message(size: int) -> None:
    """Ten papers with the longest titles fit into one post, each linked."""
    authors = tuple("N" * size for _ in range(9))
    papers = tuple(
        paper('"' * size, id=PaperId(f"arxiv:2603.{n:05d}"), authors=authors) for n in range(10)
    )
    payload = post(list_of(papers))

    assert wrong(payload) == []
    assert len(links(payload)) >= 10


def test_a_list_turns_its_pages() -> None:
    """*Next* says the list's page, under the mark."""
    papers = tuple(paper("T", id=PaperId(f"arxiv:2603.{n:05d}")) for n in range(12))
    payload = post(list_of(papers))

    assert pressed(payload) == [(Verb.RUN, "page list:abc 2")]


def test_rows_of_a_post_keep_their_buttons() -> None:
    """Papers that are not known any more are rows: each button says which it is for."""
    rows = [
        Row((Run(f"arxiv:{n} "),), (Action("Show", f"/papers show arxiv:{n}"),)) for n in range(3)
    ]
    payload = post(card_of(*rows, kind=CardKind.LIST))

    assert labels(payload) == ["Show arxiv:0", "Show arxiv:1", "Show arxiv:2"]


def test_a_thread_is_called_by_its_title() -> None:
    """A forum post: the title, at most 100 characters, and the alert as its first message."""
    long = forum(hostile_card("word " * 60))
    emoji = forum(hostile_card("🚨" * 90))

    assert forum(hostile_card("A *b*"))["name"] == "A *b*"
    assert long["name"].endswith("word…")
    assert units(long["name"]) <= 100
    assert units(emoji["name"]) <= 100
    assert forum(card_of(line("x")))["name"] == "fallback"
    assert faults("CreateForumThreadRequest", long) == []
    assert wrong(long["message"]) == []


# ---------------------------------------------------------------- answers


def test_a_row_with_one_button_is_one_line() -> None:
    """The button stands beside the words."""
    row = Row((Run("search x", Mark.CODE), Run(" finds x")), (Action("Try", "/papers search x"),))
    (payload,) = answer(card_of(row))
    (section,) = payload["components"][0]["components"]

    assert section["components"][0]["content"] == "`search x` finds x"
    assert section["accessory"]["label"] == "Try"
    assert payload["flags"] == COMPONENTS_V2


def subscriptions(count: int) -> Card:
    """A list of so many."""
    rows = [
        Row(
            (Run(f"#{n} ", Mark.STRONG), Run("cat:cs.CL (rag OR retrieval)", Mark.CODE)),
            tuple(
                Action(what, f"/papers {what} {n}") for what in ("Pause", "Edit", "Remove", "F")
            ),
        )
        for n in range(1, count + 1)
    ]
    muted = [Row((Run(f"w{n}", Mark.CODE),), (Action("Unmute", f"u{n}"),)) for n in range(count)]
    shown = card_of(*rows, *muted, title=f"{count}", kind=CardKind.SUBSCRIPTIONS)
    return replace(shown, buttons=(Action("Log", "/papers log"),))


@pytest.mark.parametrize("count", [1, 4, 5, 50])
def test_no_row_and_no_button_of_a_list_is_lost(count: int) -> None:
    """A full channel's list takes several messages; each row and what it offers are there."""
    messages = answer(subscriptions(count))
    said = "\n".join(words(one) for one in messages)
    offered = str([one["components"] for one in messages])

    assert len(messages) <= MESSAGES_MAX
    assert [wrong(one, is_answer=True) for one in messages] == [[]] * len(messages)
    for n in range(1, count + 1):
        assert f"#{n} cat" in said
        assert all(f":{what} {n}'" in offered for what in ("Pause", "Edit", "Remove", "F"))
        assert f":u{n - 1}'" in offered
    assert ":log'" in offered


def test_few_rows_have_buttons_and_many_have_menus() -> None:
    """A short list shows its buttons, a long one a menu a row."""
    few, many = str(answer(subscriptions(4))), str(answer(subscriptions(5)))

    assert ("'Pause, Edit, Remove, F'" in few, "'Pause, Edit, Remove, F'" in many) == (False, True)


def test_results_can_be_turned_and_shared() -> None:
    """Paging, *Subscribe this channel*, and *Share here* with the command that gives it again."""
    card = replace(
        card_of(line("x"), kind=CardKind.RESULTS),
        buttons=(
            Action("Next", "/papers search x --page 2", primary=True),
            Action("Subscribe this channel", "/papers subscribe x"),
        ),
    )
    (shared,) = answer(card, "/papers search x")

    assert pressed(shared) == [
        (Verb.RUN, "search x --page 2"),
        (Verb.RUN, "subscribe x"),
        (Verb.SHARE, "search x"),
    ]
    assert labels(answer(card)[0]) == ["Next", "Subscribe this channel"]


def test_only_what_may_be_shared_can_be() -> None:
    """A list of subscriptions is for the asker."""
    (private,) = answer(card_of(line("x"), kind=CardKind.SUBSCRIPTIONS), "/papers list")

    assert labels(private) == []


def test_a_button_to_be_filled_opens_a_form() -> None:
    """`fill` gives the verb for a form; a long query is kept under a key."""
    long = "/papers edit 3 " + "word " * 40
    card = replace(card_of(line("x")), buttons=(Action("Edit", long, fill=True),))

    assert pressed(answer(card)[0]) == [(Verb.FILL, "@abcdefghijklmnop")]


def test_buttons_that_say_the_same_have_ids_of_their_own() -> None:
    """Discord refuses a message with one id twice; pressing either does the same."""
    twice = (Action("A", "/papers list"), Action("B", "/papers list"))
    (payload,) = answer(replace(card_of(line("x")), buttons=twice))

    assert len({one["custom_id"] for one in buttons(payload)}) == 2
    assert pressed(payload) == [(Verb.RUN, "list")] * 2


def test_an_error_points_at_its_place() -> None:
    """The caret stands under the word, and the words around it are plain."""
    quoted = Preformatted("a  OR OR b\n      ^^")
    (payload,) = answer(card_of(line("x"), quoted, title="No", kind=CardKind.ERROR))

    assert texts(payload) == ["### No", "x", "```\na  OR OR b\n      ^^\n```"]


def test_a_long_bibtex_is_whole() -> None:
    """What is to be pasted is not cut: it takes several blocks and messages."""
    lines = [f"  author{n} = {{{'A' * 50}}}," for n in range(120)]
    messages = answer(card_of(Preformatted("\n".join(lines))))
    said = "\n".join(code for one in messages for text in texts(one) for code in read(text).code)

    assert [wrong(one, is_answer=True) for one in messages] == [[]] * len(messages)
    assert said.split("\n") == lines


def test_what_does_not_fit_is_said() -> None:
    """An answer that ten messages cannot hold ends with a sentence that says so."""
    messages = answer(card_of(*[line("w" * 1900)] * 30))

    assert len(messages) == MESSAGES_MAX
    assert words(messages[-1]).endswith("Discord has no room for the rest.")
    assert [wrong(one, is_answer=True) for one in messages] == [[]] * MESSAGES_MAX


def test_buttons_outlast_what_does_not_fit() -> None:
    """However much an answer has to leave out, what it offers at its end is there."""
    card = card_of(*[line("w" * 1900)] * 30)
    messages = answer(replace(card, buttons=(Action("Log", "/papers log"),)))

    assert len(messages) == MESSAGES_MAX
    assert "Discord has no room for the rest." in words(messages[-1])
    assert "Log" in labels(messages[-1])
    assert [wrong(one, is_answer=True) for one in messages] == [[]] * MESSAGES_MAX


def test_a_full_channel_of_the_longest_queries_is_listed() -> None:
    """Fifty subscriptions and a hundred muted words: all are there, cut, with their menus."""
    rows = [
        Row(
            (Run(f"#{n} ", Mark.STRONG), Run("*word OR " * 114, Mark.CODE), Run(" paused")),
            tuple(Action(what, f"/papers {what} {n}") for what in ("Pause", "Edit")),
        )
        for n in range(1, 51)
    ]
    muted = [
        Row((Run(f"word {n} " * 20, Mark.CODE),), (Action("Unmute", f"u{n}"),)) for n in range(100)
    ]
    shown = card_of(*rows, line("Muted words"), *muted, kind=CardKind.SUBSCRIPTIONS)
    messages = answer(replace(shown, buttons=(Action("Log", "/papers log"),)))
    said = "\n".join(words(one) for one in messages)
    offered = str([one["components"] for one in messages])

    assert [wrong(one, is_answer=True) for one in messages] == [[]] * len(messages)
    assert "no room" not in said
    assert said.count(" paused") == 50
    assert all(f"#{n} *word" in said and f":Pause {n}'" in offered for n in range(1, 51))
    assert all(f"'Unmute word {n} " in offered and f":u{n}'" in offered for n in range(100))
    assert "Log" in labels(messages[-1])


def test_a_label_that_names_another_host_says_its_own() -> None:
    """A link button's words cannot be taken for another address."""
    card = replace(card_of(line("x")), buttons=(Link("evil.example", "https://arxiv.org/abs/1"),))

    assert labels(answer(card)[0]) == ["arxiv.org"]


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (Para(()),),
        (line(""),),
        (line("\u200b"),),
        (Preformatted(""),),
        (Facts(()),),
        (Facts((Fact("", ""),)),),
        (Row(()),),
        (Row((), (Action("", ""),)),),
        (Para((Run("q", Mark.QUIET),)),),
        (Preformatted("a   b\n  ^\n" + "x" * 9000),),
        (line("w " * 9000), Facts((Fact("Next", "x" * 9000),))),
    ],
)
def test_no_card_is_too_much_or_too_little(parts: tuple[Part, ...]) -> None:
    """Empty parts vanish, long ones are cut, and something is always said."""
    for card in (
        card_of(*parts),
        card_of(*parts, title="T" * 900),
        Card(CardKind.ERROR, "", parts, ""),
    ):
        assert wrong(post(card)) == []
        assert [fault for one in answer(card) for fault in wrong(one, is_answer=True)] == []


def test_a_plain_text_is_content() -> None:
    """Where only content can be shown, the fallback is one escaped line of it."""
    card = replace(card_of(), fallback="*a* @everyone " + "x" * 3000)

    assert plain_text(card).startswith("\\*a\\* @\u200beveryone")
    assert units(plain_text(card)) <= 2000
    assert plain_text(replace(card, fallback="")) == "paperwire"


# ---------------------------------------------------------------- anything at all


@SLOW
@given(CARDS)
def test_any_card_is_a_post(card: Card) -> None:
    """Within every limit, valid by the description, nobody called, no lie, whatever it holds."""
    payload = post(card)

    assert wrong(payload) == []
    assert faults("MessageEditRequestPartial", payload) == []
    assert faults("CreateForumThreadRequest", forum(card)) == []


@SLOW
@given(CARDS, st.booleans())
def test_any_card_is_an_answer(card: Card, asked: bool) -> None:
    """The same for every message of an answer."""
    messages = answer(card, "/papers search x" if asked else "")

    assert 1 <= len(messages) <= MESSAGES_MAX
    for one in messages:
        assert wrong(one, is_answer=True) == []
        assert faults("IncomingWebhookUpdateForInteractionCallbackRequestPartial", one) == []


def test_hostile_titles_stay_words() -> None:
    """No known hostile title, anywhere in a post or an answer, becomes more than words."""
    for at, title in enumerate(hostile_titles()):
        assert wrong(post(hostile_card(title)), described=at % 8 == 0) == []
        assert wrong(post(hostile_answer(title)), described=False) == []
        assert thread_problems(forum(hostile_card(title))) == []
        for one in answer(hostile_answer(title), "/papers search x"):
            assert wrong(one, described=False, is_answer=True) == []


def test_hostile_files_stay_words() -> None:
    """Whatever a hostile file holds, bombs and broken encodings, is words in a message."""
    for text in hostile_files():
        assert wrong(post(hostile_card(text)), described=False) == []
        for one in answer(hostile_answer(text)):
            assert wrong(one, described=False, is_answer=True) == []


@pytest.mark.parametrize("piece", ["a.", "[", "]", "*", "\n", ":a", "1. ", "\U0001f600"])
def test_a_text_without_end_is_cut(piece: str) -> None:
    """Texts of 20,000 characters everywhere are cut to what fits, before they are looked at."""
    text = piece * (20_000 // len(piece))

    assert wrong(post(hostile_card(text)), described=False) == []
    for one in answer(hostile_answer(text)):
        assert wrong(one, described=False, is_answer=True) == []


def test_generated_titles_stay_words() -> None:
    """The same for 500 texts made of what breaks renderers (100,000: benchmarks/)."""
    for title in generated(random.Random(7), 500):  # noqa: S311 - seeded
        assert wrong(post(hostile_card(title)), described=False) == []
        for one in answer(hostile_answer(title), "/papers search x"):
            assert wrong(one, described=False, is_answer=True) == []


def test_the_reader_finds_what_it_looks_for() -> None:
    """The checks that the tests rest on refuse what they are there for."""
    lie = {"type": 10, "content": "[arxiv.org](https://evil.example) <@1> @everyone :tada:"}
    swallowed = {
        "type": 10,
        "content": "[arxiv.org](https://arxiv.org) \\](https\\://evil.example)",
    }
    made = {"flags": COMPONENTS_V2, "allowed_mentions": {"parse": []}, "components": [lie]}
    found = wrong(made, described=False, is_answer=True)

    assert len(found) == 4
    assert wrong({**made, "components": [swallowed]}, described=False, is_answer=True) != []
    assert wrong({**made, "allowed_mentions": {}, "components": []}, is_answer=True) != []
    assert read("# a\n> b\n- c").blocks == ["#", ">", "-"]
    assert read("||a|| __b__").strange == ["a", "b"]
