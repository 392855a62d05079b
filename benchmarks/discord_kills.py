"""Kills a real `paperwire run` again and again: python benchmarks/discord_kills.py [kills] [seed].

Papers keep coming in; each answer of the loopback Discord takes up to a second, so that most kills
fall between posts and their receipts; a nonce is forgotten at once, so that nothing but reading
back can help. Then one process is left alone, and all papers come in once more. Holds when each
paper stands once in each text channel, thread and forum that follows it, and the books balance.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: the same moments each time
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from discord_faults import MESSAGES, THREADS
from discord_link import eventually
from discord_places import FORUM, GENERAL_ID, GUILD_ID, PUBLIC_THREAD, TEXT, Place
from discord_process import begun, command, env, ingest, killed, started, stopped, subscribe
from discord_server import DiscordServer

if TYPE_CHECKING:
    from aiohttp import web

ROOMS = 20
"""Channels of each kind."""

PAPERS = 2
"""Papers that come in each time; every second one is asked for."""

ALIVE_S = 5.0
ANSWER_S = 1.0
REST_S = 900.0
ALERTS_PER_DAY = "10000"
KINDS = {"text": TEXT, "thread": PUBLIC_THREAD, "forum": FORUM}


@dataclass
class SlowServer(DiscordServer):
    """A Discord that says later that it took a post; `unheard` counts what nobody heard."""

    chance: Random = field(default_factory=Random)
    rooms: dict[str, str] = field(default_factory=dict)
    """The kind of each channel, by its id."""

    unheard: Counter[str] = field(default_factory=Counter)

    async def handle(self, route: str, request: web.Request) -> web.StreamResponse:
        """As any other, but slowly."""
        answer = await super().handle(route, request)
        kind = self.rooms.get(request.match_info.get("channel_id", ""))
        if kind is not None and route in {MESSAGES, THREADS}:
            try:
                await asyncio.sleep(self.chance.uniform(0, ANSWER_S))  # noqa: TID251  # real time
            except asyncio.CancelledError:
                self.unheard[kind] += 1
                raise
        return answer

    def build(self) -> None:
        """As many text channels as threads and forums."""
        guild = self.guilds[GUILD_ID]
        for at, (name, kind) in enumerate(KINDS.items()):
            for count in range(ROOMS):
                number = GUILD_ID + 5_000_000 + 1000 * at + count
                parent = GENERAL_ID if kind == PUBLIC_THREAD else None
                guild.add(Place(number, GUILD_ID, kind, f"{name} {count}", parent))
                self.rooms[str(number)] = name

    def posted(self) -> dict[str, Counter[str]]:
        """How often each paper stands in each channel."""
        return {
            number: Counter(
                embed["title"]
                for sent in self.messages(number)
                for embed in sent.payload["embeds"]
                if "url" in embed
            )
            for number in self.rooms
        }


@dataclass
class Trial:
    """Processes that follow each other on one store."""

    server: SlowServer
    folder: Path
    env: dict[str, str]
    fed: int = 0

    async def follow(self) -> None:
        """Subscribe every channel, without haste."""
        async with started(env=self.env, folder=self.folder) as process:
            await begun(process)
            await self.server.gateway.until(identifies=1)
            for number in self.server.rooms:
                data = subscribe("diffusion")
                asked = await self.server.interact(2, data, channel=int(number))
                await eventually(lambda asked=asked: asked.original and asked.original.edits, 30)  # type: ignore[misc]  # mypy knows no default there
            await stopped(process)

    async def kill_once(self, alive_s: float) -> None:
        """One process, fed while it runs, and gone."""
        async with started(env=self.env, folder=self.folder) as process:
            await begun(process)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.feed())
                await asyncio.sleep(alive_s)  # noqa: TID251  # real time
                await killed(process)

    async def feed(self) -> None:
        """More papers, all of before among them; none where the process dies first."""
        try:
            await ingest(papers(self.fed + PAPERS), self.env, self.folder)
        except AssertionError:
            return
        self.fed += PAPERS

    async def finish(self) -> dict[str, str]:
        """Let one process live until all is posted, show it all again, and give the books."""
        async with started(env=self.env, folder=self.folder) as process:
            await begun(process)
            await self.feed()
            await eventually(self.is_all_there, REST_S)
            await ingest(papers(self.fed), self.env, self.folder)
            await asyncio.sleep(5)  # noqa: TID251  # what comes twice comes at once
            await stopped(process)
        told = await command("doctor", "--json", "--offline", env=self.env, folder=self.folder)
        books: dict[str, str] = json.loads(told)["books"]
        return books

    def wanted(self) -> set[str]:
        """What each channel is to have, once."""
        return {title for number, title in papers(self.fed) if number % 2}

    def is_all_there(self) -> bool:
        """Whether nothing is missing any more."""
        return all(set(found) >= self.wanted() for found in self.server.posted().values())


def papers(count: int) -> list[tuple[int, str]]:
    """Number and title of that many papers."""
    return [(n, f"{'Diffusion' if n % 2 else 'Graphs'} {n}") for n in range(1, count + 1)]


async def run(kills: int, seed: int, folder: Path) -> bool:
    """Print what became of it; whether all is as it should be."""
    began, chance = time.perf_counter(), Random(seed)
    server = SlowServer(nonce_s=0.0, chance=chance)
    server.build()
    await server.open()
    try:
        trial = Trial(
            server, folder, env(server, folder, alerts_per_day=ALERTS_PER_DAY, log_level="error")
        )
        await trial.follow()
        for _ in range(kills):
            await trial.kill_once(chance.uniform(0.0, ALIVE_S))
        books = await trial.finish()
    finally:
        await server.close()
    wanted, posted = trial.wanted(), server.posted().values()
    missing = sum(len(wanted - set(found)) for found in posted)
    twice = sum(count - 1 for found in posted for count in found.values())
    alerts = sum(found.total() for found in posted)
    unheard = ", ".join(f"{server.unheard[kind]} in a {kind}" for kind in KINDS)
    print(f"{kills} kills in {time.perf_counter() - began:.0f} s, {alerts:,} alerts")
    print(f"posts of which the process did not hear before it died: {unheard}")
    print(f"missing {missing}, twice {twice}, books {books}, problems {server.problems}")
    balanced = (books["waiting"], books["dead"], books["difference"]) == ("0", "0", "0")
    return balanced and not missing and not twice and not server.problems


def main() -> None:
    """Run it in a folder of its own; the status says whether it holds."""
    given = [int(one) for one in sys.argv[1:]]
    kills, seed = [*given, *(30, 1)[len(given) :]]
    with tempfile.TemporaryDirectory(prefix="pw-") as folder:
        raise SystemExit(0 if asyncio.run(run(kills, seed, Path(folder))) else 1)


if __name__ == "__main__":
    main()
