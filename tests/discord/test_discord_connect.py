"""discord.py's own connection against a loopback gateway: it comes back from whatever happens."""

from __future__ import annotations

import asyncio

import pytest
from discord_faults import Lost, Says, banned
from discord_link import holding
from discord_places import GUILD_ID, OTHER_GUILD_ID, TOKEN, Guild
from discord_rest import APPLICATION
from discord_server import discord_server
from structlog.testing import capture_logs

from adapters.discord.gateway import DEAD_S, HELD_S
from adapters.discord.guilds import Joined, Ready, Removed
from adapters.discord.session import SESSIONS_MAX, SESSIONS_WITHIN_S
from bot.model.errors import SettingsError

BOTH = frozenset({str(GUILD_ID), str(OTHER_GUILD_ID)})
THIRD_ID = 200000000000000003


async def test_connects_with_the_intent_guilds_alone() -> None:
    """It asks for no privileged intent, and is told of its servers."""
    async with discord_server() as server, holding(server) as held:
        await held.until(lambda: held.gateway.is_up and held.heard)

        assert [one["intents"] for one in server.gateway.identifies] == [1]
        assert held.heard == [Ready(0, 1, BOTH)]
    assert held.released == 1


@pytest.mark.parametrize("way", ["op 7", "op 9, resumable", "cut", "close 4000", "close 1001"])
async def test_resumes_its_session(way: str) -> None:
    """After each way to lose a socket the same session goes on, and nothing is missed."""
    async with discord_server() as server, holding(server) as held:
        await held.until(lambda: held.gateway.is_up)
        match way:
            case "op 7":
                await server.gateway.reconnect()
            case "op 9, resumable":
                await server.gateway.invalidate(resumable=True)
            case "cut":
                server.gateway.cut()
            case "close 4000":
                await server.gateway.close(4000)
            case _:
                await server.gateway.close(1001)
        await server.remove_guild(OTHER_GUILD_ID)
        await held.until(lambda: Removed(str(OTHER_GUILD_ID)) in held.heard)

        assert len(server.gateway.identifies) == 1
        assert len(server.gateway.resumes) == 1
        assert held.heard == [Ready(0, 1, BOTH), Removed(str(OTHER_GUILD_ID))]


async def test_begins_a_new_session_when_the_old_one_is_gone() -> None:
    """Op 9 without a way back: it identifies anew, and tells the servers that there are now."""
    async with discord_server() as server, holding(server) as held:
        await held.until(lambda: held.gateway.is_up)
        del server.guilds[OTHER_GUILD_ID]
        await server.gateway.invalidate(resumable=False)
        await held.until(lambda: len(held.heard) == 2, step_s=1)

        assert held.heard == [Ready(0, 1, BOTH), Ready(0, 1, frozenset({str(GUILD_ID)}))]


async def test_notices_a_frozen_socket() -> None:
    """A socket that stays open and says nothing is given up after the time it has."""
    async with discord_server() as server, holding(server, frozen_s=0.3) as held:
        await held.until(lambda: held.gateway.is_up)
        server.gateway.freeze()
        await server.gateway.until(resumes=1)
        await held.until(lambda: held.gateway.is_up)

        assert len(server.gateway.identifies) == 1


@pytest.mark.parametrize("since", ["the start", "later"])
async def test_comes_back_after_an_outage_however_long(since: str) -> None:
    """While nothing answers it asks once a minute or so, and is back soon after Discord is."""
    async with discord_server() as server:
        if since == "the start":
            await server.away()
        async with holding(server) as held:
            if since == "later":
                await held.until(lambda: held.gateway.is_up)
                await server.away()
            for _ in range(60):
                await held.clock.advance(60)
                await asyncio.sleep(0.002)  # noqa: TID251 - real sockets, real time
            await server.back()
            back = held.clock.monotonic()
            await held.until(lambda: held.gateway.is_up, step_s=5)

            assert held.clock.monotonic() - back <= DEAD_S + 60


async def test_a_session_that_never_begins_is_given_up() -> None:
    """A gateway that takes the login and says nothing more is asked anew after a while."""
    async with discord_server() as server:
        server.gateway.is_mute = True
        async with holding(server) as held:
            await held.until(lambda: len(server.gateway.identifies) == 2, step_s=5)
            server.gateway.is_mute = False
            began = held.clock.monotonic()
            await held.until(lambda: held.gateway.is_up, step_s=5)

        assert DEAD_S <= began < 2 * DEAD_S
        assert len(server.gateway.identifies) == 3


async def test_an_endpoint_that_takes_the_commands_away_is_told_at_the_start() -> None:
    """With an Interactions Endpoint URL no command comes here: the log says so."""
    async with discord_server() as server:
        said = {**APPLICATION, "interactions_endpoint_url": "https://papers.example.org/"}
        server.always["GET /oauth2/applications/@me"] = Says(said)
        with capture_logs() as logs:
            async with holding(server) as held:
                await held.until(lambda: held.gateway.is_up)

    assert "discord.events_go_elsewhere" in [one["event"] for one in logs]


async def test_runs_as_many_shards_as_discord_asks_for() -> None:
    """Each shard has its session, and is told of its own servers."""
    async with discord_server() as server:
        server.gateway.shards = 2
        async with holding(server) as held:
            await held.until(lambda: held.gateway.is_up and len(held.heard) == 2, step_s=1)

            assert [one["shard"] for one in server.gateway.identifies] == [[0, 2], [1, 2]]
            assert sorted(one.shard for one in held.heard if isinstance(one, Ready)) == [0, 1]


async def test_asks_anew_when_discord_wants_more_shards() -> None:
    """4011 ends the session; the next one has the number of shards that Discord asks for now."""
    async with discord_server() as server, holding(server) as held:
        await held.until(lambda: held.gateway.is_up)
        server.gateway.shards = 2
        await server.gateway.invalidate(resumable=False)
        await held.until(lambda: len(server.gateway.identifies) >= 4, step_s=1)
        await held.until(lambda: held.gateway.is_up)

        assert [one["shard"] for one in server.gateway.identifies][-2:] == [[0, 2], [1, 2]]


@pytest.mark.parametrize(
    ("code", "said"), [(4004, "PAPERWIRE_DISCORD_TOKEN"), (4013, "intents"), (4014, "intents")]
)
async def test_a_refusal_at_the_start_is_one_sentence(code: int, said: str) -> None:
    """What only a person can put right ends the start, and is not tried again."""
    async with discord_server() as server:
        server.gateway.refuse.append(code)
        with pytest.raises(BaseExceptionGroup) as caught:
            async with holding(server) as held:
                await held.until(lambda: False)

        (error,) = _leaves(caught.value)
        assert isinstance(error, SettingsError)
        assert said in str(error)
        assert len(server.gateway.identifies) == 1


async def test_a_refused_token_at_the_start_is_one_sentence() -> None:
    """The REST side refuses it already: no session is begun."""
    async with discord_server() as server:
        with pytest.raises(BaseExceptionGroup) as caught:
            async with holding(server, token=f"{TOKEN}x") as held:
                await held.until(lambda: False)

        (error,) = _leaves(caught.value)
        assert isinstance(error, SettingsError)
        assert TOKEN not in str(error)
        assert server.gateway.identifies == []


async def test_a_token_that_is_taken_back_later_waits_an_hour() -> None:
    """A running process goes on without it, and asks once an hour."""
    async with discord_server() as server, holding(server) as held:
        await held.until(lambda: held.gateway.is_up)
        server.tokens.clear()
        began = held.clock.monotonic()
        await server.gateway.close(4004)
        await held.until(lambda: server.count("GET /users/@me") == 2, step_s=60)
        first = held.clock.monotonic() - began
        await held.until(lambda: server.count("GET /users/@me") == 3, step_s=60)

        assert first >= 3600
        assert held.clock.monotonic() - began >= 7200
        assert not held.running.done()


async def test_never_begins_so_many_sessions_that_discord_takes_the_token_back() -> None:
    """Sessions that end as soon as they begin stop at a number, far below a thousand a day."""
    async with discord_server() as server, holding(server) as held:
        await held.until(lambda: held.gateway.is_up)
        times: list[float] = []
        while len(times) < 2 * SESSIONS_MAX:
            times.append(held.clock.monotonic())
            await server.gateway.invalidate(resumable=False)
            await held.until(lambda: len(server.gateway.identifies) > len(times), step_s=30)
            await held.until(lambda: held.gateway.is_up)

        for first, last in zip(times, times[SESSIONS_MAX:], strict=False):
            assert last - first >= SESSIONS_WITHIN_S


async def test_waits_when_discord_allows_no_more_sessions() -> None:
    """The limit that Discord tells is kept: nothing is begun before it ends."""
    limit = {"total": 1000, "remaining": 0, "reset_after": 7_200_000, "max_concurrency": 1}
    async with discord_server() as server:
        spent = {"url": server.gateway.url, "shards": 1, "session_start_limit": limit}
        server.fail("GET /gateway/bot", Says(spent))
        async with holding(server) as held:
            await held.until(lambda: held.gateway.is_up, step_s=60)

            assert held.clock.monotonic() >= 7200
            assert len(server.gateway.identifies) == 1


@pytest.mark.parametrize(("fault", "wait_s"), [(banned(900), 900), (banned(0), 2)])
async def test_an_address_that_is_barred_waits_as_long_as_it_is(fault: Says, wait_s: int) -> None:
    """A 429 of what stands before Discord is kept to, however the login would like to go on."""
    async with discord_server() as server:
        server.fail("GET /users/@me", fault)
        async with holding(server) as held:
            await held.until(lambda: held.gateway.is_up, step_s=wait_s / 20)

            assert held.clock.monotonic() >= wait_s
            assert server.count("GET /users/@me") == 2


async def test_an_outage_is_no_removal() -> None:
    """`unavailable` tells nothing; its end tells nothing either."""
    async with discord_server() as server, holding(server) as held:
        await held.until(lambda: held.gateway.is_up)
        await server.outage(OTHER_GUILD_ID)
        server.guilds[OTHER_GUILD_ID].is_available = True
        await server.gateway.dispatch("GUILD_CREATE", server.guilds[OTHER_GUILD_ID].create())
        await server.add_guild(Guild(THIRD_ID, "Third"))
        await held.until(lambda: len(held.heard) == 2)

        assert held.heard == [Ready(0, 1, BOTH), Joined(str(THIRD_ID))]


async def test_a_server_that_is_away_at_the_start_is_there() -> None:
    """A session's list names servers in an outage; such a one can still be left."""
    async with discord_server() as server:
        server.guilds[OTHER_GUILD_ID].is_available = False
        async with holding(server) as held:
            await held.until(lambda: held.gateway.is_up)
            await server.remove_guild(OTHER_GUILD_ID)
            await held.until(lambda: len(held.heard) == 2)

            assert held.heard == [Ready(0, 1, BOTH), Removed(str(OTHER_GUILD_ID))]


async def test_a_stop_lets_answers_end_and_hears_nothing_more() -> None:
    """What was heard before is answered; the session is closed as Discord wants it."""
    answered = asyncio.Event()

    async def idle() -> None:
        await answered.wait()

    async with discord_server() as server:
        async with holding(server, idle=idle) as held:
            await held.until(lambda: held.gateway.is_up)
            held.stop.set()
            await held.until(lambda: not server.gateway.links)
            assert not held.running.done()
            answered.set()
        assert held.released == 1


async def test_a_stop_is_quick_on_a_frozen_socket() -> None:
    """Nobody waits half a minute for a farewell that does not come."""
    async with discord_server() as server, holding(server) as held:
        await held.until(lambda: held.gateway.is_up)
        server.gateway.freeze()
        held.stop.set()
        await held.until(held.running.done, timeout_s=10)


@pytest.mark.parametrize("at", ["login", "502", "gateway away", "no session", "wait"])
async def test_a_stop_is_quick_whatever_goes_on(at: str) -> None:
    """In the middle of a login, of discord.py's own tries, or of a wait: nothing is raised."""
    async with discord_server() as server:
        asked, begun = "GET /users/@me", server.gateway.identifies
        match at:
            case "login":
                server.always[asked] = Lost.TAKEN_SILENCE
            case "502":
                server.always[asked] = Says("<html>", 502)
            case "gateway away":
                server.gateway.url = "ws://127.0.0.1:9/"
            case "no session":
                server.gateway.is_mute = True
            case _:
                server.always[asked] = Says("<html>", 503)
        async with holding(server) as held:
            if at == "no session":
                await held.until(lambda: begun)
            elif at == "gateway away":
                await held.until(lambda: server.count("GET /gateway/bot"))
            else:
                await held.until(lambda: server.count(asked))
            await held.clock.advance(0.1)
            held.stop.set()
            await held.until(held.running.done, timeout_s=4)

        assert held.released == 1


async def test_one_process_holds_the_connection() -> None:
    """Another waits, and takes it over when it may; one that lost it lets go."""
    async with discord_server() as server:
        async with holding(server, holds=[False, False, True]) as held:
            await held.until(lambda: held.gateway.is_up, step_s=1)
            waited = held.clock.monotonic()
            held.holds.append(False)
            await held.until(lambda: not server.gateway.links, step_s=1)
            await held.until(lambda: held.gateway.is_up, step_s=1)

        assert waited >= 2 * HELD_S / 3
        assert len(server.gateway.identifies) == 2


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for one in group.exceptions:
        found += _leaves(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found
