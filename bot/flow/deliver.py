"""Send what waits in the outbox: one post a channel at a time, in order.

Several channels are served at once; a slow or dead one delays no other.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

import structlog

from bot.card.post import Notice
from bot.flow.attempt import attempt, in_time
from bot.flow.nap import nap
from bot.flow.next_step import ATTEMPTS_MAX, POST_TIMEOUT_S, given_up, unsettled
from bot.model.alert import Alert, PostKey
from bot.model.channel import Ambiguous, Pause
from bot.model.errors import StoreDown
from bot.ports import Dead, Done, Found, Hold, Later, Repeats, Written

if TYPE_CHECKING:
    from datetime import datetime

    from bot.flow.sender import Sender
    from bot.model.channel import ChannelId
    from bot.ports import Head, Step

log = structlog.get_logger()

QUIET_S: Final = 20.0
"""A batch is over when nothing was queued for the channel for so long."""

QUIET_MAX_S: Final = 900.0
"""But a trickle that never ends does not hold a list for longer."""

PAUSE_LOOK_S: Final = 300.0
"""How often a paused channel is looked at; resuming makes it due at once."""

STOPPING_LOOK_S: Final = 5.0
"""Pausing a tenant's thousand channels takes about a second."""

LEASE_BUDGET_S: Final = 15.0
"""A sender that was held up for longer before the post lets it be: another may have the lease."""

HELD_BACK: Final = (
    "its answer was lost, and this channel holds such posts: it may or may not have been posted"
)

FIND_MARGIN: Final = timedelta(minutes=10)
"""How much further a channel is read back than our clock says: the platform's may differ."""


async def run(sender: Sender, stop: asyncio.Event, queued: asyncio.Event) -> None:
    """Send until told to stop; what is being sent then is finished. `queued` ends a sleep."""
    slots = asyncio.Semaphore(sender.parallel)
    freed = asyncio.Event()
    lost: list[StoreDown] = []

    async def serve(head: Head) -> None:
        try:
            await send(sender, head)
        except StoreDown as error:
            # Not raised here: that would cut the other posts off in the middle of theirs.
            lost.append(error)
        finally:
            slots.release()
            freed.set()

    async with asyncio.TaskGroup() as group:
        while not stop.is_set() and not lost:
            await slots.acquire()
            queued.clear()
            freed.clear()
            try:
                head = await lease(sender)
            except StoreDown as error:
                lost.append(error)
                break
            if head is not None:
                group.create_task(serve(head))
                continue
            slots.release()
            await nap(sender.clock, sender.idle_s, queued, freed, stop)
    if lost:
        raise lost[0]


async def lease(sender: Sender) -> Head | None:
    """The next post that is due on a platform that takes posts now."""
    platforms = sender.open_platforms()
    if not platforms:
        return None
    return await sender.outbox.lease(sender.owner, platforms, sender.clock.now())


async def send(sender: Sender, head: Head) -> None:
    """Carry one leased post one step further."""
    leased = sender.clock.monotonic()
    step = await _before(sender, head)
    if step is None and await _gathered(sender, head):
        return
    if step is None:
        if sender.clock.monotonic() - leased > LEASE_BUDGET_S:
            step = Later(sender.clock.now(), "held up", False, head.refusals)
        else:
            step = await attempt(sender, head)
    if step is None:
        sender.metrics.fence_rejected.inc()
        return
    if isinstance(step, Hold):
        await _record_pause(sender, head.channel, step)
        if step.everywhere:
            await _stop_tenant(sender, head.channel, step)
    settled = await sender.outbox.settle(head, step, sender.clock.now())
    _tell(sender, head, step, settled=settled)


async def _before(sender: Sender, head: Head) -> Step | None:
    """Reasons not to post now: a pause, or an answer that was lost and must be looked for."""
    now = sender.clock.now()
    ambiguous = head.marker is not None
    if (head.channel.platform, head.channel.tenant) in sender.stopping:
        at = now + timedelta(seconds=STOPPING_LOOK_S)
        return Later(at, "the tenant is being paused", ambiguous, head.refusals)
    pause = (await sender.channels.read(head.channel)).pause
    if pause is not None and (pause.everywhere or not isinstance(head.post, Notice)):
        at = now + timedelta(seconds=PAUSE_LOOK_S)
        return Later(at, "the channel is paused", ambiguous, head.refusals)
    if head.marker is None:
        return None
    if _may_repeat(sender, head):
        sender.metrics.ambiguous.labels(head.channel.platform, "repeated").inc()
        return None
    wait = unsettled(head, now)
    return wait if wait is not None else await _look_back(sender, head, now)


def _may_repeat(sender: Sender, head: Head) -> bool:
    """Whether the platform itself sees to it that there is one message: nothing is to be read."""
    poster = sender.posters[head.channel.platform]
    return isinstance(poster, Repeats) and poster.may_repeat(head.channel, head.post.key)


async def _look_back(sender: Sender, head: Head, now: datetime) -> Step | None:
    """Read the channel back for a post whose answer was lost; None: it must be posted again."""
    marker = head.marker
    if marker is None:
        return None
    platform = head.channel.platform
    since = (marker.first_sent_at or marker.sent_at) - FIND_MARGIN
    found = await in_time(sender.posters[platform].find(head.channel, head.post.key, since), None)
    if found is None:
        again_at = now + timedelta(seconds=POST_TIMEOUT_S)
        return Later(again_at, "it could not be looked for", True, head.refusals)
    if not isinstance(found, Found):
        sender.metrics.ambiguous.labels(platform, "found").inc()
        return Done(found)
    if found is Found.UNKNOWN and await _holds(sender, head.channel):
        sender.metrics.ambiguous.labels(platform, "held-unknown").inc()
        return Dead(HELD_BACK)
    if head.attempts >= ATTEMPTS_MAX:
        return Hold(given_up(head, "no answer"))
    sender.metrics.ambiguous.labels(platform, f"resent-{found.value}").inc()
    return None


async def _holds(sender: Sender, channel: ChannelId) -> bool:
    """Whether the channel rather misses a post than sees it twice."""
    return (await sender.channels.read(channel)).ambiguous is Ambiguous.HOLD


async def _gathered(sender: Sender, head: Head) -> bool:
    """Over the daily number, the rest of a batch becomes one list; True when that was arranged."""
    over = isinstance(head.post, Alert) and head.posted_today >= sender.alerts_per_day
    if not over or head.marker is not None:
        return False
    now = sender.clock.now()
    quiet_at = min(
        head.last_queued_at + timedelta(seconds=QUIET_S),
        head.post.queued_at + timedelta(seconds=QUIET_MAX_S),
    )
    if now < quiet_at <= now + timedelta(seconds=QUIET_MAX_S):
        step = Later(quiet_at, "the rest of the batch", ambiguous=False, refusals=head.refusals)
        await sender.outbox.settle(head, step, now)
        return True
    key = PostKey(f"list:{sender.chance.token()}")
    gathered = await sender.outbox.gather(head, key, now)
    log.info("alerts.gathered", channel=str(head.channel), waiting=head.waiting, done=gathered)
    return True


async def _stop_tenant(sender: Sender, refused: ChannelId, hold: Hold) -> None:
    """Pause the tenant's other channels, so that none of them asks in vain for itself."""
    tenant = (refused.platform, refused.tenant)
    if tenant in sender.stopping:
        return
    sender.stopping.add(tenant)
    try:
        for channel in await sender.channels.of_tenant(refused):
            if channel.pause is None and not channel.id.is_whole:
                await _record_pause(sender, channel.id, hold)
    finally:
        sender.stopping.discard(tenant)


async def _record_pause(sender: Sender, channel_id: ChannelId, hold: Hold) -> None:
    """Tell people who look at the channel why nothing comes; before the hold, which repeats it."""
    for _ in range(3):
        channel = await sender.channels.read(channel_id)
        if channel.pause is not None:
            return
        paused = replace(
            channel, pause=Pause(sender.clock.now(), hold.reason, everywhere=hold.everywhere)
        )
        if await sender.channels.write([paused], None, 1_000_000_000) is not Written.STALE:
            return


def _tell(sender: Sender, head: Head, step: Step, *, settled: bool) -> None:
    said = log.bind(channel=str(head.channel), key=head.post.key, attempt=head.attempts + 1)
    if not settled:
        sender.metrics.fence_rejected.inc()
        said.warning("post.lease_lost", step=type(step).__name__)
        return
    match step:
        case Done():
            age = sender.clock.now() - head.post.queued_at
            latency = sender.metrics.alert_latency.labels(head.channel.platform)
            latency.observe(max(0.0, age.total_seconds()))
            said.info("alert.posted", age_s=round(age.total_seconds(), 3))
        case Later(at, reason):
            said.debug("post.delayed", until=at.isoformat(), reason=reason)
        case Dead(reason):
            said.error("post.dead", reason=reason)
        case Hold(reason):
            said.warning("channel.paused", reason=reason)
        case _ as never:
            assert_never(never)
