"""What the page is told about the rest of the program: health, sources, completion, lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.web.facts import Facts, SourceFacts
from adapters.web.names import USER
from bot.card.post import PaperList
from bot.command.declare import Names
from bot.command.spec import complete
from bot.flow.watch import Metrics, Standing, metrics_text, ready, standings

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from datetime import datetime

    from bot.app.opened import Kept
    from bot.command.declare import Suggestion
    from bot.model.alert import PostKey
    from bot.model.channel import ChannelId
    from bot.model.paper import Paper
    from bot.ports import Clock

TITLES: Final = {"arxiv": "arXiv", "huggingface": "Hugging Face"}
"""Sources as people call them, in the order in which the page shows them."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The callables of adapters.web.facts over a process's store and archive."""

    kept: Kept
    clock: Clock
    metrics: Metrics
    owner: str
    stop: asyncio.Event
    sources: tuple[str, ...] = tuple(TITLES)

    def facts(self) -> Facts:
        """As the page takes them."""
        return Facts(
            health=self._health,
            ready=self._ready,
            metrics=self._metrics,
            sources=self._sources,
            complete=self._complete,
            listed=self._listed,
        )

    async def _health(self) -> str | None:
        return None  # that it answers is the health: the event loop turns

    async def _ready(self) -> str | None:
        return await ready(self.kept.store.leases, self.owner, draining=self.stop.is_set())

    async def _metrics(self) -> bytes:
        store = self.kept.store
        return await metrics_text(self.metrics, store.outbox, store.feeds, self.clock)

    async def _sources(self) -> Sequence[SourceFacts]:
        known = {one.source: one for one in standings(await self.kept.store.feeds.all())}
        return [source_facts(name, known.get(name)) for name in self.sources]

    async def _complete(self, channel: ChannelId, text: str) -> Sequence[Suggestion]:
        store = self.kept.store
        found = await store.channels.read(channel)
        return complete(
            text,
            Names(
                subscriptions=tuple((s.number, s.name or s.query) for s in found.subscriptions),
                channels=tuple(await store.messages.channels()),
                muted=found.muted,
                recent=tuple(await store.recent.of(channel, USER)),
                platform=channel.platform,
            ),
        )

    async def _listed(self, channel: ChannelId, key: PostKey) -> Sequence[Paper]:
        post = await self.kept.store.outbox.posted(channel, key)
        if not isinstance(post, PaperList):
            return ()
        ids = [alert.paper_id for alert in post.alerts]
        records = await self.kept.store.papers.known(ids)
        found = [records[one].paper if one in records else None for one in ids]
        return [
            paper
            for one, known in zip(ids, found, strict=True)
            if (paper := known or await self.kept.archive.get(one)) is not None
        ]


def source_facts(name: str, standing: Standing | None) -> SourceFacts:
    """How a source is doing; one that was never asked is waiting."""
    if standing is None or standing.polled_at is None:
        return SourceFacts(
            name=TITLES[name], state="waiting", reason=None, succeeded_at=None, retry_at=None
        )
    return SourceFacts(
        name=TITLES[name],
        state="down" if standing.is_down else "up",
        reason=standing.reason,
        succeeded_at=_utc(standing.succeeded_at),
        retry_at=_utc(standing.retry_at),
    )


def _utc(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at is not None else None
