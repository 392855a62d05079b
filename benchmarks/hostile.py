"""Feeds every hostile file to a running bot: python benchmarks/hostile.py [folder of screenshots].

Each file is given as arXiv's feed, as arXiv's OAI-PMH, as Hugging Face's list and as a file of
papers, by a loopback server and the real client; its texts come once more as the title, abstract,
authors, classes, comment and links of well-formed papers. Whatever is readable is matched, posted,
archived and shown by the page in a real chromium. A task that ticks beside all of it measures how
long the event loop is held; what counts is the processor time of the loop's thread between two
ticks, as another process may have the processor for longer than that.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from data import DATA, machine

from adapters.sources.arxiv_oai import ArxivOai
from adapters.sources.arxiv_rss import ArxivRss
from adapters.sources.client import Client
from adapters.sources.fetch import Fetcher
from adapters.sources.huggingface import HuggingFaceDaily
from adapters.sources.recorded import SOURCES, batches
from bot.app.opened import opened
from bot.app.serving import ALL_ROLES, serve
from bot.flow.ingest import take
from bot.ports import Batch, SourceDown
from bot.settings import load
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from bot.app.opened import Kept
    from bot.ports import Poll

LIMIT_S = 0.05
SHOWN_MAX = 900
"""Cards that the page is asked to show at once; it shows the newest thousand of a channel."""
CHROMIUM = "/usr/bin/chromium"
WORD = "hostility"
"""Stands in every well-formed paper, so that a subscription matches it."""


@dataclass(slots=True)
class Ticks:
    """How long the loop was held between two ticks, on the clock and by its own work."""

    worst_wall_s: float = 0.0
    worst_s: float = 0.0
    over: int = 0
    during: str = ""
    now: str = ""

    async def run(self, clock: SystemClock) -> None:
        """Tick until cancelled."""
        wall, work = time.perf_counter(), time.thread_time()
        while True:
            await clock.sleep(0.001)
            wall_now, work_now = time.perf_counter(), time.thread_time()
            self.worst_wall_s = max(self.worst_wall_s, wall_now - wall)
            held = work_now - work
            self.over += held > LIMIT_S
            if held > self.worst_s:
                self.worst_s, self.during = held, self.now
            wall, work = wall_now, work_now


@dataclass(slots=True)
class Figures:
    """What a run has seen."""

    files: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    papers: int = 0
    shown: int = 0
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page is, and where pictures of it go."""

    url: str
    shots: Path | None


class NoPace:
    """The Leases of a fetcher that nobody has to be polite to."""

    async def pace(self, name: str, gap_s: float) -> float:
        """No wait."""
        del name, gap_s
        return 0.0


@dataclass
class Server:
    """Gives one body at every address."""

    body: bytes = b""
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator[Server]:
        """On a free port of this machine while the context lasts."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(server.body)))
                self.end_headers()
                with suppress(ConnectionError):  # what is too large is not read to its end
                    self.wfile.write(server.body)

            def log_message(self, *_: object) -> None:
                """Silent."""

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{http.server_address[1]}"
        try:
            yield self
        finally:
            http.shutdown()
            http.server_close()


def hostile_files() -> list[Path]:
    """Every file of the hostile folder."""
    files = sorted(path for path in (DATA / "hostile").rglob("*") if path.is_file())
    if not files:
        raise SystemExit(f"No hostile files under {DATA}: set PAPERWIRE_TEST_DATA.")
    return files


def texts_of(file: Path) -> list[str]:
    """The texts that a file holds: its strings, or all of it as one."""
    body = file.read_bytes()
    if file.name == "blns.json":
        return [text for text in json.loads(body) if text.strip()]
    if file.name == "titles.jsonl":
        return [json.loads(line)["title"] for line in body.splitlines()]
    return [body.decode("utf-8", "surrogateescape"), body.decode("latin-1")]


def as_feed(texts: Sequence[str], first: int) -> bytes:
    """The texts in every field of well-formed entries of arXiv."""
    items = "".join(_item(_xml(text), first + place) for place, text in enumerate(texts))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>cs.CL</title>'
        f"{items}</channel></rss>"
    ).encode()


def made() -> Iterator[tuple[str, bytes]]:
    """Feeds made to cost as much as they can: 12 large entries each, and 5,000 small ones."""
    costly = {
        "hyphens": "a-" * 4_000,
        "marks": "e\u0301\u0302" * 2_600,
        "wide letters": "\ufdfa-" * 4_000,
        "TeX": '\\"' * 20_000 + "\\frac{" * 8_000,
        "links": "github.com/" + "x/" * 10_000,
        "authors": ", ".join(f"Ann{n} Leeeeeeeeeeeeeeeeee{n}" for n in range(3_000)),
        "TeX authors": ", ".join(f"$x_{n}$ {{\\" for n in range(1_990)),
        "parentheses": "(" * 45_000,
    }
    for place, (name, text) in enumerate(costly.items(), start=1):
        yield name, as_feed([text] * 12, 20_000 + place * 100)
    yield "5,000 entries", as_feed(["x"] * 5_000, 30_000)


def _item(text: str, number: int) -> str:
    return (
        f"<item><title>{text} {number}</title><link>https://arxiv.org/abs/2501.{number:05}</link>"
        f"<description>arXiv:2501.{number:05}v1 Announce Type: new\nAbstract: {WORD} {text}"
        f"</description><category>{text}</category><category>cs.CL</category>"
        f"<pubDate>Mon, 20 Jan 2025 00:00:00 -0500</pubDate><dc:creator>{text}, Ann Lee"
        f"</dc:creator><arxiv:announce_type>new</arxiv:announce_type>"
        f"<arxiv:comment>{text}</arxiv:comment><dc:rights>{text}</dc:rights></item>"
    )


def _xml(text: str) -> str:
    return escape("".join(c for c in text if c in "\t\n" or " " <= c <= "\ud7ff" or c > "\udfff"))


def as_list(texts: Sequence[str], first: int) -> bytes:
    """The texts in every field of a Hugging Face list."""
    return json.dumps(
        [
            {
                "paper": {
                    "id": f"2502.{first + place:05}",
                    "title": f"{text} {place}",
                    "summary": f"{WORD} {text}",
                    "authors": [{"name": text}, {"name": "Ann Lee"}],
                    "publishedAt": "2025-02-03T00:00:00.000Z",
                    "githubRepo": text,
                    "projectPage": text,
                    "upvotes": 10**9 + place,
                }
            }
            for place, text in enumerate(texts)
        ]
    ).encode()


def as_papers(texts: Sequence[str], first: int) -> bytes:
    """The texts in every field of a file of papers."""
    return b"\n".join(
        json.dumps(
            {
                "id": f"2503.{first + place:05}",
                "title": f"{text} {place}",
                "abstract": f"{WORD} {text}",
                "authors": [text, "Ann Lee"],
                "categories": [text, "cs.CL"],
                "published": "2025-03-03",
                "comment": text,
                "journal": text,
                "licence": text,
                "code_links": [text],
                "project_url": text,
                "sources": [text],
            }
        ).encode()
        for place, text in enumerate(texts)
    )


class Attack:
    """Gives files to the sources and takes what they read into the running bot's store."""

    def __init__(
        self, kept: Kept, http: Client, server: Server, figures: Figures, page: Page
    ) -> None:
        fetcher = Fetcher(http, SystemClock(), NoPace())  # type: ignore[arg-type]
        self._kept, self._server, self._figures, self._page = kept, server, figures, page
        self._unseen = 0
        self._rss = ArxivRss(server.url, fetcher)
        self._oai = ArxivOai(server.url, fetcher)
        self._daily = HuggingFaceDaily(server.url, fetcher)
        self._clock = SystemClock()
        self._next = 1

    async def file(self, file: Path, room: Path) -> None:
        """One file in all forms."""
        self._figures.files += 1
        await self._everywhere(await asyncio.to_thread(file.read_bytes), room)
        texts = texts_of(file)
        for make, where in ((as_feed, "arxiv"), (as_list, "huggingface"), (as_papers, "papers")):
            await self._one(make(texts, self._next), where, room, told=f"{where}, well-formed")
        self._next += len(texts)

    async def look(self) -> None:
        """Have everything delivered and shown by the browser, as far as it was not before."""
        await delivered(self._kept, self._clock)
        shown, seen = await looked(self._page)
        self._figures.shown += min(shown, self._unseen)
        self._figures.troubles += [f"page: {one}" for one in seen]
        self._unseen = 0

    async def made(self, name: str, body: bytes, room: Path) -> None:
        """A feed that was made, of arXiv."""
        await self._one(body, "arxiv", room, told=f"made, {name}")
        await self._clock.sleep(1)  # for the matcher to catch up under this name

    async def _everywhere(self, body: bytes, room: Path) -> None:
        for where in ("arxiv", "oai", "huggingface", "papers"):
            await self._one(body, where, room, told=where)

    async def _one(self, body: bytes, where: str, room: Path, *, told: str) -> None:
        self._server.body = body
        try:
            for poll in await self._asked(where, body, room):
                self._figures.answers[f"{told}: {_name(poll)}"] += 1
                if isinstance(poll, Batch):
                    await self._take(poll, where)
        except Exception as error:  # noqa: BLE001 - what is counted
            self._figures.troubles.append(f"{told}: {type(error).__name__}: {error}")

    async def _asked(self, where: str, body: bytes, room: Path) -> list[Poll]:
        match where:
            case "arxiv":
                return [await self._rss.poll("cs.CL", None)]
            case "oai":
                now = self._clock.now()
                return [await self._oai.page("cs.CL", now.replace(year=1991), None)]
            case "huggingface":
                return [await self._daily.poll("daily", None)]
        file = room / "papers.jsonl"
        file.write_bytes(body)
        # a command reads files in a process of its own: it has no event loop to hold
        return await asyncio.to_thread(lambda: list(batches("papers", file)))

    async def _take(self, batch: Batch, where: str) -> None:
        self._figures.papers += len(batch.papers)
        if self._unseen + len(batch.papers) > SHOWN_MAX:
            await self.look()
        self._unseen += len(batch.papers)
        await take(
            batch.papers,
            f"{where}/hostile",
            self._kept.store.papers,
            self._clock,
            baseline=False,
            new_max=None,
        )


def _name(poll: Poll) -> str:
    match poll:
        case Batch():
            return "read"
        case SourceDown():
            return "refused"
    return "unchanged"


def recorded(files: Sequence[Path], figures: Figures) -> None:
    """The files as `paperwire ingest` reads them."""
    for file in files:
        for source in SOURCES:
            try:
                list(batches(source, file))
            except Exception as error:  # noqa: BLE001 - what is counted
                figures.troubles.append(f"ingest {source} {file.name}: {error!r}")


LOOK = """() => {
  const odd = 'script, img, iframe, object, embed, style, link, svg image, form, base, meta';
  const found = [...document.querySelectorAll('#log *')];
  const bad = found.filter((node) => node.matches(odd)
    || [...node.attributes].some((one) => one.name.startsWith('on') || one.name === 'style')
    || (node.tagName === 'A' && !/^https?:/.test(node.href)));
  return {cards: document.querySelectorAll('#log article').length,
          bad: bad.map((node) => node.outerHTML.slice(0, 200))};
}"""


def look(at: Page) -> tuple[int, list[str]]:
    """Show the newest cards in chromium: how many there were, and what went wrong."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only for this part

    troubles: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("pageerror", lambda error: troubles.append(f"thrown: {error}"))
        page.on("console", lambda said: troubles.append(f"logged: {said.text}"))
        page.on("dialog", lambda one: (troubles.append(f"dialog: {one.message}"), one.dismiss()))
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((at.url, "data:"))
                else troubles.append(f"asked: {asked.url}")
            ),
        )
        page.goto(at.url)
        page.wait_for_selector("#log article", timeout=60_000)
        earlier = page.locator("#earlier:not([hidden]) button")
        while earlier.count():
            before = page.locator("#log article").count()
            earlier.click()
            page.wait_for_function(
                "count => document.querySelectorAll('#log article').length > count"
                " || document.getElementById('earlier').hidden",
                arg=before,
            )
        found: dict[str, Any] = page.evaluate(LOOK)
        shown = found["cards"]
        troubles += [f"element: {node}" for node in found["bad"]]
        if at.shots is not None:
            page.screenshot(path=at.shots / "hostile.png")
        browser.close()
    return shown, troubles


async def looked(at: Page) -> tuple[int, list[str]]:
    """As `look`, in a process of its own: what drives a browser is no part of the bot."""
    folder = [str(at.shots)] if at.shots is not None else []
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--look", at.url, *folder, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate()
    shown, troubles = json.loads(answer or b'[0, ["the browser did not start"]]')
    return shown, troubles


def _watched(figures: Figures) -> None:
    """Count what the bot logs with an exception, or as an error."""

    def seen(_: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event.get("exc_info") or method in {"error", "exception", "critical"}:
            figures.troubles.append(f"log: {event}")
        raise structlog.DropEvent

    structlog.configure(processors=[seen])


async def run(room: Path, shots: Path | None) -> None:
    """Everything, and the table."""
    figures, ticks, clock = Figures(), Ticks(), SystemClock()
    _watched(figures)
    dead = "http://127.0.0.1:9"
    settings = load(
        room / "none.env",
        data_dir=room / "data",
        port=0,
        arxiv_feed_url=dead,
        huggingface_url=dead,
        arxiv_oai_url=dead,
        arxiv_categories="cs.CL",
        alerts_per_day=10_000,
    )
    said: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: figures.troubles.append(f"loop: {context}"))
    async with asyncio.TaskGroup() as group:
        bot = group.create_task(serve(settings, ALL_ROLES, said.put_nowait))
        url = (await said.get()).split()[-1]
        ticking = group.create_task(ticks.run(clock))
        async with opened(settings, clock, SystemChance()) as kept, Client("hostile") as http:
            await _subscribe(http_url=url)
            with Server().serving() as server:
                attack = Attack(kept, http, server, figures, Page(url, shots))
                for file in hostile_files():
                    ticks.now = file.name
                    await attack.file(file, room)
                await attack.look()
                # made in a thread: what this program does itself must not count
                for name, body in await asyncio.to_thread(lambda: list(made())):
                    ticks.now = name
                    await attack.made(name, body, room)
            ticks.now = "delivery"
            await delivered(kept, clock)
            books = await kept.store.outbox.books()
        ticking.cancel()
        bot.cancel()
    recorded(hostile_files(), figures)
    print(f"{machine()}\n")
    print("| what | figure |\n|---|---|")
    print(f"| hostile files, each in 7 forms | {figures.files} |")
    for told, count in sorted(figures.answers.items()):
        print(f"| {told} | {count} |")
    print(f"| papers read | {figures.papers:,} |")
    print(f"| alerts posted | {books.sent:,} of {books.queued:,}, {books.dead} put aside |")
    print(f"| cards shown in chromium | {figures.shown:,} |")
    print(f"| worst hold of the event loop | {ticks.worst_s * 1000:.1f} ms ({ticks.during}) |")
    print(f"| holds over {LIMIT_S * 1000:.0f} ms | {ticks.over} |")
    print(f"| longest time between two ticks on the clock | {ticks.worst_wall_s * 1000:.0f} ms |")
    print(f"| exceptions, and anything executed, asked for or logged | {len(figures.troubles)} |")
    for trouble in figures.troubles[:20]:
        print(f"    {trouble[:500]}", file=sys.stderr)
    if figures.troubles or ticks.over:
        raise SystemExit(1)


async def _subscribe(http_url: str) -> None:
    import urllib.request  # noqa: PLC0415 - once

    body = json.dumps({"text": f"/papers subscribe {WORD} --types new,cross,replace"}).encode()
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{http_url}/api/channels/general/commands",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    await asyncio.to_thread(urllib.request.urlopen, request)


async def delivered(kept: Kept, clock: SystemClock) -> None:
    """Wait until nothing is waiting any more."""
    quiet = 0
    for _ in range(1_200):
        await clock.sleep(0.1)
        books = await kept.store.outbox.books()
        quiet = quiet + 1 if not books.waiting and books.queued else 0
        if quiet == 20:
            return


def main() -> None:
    """Run in a folder of its own."""
    if sys.argv[1:2] == ["--look"]:
        print(json.dumps(look(Page(sys.argv[2], Path(sys.argv[3]) if sys.argv[3:] else None))))
        return
    shots = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as room:
        asyncio.run(run(Path(room), shots))


if __name__ == "__main__":
    main()
