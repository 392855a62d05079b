"""What Discord's answers mean: one class each, and nothing certain that is not."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from random import Random  # noqa: TID251 - seeded
from typing import Any

import pytest
from discord.http import HTTPClient, Route
from discord_faults import (
    ACTIVE,
    ARCHIVED,
    CHANNEL,
    HISTORY,
    MESSAGES,
    NO_ACCESS,
    NO_PERMISSION,
    STARTER,
    THREADS,
    UNAUTHORIZED,
    UNKNOWN_MESSAGE,
    Drips,
    Lost,
    Raw,
    Says,
    bad_form,
    banned,
    limited,
    refused,
)
from discord_places import (
    CATEGORY_ID,
    FOREIGN_ID,
    FORUM_ID,
    GENERAL_ID,
    GUILD_ID,
    NEWS_ID,
    OTHER_GUILD_ID,
    READING_ID,
    THREAD_ID,
    VOICE_ID,
)
from discord_rig import KEY, Stage, a_card, place_id, staged
from virtual import FakeClock
from virtual import run as run_virtually

from adapters.discord.buckets import LOOK_AT, SparingClient
from adapters.discord.invalid import INVALID_MAX, Gate
from adapters.discord.outcomes import (
    LATER,
    POST,
    REFUSALS,
    faults_in,
    is_invalid,
    outcome_of,
)
from bot.model.alert import PostKey
from bot.ports import Busy, Fault, Found, Posted, Refused, Unreachable


@pytest.mark.parametrize(
    ("codes", "fault"),
    [
        ([code for code, (fault, _) in REFUSALS.items() if fault is Fault.CHANNEL_GONE], "gone"),
        ([code for code, (fault, _) in REFUSALS.items() if fault is not Fault.CHANNEL_GONE], "no"),
        (list(POST), "post"),
        ([7, 99_999_999, -1], "no"),
    ],
)
@pytest.mark.parametrize("status", [400, 403, 404])
def test_every_code_has_one_class(codes: list[int], fault: str, status: int) -> None:
    """A refusal says whose fault it is; a code that nobody knows pauses, and loses nothing."""
    classes = {"gone": Fault.CHANNEL_GONE, "no": Fault.CHANNEL_FORBIDS, "post": Fault.POST}
    for code in codes:
        outcome = outcome_of(status, {"code": code, "message": "x"}, {})

        assert isinstance(outcome, Refused), code
        assert outcome.fault is classes[fault], code
        assert "{" not in outcome.reason


def test_no_code_stands_in_two_classes() -> None:
    """The classes do not overlap."""
    classes = (set(REFUSALS), set(POST), set(LATER), {10008})

    assert sum(len(one) for one in classes) == len(set().union(*classes))


@pytest.mark.parametrize("code", list(LATER))
def test_limits_that_come_as_codes_wait(code: int) -> None:
    """As long as the answer says, or else as long as such limits last."""
    assert outcome_of(400, {"code": code}, {}) == Busy(
        LATER[code], platform_wide=code in {40004, 40333, 130000}
    )
    said = outcome_of(400, {"code": code, "retry_after": 7.5}, {})
    assert isinstance(said, Busy)
    assert said.retry_after_s == 7.5


@pytest.mark.parametrize(
    ("body", "headers", "wait"),
    [
        ({"retry_after": 0.35, "global": False}, {"Retry-After": "1"}, Busy(0.35)),
        ({"retry_after": 65, "global": True}, {}, Busy(65, platform_wide=True)),
        ({"code": 0}, {"Retry-After": "17", "X-RateLimit-Global": "true"}, Busy(17, True)),
        ({"code": 0}, {"retry-after": "17", "x-ratelimit-scope": "global"}, Busy(17, True)),
        ({"code": 0}, {"Retry-After": "1.5", "X-RateLimit-Scope": "shared"}, Busy(1.5)),
        ({"code": 0}, {"X-RateLimit-Reset-After": "2.25"}, Busy(2.25)),
        ({"retry_after": -5}, {}, Busy(0.1)),
        ({"retry_after": 1e12}, {}, Busy(3600)),
        ({"retry_after": float("nan")}, {}, Busy(3600)),
        ({"retry_after": True}, {}, Busy(5)),
        ({"retry_after": "soon"}, {"Retry-After": "soon"}, Busy(5)),
        ({"retry_after": None}, {"Retry-After": "9" * 5000}, Busy(5)),
        (None, {"Retry-After": "900"}, Busy(900, platform_wide=True)),
        (None, {}, Busy(600, platform_wide=True)),
    ],
)
def test_a_limit_is_obeyed_in_every_form(
    body: object, headers: dict[str, str], wait: Busy
) -> None:
    """The body's seconds, the header's, absurd ones held within an hour; a ban is everybody's."""
    assert outcome_of(429, body, headers) == wait


@pytest.mark.parametrize(
    ("status", "body", "maybe"),
    [
        (200, None, True),
        (200, [], True),
        (200, {"id": 7}, True),
        (200, {}, True),
        (204, None, True),
        (302, None, True),
        (404, None, False),
        (405, {"code": 0}, False),
        (408, None, True),
        (500, None, True),
        (503, {"code": 130000}, True),
        (524, None, True),
    ],
)
def test_an_odd_answer_is_never_a_receipt(status: int, body: object, maybe: bool) -> None:
    """What is not Discord's answer is not certain, unless a status says that nothing was taken."""
    outcome = outcome_of(status, body, {})

    assert isinstance(outcome, Unreachable)
    assert outcome.maybe_posted is maybe


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (403, None, Fault.CHANNEL_FORBIDS),
        (403, {"code": 0}, Fault.CHANNEL_FORBIDS),
        (413, None, Fault.POST),
    ],
)
def test_a_wordless_refusal_is_read_by_its_status(status: int, body: object, fault: Fault) -> None:
    """What stands between us and Discord refuses without a code of Discord's."""
    outcome = outcome_of(status, body, {})

    assert isinstance(outcome, Refused)
    assert outcome.fault is fault


def test_a_token_is_nobodys_fault_in_a_channel() -> None:
    """401 is about all servers: nothing is asked for an hour, and no channel is paused."""
    assert outcome_of(401, {"code": 0, "message": "401: Unauthorized"}, {}) == Busy(3600, True)


def test_an_error_tree_is_told_by_its_leaves() -> None:
    """Where the form is wrong, at most three places; a hostile tree costs nothing."""
    tree = {"embeds": {"0": {"title": {"_errors": [{"code": "X", "message": "too long"}]}}}}
    deep: object = {"_errors": [{"message": "bottom"}]}
    for _ in range(500):
        deep = {"a": deep}
    outcome = outcome_of(400, {"code": 50035, "errors": tree}, {})

    assert isinstance(outcome, Refused)
    assert outcome.reason.endswith("its form is not right (embeds.0.title: too long)")
    assert list(faults_in(deep)) == []
    odd: tuple[object, ...] = (None, [], {"_errors": "x"}, {"_errors": [None, 1]}, {"_errors": 7})
    for one in odd:
        assert list(faults_in(one)) == []


@pytest.mark.parametrize(
    ("number", "answer", "named"),
    [
        (GENERAL_ID, NO_PERMISSION, "Send Messages and Embed Links"),
        (THREAD_ID, NO_PERMISSION, "Send Messages in Threads"),
        (FORUM_ID, NO_PERMISSION, "Create Posts"),
        (GENERAL_ID, NO_ACCESS, "View Channel"),
    ],
)
@staged
async def test_a_missing_permission_is_named(
    stage: Stage, number: int, answer: Says, named: str
) -> None:
    """As Discord's settings call it, so that whoever reads it finds the switch."""
    route = MESSAGES.replace("messages", "threads") if number == FORUM_ID else MESSAGES
    stage.server.fail(route, answer)
    outcome = await stage.post(number)

    assert isinstance(outcome, Refused)
    assert named in outcome.reason


@staged
async def test_a_right_that_was_taken_is_told_before_a_post(stage: Stage) -> None:
    """Where the bot may not even look, the channel's kind is what is refused."""
    stage.server.channel().rights.clear()
    outcome = await stage.post()

    assert isinstance(outcome, Refused)
    assert outcome.fault is Fault.CHANNEL_FORBIDS
    assert "View Channel" in outcome.reason
    assert stage.server.count(MESSAGES) == 0


@pytest.mark.parametrize(
    ("number", "tenant", "fault"),
    [
        (FOREIGN_ID, GUILD_ID, Fault.CHANNEL_GONE),
        (GENERAL_ID, OTHER_GUILD_ID, Fault.CHANNEL_GONE),
        (999, GUILD_ID, Fault.CHANNEL_GONE),
        (CATEGORY_ID, GUILD_ID, Fault.CHANNEL_FORBIDS),
    ],
)
@staged
async def test_nothing_is_posted_elsewhere(
    stage: Stage, number: int, tenant: int, fault: Fault
) -> None:
    """A channel of another server, of none, or one that takes no posts: refused, not asked."""
    outcome = await stage.poster.post(a_card(), place_id(number, tenant), KEY)

    assert isinstance(outcome, Refused)
    assert outcome.fault is fault
    assert stage.server.count(MESSAGES) == 0
    assert stage.server.messages(FOREIGN_ID) == []


@pytest.mark.parametrize("name", ["", "general", "../users/@me", "1/2", "٣", "9" * 30, "1?x=2"])
@staged
async def test_what_is_no_id_is_never_asked_for(stage: Stage, name: str) -> None:
    """Only digits stand in a path."""
    channel = place_id()
    odd = channel.__class__("discord", channel.tenant, name)
    outcome = await stage.poster.post(a_card(), odd, KEY)

    assert isinstance(outcome, Refused)
    assert await stage.poster.find(odd, KEY, stage.since()) is Found.UNKNOWN
    assert stage.server.asked == []


@pytest.mark.parametrize(
    ("answer", "maybe"),
    [
        (Says("<html>", 200), True),
        (Says("", 200), True),
        (Says([], 200), True),
        (Says({"id": None}, 200), True),
        (Says("<html>", 404), False),
        (Says({"id": "1"}, 503), True),
        (Says("{", 502), True),
        (Says({"retry_after": "x"}, 429, {"Via": "1.1 x"}), None),
        (Says("\ufeff{}", 200, {"X-RateLimit-Remaining": "0"}), True),
        (Says({"id": "1"}, 200, {"X-RateLimit-Remaining": "x", "X-RateLimit-Limit": "y"}), None),
    ],
)
@staged
async def test_odd_answers_through_the_library(
    stage: Stage, answer: Says, maybe: bool | None
) -> None:
    """discord.py trips over some of them; nothing escapes, nothing is called certain."""
    await stage.post(READING_ID)
    stage.server.always[MESSAGES] = answer
    outcome = await stage.post()

    if maybe is None:
        assert isinstance(outcome, Busy | Posted)
    else:
        assert isinstance(outcome, Unreachable)
        assert outcome.maybe_posted is maybe


@staged
async def test_nobody_there_is_certain(stage: Stage) -> None:
    """Where no connection came about, nothing can have been posted."""
    await stage.post(READING_ID)
    stage.poster.places.keep(str(GENERAL_ID), stage.poster.places.known(str(READING_ID)))  # type: ignore[arg-type]  # it was asked for above
    await stage.server.away()
    await stage.post()  # the connections that stood are noticed to be gone
    outcome = await stage.post()

    assert isinstance(outcome, Unreachable)
    assert not outcome.maybe_posted


@staged
async def test_a_library_that_never_got_in_is_certain(stage: Stage) -> None:
    """Before Discord said who we are, nothing was posted."""
    await stage.server.away()
    outcome = await stage.post()
    stage.server.always["GET /users/@me"] = Says("<html>", 503)
    await stage.server.back()
    broken = await stage.post()

    for one in (outcome, broken):
        assert isinstance(one, Unreachable)
        assert not one.maybe_posted


@staged
async def test_a_slow_answer_is_no_answer(stage: Stage) -> None:
    """A byte a second is given up in time, and found later."""
    stage.server.fail(MESSAGES, Drips(1.0))
    before = stage.clock.monotonic()
    outcome = await stage.post()

    assert isinstance(outcome, Unreachable)
    assert outcome.maybe_posted
    assert stage.clock.monotonic() - before < 25
    assert await stage.find() == str(stage.server.messages()[0].id)


@pytest.mark.parametrize(
    "second",
    [NO_PERMISSION, limited(90), UNAUTHORIZED, refused(400, 50035), refused(400, 20016)],
)
@staged
async def test_a_certain_answer_says_nothing_of_the_try_before(stage: Stage, second: Says) -> None:
    """discord.py sends again by itself: taken, 502, and then a refusal is not a refusal."""
    stage.server.fail(MESSAGES, Lost.TAKEN_502, second)
    outcome = await stage.post()

    assert isinstance(outcome, Unreachable)
    assert outcome.maybe_posted
    assert len(stage.server.messages()) == 1


@staged
async def test_a_deleted_original_counts_as_posted(stage: Stage) -> None:
    """10008 on a repeated nonce: it was there, and somebody removed it."""
    await stage.post()
    stage.server.channel().messages.clear()

    assert await stage.post() == Posted("deleted")  # type: ignore[arg-type]  # a Receipt
    stage.server.fail(MESSAGES, UNKNOWN_MESSAGE)
    assert await stage.post(READING_ID) == Posted("deleted")  # type: ignore[arg-type]  # a Receipt


# ---------------------------------------------------------------- limits


@staged
async def test_a_channel_that_had_its_share_is_not_asked(stage: Stage) -> None:
    """Five in five seconds: the sixth is Busy without a request, and no sender is held up."""
    stage.server.rate = (5, 5.0)
    began = stage.clock.monotonic()
    outcomes = [await stage.post(key=PostKey(f"k{n}")) for n in range(6)]
    spent = stage.clock.monotonic() - began
    busy = outcomes[-1]
    assert isinstance(busy, Busy)
    await stage.clock.advance(busy.retry_after_s)
    after = await stage.post(key=PostKey("k5"))

    assert all(isinstance(one, Posted) for one in (*outcomes[:5], after))
    assert spent < 1
    assert 4 <= busy.retry_after_s <= 5.1
    assert stage.server.count(MESSAGES) == 6
    assert stage.server.invalid == []


@staged
async def test_a_long_limit_is_given_back_at_once(stage: Stage) -> None:
    """discord.py would wait for it within the request, and the sender with it."""
    stage.server.fail(MESSAGES, limited(600))
    before = stage.clock.monotonic()
    outcome = await stage.post()

    assert outcome == Busy(600)
    assert stage.clock.monotonic() - before < 1


@staged
async def test_a_short_limit_is_discord_pys(stage: Stage) -> None:
    """A second is waited for within the request, under the same nonce."""
    stage.server.fail(MESSAGES, limited(1))
    outcome = await stage.post()

    assert isinstance(outcome, Posted)
    assert stage.server.count(MESSAGES) == 2


@staged
async def test_a_global_limit_is_everybodys_and_ends(stage: Stage) -> None:
    """Busy for all of Discord; discord.py's own lock for it is never left shut."""
    stage.server.fail(MESSAGES, limited(20, scope="global"), limited(1, scope="global"))
    first, second = await stage.post(), await stage.post()
    third = await stage.post()

    assert first == Busy(20, platform_wide=True)
    assert second == Busy(1, platform_wide=True)
    assert isinstance(third, Posted)


@staged
async def test_who_else_meets_a_global_limit_leaves_no_lock(stage: Stage) -> None:
    """A question that is given up while discord.py waits for all would leave it waiting."""
    route = Route("GET", "/users/@me/guilds")
    stage.server.fail("GET /users/@me/guilds", limited(30, scope="global"))
    with pytest.raises(OSError, match="wait"):
        async with asyncio.timeout(10):
            await stage.poster.rest.request(route)

    assert isinstance(await stage.post(), Posted)


@staged
async def test_reading_waits_for_its_limit(stage: Stage) -> None:
    """Only a post gives its answer before the channel may be asked again."""
    used = {"X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0"}
    used |= {"X-RateLimit-Reset-After": "4", "X-RateLimit-Bucket": "b"}
    await stage.post(READING_ID)
    stage.server.fail(HISTORY, Says([], 200, used))
    before = stage.clock.monotonic()
    found = await stage.find()

    assert found is Found.ABSENT
    assert 4 <= stage.clock.monotonic() - before < 5


@pytest.mark.parametrize("wait", ["1" + "0" * 400, "1e999", "-1e999", "null", "[]", '"x"', "{}"])
@pytest.mark.parametrize("is_global", ["true", "false", "7"])
@staged
async def test_a_limit_may_say_anything(stage: Stage, wait: str, is_global: str) -> None:
    """No number and no shape of an answer escapes or waits for ever."""
    body = f'{{"retry_after": {wait}, "global": {is_global}}}'
    stage.server.fail(MESSAGES, Says(Raw(body), 429, {"Via": "1.1 x"}))
    outcome = await stage.post()

    assert isinstance(outcome, Busy | Posted | Unreachable)
    assert isinstance(await stage.post(), Posted)


def test_limits_of_channels_are_looked_through_now_and_then() -> None:
    """Not at each new channel; those that are long unused go all the same."""
    looked = []

    class Bucket:
        """A limit that nobody has used for long."""

        def is_inactive(self) -> bool:
            looked.append(self)
            return True

    async def main() -> None:
        client = SparingClient(asyncio.get_running_loop())
        for number in range(10 * LOOK_AT):
            client._buckets[str(number)] = Bucket()  # type: ignore[assignment]  # all that is asked of it
            client._try_clear_expired_ratelimits()
        assert len(client._buckets) < 2 * LOOK_AT

    run_virtually(main, FakeClock())

    assert len(looked) < 2 * 10 * LOOK_AT
    assert hasattr(HTTPClient, "_try_clear_expired_ratelimits")


@staged
async def test_invalid_requests_are_counted_and_stop_all(stage: Stage) -> None:
    """At 1,000 in ten minutes nothing is asked for ten minutes; shared limits do not count."""
    channels = [stage.server.guilds[GUILD_ID].add_text(n) for n in range(40)]
    await stage.post()
    for _ in range(INVALID_MAX - 20):
        stage.gate.heard(403, {})  # buttons and commands count as well
    stage.server.always[MESSAGES] = NO_PERMISSION
    stage.server.fail(MESSAGES, *[limited(5, scope="shared")] * 10)
    outcomes = [await stage.post(number) for number in channels]
    stage.server.always.clear()
    stopped = stage.gate.trouble
    await stage.clock.advance(601)
    after = await stage.post(channels[0])

    assert outcomes[-1] == Busy(600, platform_wide=True)
    assert len(stage.server.invalid) == 20
    assert stopped is not None
    assert isinstance(after, Posted)
    assert stage.gate.trouble is None
    assert stage.gate.counted() == 0


def test_what_counts_as_invalid() -> None:
    """401, 403, and 429 unless all bots share the limit (topics/rate-limits)."""
    assert [is_invalid(status, {}) for status in (200, 400, 401, 403, 404, 429, 500)] == [
        *(False, False, True, True, False, True, False)
    ]
    assert not is_invalid(429, {"X-RateLimit-Scope": "shared"})
    assert is_invalid(429, {"X-RateLimit-Scope": "user"})


@staged
async def test_a_slow_trickle_of_refusals_stops_nothing(stage: Stage) -> None:
    """999 in any ten minutes are within the bound, however long it goes on."""
    gate = Gate(stage.clock)
    for _ in range(3000):
        gate.heard(403, {})
        stage.clock.elapse(0.61)

    assert gate.closed_s() == 0
    assert 980 < gate.counted() < 990


@staged
async def test_a_refused_token_makes_no_further_request(stage: Stage) -> None:
    """Not for other channels, and not for reading back."""
    await stage.post()
    stage.server.fail(MESSAGES, UNAUTHORIZED)
    outcome = await stage.post(key=PostKey("next"))
    asked = len(stage.server.asked)
    others = [await stage.post(number) for number in (READING_ID, NEWS_ID, VOICE_ID, FORUM_ID)]
    with pytest.raises(TimeoutError):
        await stage.find()

    assert outcome == Busy(3600, platform_wide=True)
    assert all(isinstance(one, Busy) and one.platform_wide for one in others)
    assert len(stage.server.asked) == asked


@staged
async def test_a_kind_is_asked_once_and_forgotten_on_refusal(stage: Stage) -> None:
    """One question a channel; after a refusal it is asked again, for it may be another channel."""
    for number in range(3):
        await stage.post(key=PostKey(f"k{number}"))
    once = stage.server.count(CHANNEL)
    stage.server.fail(MESSAGES, bad_form(["embeds"]))
    await stage.post(key=PostKey("bad"))
    await stage.post(key=PostKey("good"))

    assert once == 1
    assert stage.server.count(CHANNEL) == 2


@staged
async def test_a_ban_of_the_address_stops_all(stage: Stage) -> None:
    """A 429 without Discord's words."""
    stage.server.fail(MESSAGES, banned(900))

    assert await stage.post() == Busy(900, platform_wide=True)


SEEDS = int(os.environ.get("PAPERWIRE_TEST_SEEDS", "4"))
ODD: tuple[Any, ...] = (None, True, 0, -1, 7.5, "", "x", "5", [], {}, [None], 10**30, "9" * 300)
NAMES = (
    *("id", "code", "message", "retry_after", "global", "errors", "type", "guild_id", "threads"),
    *("available_tags", "flags", "parent_id", "thread_metadata", "author", "components"),
)
HEADERS = (
    *("X-RateLimit-Remaining", "X-RateLimit-Limit", "X-RateLimit-Reset", "Retry-After", "Via"),
    *("X-RateLimit-Reset-After", "X-RateLimit-Bucket", "X-RateLimit-Scope"),
)
STATUSES = (200, 200, 201, 204, 400, 403, 404, 413, 429, 429, 500, 503, 524)


def odd_answer(chance: Random) -> Says:
    """An answer that Discord would not give."""

    def value(depth: int) -> Any:
        if depth > 2 or chance.random() < 0.4:
            return chance.choice(ODD)
        names = chance.sample(NAMES, chance.randint(0, 5))
        return {name: value(depth + 1) for name in names}

    headers = {
        name: chance.choice(("0", "1", "-1", "", "x", "true", "shared", "nan", "9" * 40))
        for name in chance.sample(HEADERS, chance.randint(0, 4))
    }
    body = chance.choice((Raw("{"), Raw("[" * 9000), "<html>", *[value(0)] * 9))
    return Says(body, chance.choice(STATUSES), headers)


@pytest.mark.parametrize("seed", range(SEEDS))
@staged
async def test_no_answer_escapes(stage: Stage, seed: int) -> None:
    """Whatever comes, posting gives one of its outcomes and reading one of its."""
    chance = Random(seed)  # noqa: S311 - seeded on purpose
    routes = (MESSAGES, THREADS, CHANNEL, HISTORY, ACTIVE, ARCHIVED, STARTER)
    for count in range(60):
        for route in routes:
            stage.server.faults[route].clear()
            if chance.random() < 0.5:
                stage.server.fail(route, odd_answer(chance))
        number = chance.choice((GENERAL_ID, FORUM_ID))
        outcome = await stage.post(number, PostKey(f"k{count}"))
        assert isinstance(outcome, Posted | Busy | Refused | Unreachable)
        assert not isinstance(outcome, Busy) or 0 < outcome.retry_after_s <= 3600
        with suppress(TimeoutError):
            assert isinstance(await stage.find(number, PostKey(f"k{count}")), str)
