"""The sources that are watched, each with its pace."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from adapters.sources.arxiv_oai import ArxivOai
from adapters.sources.arxiv_rss import ArxivRss
from adapters.sources.client import Client, user_agent
from adapters.sources.fetch import Fetcher
from adapters.sources.huggingface import HuggingFaceDaily
from bot.flow.poll import Poller
from bot.flow.schedule import Plan
from bot.flow.subscribers import Subscribers
from bot.query.categories import CLASSES

if TYPE_CHECKING:
    from adapters.redis.store import Store
    from bot.flow.watch import Metrics
    from bot.ports import Chance, Clock
    from bot.settings import Settings

EMBEDDED_OWNER: Final = "embedded"
"""The name under which the one process of an embedded store holds the leases on sources: after a
kill it has them back at once. Only one can run at a time, so it cannot be another's."""


def watched_classes(settings: Settings) -> tuple[str, ...]:
    """The classes of arXiv that are watched."""
    return settings.arxiv_categories or tuple(CLASSES)


def client(settings: Settings) -> Client:
    """The network, to be opened; it says who asks."""
    try:
        number = version("paperwire")
    except PackageNotFoundError:  # run from the source tree without being installed
        number = "source"
    return Client(user_agent(number, settings.contact))


def pollers(
    settings: Settings,
    http: Client,
    store: Store,
    clock: Clock,
    chance: Chance,
    metrics: Metrics,
    owner: str,
    subscribers: Subscribers | None = None,
) -> tuple[Poller, ...]:
    """One for each source; `subscribers` say which classes are asked for."""
    followed = subscribers if subscribers is not None else Subscribers(matching=False)
    fetcher = Fetcher(http, clock, store.leases)
    owner = owner if settings.redis_url is not None else EMBEDDED_OWNER
    arxiv = Poller(
        source=ArxivRss(settings.arxiv_feed_url, fetcher),
        parts=watched_classes(settings),
        plan=Plan(settings.arxiv_poll_s),
        papers=store.papers,
        feeds=store.feeds,
        leases=store.leases,
        channels=store.channels,
        clock=clock,
        chance=chance,
        owner=owner,
        metrics=metrics,
        subscribers=followed,
        backfill=ArxivOai(settings.arxiv_oai_url, fetcher),
    )
    huggingface = Poller(
        source=HuggingFaceDaily(settings.huggingface_url, fetcher),
        parts=("daily",),
        plan=Plan(settings.huggingface_poll_s),
        papers=store.papers,
        feeds=store.feeds,
        leases=store.leases,
        channels=store.channels,
        clock=clock,
        chance=chance,
        owner=owner,
        metrics=metrics,
        subscribers=followed,
    )
    return arxiv, huggingface
