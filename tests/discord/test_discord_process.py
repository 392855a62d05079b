"""A real `paperwire run` with a loopback Discord: its start, its stop, and who holds what."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from discord_link import eventually
from discord_places import TOKEN
from discord_process import begun, command, env, started, stopped, subscribe
from discord_server import discord_server
from processes import START_S

if TYPE_CHECKING:
    from pathlib import Path


async def test_it_starts_answers_and_stops(tmp_path: Path) -> None:
    """Commands told once over two starts, an answer each time, a stop in seconds, no secret."""
    async with discord_server() as server:
        for turn in (1, 2):
            chatty = env(server, tmp_path, log_level="debug")
            async with started(env=chatty, folder=tmp_path) as process:
                await begun(process)
                await server.gateway.until(identifies=turn)
                await eventually(lambda: server.syncs == 1, START_S)
                asked = await server.interact(2, subscribe("diffusion"))
                await eventually(lambda asked=asked: asked.original and asked.original.edits)  # type: ignore[misc]  # mypy knows no default there
                status, log = await stopped(process)

            assert status == 0
            assert TOKEN not in log
            assert asked.token not in log
            assert "discord.connected" in log
            assert "Traceback" not in log
            assert not server.gateway.links
        said = json.dumps(asked.shown)
        assert "Already subscribed" in said
        assert len(server.channel().messages) == 1
        assert server.syncs == 1


@pytest.mark.parametrize("where", ["rest", "gateway"])
async def test_a_refused_token_ends_the_start_with_one_sentence(
    tmp_path: Path, where: str
) -> None:
    """Exit status 2 and a sentence that names the variable, no traceback and no token."""
    async with discord_server() as server:
        if where == "rest":
            server.tokens.clear()
        else:
            server.gateway.refuse.append(4004)
        async with started(env=env(server, tmp_path), folder=tmp_path) as process:
            async with asyncio.timeout(START_S):
                _, log = await process.communicate()

        last = log.decode().strip().splitlines()[-1]
        assert process.returncode == 2
        assert last.startswith("Discord does not accept PAPERWIRE_DISCORD_TOKEN")
        assert "Traceback" not in log.decode()
        assert TOKEN not in log.decode()


async def test_after_a_kill_the_next_one_connects_at_once(tmp_path: Path) -> None:
    """The connection that a dead process held is nobody's, where no other can be alive."""
    async with discord_server() as server:
        for turn in (1, 2):
            async with started(env=env(server, tmp_path), folder=tmp_path) as process:
                await begun(process)
                await server.gateway.until(identifies=turn)
                process.kill()
                await process.communicate()


async def test_it_starts_while_discord_is_away(tmp_path: Path) -> None:
    """The rest runs; the connection comes once Discord does."""
    async with discord_server() as server:
        await server.away()
        async with started(env=env(server, tmp_path), folder=tmp_path) as process:
            await begun(process)
            await server.back()
            await eventually(lambda: server.gateway.identifies, START_S)
            await eventually(lambda: server.syncs == 1, START_S)
            status, log = await stopped(process)

    assert status == 0
    assert "discord.no_answer" in log
    assert "discord.connected" in log


async def test_a_sender_holds_no_connection(tmp_path: Path) -> None:
    """A process without the role `chat` posts and listens to nobody."""
    async with discord_server() as server:
        roles = ("--role", "deliver", "--role", "match")
        async with started(*roles, env=env(server, tmp_path), folder=tmp_path) as process:
            await begun(process)
            await eventually(lambda: server.count("GET /users/@me") == 1, START_S)
            status, _ = await stopped(process)

        assert status == 0
        assert server.gateway.identifies == []
        assert server.syncs == 0


async def test_doctor_speaks_of_discord(tmp_path: Path) -> None:
    """`paperwire doctor --json` has a section for it, without the token."""
    async with discord_server() as server:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "doctor", "--json"),
            env=env(server, tmp_path),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        found: dict[str, Any] = json.loads(out)

    assert "Readers" in found["discord"]["servers"]
    assert found["settings"]["PAPERWIRE_DISCORD_TOKEN"] == "set (not shown)"
    assert TOKEN not in out.decode()


async def test_the_commands_can_be_told_by_hand(tmp_path: Path) -> None:
    """`paperwire discord sync` tells them whatever was told before; a refusal is a sentence."""
    async with discord_server() as server:
        statuses = []
        for _ in range(2):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "discord", "sync"),
                env=env(server, tmp_path),
                cwd=tmp_path,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            _, said = await process.communicate()
            statuses.append(process.returncode)
            server.tokens.clear()

        assert statuses == [0, 2]
        assert server.syncs == 1
        assert said.decode().startswith("Discord does not accept PAPERWIRE_DISCORD_TOKEN")


async def _problems(env: dict[str, str], folder: Path) -> list[str]:
    """What doctor says is to be put right."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "doctor", "--json"),
        env=env,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    found: dict[str, list[str]] = json.loads(out)
    return found["problems"]


async def test_the_token_of_another_application_is_refused(tmp_path: Path) -> None:
    """Before any server counts as left, at the start and by doctor; adopting it is an own step."""
    other = base64.b64encode(b"100000000000000009").decode() + ".test.token"
    async with discord_server() as server:
        own = env(server, tmp_path)
        foreign = {**own, "PAPERWIRE_DISCORD_TOKEN": other}
        unset = {"PAPERWIRE_DISCORD_TOKEN": ""}
        async with started(env=own, folder=tmp_path) as process:
            await begun(process)
            await server.gateway.until(identifies=1)
            asked = await server.interact(2, subscribe("diffusion"))
            await eventually(lambda: asked.original and asked.original.edits)
            await stopped(process)
        server.tokens.add(other)
        asked_before = len(server.asked)
        async with started(env=foreign, folder=tmp_path) as process:
            async with asyncio.timeout(START_S):
                _, log = await process.communicate()
            refused = process.returncode
        asked_after = len(server.asked)
        told = [await _problems(one, tmp_path) for one in (foreign, {**own, **unset})]
        adopted = await command("discord", "adopt", env=foreign, folder=tmp_path)
        async with started(env=foreign, folder=tmp_path) as process:
            await begun(process)
            status, _ = await stopped(process)

    last = log.decode().strip().splitlines()[-1]
    assert (refused, status) == (2, 0)
    assert last.startswith("PAPERWIRE_DISCORD_TOKEN is the token of the application 1000000000000")
    assert "paperwire discord adopt" in last
    assert asked_after == asked_before
    assert told[0] == [last]
    assert "PAPERWIRE_DISCORD_TOKEN is not set" in told[1][0]
    assert "100000000000000009" in adopted
