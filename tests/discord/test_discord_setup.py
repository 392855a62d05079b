"""Setting up Discord: the invitation, the commands, and what `paperwire doctor` says."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from discord_faults import UNAUTHORIZED, Says
from discord_link import ends_at, eventually
from discord_places import (
    APP_ID,
    BOT_ID,
    FORUM_ID,
    GENERAL_ID,
    GUILD_ID,
    OTHER_GUILD_ID,
    THREAD_ID,
    TOKEN,
)
from discord_server import discord_server
from hypothesis import given
from hypothesis import strategies as st
from virtual import FakeClock

from adapters.discord.check import check, holds
from adapters.discord.client import NoAnswer, Rest, application_of, proxy_for
from adapters.discord.invite import PERMISSIONS, TITLES, invite_url, least
from adapters.discord.rights import allowed, lacking
from adapters.discord.sync import keep_synced, sync
from adapters.discord.tree import commands
from adapters.redis.told import RedisTold
from bot.cli.discord import discord as command
from bot.model.channel import ChannelId
from bot.model.errors import SettingsError
from bot.settings import load, unknown

if TYPE_CHECKING:
    from discord_server import DiscordServer

    from adapters.discord.check import Checked
    from adapters.redis.store import Store

PUT = "PUT /applications/{application_id}/commands"
GUILD = str(GUILD_ID)


# ---------------------------------------------------------------- settings and invitation


def test_the_settings_name_discords_own_ends() -> None:
    """Unset: Discord's addresses and no token; a wrong address is told by its variable."""
    found = load(Path("no-such-file"))

    assert found.discord_token is None
    assert found.discord_api_url == "https://discord.com/api/v10"
    assert found.discord_gateway_url == "wss://gateway.discord.gg/"
    assert unknown({"PAPERWIRE_DISCORD_TOKEN": "x"}, Path("no-such-file")) == []
    for name in ("discord_api_url", "discord_gateway_url"):
        with pytest.raises(SettingsError, match=f"PAPERWIRE_{name.upper()} must be a URL"):
            load(Path("no-such-file"), **{name: "ftp://x"})


@given(st.integers(1, (1 << 64) - 1), st.text(), st.text())
def test_a_token_begins_with_its_application(number: int, middle: str, last: str) -> None:
    """The id is read from the first part, with or without base64's padding."""
    first = b64encode(str(number).encode()).decode()

    assert application_of(f" {first}.{middle}.{last}") == number
    assert application_of(f"{first.rstrip('=')}.{middle}") == number


@given(st.text())
def test_no_text_trips_the_reading_of_a_token(text: str) -> None:
    """Whatever it is, it is an id or none."""
    found = application_of(text)

    assert found is None or found >= 0


def test_the_invitation_asks_for_the_least() -> None:
    """Two scopes, five permissions, nothing that manages; each permission says what it is for."""
    asked = parse_qs(urlsplit(invite_url(APP_ID)).query)

    assert asked == {
        "client_id": [str(APP_ID)],
        "scope": ["bot applications.commands"],
        "permissions": [str(1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 38)],
        "integration_type": ["0"],
    }
    assert list(PERMISSIONS) == list(TITLES)


def test_invite_needs_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The application comes from the token or from the option; without both, a sentence."""
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    given = run(command, ["invite", "--application", "77"])
    nothing = run(command, ["invite"])
    monkeypatch.setenv("PAPERWIRE_DISCORD_TOKEN", TOKEN)
    own = run(command, ["invite"])
    monkeypatch.setenv("PAPERWIRE_DISCORD_TOKEN", "nonsense")
    wrong = run(command, ["invite"])

    assert "client_id=77&" in given.output
    assert f"client_id={APP_ID}&" in own.output
    assert "PAPERWIRE_DISCORD_TOKEN is not set" in nothing.output
    assert "does not look like a bot token" in wrong.output
    assert (nothing.exit_code, wrong.exit_code) == (2, 2)


def test_a_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """For Discord, and never for this machine's own addresses."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")

    assert proxy_for("https://discord.com/api/v10") == "http://proxy:3128"
    assert proxy_for("http://127.0.0.1:99/api/v10") is None


# ---------------------------------------------------------------- the REST side


async def test_discord_is_asked_who_we_are_once() -> None:
    """Many at once cost one question; later nobody asks again."""
    async with discord_server() as server, ends_at(server):
        rest = Rest(TOKEN, server.url)
        first = await rest.application()
        second = await rest.application()
        await rest.close()

        assert (first, second, rest.user_id) == (APP_ID, APP_ID, BOT_ID)
        assert server.count("GET /users/@me") == 1


async def test_a_discord_that_is_away_is_asked_again() -> None:
    """No answer is no refusal: the next who needs it asks."""
    async with discord_server() as server, ends_at(server):
        rest = Rest(TOKEN, server.url, login_s=0.2)
        await server.away()
        away = await rest.connect()
        with pytest.raises(ConnectionRefusedError):
            await rest.application()
        await server.back()
        server.fail("GET /users/@me", Says("<html>", 502))
        slow = await rest.connect()
        found = await rest.application()
        await rest.close()

        assert isinstance(away, NoAnswer)
        assert isinstance(slow, NoAnswer)
        assert found == APP_ID


async def test_a_refused_token_is_told_without_it() -> None:
    """The sentence names the variable, not the value."""
    async with discord_server() as server, ends_at(server):
        rest = Rest("MTIz.not.right", server.url)
        with pytest.raises(SettingsError, match="PAPERWIRE_DISCORD_TOKEN") as caught:
            await rest.connect()
        await rest.close()

    assert "not.right" not in str(caught.value)


# ---------------------------------------------------------------- the commands


async def test_commands_are_told_when_they_change(store: Store) -> None:
    """Once for a definition, over any number of starts; again for another one."""
    async with discord_server() as server, ends_at(server):
        for _ in range(3):
            rest = Rest(TOKEN, server.url)
            await sync(rest, APP_ID, commands(), RedisTold(store.link))
            await rest.close()
        same = server.syncs
        rest = Rest(TOKEN, server.url)
        other: list[dict[str, Any]] = [{**commands()[0], "description": "Another"}]
        changed = await sync(rest, APP_ID, other, RedisTold(store.link))
        await rest.close()

        assert (same, changed, server.syncs) == (1, True, 2)
        assert server.commands[""][0]["description"] == "Another"


async def test_commands_that_discord_did_not_take_are_told_again(store: Store) -> None:
    """A refusal and an outage are tried again; nothing is noted before it is done."""
    async with discord_server() as server, ends_at(server):
        clock = FakeClock(skips=True)
        rest = Rest(TOKEN, server.url, login_s=0.2)
        server.fail(PUT, Says({"code": 50035, "message": "Invalid"}, 400), Says("<html>", 503))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_synced(rest, commands(), store.told, clock, stop))
            await eventually(lambda: server.syncs == 1)
            stop.set()
        await rest.close()

        assert server.count(PUT) == 3
        assert clock.monotonic() >= 5


def test_discords_answer_has_more_than_was_declared() -> None:
    """Ids and defaults do not count; a changed, missing or added command does."""
    (one,) = commands()
    said = {**json.loads(json.dumps(one)), "id": "1", "version": "2", "nsfw": False}
    changed = {**said, "options": said["options"][1:]}

    assert holds([said], [one])
    assert not holds([changed], [one])
    assert not holds([], [one])
    assert not holds([said, said], [one])
    assert not holds(None, [one])


# ---------------------------------------------------------------- rights


def test_rights_follow_discords_order() -> None:
    """Everyone, roles, then the channel's overwrites for everyone, roles and the member."""
    view, send = 1 << 10, 1 << 11
    roles = [{"id": "1", "permissions": str(view)}, {"id": "2", "permissions": str(send)}]
    closed = [
        {"id": "1", "type": 0, "allow": "0", "deny": str(view)},
        {"id": "2", "type": 0, "allow": "0", "deny": str(send)},
        {"id": "9", "type": 1, "allow": str(send), "deny": "0"},
        {"id": "8", "type": 1, "allow": str(view), "deny": "0"},
    ]

    def may(own: tuple[str, ...], overwrites: list[dict[str, Any]]) -> tuple[bool, bool]:
        found = allowed("1", roles, own, "9", {"permission_overwrites": overwrites})
        return found.view_channel, found.send_messages

    assert may((), []) == (True, False)
    assert may(("2",), []) == (True, True)
    assert may(("2",), closed[:1]) == (False, True)
    assert may(("2",), closed[:2]) == (False, False)
    assert may(("2",), closed) == (False, True)
    admin = [{"id": "1", "permissions": str(1 << 3)}]
    assert allowed("1", admin, (), "9", {"permission_overwrites": closed}).view_channel


def test_a_thread_asks_for_its_own_right() -> None:
    """Who may send messages may not yet send them in threads; a forum asks for the former."""
    text, thread, forum = 0, 11, 15
    found = allowed("1", [{"id": "1", "permissions": str(1 << 10 | 1 << 11)}], (), "9", {})

    assert lacking(found, text) == ["Embed Links", "Read Message History"]
    assert lacking(found, forum) == lacking(found, text)
    assert lacking(found, thread)[0] == "Send Messages in Threads and Posts"


# ---------------------------------------------------------------- doctor


def here(channel: int, guild: int = GUILD_ID) -> ChannelId:
    """A channel that something is subscribed in."""
    return ChannelId("discord", str(guild), str(channel))


async def asked(server: DiscordServer, *channels: ChannelId, token: str = TOKEN) -> Checked:
    """What doctor finds; the token is nowhere in it."""
    async with ends_at(server):
        found = await check(token, server.url, channels, commands(), 0.5)
    assert token not in str(found)
    return found


async def test_all_is_well() -> None:
    """Application, servers, rights in each kind of channel, commands: lines and no problem."""
    async with discord_server() as server:
        rest = Rest(TOKEN, server.url)
        async with ends_at(server):
            await sync(rest, APP_ID, commands(), _Memory())
            await rest.close()
        found = await asked(server, here(GENERAL_ID), here(THREAD_ID), here(FORUM_ID))

        assert found.problems == []
        lines = dict(found.lines)
        assert str(APP_ID) in lines["application"]
        assert f"({OTHER_GUILD_ID})" in lines["servers"]
        assert lines["commands"] == "registered"
        assert lines["rights in Readers"] == "enough in 3 of 3 channels"
        assert server.invalid == []


async def test_commands_not_told_yet_are_no_problem() -> None:
    """Before the first start there are none; those of another version have their command."""
    async with discord_server() as server:
        before = dict((await asked(server)).lines)
        server.commands[""] = [{**commands()[0], "id": "1", "description": "Old"}]
        after = await asked(server)

        assert before["commands"].startswith("none yet")
        assert "paperwire discord sync" in dict(after.lines)["commands"]
        assert after.problems == []


async def test_a_missing_right_is_named_with_its_channel() -> None:
    """Each channel that lacks something is a problem that says what and where."""
    async with discord_server() as server:
        server.channel(GENERAL_ID).rights = {"view", "send", "history"}
        server.channel(FORUM_ID).rights = {"embed", "view"}
        found = await asked(server, here(GENERAL_ID), here(FORUM_ID), here(5), here(1, 999))

        general, forum, gone, away = found.problems
        assert general.startswith("In #general of Readers paperwire lacks Embed Links:")
        assert "Send Messages and Create Posts and Read Message History" in forum
        assert "The channel 5 of Readers" in gone
        assert "The server 999" in away
        assert invite_url(APP_ID) in away
        assert dict(found.lines)["rights in Readers"] == "enough in 0 of 3 channels"


async def test_a_locked_thread_is_named() -> None:
    """With the rights of the invitation nothing can be posted there."""
    async with discord_server() as server:
        server.channel(THREAD_ID).is_locked = True
        guild = server.guilds[GUILD_ID].json()
        roles = [{**one, "permissions": str(least().value)} for one in guild["roles"]]
        server.always["GET /guilds/{guild_id}"] = Says({**guild, "roles": roles})
        found = await asked(server, here(THREAD_ID))

        assert ["is locked" in problem for problem in found.problems] == [True]
        assert dict(found.lines)["rights in Readers"] == "enough in 0 of 1 channels"


async def test_an_endpoint_that_takes_the_commands_away_is_told() -> None:
    """An Interactions Endpoint URL leaves the gateway without any command."""
    async with discord_server() as server:
        said = {"id": str(APP_ID), "name": "x", "interactions_endpoint_url": "https://x.org"}
        server.always["GET /oauth2/applications/@me"] = Says(said)
        found = await asked(server)

    assert "Interactions Endpoint URL" in found.problems[0]


@pytest.mark.parametrize(
    ("fault", "said"),
    [(UNAUTHORIZED, "does not accept"), (Says("<html>", 503), "answered 503")],
)
async def test_a_discord_that_lets_nobody_in_is_one_problem(fault: Says, said: str) -> None:
    """A refused token and an outage are told apart."""
    async with discord_server() as server:
        server.always["*"] = fault
        found = await asked(server, here(GENERAL_ID))

    assert [said in one for one in found.problems] == [True]
    assert found.lines == []


@pytest.mark.parametrize(
    "body", [None, [], {}, "x", [1], {"id": 1}, {"roles": 3}, [{"id": None}], {"id": "x"}]
)
async def test_odd_answers_do_not_trip_it(body: object) -> None:
    """Whatever Discord says after it let us in, something is told and nothing is raised."""
    async with discord_server() as server:
        for route in (
            "GET /oauth2/applications/@me",
            "GET /users/@me/guilds",
            "GET /guilds/{guild_id}",
            "GET /guilds/{guild_id}/channels",
            "GET /guilds/{guild_id}/members/{user_id}",
            "GET /channels/{channel_id}",
            "GET /applications/{application_id}/commands",
        ):
            server.always = {route: Says(body)}
            found = await asked(server, here(GENERAL_ID), here(THREAD_ID))
            assert found.lines or found.problems


class _Memory:
    """Told, in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    async def read(self, name: str) -> str | None:
        """As Told.read."""
        return self._kept.get(name)

    async def write(self, name: str, value: str) -> None:
        """As Told.write."""
        self._kept[name] = value
