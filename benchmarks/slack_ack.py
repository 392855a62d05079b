"""How soon a command is acknowledged while 10,000 alerts wait: python benchmarks/slack_ack.py.

Slack (the tests' loopback one) and paperwire are two processes, the store a third: 50 commands a
second over Socket Mode for 20 s, each a search, while the sender posts as fast as it may.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from asking import paper
from fakes import FakeArchive
from slack_made import TEAM, alert
from slack_rig import command_payload
from slack_server import SlackServer, slack_server
from slack_world import SlackWorld

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.store import Store
from bot.model.alert import PostKey
from bot.model.channel import ChannelId
from bot.ports import PaperRecord, PaperWrite
from bot.world import SystemClock

if TYPE_CHECKING:
    from bot.model.paper import Paper

ALERTS = 10_000
CHANNELS = 500
PER_S = 50
SECONDS = 20


def papers() -> list[Paper]:
    """As many papers as a channel gets alerts."""
    return [
        paper(number, f"Diffusion models, part {number}") for number in range(ALERTS // CHANNELS)
    ]


def channel(number: int) -> ChannelId:
    """One of many channels."""
    return ChannelId("slack", TEAM, f"C{number:05d}")


async def fill(store: Store) -> None:
    """Queue the alerts."""
    now = datetime.now(UTC)  # noqa: TID251 - a benchmark runs on the real clock
    known = [PaperRecord(one.id, 0, now, frozenset({"arxiv/cs.CV"}), 1, one) for one in papers()]
    await store.papers.remember([PaperWrite(record, None) for record in known])
    posts = [
        replace(alert(one), key=PostKey(one.id), channel=channel(number), queued_at=now)
        for number in range(CHANNELS)
        for one in papers()
    ]
    for start in range(0, len(posts), 500):
        await store.outbox.queue(posts[start : start + 500])


async def child(slack_url: str, store_url: str) -> None:
    """Paperwire's process: sender, matcher and Slack, until it is killed."""
    server = SlackServer(url=slack_url)
    server.connected.set()  # in the other process
    async with await Store.open(store_url, "epoch") as store:
        world = SlackWorld(store, server, archive=FakeArchive(papers()))
        async with world.process():
            await asyncio.Event().wait()


async def parent() -> None:
    """Slack's process: send commands at their times, and measure."""
    with tempfile.TemporaryDirectory(prefix="pw-") as folder:
        store_server = await EmbeddedServer.start(Path(folder), SystemClock())
        async with await Store.open(store_server.url, "epoch") as store:
            await fill(store)
            members = {channel(number).channel for number in range(CHANNELS)} | {"C0GENERAL"}
            async with slack_server(members=members) as server:
                process = await asyncio.create_subprocess_exec(
                    sys.executable, __file__, "child", server.url, store_server.url
                )
                try:
                    took = await measure(server)
                finally:
                    process.kill()
                    await process.wait()
                posted = len(server.messages)
                waiting = (await store.outbox.books()).waiting
        await store_server.stop()
    took.sort()
    shown = {f"p{p}": f"{took[len(took) * p // 100] * 1000:.0f} ms" for p in (50, 95, 99)}
    print(f"{len(took):,} commands at {PER_S}/s: {shown}, longest {took[-1] * 1000:.0f} ms")
    print(f"meanwhile {posted:,} alerts were posted, {waiting:,} still wait")
    raise SystemExit(0 if took[len(took) * 99 // 100] < 0.1 else 1)


async def measure(server: SlackServer) -> list[float]:
    """Seconds from each command to its acknowledgement."""
    took: list[float] = []

    async def one(number: int, at: float) -> None:
        await asyncio.sleep(at - time.monotonic())  # noqa: TID251 - sent at its time
        name = f"t{number}"
        payload = command_payload("search diffusion", name, server.response_url(name))
        delivery = await server.push("slash_commands", payload)
        sent_at = delivery.sent_at
        await delivery.ack(10)
        took.append(time.monotonic() - sent_at)  # noqa: TID251 - measured

    async with asyncio.timeout(30):
        await server.connected.wait()
    begin = time.monotonic() + 2  # noqa: TID251 - the sender is at work by then
    async with asyncio.TaskGroup() as group:
        for number in range(PER_S * SECONDS):
            group.create_task(one(number, begin + number / PER_S))
    return took


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger().setLevel(logging.CRITICAL)
    asyncio.run(child(*sys.argv[2:4]) if sys.argv[1:2] == ["child"] else parent())
