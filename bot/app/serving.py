"""Runs the roles of one process until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from adapters.archive.snapshot import SnapshotFile
from adapters.slack.who import find_channel as slack_channel
from adapters.web.names import GENERAL, USER, channel_id
from adapters.web.options import WebOptions
from adapters.web.poster import WebPoster
from adapters.web.server import web_app
from adapters.web.serving import listening, page_url, served
from bot.app.compiling import load_loops, match_by_loops
from bot.app.opened import opened
from bot.app.page import PageFacts
from bot.app.platforms import Platforms, platforms
from bot.app.removal import Removals
from bot.app.sample import SampleDay
from bot.app.sources import client, pollers, watched_classes
from bot.app.stopping import told_by_signals, until
from bot.command.desk import Desk, Limits, local_channels
from bot.command.handle import answer
from bot.command.request import Request
from bot.flow import deliver, index_archive, match, poll, supervise
from bot.flow.sender import Sender
from bot.flow.subscribers import Subscribers, follow
from bot.flow.watch import Metrics, watch_loop
from bot.settings import require_token
from bot.world import SystemChance, SystemClock, machine_timezone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiohttp import web

    from adapters.web.facts import AnswerFn
    from bot.app.opened import Kept
    from bot.command.desk import FindChannel
    from bot.model.channel import ChannelId
    from bot.settings import Settings

    Loop = Callable[[], Awaitable[None]]
    Say = Callable[[str], None]

log = structlog.get_logger()


class Role(StrEnum):
    """What a process does; `chat` serves the page."""

    POLL = "poll"
    MATCH = "match"
    DELIVER = "deliver"
    CHAT = "chat"


ALL_ROLES: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Process:
    """What the loops of a process share."""

    settings: Settings
    kept: Kept
    clock: SystemClock
    chance: SystemChance
    metrics: Metrics
    owner: str
    stop: asyncio.Event
    queued: asyncio.Event
    sample: SampleDay
    is_demo: bool
    removals: Removals
    chat: Platforms


async def serve(
    settings: Settings, roles: frozenset[Role], say: Say, *, greeting: Sequence[str] = ()
) -> None:
    """Open everything, run the roles, and close everything after SIGTERM or Ctrl-C.

    `say` gets the page's address once it answers. Raises SettingsError and StoreDown before that.
    `greeting` makes it a demo: no source is watched, these commands are given in #general, and
    the sample day begins.
    """
    has_page = Role.CHAT in roles
    if has_page:
        require_token(settings)
    clock, chance = SystemClock(), SystemChance()
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        # the port first: a taken one is told before a store is started
        port = listening(settings.host, settings.port) if has_page else None
        if port is not None:
            stack.enter_context(port)
        kept = await stack.enter_async_context(opened(settings, clock, chance, owns=True))
        stack.enter_context(told_by_signals(stop))
        sample = SampleDay(kept.store.papers, clock)
        local = desk(settings, kept, clock, chance, sample)
        grace = timedelta(days=settings.grace_days)
        removals = Removals(kept.store, clock, chance.token(), grace, clock.now())
        chat = await platforms(settings, kept.store, local, clock, chance, removals, stack)
        process = Process(
            chat=chat,
            removals=removals,
            settings=settings,
            kept=kept,
            clock=clock,
            chance=chance,
            metrics=Metrics(),
            owner=chance.token(),
            stop=stop,
            queued=asyncio.Event(),
            sample=sample,
            is_demo=bool(greeting),
        )
        chat.measured_by(process.metrics)
        if port is None:
            say(f"paperwire is running: {', '.join(sorted(roles))}")
        else:
            await stack.enter_async_context(served(_page(process), port))
            say(f"paperwire is running: {page_url(settings.host, port.getsockname()[1])}")
        for text in greeting:
            await _desk_answer(process)(_local(text))
        if greeting:
            await process.sample.play()
        loops = await _loops(process, roles, stack)
        # what stands now stays: the collector, looking through it again and again, held the loop
        # for 80 ms each time
        gc.collect()
        gc.freeze()
        await supervise.run(loops, stop, clock, chance, process.metrics)
        await chat.idle()
        log.info("process.stopped")


async def _loops(
    process: Process, roles: frozenset[Role], stack: AsyncExitStack
) -> dict[str, Loop]:
    """The loops of the roles by name, each of which ends when `stop` is set."""
    one, store, stop = process, process.kept.store, process.stop
    loops: dict[str, Loop] = {
        "watch": partial(until, stop, partial(watch_loop, one.clock, one.metrics)),
        "epoch": partial(until, stop, partial(store.stay, one.clock)),
    }
    loops |= _removal_loops(one, roles)
    subscribers = _subscribers(one, roles)
    loops |= _matching_loops(one, roles, subscribers)
    if one.kept.server is not None:
        loops["store"] = partial(until, stop, partial(one.kept.server.keep, one.clock))
    if Role.POLL in roles and not one.is_demo:
        http = await stack.enter_async_context(client(one.settings))
        for poller in pollers(
            one.settings,
            http,
            store,
            one.clock,
            one.chance,
            one.metrics,
            one.owner,
            subscribers,
        ):
            name = f"poll {poller.source.name}"
            loops[name] = partial(until, stop, partial(poll.run, poller, stop))
    if Role.DELIVER in roles:
        loops["deliver"] = partial(deliver.run, _sender(one), stop, one.queued)
    if Role.CHAT in roles:
        loops["sample"] = partial(one.sample.run, stop)
        loops |= one.chat.loops(stop)
    if roles & {Role.DELIVER, Role.CHAT}:  # both read the archive of their machine
        loops["archive"] = partial(
            index_archive.run, store.papers, one.kept.archive, one.clock, stop
        )
    return loops


def _subscribers(one: Process, roles: frozenset[Role]) -> Subscribers:
    """All subscriptions, for those who match and those who ask the sources."""
    if Role.MATCH not in roles:
        return Subscribers(matching=False)
    return Subscribers(snapshots=SnapshotFile(one.settings.data_dir, one.kept.store.epoch))


def _matching_loops(
    one: Process, roles: frozenset[Role], subscribers: Subscribers
) -> dict[str, Loop]:
    loops: dict[str, Loop] = {}
    store, stop = one.kept.store, one.stop
    if roles & {Role.POLL, Role.MATCH}:
        loops["follow"] = partial(follow, subscribers, store.channels, one.clock, stop)
    if Role.MATCH in roles:
        load = partial(load_loops, one.settings.data_dir)
        compiling = partial(match_by_loops, subscribers, load, one.clock, stop)
        loops["compile"] = partial(until, stop, compiling)
        loops["match"] = partial(
            match.run,
            store.papers,
            store.channels,
            store.outbox,
            one.clock,
            one.owner,
            stop,
            one.queued,
            one.metrics,
            subscribers=subscribers,
        )
    return loops


def _removal_loops(one: Process, roles: frozenset[Role]) -> dict[str, Loop]:
    loops: dict[str, Loop] = {}
    if one.chat.slack is not None:
        loops["removal"] = partial(until, one.stop, one.removals.watch)
    if roles & {Role.POLL, Role.DELIVER}:
        loops["erasure"] = partial(until, one.stop, one.removals.sweep_for_ever)
    return loops


def _desk_answer(process: Process) -> AnswerFn:
    one = process
    return partial(answer, desk(one.settings, one.kept, one.clock, one.chance, one.sample))


def _local(text: str) -> Request:
    return Request(channel_id(GENERAL), USER, text, may_manage=True)


def _sender(process: Process) -> Sender:
    store = process.kept.store
    return Sender(
        posters={
            "web": WebPoster(store.messages, process.clock),
            **process.chat.posters(),
        },
        outbox=store.outbox,
        papers=store.papers,
        archive=process.kept.archive,
        channels=store.channels,
        clock=process.clock,
        chance=process.chance,
        owner=process.owner,
        metrics=process.metrics,
        alerts_per_day=process.settings.alerts_per_day,
    )


def desk(
    settings: Settings, kept: Kept, clock: SystemClock, chance: SystemChance, sample: SampleDay
) -> Desk:
    """What the commands need."""
    store = kept.store
    return Desk(
        channels=store.channels,
        outbox=store.outbox,
        papers=store.papers,
        archive=kept.archive,
        feeds=store.feeds,
        leases=store.leases,
        clock=clock,
        chance=chance,
        limits=Limits(
            subscriptions_per_channel=settings.subscriptions_per_channel,
            subscriptions_per_tenant=settings.subscriptions_per_tenant,
        ),
        alerts_per_day=settings.alerts_per_day,
        watched=partial(watched_classes, settings),
        timezone=settings.timezone or machine_timezone(),
        sample=sample.play,
        find_channel=_find_channel(local_channels(store.messages)),
        recent=store.recent,
    )


def _find_channel(local: FindChannel) -> FindChannel:
    async def find(request: Request, text: str) -> ChannelId | None:
        own = slack_channel if request.channel.platform == "slack" else local
        return await own(request, text)

    return find


def _page(process: Process) -> web.Application:
    one, settings, doors = process, process.settings, process.chat.doors()
    facts = PageFacts(one.kept, one.clock, one.metrics, one.owner, one.stop)
    options = WebOptions(
        open_paths=frozenset(doors),
        host=settings.host,
        port=settings.port,
        hosts=frozenset(name.lower() for name in settings.allowed_hosts),
        token=settings.token.get_secret_value() if settings.token is not None else None,
    )
    page = web_app(_desk_answer(one), one.kept.store.messages, one.clock, options, facts.facts())
    for path, heard in doors.items():
        page.router.add_post(path, heard)
    return page
