"""A real `paperwire run` beside a loopback Discord, which needs the event loop of the test."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discord_places import TOKEN
from processes import START_S, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from discord_server import DiscordServer

NOWHERE = "http://127.0.0.1:9"
LATER = Path(__file__).with_name("later.py")


def subscribe(query: str, **options: Any) -> dict[str, Any]:
    """What Discord tells of `/papers subscribe query:…`; a channel is an option by its id."""
    given = [{"type": 3, "name": "query", "value": query}]
    given += [{"type": 7, "name": name, "value": str(value)} for name, value in options.items()]
    typed = [{"type": 1, "name": "subscribe", "options": given}]
    return {"id": "1", "name": "papers", "type": 1, "options": typed}


def env(server: DiscordServer, folder: Path, **given: str) -> dict[str, str]:
    """The settings of a paperwire whose Discord is the server, and which has no source."""
    own = {
        "discord_token": TOKEN,
        "discord_api_url": server.url,
        "discord_gateway_url": server.gateway.url,
        "arxiv_feed_url": NOWHERE,
        "arxiv_oai_url": NOWHERE,
        "huggingface_url": NOWHERE,
        "port": "0",
    }
    return environment(folder / "data", **{**own, **given})


@asynccontextmanager
async def started(
    *args: str, env: dict[str, str], folder: Path, later_s: int = 0
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A paperwire that runs; killed in the end if the test did not stop it.

    `later_s`: for it, it is so many seconds later than it is.
    """
    program = (str(LATER), str(later_s)) if later_s else ("-m", "bot")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *program, "run", *args),
        env=env,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def begun(process: asyncio.subprocess.Process) -> None:
    """Wait until it says that it runs."""
    assert process.stdout is not None
    async with asyncio.timeout(START_S):
        assert b"is running" in await process.stdout.readline()


async def stopped(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    """Ask it to stop: the exit status, and what it logged."""
    process.terminate()
    async with asyncio.timeout(8):
        _, log = await process.communicate()
    return process.returncode, log.decode()


async def killed(process: asyncio.subprocess.Process) -> None:
    """End it as a power cut would."""
    process.kill()
    await process.communicate()


async def command(*args: str, env: dict[str, str], folder: Path) -> str:
    """What another command says beside a running process; it must not fail."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *args),
        env=env,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, log = await process.communicate()
    assert process.returncode == 0, log.decode()
    return out.decode()


async def ingest(papers: Iterable[tuple[int, str]], env: dict[str, str], folder: Path) -> None:
    """Let a source show papers, of a number and a title."""
    rows = [
        {
            "id": f"2603.{number:05d}",
            "title": title,
            "abstract": "We study it.",
            "authors": ["Ada Lovelace"],
            "categories": ["cs.CL"],
            "published": "2026-03-05",
        }
        for number, title in papers
    ]
    file = folder / "papers.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    await command("ingest", "--source", "papers", str(file), env=env, folder=folder)
