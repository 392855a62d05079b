"""Posting to Slack: every answer has one meaning, and nothing is posted twice behind our back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes import FakeLeases, StoppedClock
from slack_made import CHANNEL, NOON, alert, hostile_card, paper
from slack_rig import FreeTurns, poster_on
from slack_server import Lost, Says, SlackServer, slack_server
from virtual import FakeChance

from adapters.redis.store import Store
from adapters.slack.client import web_client
from adapters.slack.outcomes import FORBIDDEN, GONE, LATER, NOT_CERTAIN, POST, TENANT, outcome_of
from adapters.slack.poster import SlackPoster
from adapters.slack.turns import GAP_S, LeaseTurns
from adapters.slack.workspace import OneWorkspace
from bot.card.alert import alert_card
from bot.model.alert import PostKey, Receipt
from bot.model.channel import ChannelId
from bot.ports import Busy, Fault, Found, Posted, Refused, Unreachable
from bot.world import SystemClock

KEY = PostKey("arxiv:2603.00001")
CARD = alert_card(alert(paper()), paper())


async def test_a_post_carries_its_key() -> None:
    """The receipt is Slack's ts, and the message's metadata holds the alert's id and no more."""
    async with slack_server() as server:
        outcome = await poster_on(server).post(CARD, CHANNEL, KEY)
        (sent,) = server.messages

    assert outcome == Posted(Receipt(sent.ts))
    assert sent.payload["metadata"] == {
        "event_type": "paperwire_alert",
        "event_payload": {"id": KEY},
    }
    assert (sent.payload["unfurl_links"], sent.payload["unfurl_media"]) == (False, False)


@pytest.mark.parametrize("shape", list(Lost))
@pytest.mark.parametrize("granted", [True, False])
async def test_a_lost_answer_leaves_one_message(shape: Lost, granted: bool) -> None:
    """However the answer is lost: one message, not certain; history, where granted, finds it."""
    async with slack_server(is_history_granted=granted) as server:
        server.fail("chat.postMessage", shape)
        turns = FreeTurns()
        poster = poster_on(server, turns)
        outcome = await poster.post(CARD, CHANNEL, KEY)
        found = await poster.find(CHANNEL, KEY, NOON - timedelta(days=1))
        (sent,) = server.messages

    assert isinstance(outcome, Unreachable)
    assert outcome.maybe_posted
    assert found == (Receipt(sent.ts) if granted else Found.UNKNOWN)
    assert turns.held == 0


async def test_a_post_that_never_arrived_is_absent() -> None:
    """History of any length is read to its end before a post is called absent."""
    async with slack_server() as server:
        poster = poster_on(server)
        for number in range(40):
            await poster.post(CARD, CHANNEL, PostKey(f"other-{number}"))
        absent = await poster.find(CHANNEL, KEY, NOON)
        first = await poster.find(CHANNEL, PostKey("other-0"), NOON)
        calls = server.calls.count("conversations.history")

    assert absent is Found.ABSENT
    assert first == server.messages[0].ts
    assert calls == 6


async def test_history_that_cannot_be_read_now_is_asked_again() -> None:
    """Trouble while reading back is neither absent nor unknown: nothing is posted blindly."""
    async with slack_server() as server:
        poster = poster_on(server)
        limited = Says({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "5"})
        stumbled = Says({"ok": False, "error": "internal_error"})
        for fault in (Lost.STATUS_502, Lost.TIMEOUT, Lost.HALF, Lost.RESET, limited, stumbled):
            server.fail("conversations.history", *[fault] * 2)  # aiohttp reads again after a reset
            with pytest.raises(TimeoutError):
                await poster.find(CHANNEL, KEY, NOON)
            server.faults.clear()


async def test_another_apps_metadata_is_not_ours() -> None:
    """A message with our key from another bot does not count as posted."""
    async with slack_server() as server:
        forged = {
            "ts": "1.2",
            "bot_id": "B0OTHER",
            "metadata": {"event_type": "paperwire_alert", "event_payload": {"id": KEY}},
        }
        server.fail("conversations.history", Says({"ok": True, "messages": [forged]}))
        found = await poster_on(server).find(CHANNEL, KEY, NOON)

    assert found is Found.ABSENT


async def test_nobody_there_is_certain() -> None:
    """Where no connection came about, nothing can have been posted."""
    poster = SlackPoster(
        OneWorkspace(web_client("xoxb-x", "http://127.0.0.1:9/api/", 0.5)), FreeTurns()
    )
    outcome = await poster.post(CARD, CHANNEL, KEY)

    assert isinstance(outcome, Unreachable)
    assert not outcome.maybe_posted


@pytest.mark.parametrize(
    ("asked", "wait_s"),
    [
        ("30", 30),
        ("1.5", 1.5),
        ("0", 1),
        ("-5", 1),
        ("", 30),
        ("soon", 30),
        ("1e9", 3600),
        ("99999999999999999999", 3600),
        ("nan", 30),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 1),
        ("Mon, 99 Mar 2026 11:00:00 GMT", 30),
        ("x" * 9000, 30),
    ],
)
def test_retry_after_is_obeyed_in_every_form(asked: str, wait_s: float) -> None:
    """Numbers and dates are read, absurd ones held within a second and an hour."""
    headers = {"retry-after": asked, "Date": "Mon, 02 Mar 2026 12:00:00 GMT"}

    assert outcome_of(429, None, headers) == Busy(wait_s)


async def test_a_rate_limit_posts_nothing() -> None:
    """429 is Busy for as long as Slack says."""
    async with slack_server() as server:
        server.ratelimit("chat.postMessage", "17")
        outcome = await poster_on(server).post(CARD, CHANNEL, KEY)

    assert outcome == Busy(17)
    assert server.messages == []


@pytest.mark.parametrize(
    ("codes", "fault"),
    [
        (GONE, Fault.CHANNEL_GONE),
        (FORBIDDEN, Fault.CHANNEL_FORBIDS),
        (TENANT, Fault.TENANT),
        (POST, Fault.POST),
        (("a_code_of_next_year",), Fault.CHANNEL_FORBIDS),
    ],
)
def test_every_code_has_one_class(codes: tuple[str, ...], fault: Fault) -> None:
    """A refusal says whose fault it is; a code that nobody knows pauses, and loses nothing."""
    for code in codes:
        outcome = outcome_of(200, {"ok": False, "error": code}, {})

        assert isinstance(outcome, Refused), code
        assert outcome.fault is fault, code


def test_no_code_stands_in_two_classes() -> None:
    """The classes do not overlap."""
    classes = (set(GONE), set(FORBIDDEN), set(TENANT), POST, LATER, NOT_CERTAIN)

    assert sum(len(one) for one in classes) == len(set().union(*classes))


@pytest.mark.parametrize(
    ("status", "fault"),
    [(401, Fault.TENANT), (403, Fault.CHANNEL_FORBIDS), (413, Fault.POST)],
)
def test_a_wordless_refusal_is_read_by_its_status(status: int, fault: Fault) -> None:
    """What stands between us and Slack refuses without a code of Slack's."""
    outcome = outcome_of(status, None, {})

    assert isinstance(outcome, Refused)
    assert outcome.fault is fault


async def test_a_workspace_that_is_not_known_yet_waits() -> None:
    """While Slack cannot say whose token it is, nothing is posted, refused or called absent."""
    async with slack_server() as server:
        server.fail("auth.test", Says({"ok": False, "error": "internal_error"}), Says("x", 502))
        poster = poster_on(server)
        outcome = await poster.post(CARD, CHANNEL, KEY)
        with pytest.raises(TimeoutError):
            await poster.find(CHANNEL, KEY, NOON)
        again = await poster.post(CARD, CHANNEL, KEY)

    assert outcome == Unreachable("Slack answered internal_error", maybe_posted=False)
    assert isinstance(again, Posted)


def test_slacks_own_errors_are_not_certain() -> None:
    """internal_error and fatal_error may hide a message; limits do not."""
    for code in NOT_CERTAIN:
        outcome = outcome_of(200, {"ok": False, "error": code}, {})

        assert outcome == Unreachable(f"Slack answered {code}", maybe_posted=True)
    for code in LATER:
        assert outcome_of(200, {"ok": False, "error": code}, {}) == Busy(60)


@pytest.mark.parametrize(
    ("answer", "maybe"),
    [
        (Says("<html>", 200), True),
        (Says([], 200), True),
        (Says(None, 200), True),
        (Says({"ok": True}, 200), True),
        (Says({"ok": False}, 200), True),
        (Says({"ok": "yes", "ts": 7}, 200), True),
        (Says("<html>", 404), False),
        (Says({"ok": True, "ts": "1.2"}, 503), True),
    ],
)
async def test_an_odd_answer_is_never_a_receipt(answer: Says, maybe: bool) -> None:
    """What is not Slack's answer is not certain, unless a status says that nothing was taken."""
    async with slack_server() as server:
        server.fail("chat.postMessage", answer)
        outcome = await poster_on(server).post(CARD, CHANNEL, KEY)

    assert isinstance(outcome, Unreachable)
    assert outcome.maybe_posted is maybe


async def test_a_foreign_tenant_is_never_posted_to() -> None:
    """A channel of another workspace is refused without asking Slack to post."""
    async with slack_server() as server:
        outcome = await poster_on(server).post(CARD, ChannelId("slack", "T0OTHER", "C1"), KEY)

    assert isinstance(outcome, Refused)
    assert outcome.fault is Fault.TENANT
    assert "chat.postMessage" not in server.calls


async def test_a_removed_app_posts_nothing() -> None:
    """From the moment that the workspace is forgotten, no request leaves with its token."""
    async with slack_server() as server:
        poster = poster_on(server)
        await poster.post(CARD, CHANNEL, KEY)
        assert isinstance(poster.workspaces, OneWorkspace)
        forgotten = poster.workspaces.forget(CHANNEL.tenant)
        outcome = await poster.post(CARD, CHANNEL, PostKey("next"))

    assert forgotten
    assert outcome == Refused(Fault.TENANT, "the app was removed from the workspace")
    assert len(server.messages) == 1


async def test_a_wrong_token_is_the_tenants_fault() -> None:
    """A token that Slack does not know stops the workspace, not the program."""
    async with slack_server() as server:
        outcome = await poster_on(server, token="xoxb-wrong").post(CARD, CHANNEL, KEY)

    assert isinstance(outcome, Refused)
    assert outcome.fault is Fault.TENANT


async def test_a_channel_gets_one_message_a_second(valkey: str) -> None:
    """Two processes and one channel: Slack gets its messages at least a second apart."""
    clock = SystemClock()
    async with await Store.open(valkey, "epoch") as store, slack_server() as server:
        posters = [
            poster_on(server, LeaseTurns(store.leases, FakeChance(seed))) for seed in (1, 2)
        ]
        left = [PostKey(f"k{n}") for n in range(3)]
        busy = 0
        while left:
            for poster in posters:
                if not left:
                    break
                outcome = await poster.post(CARD, CHANNEL, left[0])
                if isinstance(outcome, Posted):
                    left.pop(0)
                else:
                    assert outcome == Busy(GAP_S)
                    busy += 1
            await clock.sleep(0.02)
        gaps = server.gaps("C0GENERAL")

    assert len(gaps) == 2
    assert min(gaps) >= 1.0
    assert busy > 0


async def test_channels_do_not_wait_for_each_other() -> None:
    """The turn of one channel says nothing of another, and an unended one ends by itself."""
    clock = StoppedClock()
    turns = LeaseTurns(FakeLeases(clock), FakeChance())
    other = ChannelId("slack", CHANNEL.tenant, "C0READING")
    first = await turns.take(CHANNEL)

    assert first is not None
    assert await turns.take(CHANNEL) is None
    assert await turns.take(other) is not None

    clock.advance(31)

    assert await turns.take(CHANNEL) is not None


async def test_the_gap_counts_from_the_answer() -> None:
    """A slow answer does not shorten the gap."""
    clock = StoppedClock()
    turns = LeaseTurns(FakeLeases(clock), FakeChance())
    turn = await turns.take(CHANNEL)
    assert turn is not None
    clock.advance(5)
    await turns.end(CHANNEL, turn)
    clock.advance(0.99)

    assert await turns.take(CHANNEL) is None

    clock.advance(0.02)

    assert await turns.take(CHANNEL) is not None


async def test_what_slack_would_refuse_is_seen() -> None:
    """The loopback Slack refuses a broken message, so that the other tests mean something."""
    server = SlackServer()
    broken = {"channel": "C0GENERAL", "text": "<!here>", "blocks": [{"type": "divider"}] * 51}
    answer = await server._do("chat.postMessage", broken)

    assert answer["error"] == "invalid_blocks"
    assert "too many blocks" in server.problems


async def test_hostile_cards_are_taken() -> None:
    """A hostile title passes Slack's own checks on the way in."""
    async with slack_server() as server:
        outcome = await poster_on(server).post(hostile_card("<!channel> & <@U1>"), CHANNEL, KEY)

    assert isinstance(outcome, Posted)
