"""The page with nothing behind it: messages in memory, scripted answers, papers by hand."""

# ruff: noqa: D102, D103 - their names and types say it

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp.test_utils import TestServer
from fakes import FakeMessages

from adapters.web.facts import Facts, SourceFacts
from adapters.web.options import WebOptions
from adapters.web.poster import WebPoster
from adapters.web.server import web_app
from bot.card.alert import alert_card
from bot.card.card import (
    Action,
    Card,
    CardKind,
    Fact,
    Mark,
    PaperPart,
    Para,
    Preformatted,
    Row,
    Run,
)
from bot.card.card import Facts as FactsPart
from bot.card.paper import paper_part
from bot.command import spec
from bot.command.declare import Names
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import ChannelId
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import SubscriptionId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.command.declare import Suggestion
    from bot.command.request import Request

START = datetime(2026, 3, 3, 8, 30, tzinfo=UTC)
GENERAL = ChannelId("web", "local", "general")
UP: SourceFacts = {
    "name": "arXiv",
    "state": "up",
    "reason": None,
    "succeeded_at": "2026-03-03T08:24:00.000Z",
    "retry_at": None,
}
DOWN: SourceFacts = {
    "name": "arXiv",
    "state": "down",
    "reason": "arXiv could not be asked: its name could not be looked up.",
    "succeeded_at": None,
    "retry_at": "2026-03-03T08:35:00.000Z",
}


class LiveClock:
    """A clock that runs from a fixed start; sleeping waits in earnest."""

    def __init__(self) -> None:
        self._began = asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    async def sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.Event().wait()


@dataclass
class Stub:
    """The running page, and what tests look at or change."""

    messages: FakeMessages
    poster: WebPoster
    clock: LiveClock
    options: WebOptions
    port: int | None = None
    asked: list[Request] = field(default_factory=list)
    sources: list[SourceFacts] = field(default_factory=lambda: [UP])
    trouble: str | None = None
    listed: list[Paper] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Serve; again on the same port after a stop."""
        facts = Facts(
            self.well, self.well, self.metrics, self.told_sources, self.complete, self.all_of
        )
        app = web_app(self.answer, self.messages, self.clock, self.options, facts)
        self.server = TestServer(app, host="127.0.0.1", port=self.port)
        await self.server.start_server()
        self.port = self.server.port

    async def stop(self) -> None:
        """Go away, as a program that ends."""
        await self.server.close()

    async def post(self, card: Card, key: str, channel: str = "general") -> str:
        outcome = await self.poster.post(card, ChannelId("web", "local", channel), PostKey(key))
        return str(getattr(outcome, "receipt", ""))

    async def alert(self, paper: Paper, *words: str, channel: str = "general") -> str:
        return await self.post(alert_of(paper, *words), paper.id, channel)

    async def answer(self, request: Request) -> Card:
        self.asked.append(request)
        return answer_to(request.text)

    async def complete(self, _: ChannelId, text: str) -> Sequence[Suggestion]:
        return spec.complete(text, Names(subscriptions=((1, '"diffusion model"'),)))

    async def well(self) -> str | None:
        return self.trouble

    async def told_sources(self) -> Sequence[SourceFacts]:
        return self.sources

    async def metrics(self) -> bytes:
        return b"# TYPE paperwire_up gauge\npaperwire_up 1\n"

    async def all_of(self, _: ChannelId, __: PostKey) -> Sequence[Paper]:
        return self.listed


@asynccontextmanager
async def stub(options: WebOptions | None = None) -> AsyncIterator[Stub]:
    """A page on a free port of the loopback interface."""
    clock = LiveClock()
    messages = FakeMessages(clock)
    await messages.create("general")
    made = Stub(messages, WebPoster(messages, clock), clock, options or WebOptions())
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def paper(number: int = 1, title: str = "A Paper", **changes: object) -> Paper:
    """A small paper of ours."""
    fields: dict[str, object] = {
        "id": PaperId(f"arxiv:2603.{number:05d}"),
        "title": title,
        "abstract": "We ask a question. We answer it.",
        "authors": ("Ada Lovelace", "Emmy Noether"),
        "categories": ("cs.LG", "stat.ML"),
        "published_at": START - timedelta(hours=9),
        "announced": AnnounceType.NEW,
        "sources": ("arxiv",),
    }
    return Paper(**{**fields, **changes})  # type: ignore[arg-type]


def alert_of(one: Paper, *words: str) -> Card:
    """The card of an alert that matched these words."""
    reasons = (Reason(SubscriptionId("s"), 1, "diffusion", words or ("paper",)),)
    return alert_card(Alert(PostKey(one.id), GENERAL, one.id, reasons, START), one)


def raw_card(title: str, abstract: str = "", command: str = "/papers help") -> Card:
    """An alert with texts exactly as given, as if nothing before the page had looked at them."""
    part = PaperPart(
        paper_id=PaperId("arxiv:2603.00001"),
        title=title,
        url="https://arxiv.org/abs/2603.00001",
        authors=title,
        categories=(title,),
        day=START.date(),
        announced=title,
        version=1,
        abstract=abstract or title,
        reason=(Run("matches "), Run(title, Mark.STRONG), Run(title, url=title)),
        code_url=title,
        project_url="javascript:alert(1)",
    )
    parts = (
        part,
        Para((Run(title), Run(title, Mark.CODE), Run(title, Mark.QUIET))),
        Preformatted(title),
        FactsPart((Fact(title, title),)),
        Row((Run(title),), (Action(title, command),)),
    )
    return Card(
        CardKind.ALERT, title, parts, title, (Action(title, command),), (Action("x", "y"),)
    )


def answer_to(text: str) -> Card:
    """A scripted answer, of the kind that the real one would be."""
    said = text.removeprefix("/papers").strip()
    verb, _, rest = said.partition(" ")
    match verb:
        case "subscribe" if rest.count('"') % 2:
            return unclosed(rest)
        case "subscribe":
            return subscribed(rest)
        case "page":
            return many(int(rest.rpartition(" ")[2]))
        case "cite":
            return Card(CardKind.ANSWER, "BibTeX", (Preformatted(BIBTEX),), "BibTeX")
        case _:
            return Card(CardKind.HELP, f"You said: {verb}", (Para((Run(said),)),), said)


def subscribed(query: str) -> Card:
    samples = tuple(
        paper_part(one, (Run("matches "), Run("diffusion model", Mark.STRONG)), abstract=False)
        for one in PAPERS[:3]
    )
    return Card(
        CardKind.SUBSCRIPTIONS,
        "Subscribed as #1",
        (
            Para((Run("Reads as "), Run(query, Mark.CODE))),
            FactsPart(
                (
                    Fact("Next papers", "Wednesday, about 02:10"),
                    Fact("Would have posted", "41 papers in 14 days, 2.9 a day"),
                    Fact("Classes watched", "cs.CV, cs.LG and 3 more"),
                )
            ),
            Para((Run("The last three it would have posted:", Mark.QUIET),)),
            *samples,
        ),
        "Subscribed as #1",
        (
            Action("Post the latest 3 now", "/papers post-latest 1", primary=True),
            Action("Edit", f"/papers edit 1 {query}", fill=True),
            Action("Undo", "/papers undo"),
        ),
        private=False,
    )


def unclosed(query: str) -> Card:
    caret = " " * query.rindex('"') + "^"
    return Card(
        CardKind.ERROR,
        "The query cannot be read",
        (
            Preformatted(f"{query}\n{caret}"),
            Para((Run("This quotation mark is not closed. Put another one behind the phrase."),)),
        ),
        "The query cannot be read",
        (Action("Put it back", f"/papers subscribe {query}", fill=True),),
    )


def many(page: int) -> Card:
    """A list of 25 papers, ten a page."""
    first = (page - 1) * 10
    shown = [paper(n + 1, f"Paper number {n + 1}") for n in range(first, min(first + 10, 25))]
    back = (Action("Back", f"/papers page list:x {page - 1}"),) if page > 1 else ()
    on = (Action("Next", f"/papers page list:x {page + 1}", primary=True),) if page < 3 else ()
    return Card(
        CardKind.LIST,
        f"25 more papers (page {page} of 3)",
        tuple(
            paper_part(one, (Run("matches "), Run("paper", Mark.STRONG)), abstract=False)
            for one in shown
        ),
        "25 more papers",
        back + on,
        private=False,
    )


BIBTEX = "@article{ho2020denoising,\n  title = {Denoising Diffusion Probabilistic Models},\n}"

PAPERS = (
    paper(
        6239,
        "Denoising Diffusion Probabilistic Models",
        id=PaperId("arxiv:2006.11239"),
        authors=("Jonathan Ho", "Ajay Jain", "Pieter Abbeel"),
        abstract="Image synthesis with a class of latent variable models inspired by "
        "nonequilibrium thermodynamics. Training on a weighted variational bound connects "
        "diffusion models with denoising score matching, and sampling reads as progressive "
        "lossy decompression.",
        code_links=("https://github.com/hojonathanho/diffusion",),
        upvotes=54,
        stars=4211,
    ),
    paper(
        10752,
        "High-Resolution Image Synthesis with Latent Diffusion Models",
        id=PaperId("arxiv:2112.10752"),
        categories=("cs.CV",),
        authors=("Robin Rombach", "Andreas Blattmann", "Dominik Lorenz", "P. Esser", "B. Ommer"),
        abstract="Diffusion models in pixel space are costly to train and slow to sample. Moving "
        "them to the latent space of a pretrained autoencoder keeps their quality at a fraction "
        "of the cost, and cross-attention makes them follow text, boxes or layouts.",
        code_links=("https://github.com/CompVis/latent-diffusion",),
        announced=AnnounceType.REPLACE,
        version=2,
    ),
    paper(
        748,
        "Peebles–Xie Revisited: Scalable Diffusion Models with Transformers "
        "and What Their Compute Really Buys",
        id=PaperId("arxiv:2212.09748"),
        categories=("cs.CV", "cs.LG"),
        authors=("William Peebles", "Saining Xie"),
        abstract="A transformer over latent patches takes the place of the usual U-Net. Sample "
        "quality follows the network's compute, whether it comes from depth, width or tokens.",
        upvotes=12,
    ),
)
