"""Latency: from a source's answer, and from the store, to an alert on the page.

`python benchmarks/latency.py [--quick]` runs the real `paperwire run` on a new folder against a
loopback arXiv and Hugging Face, with one subscription that every paper matches, and reads the
page's stream of server-sent events as a browser does. A paper's way begins when the answer that
shows it first has been sent (or when it is on the store's stream: the time in its event's id), and
ends when its alert's event has been read.

- one at a time: Hugging Face's list, one new paper an answer, the next when the alert is there;
- arXiv's feed with 20 new papers an answer, 3 s apart as its terms of use want it;
- arXiv's feed with 250 new papers at once, all for one channel: how many alerts a second it takes;
- the same for eight channels at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parents[1]))

import aiohttp
import structlog
from data import DATA, papers
from measuring import Memory, cpu_s, head, in_ms, is_quick, memory, quantile, table

from adapters.redis.embedded import attach
from adapters.redis.store import Store
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from bot.model.paper import Paper

MONTH = "papers/arxiv-2025/2025-05.jsonl.gz"
QUERY = "cat:cs.CL OR source:huggingface"
ALONE, ANSWERS, ANSWER, BURST, WIDE, CHANNELS = 25, 9, 20, 250, 50, 8
QUICK_ALONE, QUICK_ANSWERS = 5, 2
PATIENCE_S = 60.0
NOTHING = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2025-05-01T00:00:00Z</responseDate>"
    '<error code="noRecordsMatch">nothing</error></OAI-PMH>'
)


@dataclass
class Sources:
    """Loopback arXiv and Hugging Face: what they show, and when each paper was first sent."""

    feed: list[Paper] = field(default_factory=list)
    daily: list[Paper] = field(default_factory=list)
    sent: dict[str, float] = field(default_factory=dict)
    asked: int = 0
    url: str = ""

    def answer(self, path: str) -> tuple[bytes, Sequence[Paper]]:
        """The body, and the papers in it."""
        where = urlsplit(path).path
        if where.startswith("/rss/"):
            self.asked += 1
            return rss(self.feed), self.feed
        if where == "/api/daily_papers":
            return hf_list(self.daily), self.daily
        return NOTHING.encode(), ()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """On a free port of this machine."""
        sources = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body, shown = sources.answer(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                at = time.time()  # noqa: TID251  # the store's events have this clock
                for paper in shown:
                    sources.sent.setdefault(paper.id, at)

            def log_message(self, *_: object) -> None:
                """Silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


def rss(some: Sequence[Paper]) -> bytes:
    """The daily feed of one class of arXiv with these papers."""
    items = "".join(
        f"<item><title>{escape(p.title)}</title><link>{p.url}</link>"
        f"<description>{p.id.replace('arxiv', 'arXiv')}v1 Announce Type: new \n"
        f"Abstract: {escape(p.abstract)}</description>"
        f"<guid isPermaLink='false'>oai:arXiv.org:{p.id.partition(':')[2]}v1</guid>"
        f"<category>cs.CL</category><pubDate>Tue, 20 May 2025 00:00:00 -0400</pubDate>"
        f"<arxiv:announce_type>new</arxiv:announce_type>"
        f"<dc:creator>{escape(', '.join(p.authors))}</dc:creator></item>"
        for p in some
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>'
        "<title>cs.CL updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CL</link>"
        "<description>cs.CL updates</description>"
        "<pubDate>Tue, 20 May 2025 00:00:00 -0400</pubDate>"
        f"{items}</channel></rss>"
    ).encode()


def hf_list(some: Sequence[Paper]) -> bytes:
    """Hugging Face's list of daily papers."""
    entries = [
        {
            "paper": {
                "id": paper.id.partition(":")[2],
                "title": paper.title,
                "summary": paper.abstract,
                "authors": [{"name": name} for name in paper.authors],
                "publishedAt": paper.published_at.isoformat(),
                "upvotes": 1,
            }
        }
        for paper in some
    ]
    return json.dumps(entries).encode()


@dataclass
class Page:
    """The running bot as a browser sees it; `shown` is when each channel's alerts were read."""

    url: str
    pid: int
    folder: Path
    http: aiohttp.ClientSession
    shown: dict[str, dict[str, float]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def subscribe(self, channel: str) -> None:
        """Follow QUERY there."""
        where = f"{self.url}/api/channels/{channel}/commands"
        said = {"text": f"/papers subscribe {QUERY}"}
        async with self.http.post(where, json=said) as answer:
            card = await answer.json()
            assert card["kind"] != "error", card["fallback"]

    async def listen(self, channel: str) -> None:
        """Note each alert when its event has come in."""
        seen = self.shown.setdefault(channel, {})
        async with self.http.get(f"{self.url}/api/channels/{channel}/events") as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    at = time.time()  # noqa: TID251  # as above
                    for paper in json.loads(line[6:])["papers"]:
                        seen.setdefault(paper["paper_id"], at)
                    self.news.set()

    async def until(self, channel: str, wanted: Sequence[Paper]) -> None:
        """Wait until all of them are shown."""
        seen = self.shown[channel]
        async with asyncio.timeout(PATIENCE_S):
            while not all(paper.id in seen for paper in wanted):
                self.news.clear()
                await self.news.wait()


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of arriving: seconds from the source and from the store, by paper."""

    name: str
    from_source: list[float]
    from_store: list[float]


async def run() -> None:
    """All measurements on one running bot."""
    some = [p for p in islice(papers([DATA / MONTH]), 1_500) if p.id.startswith("arxiv:")]
    some = list({p.id: replace(p, code_links=(), comment=None) for p in some}.values())
    print(head())
    alone = QUICK_ALONE if is_quick() else ALONE
    answers = QUICK_ANSWERS if is_quick() else ANSWERS
    left = iter(some)
    first = list(islice(left, 3))
    sources = Sources(feed=first[:2], daily=first[2:])
    with sources.serving(), tempfile.TemporaryDirectory(prefix="paperwire-bench-") as folder:
        async with running(sources, Path(folder)) as page, asyncio.TaskGroup() as group:
            await page.subscribe("general")
            page.shown["general"] = {}
            listeners = [group.create_task(page.listen("general"))]
            await _baselined(page, sources)
            idle = memory(page.pid)

            groups = {"one at a time (Hugging Face)": list(islice(left, alone))}
            for paper in groups["one at a time (Hugging Face)"]:
                sources.daily = [paper]
                await page.until("general", [paper])
            name = f"{ANSWER} an answer (arXiv)"
            groups[name] = []
            for _ in range(answers):
                sources.feed = list(islice(left, ANSWER))
                groups[name] += sources.feed
                await page.until("general", sources.feed)
            burst = sources.feed = list(islice(left, BURST))
            used = cpu_s(page.pid)
            await page.until("general", burst)
            used = cpu_s(page.pid) - used
            groups[f"{BURST} at once (arXiv)"] = burst

            names = [f"wide-{number}" for number in range(CHANNELS - 1)]
            for channel in names:
                await page.subscribe(channel)
                page.shown[channel] = {}
                listeners.append(group.create_task(page.listen(channel)))
            await asyncio.sleep(1)  # noqa: TID251  # the streams are open by then
            wide = sources.feed = list(islice(left, WIDE))
            for channel in ("general", *names):
                await page.until(channel, wide)

            events = await _events(page.folder)
            for listener in listeners:
                listener.cancel()
            _print(sources, page, groups, events)
            _print_burst(sources, page, burst, used)
            _print_wide(sources, page, wide)
            _print_memory(idle, memory(page.pid))


@contextmanager
def _process(sources: Sources, folder: Path) -> Iterator[tuple[str, int]]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PAPERWIRE_")}
    own = {
        "DATA_DIR": str(folder / "data"),
        "ARXIV_FEED_URL": sources.url,
        "ARXIV_OAI_URL": f"{sources.url}/oai",
        "HUGGINGFACE_URL": sources.url,
        "ARXIV_CATEGORIES": "cs.CL",
        "ARXIV_POLL_S": "0.1",
        "HUGGINGFACE_POLL_S": "0.1",
        "ALERTS_PER_DAY": "10000",
        "LOG_LEVEL": "error",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--port", "0"],
        env={**kept, **{f"PAPERWIRE_{name}": value for name, value in own.items()}},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "running" in line, line
        yield line.split()[-1].rstrip("/"), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@asynccontextmanager
async def running(sources: Sources, folder: Path) -> AsyncIterator[Page]:
    """The bot as a process, until the context ends."""
    with _process(sources, folder) as (url, pid):
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout()) as http:
            yield Page(url, pid, folder, http)


async def _baselined(page: Page, sources: Sources) -> None:
    """Wait until both feeds have shown what nothing is posted of."""
    asked = sources.asked
    async with asyncio.timeout(PATIENCE_S):  # the sources answer in threads of their own
        while sources.asked < asked + 2 or len(sources.sent) < 3:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)  # noqa: TID251  # a benchmark waits in real time
    assert not page.shown["general"]


async def _events(folder: Path) -> dict[str, float]:
    """When each paper was put on the stream, by the store's clock, which is this machine's."""
    found: dict[str, float] = {}
    attached = await attach(folder / "data", SystemClock())
    assert attached is not None
    async with await Store.open(attached.url, SystemChance().token()) as store:
        cursor = "0"
        while events := await store.papers.since(cursor, 500):
            cursor = events[-1].id
            for event in events:
                found.setdefault(event.paper.id, event.at.timestamp())
    return found


def _print(
    sources: Sources, page: Page, groups: dict[str, list[Paper]], events: dict[str, float]
) -> None:
    shown = page.shown["general"]
    rows = []
    for name, some in groups.items():
        for since, at in (("source's answer", sources.sent), ("store", events)):
            took = [shown[paper.id] - at[paper.id] for paper in some]
            figures = [in_ms(quantile(took, share)) for share in (0.5, 0.99, 1.0)]
            rows.append([name, since, str(len(took)), *figures])
    print(table(["papers arrive", "ms since the", "papers", "p50", "p99", "max"], rows))


def _print_burst(sources: Sources, page: Page, burst: Sequence[Paper], used_s: float) -> None:
    at = sorted(page.shown["general"][paper.id] for paper in burst)
    sent = sources.sent[burst[0].id]
    print(
        f"Of {len(burst)} alerts of one answer for one channel the first is on the page after "
        f"{in_ms(at[0] - sent)} ms, the last after {in_ms(at[-1] - sent)} ms: "
        f"{(len(at) - 1) / (at[-1] - at[0]):,.0f} alerts/s, for which the bot's processor works "
        f"{in_ms(used_s / len(at))} ms each.\n"
    )


def _print_wide(sources: Sources, page: Page, wide: Sequence[Paper]) -> None:
    at = sorted(seen[paper.id] for seen in page.shown.values() for paper in wide)
    print(
        f"Of {len(wide)} papers for {CHANNELS} channels, {len(at)} alerts, the last is there "
        f"{in_ms(at[-1] - sources.sent[wide[0].id])} ms after the answer: "
        f"{(len(at) - 1) / (at[-1] - at[0]):,.0f} alerts/s.\n"
    )


def _print_memory(idle: Memory, after: Memory) -> None:
    print(f"The bot's process held {idle.now:.0f} MB at the start, {after.now:.0f} MB at the end.")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(run())
