"""Every value that the store keeps comes back equal, and what is damaged is called so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from storing import GENERAL, alert, change, channel, paper

from adapters.redis import codec
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
from bot.card.json import card_from_json, card_json
from bot.card.post import Notice, PaperList
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import Ambiguous, Channel, ChannelId, Pause, UserId
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import (
    ChangeType,
    Mention,
    MentionKind,
    Subscription,
    SubscriptionId,
)
from bot.ports import Change, FeedState, PaperRecord

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TIMES = st.integers(0, 250_000_000_000_000_000).map(codec.from_us)
COUNTS = st.integers(0, 2**40)
IDS = st.builds(ChannelId, st.just("web"), st.sampled_from(["local", "T1"]), TEXT)
PAPERS = st.builds(
    Paper,
    id=st.builds(PaperId, TEXT),
    title=TEXT,
    abstract=TEXT,
    authors=st.lists(TEXT, max_size=3).map(tuple),
    categories=st.lists(TEXT, max_size=3).map(tuple),
    published_at=TIMES,
    announced=st.sampled_from(AnnounceType),
    sources=st.lists(TEXT, max_size=2).map(tuple),
    version=COUNTS,
    doi=st.none() | TEXT,
    code_links=st.lists(TEXT, max_size=2).map(tuple),
    upvotes=st.none() | COUNTS,
)
PAUSES = st.none() | st.builds(Pause, TIMES, TEXT, st.none() | st.builds(UserId, TEXT))
SUBSCRIPTIONS = st.builds(
    Subscription,
    id=st.builds(SubscriptionId, TEXT),
    channel=IDS,
    number=COUNTS,
    query=TEXT,
    types=st.frozensets(st.sampled_from(ChangeType)),
    created_by=st.builds(UserId, TEXT),
    created_at=TIMES,
    name=st.none() | TEXT,
    pause=PAUSES,
    mention=st.none() | st.builds(Mention, st.sampled_from(MentionKind), TEXT),
    tags=st.lists(TEXT, max_size=2).map(tuple),
)
CHANNELS = st.builds(
    Channel,
    IDS,
    COUNTS,
    COUNTS,
    st.lists(SUBSCRIPTIONS, max_size=3, unique_by=lambda one: one.id).map(tuple),
    st.lists(TEXT, max_size=3).map(tuple),
    PAUSES,
    st.sampled_from(Ambiguous),
    st.lists(TEXT, max_size=2).map(tuple),
)
CHANGES = st.builds(
    Change,
    TEXT,
    TIMES,
    st.builds(UserId, TEXT),
    TEXT,
    st.lists(IDS, max_size=2).map(tuple),
    st.lists(CHANNELS, max_size=2).map(tuple),
    st.none() | TEXT,
    st.none() | TEXT,
)
FEEDS = st.builds(FeedState, TEXT, st.none() | TEXT, st.none() | TIMES, batch_size=COUNTS)
REASONS = st.builds(
    Reason, st.builds(SubscriptionId, TEXT), COUNTS, TEXT, st.lists(TEXT, max_size=3).map(tuple)
)
ALERTS = st.builds(
    Alert,
    st.builds(PostKey, TEXT),
    st.just(GENERAL),
    st.builds(PaperId, TEXT),
    st.lists(REASONS, max_size=3).map(tuple),
    TIMES,
)
RUNS = st.lists(st.builds(Run, TEXT, st.sampled_from(Mark), st.none() | TEXT), max_size=3).map(
    tuple
)
ACTIONS = st.builds(Action, TEXT, TEXT, st.booleans(), st.booleans())
BUTTONS = st.lists(ACTIONS | st.builds(Link, TEXT, TEXT), max_size=3).map(tuple)
PARTS = (
    st.builds(Para, RUNS)
    | st.builds(Preformatted, TEXT)
    | st.builds(Facts, st.lists(st.builds(Fact, TEXT, TEXT), max_size=3).map(tuple))
    | st.builds(Row, RUNS, st.lists(ACTIONS, max_size=2).map(tuple))
    | st.builds(
        PaperPart,
        paper_id=st.builds(PaperId, TEXT),
        title=TEXT,
        url=TEXT,
        authors=TEXT,
        categories=st.lists(TEXT, max_size=2).map(tuple),
        day=st.dates(date(1990, 1, 1)),
        announced=TEXT,
        version=COUNTS,
        abstract=TEXT,
        reason=RUNS,
        pdf_url=st.none() | TEXT,
        upvotes=st.none() | COUNTS,
    )
)
CARDS = st.builds(
    Card,
    st.sampled_from(CardKind),
    TEXT,
    st.lists(PARTS, max_size=3).map(tuple),
    TEXT,
    BUTTONS,
    BUTTONS,
    st.booleans(),
)
POSTS = (
    ALERTS
    | st.builds(
        PaperList,
        st.builds(PostKey, TEXT),
        st.just(GENERAL),
        st.lists(ALERTS, max_size=3).map(tuple),
        TIMES,
    )
    | st.builds(Notice, st.builds(PostKey, TEXT), st.just(GENERAL), CARDS, TIMES)
)


@given(PAPERS)
def test_papers_come_back(found: Paper) -> None:
    """load(dump(paper)) == paper."""
    assert codec.PAPER.load(codec.PAPER.dump(found)) == found


@given(CHANNELS)
def test_channels_come_back(found: Channel) -> None:
    """load(dump(channel)) == channel."""
    assert codec.CHANNEL.load(codec.CHANNEL.dump(found)) == found


@given(CHANGES)
def test_changes_come_back(found: Change) -> None:
    """load(dump(change)) == change."""
    assert codec.CHANGE.load(codec.CHANGE.dump(found)) == found


@given(FEEDS)
def test_feeds_come_back(found: FeedState) -> None:
    """load(dump(state)) == state."""
    assert codec.FEED.load(codec.FEED.dump(found)) == found


@given(POSTS)
def test_posts_come_back(found: Any) -> None:
    """load(dump(post)) == post, for each kind of post and of part."""
    assert codec.load_post(codec.dump_post(found), GENERAL) == found


@given(POSTS)
def test_a_post_is_one_line_of_short_json(found: Any) -> None:
    """A post's text has no line end, as queue.lua takes posts by lines, and no needless byte."""
    text = codec.post_text(found)

    assert "\n" not in text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    assert codec.encoded(text) == codec.dump_post(found)


@given(CARDS)
def test_cards_come_back(found: Card) -> None:
    """Cards come back from their public JSON and from the store's text."""
    assert card_from_json(card_json(found)) == found
    assert codec.load_card(codec.dump_card(found)) == found


@given(st.lists(ALERTS, max_size=4), TIMES)
def test_a_list_is_put_together_from_alerts(alerts: list[Alert], at: datetime) -> None:
    """What a script makes of the alerts' texts is the list that would have been dumped."""
    before, after = codec.list_around(PostKey("list:x"), at)
    text = before + b",".join(map(codec.dump_post, alerts)) + after

    assert codec.load_post(text, GENERAL) == PaperList(
        PostKey("list:x"), GENERAL, tuple(alerts), at
    )


@given(COUNTS, TIMES, st.frozensets(TEXT, max_size=3), COUNTS, st.none() | PAPERS)
def test_records_come_back(
    revision: int, at: datetime, feeds: frozenset[str], alerted: int, found: Paper | None
) -> None:
    """What is known of a paper comes back, with and without the paper."""
    record = PaperRecord(PaperId("arxiv:1"), revision, at, feeds, alerted, found)
    text = codec.PAPER.dump(found) if found else None

    assert codec.load_seen(record.id, codec.dump_seen(record).encode(), text) == record


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_damaged_texts_are_called_unreadable(text: bytes) -> None:
    """No bytes of anyone raise anything else."""
    for version in (b"", b'{"v":1,', b'{"v":1,"kind":"alert",', b'{"v":1,"kind":"notice",'):
        for load in (
            codec.PAPER.load,
            codec.CHANNEL.load,
            codec.load_card,
            lambda text: codec.load_post(text, GENERAL),
            lambda text: codec.load_seen(PaperId("arxiv:1"), text, None),
        ):
            with pytest.raises(codec.Unreadable):
                load(version + text)


def test_a_channel_with_one_subscription_twice_is_damaged() -> None:
    """Made by hand: which of the two an alert is of could not be told."""
    good = channel(subscriptions=2)
    one, two = good.subscriptions
    damaged = replace(good, subscriptions=(one, two, replace(two, id=one.id, number=3)))

    with pytest.raises(codec.Unreadable, match=f"has two subscriptions with the id '{one.id}'"):
        codec.CHANNEL.load(codec.CHANNEL.dump(damaged))


def test_a_newer_format_is_named() -> None:
    """The error says which format it is and which one is read."""
    text = codec.PAPER.dump(paper()).replace(b'"v":1', b'"v":7')

    with pytest.raises(codec.Unreadable, match="has format 7; this paperwire reads format 1"):
        codec.PAPER.load(text)


def test_an_alert_that_is_spelled_out_is_read() -> None:
    """Alerts that were stored with their words come back, alone and in a list."""
    one = alert()
    spelled = (
        f'"key":"{one.key}","paper_id":"{one.paper_id}","queued_at":"{one.queued_at.isoformat()}",'
        '"reasons":[{"subscription":"s","number":3,"label":"l","words":["a","b"]}]}'
    )
    expected = replace(one, reasons=(Reason(SubscriptionId("s"), 3, "l", ("a", "b")),))

    assert codec.load_post(f'{{"v":1,"kind":"alert",{spelled}'.encode(), GENERAL) == expected
    first, last = codec.list_around(PostKey("list:x"), one.queued_at)
    both = first + f"{{{spelled},".encode() + codec.dump_post(one) + last
    listed = codec.load_post(both, GENERAL)
    assert listed == PaperList(PostKey("list:x"), GENERAL, (expected, one), one.queued_at)


@pytest.mark.parametrize(
    "reason", ['"s"', '["s"]', '["s","1","l"]', '["s",true,"l"]', '["s",1,"l",2]', "7"]
)
def test_a_damaged_reason_is_named(reason: str) -> None:
    """What is no reason is no alert."""
    text = f'{{"v":1,"kind":"a","k":"arxiv:1","t":0,"r":[{reason}]}}'

    with pytest.raises(codec.Unreadable, match="damaged"):
        codec.load_post(text.encode(), GENERAL)


def test_an_unknown_kind_is_named() -> None:
    """A post of a kind of tomorrow is no post of today."""
    text = codec.dump_post(alert()).replace(b'"kind":"a"', b'"kind":"poem"')

    with pytest.raises(codec.Unreadable, match="'poem'"):
        codec.load_post(text, GENERAL)


def test_a_lone_surrogate_is_replaced() -> None:
    """Text that no UTF-8 can hold is stored with U+FFFD in its place, and raises nothing."""
    found = codec.CHANNEL.load(codec.CHANNEL.dump(Channel(GENERAL, muted=("a\ud800b",))))
    assert found.muted == ("a\ufffdb",)

    post = Alert(PostKey("k\ud800"), GENERAL, PaperId("x"), (), alert().queued_at)
    assert codec.load_post(codec.dump_post(post), GENERAL).key == "k\ufffd"


def test_a_stored_channel_names_no_secret_and_reads_by_eye() -> None:
    """The stored form of a channel is the documented JSON."""
    text = codec.CHANNEL.dump(channel(subscriptions=0)).decode()

    assert text == (
        '{"v":1,"id":{"platform":"web","tenant":"local","channel":"general"},"revision":0,'
        '"next_number":1,"subscriptions":[],"muted":["spam"],"pause":null,"ambiguous":"resend",'
        '"managers":[]}'
    )


def test_a_channel_from_before_mentions_reads() -> None:
    """A record without `mention`, `tags` and `managers` is one that calls nobody."""
    one = channel(subscriptions=2)
    text = codec.CHANNEL.dump(one)
    old = text.replace(b',"mention":null,"tags":[]', b"").replace(b',"managers":[]', b"")

    assert text.count(b'"mention"') == 2
    assert not any(name in old for name in (b"mention", b"tags", b"managers"))
    assert codec.CHANNEL.load(old) == one


def test_mentions_tags_and_managers_come_back() -> None:
    """From a channel, and from the change of the audit that names what was before."""
    plain = channel(subscriptions=3)
    called = (Mention(MentionKind.USER, "U1"), Mention(MentionKind.ROLE, "9"), None)
    tagged = tuple(
        replace(one, mention=mention, tags=("machine learning", "é"))
        for one, mention in zip(plain.subscriptions, called, strict=True)
    )
    one = replace(plain, subscriptions=tagged, managers=("55", "66"))

    assert codec.CHANNEL.load(codec.CHANNEL.dump(one)) == one
    made = replace(change(), before=(one,))
    assert codec.CHANGE.load(codec.CHANGE.dump(made)) == made


@pytest.mark.parametrize("kind", ["everyone", "", "User"])
def test_a_mention_of_another_kind_is_not_guessed(kind: str) -> None:
    """A record made by hand cannot make the bot call everyone."""
    one = channel(subscriptions=1)
    called = replace(one.subscriptions[0], mention=Mention(MentionKind.ROLE, "9"))
    text = codec.CHANNEL.dump(replace(one, subscriptions=(called,)))

    with pytest.raises(codec.Unreadable, match="mention"):
        codec.CHANNEL.load(text.replace(b'"role"', f'"{kind}"'.encode()))


def test_a_channel_from_before_the_choice_reads() -> None:
    """A record without `ambiguous` is one that resends."""
    one = channel(subscriptions=1)
    text = codec.CHANNEL.dump(one).replace(b',"ambiguous":"resend"', b"")

    assert b"ambiguous" not in text
    assert codec.CHANNEL.load(text) == one
