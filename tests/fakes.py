"""The store's ports in memory, behaving as the real store does (tests/contract holds both to it).

`FakeStore(clock)` has them all: papers, feeds, leases, channels, outbox (also the desk's),
messages, archive, button_texts, recent. Time comes from the clock. `faulty(port, hook)` calls an
async hook before and after every effect, for tests that crash there.
"""

# ruff: noqa: D102 - bot/ports.py says what each method does
from __future__ import annotations

import asyncio
import inspect
from base64 import b32encode
from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bot.card.post import PaperList
from bot.model.alert import Alert, PostKey
from bot.model.channel import Channel, ChannelId
from bot.model.paper import AnnounceType, PaperId
from bot.model.subscription import ChangeType
from bot.ports import (
    RECENT_CHARS,
    Books,
    Change,
    Dead,
    Done,
    EventKind,
    FeedState,
    Head,
    Hits,
    Hold,
    Later,
    Marker,
    Message,
    PaperEvent,
    PaperRecord,
    PaperWrite,
    Sample,
    Written,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from bot.card.card import Card
    from bot.card.post import Post
    from bot.model.channel import UserId
    from bot.ports import Clock, Step
    from bot.query.ast import Query

T = TypeVar("T")

RECORD_LIFE = timedelta(days=60)
STREAM_LIFE = timedelta(days=3)
AUDIT_LIFE = timedelta(days=90)
IDLE = timedelta(seconds=60)
DELIVERIES_MAX = 5
TAKEOVERS_MAX = 5
FEED_LENGTH_MAX = 1_000
ARXIV_DOI = "doi:10.48550/arxiv."


class StoppedClock:
    """A clock that moves only when told; a sleep moves it at once."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)) -> None:
        self.time = start

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=max(0.0, seconds))
        await asyncio.sleep(0)  # noqa: TID251 - lets the other tasks run

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Bell:
    """Wakes those who wait for something to be added; waiting is bounded by the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        event = self._event
        async with asyncio.TaskGroup() as group:
            timer = group.create_task(self._clock.sleep(seconds))
            heard = group.create_task(event.wait())
            timer.add_done_callback(lambda _: heard.cancel())
            heard.add_done_callback(lambda _: timer.cancel())


def faulty(port: T, hook: Callable[[str, str], Awaitable[None]]) -> T:
    """The port, with `await hook("before" | "after", "method")` around each of its effects."""
    return cast("T", _Faulty(port, hook))


class _Faulty:
    def __init__(self, port: object, hook: Callable[[str, str], Awaitable[None]]) -> None:
        self._port = port
        self._hook = hook

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._hook("before", name)
            result = await method(*args, **kwargs)
            await self._hook("after", name)
            return result

        return call


# ---------------------------------------------------------------- papers


def canonical(paper_id: PaperId) -> PaperId:
    """The one name of an id: arXiv's own DOIs name arXiv papers."""
    if paper_id.startswith(ARXIV_DOI):
        return PaperId("arxiv:" + paper_id.removeprefix(ARXIV_DOI))
    return paper_id


def _stream_id(text: str) -> tuple[int, int]:
    ms, _, seq = text.partition("-")
    return int(ms), int(seq or 0)


@dataclass
class _Pending:
    event: PaperEvent
    taken_at: datetime
    deliveries: int


class FakePapers:
    """Papers and their stream."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bell = Bell(clock)
        self._records: dict[PaperId, PaperRecord] = {}
        self._touched: OrderedDict[PaperId, datetime] = OrderedDict()
        self._aliases: dict[PaperId, PaperId] = {}
        self._stream: list[PaperEvent] = []
        self._last = (0, 0)
        self._trimmed = (0, 0)
        self._delivered = 0
        self._pending: dict[str, _Pending] = {}
        self.dead: list[PaperEvent] = []

    async def known(self, ids: Sequence[PaperId]) -> Mapping[PaperId, PaperRecord]:
        found: dict[PaperId, PaperRecord] = {}
        for asked in ids:
            name = canonical(asked)
            record = self._records.get(name) or self._records.get(
                self._aliases.get(name, PaperId(""))
            )
            if record is not None:
                kept = self._clock.now() - self._touched[record.id] < RECORD_LIFE
                found[asked] = record if kept else replace(record, paper=None)
        return found

    async def remember(self, writes: Sequence[PaperWrite]) -> Sequence[bool]:
        return [self._remember(write) for write in writes]

    def _remember(self, write: PaperWrite) -> bool:
        record = write.record
        stored = self._records.get(record.id)
        if record.revision != (stored.revision if stored else 0):
            return False
        paper = record.paper
        now = self._clock.now()
        kept = paper or (stored.paper if stored else None)
        self._records[record.id] = replace(record, revision=record.revision + 1, paper=kept)
        if paper is not None or record.id not in self._touched:
            self._touched[record.id] = now
            self._touched.move_to_end(record.id)
        if paper is not None:
            names = {canonical(paper.id)}
            if paper.doi:
                names.add(canonical(PaperId(f"doi:{paper.doi.lower()}")))
            for name in names - {record.id}:
                self._aliases[name] = record.id
            if write.event is not None:
                self._add(write.event, paper, now, write.before)
        return True

    def _add(self, kind: EventKind, paper: Any, now: datetime, before: Any = None) -> None:
        ms = int(now.timestamp() * 1000)
        self._last = (ms, 0) if ms > self._last[0] else (self._last[0], self._last[1] + 1)
        at = datetime.fromtimestamp(self._last[0] / 1000, UTC)
        event_id = f"{self._last[0]}-{self._last[1]}"
        self._stream.append(PaperEvent(event_id, kind, paper, at, before))
        self._bell.ring()

    async def read(self, consumer: str, count: int, wait_s: float) -> Sequence[PaperEvent]:
        del consumer
        events = self._take(count)
        if not events and wait_s > 0:
            await self._bell.wait(wait_s)
            events = self._take(count)
        return events

    def _take(self, count: int) -> list[PaperEvent]:
        now = self._clock.now()
        taken: list[PaperEvent] = []
        for key, pending in list(self._pending.items()):
            if len(taken) == count:
                break
            if now - pending.taken_at < IDLE:
                continue
            if pending.deliveries >= DELIVERIES_MAX:
                self.dead.append(self._pending.pop(key).event)
                continue
            pending.taken_at, pending.deliveries = now, pending.deliveries + 1
            taken.append(pending.event)
        if taken:
            return taken
        taken = self._stream[self._delivered : self._delivered + count]
        self._delivered += len(taken)
        for event in taken:
            self._pending[event.id] = _Pending(event, now, 1)
        return taken

    async def acknowledge(self, events: Sequence[PaperEvent]) -> None:
        for event in events:
            self._pending.pop(event.id, None)
        oldest = self._clock.now() - STREAM_LIFE
        gone = 0
        for event in self._stream[: self._delivered]:
            if event.at >= oldest or event.id in self._pending:
                break
            self._trimmed = _stream_id(event.id)
            gone += 1
        del self._stream[:gone]
        self._delivered -= gone

    async def since(self, event_id: str, count: int) -> Sequence[PaperEvent] | None:
        after = _stream_id(event_id)
        if after != (0, 0) and not self._trimmed <= after <= self._last:
            return None
        return [event for event in self._stream if _stream_id(event.id) > after][:count]

    async def recent(self) -> AsyncIterator[Any]:
        for name, touched in list(self._touched.items()):
            paper = self._records[name].paper
            if paper is not None and self._clock.now() - touched < RECORD_LIFE:
                yield paper


class FakeFeeds:
    """States of feeds."""

    def __init__(self) -> None:
        self._states: dict[str, FeedState] = {}

    async def state(self, feed: str) -> FeedState:
        return self._states.get(feed, FeedState(feed))

    async def save(self, state: FeedState) -> None:
        self._states[state.feed] = state

    async def all(self) -> Sequence[FeedState]:
        return [self._states[name] for name in sorted(self._states)]


class FakeLeases:
    """Leases, turns and things seen before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, datetime]] = {}
        self._turns: dict[str, datetime] = {}
        self._seen: dict[str, datetime] = {}

    async def acquire(self, name: str, owner: str, ttl_s: float) -> bool:
        now = self._clock.now()
        holder, until = self._held.get(name, (owner, now))
        if holder != owner and until > now:
            return False
        self._held[name] = (owner, now + timedelta(seconds=ttl_s))
        return True

    async def release(self, name: str, owner: str) -> None:
        if self._held.get(name, ("", None))[0] == owner:
            del self._held[name]

    async def pace(self, name: str, gap_s: float) -> float:
        now = self._clock.now()
        turn = max(now, self._turns.get(name, now))
        self._turns[name] = turn + timedelta(seconds=gap_s)
        return (turn - now).total_seconds()

    async def once(self, name: str, ttl_s: float) -> bool:
        now = self._clock.now()
        if self._seen.get(name, now) > now:
            return False
        self._seen[name] = now + timedelta(seconds=ttl_s)
        return True


# ---------------------------------------------------------------- channels


class FakeChannels:
    """Settings of channels and their audit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._channels: dict[ChannelId, Channel] = {}
        self._feed: list[ChannelId] = []
        self._audit: dict[tuple[str, str], list[Change]] = {}
        self._count = 0

    async def read(self, channel: ChannelId) -> Channel:
        return self._channels.get(channel, Channel(channel))

    async def of_tenant(self, tenant: ChannelId) -> Sequence[Channel]:
        ours = (tenant.platform, tenant.tenant)
        found = self._channels.values()
        return [one for one in found if (one.id.platform, one.id.tenant) == ours]

    async def write(
        self, channels: Sequence[Channel], change: Change | None, tenant_max: int
    ) -> Written:
        tenants = {(one.id.platform, one.id.tenant) for one in channels}
        tenants |= {(one.platform, one.tenant) for one in (change.channels if change else ())}
        if len(tenants) != 1:
            raise ValueError("a write is for channels of one tenant")
        (tenant,) = tenants
        audit = self._audit.setdefault(tenant, [])
        for one in channels:
            if one.revision != self._channels.get(one.id, Channel(one.id)).revision:
                return Written.STALE
        if change and change.undoes and any(c.undoes == change.undoes for c in audit):
            return Written.STALE
        count = sum(
            len(one.subscriptions)
            for one in self._channels.values()
            if (one.id.platform, one.id.tenant) == tenant
        )
        added = sum(
            len(one.subscriptions) - len(self._channels.get(one.id, Channel(one.id)).subscriptions)
            for one in channels
        )
        if added > 0 and count + added > tenant_max:
            return Written.TENANT_FULL
        for one in channels:
            self._channels[one.id] = replace(one, revision=one.revision + 1)
            self._feed.append(one.id)
        if change is not None:
            self._count += 1
            ms = int(self._clock.now().timestamp() * 1000)
            audit.append(replace(change, id=f"{ms}-{self._count}", undone_by=None))
        return Written.DONE

    async def all(self) -> AsyncIterator[Channel]:
        for channel in list(self._channels.values()):
            yield channel

    async def several(self, channels: Sequence[ChannelId]) -> Sequence[Channel]:
        return [self._channels.get(one, Channel(one)) for one in channels]

    async def revisions(self) -> AsyncIterator[Sequence[tuple[ChannelId, int]]]:
        yield [(one.id, one.revision) for one in self._channels.values()]

    async def changed(self, cursor: str | None) -> tuple[str, Sequence[ChannelId] | None]:
        end = str(len(self._feed))
        if cursor is None:
            return end, ()
        start = int(cursor)
        if not len(self._feed) - FEED_LENGTH_MAX <= start <= len(self._feed):
            return end, None
        return end, tuple(dict.fromkeys(self._feed[start:]))

    async def changes(self, tenant: ChannelId, count: int) -> Sequence[Change]:
        audit = self._audit.get((tenant.platform, tenant.tenant), [])
        oldest = self._clock.now() - AUDIT_LIFE
        undone = {one.undoes: one.id for one in audit if one.undoes}
        return [
            replace(one, undone_by=undone.get(one.id))
            for one in reversed(audit)
            if _stream_id(one.id)[0] >= oldest.timestamp() * 1000
        ][:count]


# ---------------------------------------------------------------- outbox


def weight(post: Post) -> int:
    """What a post counts in the books: a list counts as its alerts."""
    return max(1, len(post.alerts)) if isinstance(post, PaperList) else 1


@dataclass
class _Kept:
    """A post under its key: also after it is out, for 60 days."""

    post: Post
    receipt: str | None = None
    posted_at: datetime | None = None
    held_in: PostKey | None = None


@dataclass
class _Box:
    """One channel's outbox."""

    queue: list[PostKey] = field(default_factory=list)
    kept: dict[PostKey, _Kept] = field(default_factory=dict)
    alerted: set[PostKey] = field(default_factory=set)
    due_at: datetime | None = None
    takeover_at: datetime | None = None
    held: str | None = None
    fence: int = 0
    marked_fence: int = 0
    attempts: int = 0
    refusals: int = 0
    crashes: int = 0
    marker: Marker | None = None
    before: Marker | None = None
    day: str = ""
    posted_today: int = 0
    last_queued_at: datetime | None = None


class FakeOutbox:
    """The outbox, as deliver and as commands see it."""

    def __init__(
        self, clock: Clock, *, lease_s: float = 60.0, http_timeout_s: float = 30.0
    ) -> None:
        self._clock = clock
        self._takeover = timedelta(seconds=lease_s + http_timeout_s)
        self._boxes: dict[ChannelId, _Box] = {}
        self._queued = self._sent = self._dead = 0
        self.dead: list[tuple[Post, str]] = []

    def _box(self, channel: ChannelId) -> _Box:
        return self._boxes.setdefault(channel, _Box())

    async def queue(self, posts: Sequence[Post]) -> int:
        return sum(self._queue(post) for post in posts)

    def _queue(self, post: Post) -> int:
        box = self._box(post.channel)
        if post.key in box.alerted or post.key in box.kept:
            return 0
        if isinstance(post, Alert):
            box.alerted |= {post.key, _base(post.key)}
        elif isinstance(post, PaperList):
            for alert in post.alerts:
                box.alerted |= {alert.key, _base(alert.key)}
                box.kept.setdefault(alert.key, _Kept(alert, held_in=post.key))
        box.kept[post.key] = _Kept(post)
        box.queue.append(post.key)
        box.last_queued_at = post.queued_at
        self._queued += weight(post)
        self._make_due(box, post.queued_at)
        return 1

    def _make_due(self, box: _Box, at: datetime) -> None:
        free = box.held is None and box.takeover_at is None
        if box.queue and free and box.due_at is None:
            box.due_at = at

    async def lease(self, owner: str, platforms: Sequence[str], now: datetime) -> Head | None:
        del owner
        store_now = self._clock.now()
        ours = [(c, b) for c, b in self._boxes.items() if c.platform in platforms]
        lost = [
            (b.takeover_at, c) for c, b in ours if b.takeover_at and b.takeover_at <= store_now
        ]
        due = [(b.due_at, c) for c, b in ours if b.due_at and b.due_at <= now]
        for _, channel in sorted(lost):
            box = self._boxes[channel]
            box.crashes += 1
            if box.crashes < TAKEOVERS_MAX:
                return self._head(channel, now)
            box.takeover_at = None
            self._give_up(box, f"its senders died {TAKEOVERS_MAX} times", now)
            return await self.lease("", platforms, now)
        return self._head(min(due)[1], now) if due else None

    def _head(self, channel: ChannelId, now: datetime) -> Head:
        box = self._boxes[channel]
        box.due_at, box.takeover_at = None, self._clock.now() + self._takeover
        box.fence += 1
        queued_at = box.last_queued_at
        assert queued_at is not None
        return Head(
            channel=channel,
            fence=box.fence,
            post=box.kept[box.queue[0]].post,
            attempts=box.attempts,
            refusals=box.refusals,
            marker=box.marker,
            posted_today=box.posted_today if box.day == _day(now) else 0,
            waiting=len(box.queue) - 1,
            last_queued_at=queued_at,
        )

    def _ours(self, head: Head) -> _Box | None:
        box = self._box(head.channel)
        mine = box.takeover_at is not None and box.fence == head.fence
        return box if mine and box.queue and box.queue[0] == head.post.key else None

    async def mark(self, head: Head, sent_at: datetime) -> bool:
        box = self._ours(head)
        if box is None:
            return False
        box.attempts += 1
        first = (box.marker.first_sent_at or box.marker.sent_at) if box.marker else sent_at
        box.before, box.marker = box.marker, Marker(box.attempts, sent_at, first)
        box.marked_fence = box.fence
        box.takeover_at = self._clock.now() + self._takeover
        return True

    async def settle(self, head: Head, step: Step, now: datetime) -> bool:
        box = self._ours(head)
        if box is None:
            return False
        box.takeover_at, box.crashes = None, 0
        match step:
            case Done(receipt):
                kept = box.kept[head.post.key]
                kept.receipt, kept.posted_at = receipt, now
                if isinstance(head.post, Alert):
                    today = box.posted_today if box.day == _day(now) else 0
                    box.day, box.posted_today = _day(now), today + 1
                self._sent += weight(kept.post)
                self._pop(box, now)
            case Dead(reason):
                self._give_up(box, reason, now)
            case Later(at, _, ambiguous, refusals):
                if not ambiguous:
                    self._unmark(box)
                box.refusals = refusals
                self._make_due(box, at)
            case Hold(reason):
                self._unmark(box)
                box.held = reason
        return True

    def _unmark(self, box: _Box) -> None:
        """What is certain of this lease's attempt says nothing of an earlier one."""
        if box.marker is not None and box.marked_fence == box.fence:
            box.marker, box.before = box.before, None

    def _give_up(self, box: _Box, reason: str, now: datetime) -> None:
        post = box.kept[box.queue[0]].post
        self.dead.append((post, reason))
        self._dead += weight(post)
        self._pop(box, now)

    def _pop(self, box: _Box, now: datetime) -> None:
        box.queue.pop(0)
        box.attempts = box.refusals = box.crashes = 0
        box.marker = box.before = None
        self._make_due(box, now)

    async def gather(self, head: Head, key: PostKey, now: datetime) -> bool:
        box = self._ours(head)
        if box is None or box.marker is not None:
            return False
        alerts = tuple(post for one in box.queue if isinstance(post := box.kept[one].post, Alert))
        if not alerts:
            return False
        for alert in alerts:
            box.kept[alert.key].held_in = key
        rest = [one for one in box.queue if not isinstance(box.kept[one].post, Alert)]
        box.queue[:] = [key, *rest]
        box.kept[key] = _Kept(PaperList(key, head.channel, alerts, now))
        box.attempts = box.refusals = box.crashes = 0
        box.takeover_at = None
        self._make_due(box, now)
        return True

    async def books(self) -> Books:
        boxes = self._boxes.values()
        posts = [box.kept[key].post for box in boxes for key in box.queue]
        heads = [b.kept[b.queue[0]].post.queued_at for b in boxes if b.queue and b.held is None]
        return Books(
            queued=self._queued,
            sent=self._sent,
            dead=self._dead,
            waiting=sum(map(weight, posts)),
            ambiguous=sum(1 for box in boxes if box.marker),
            oldest_waiting_at=min(heads, default=None),
        )

    async def resume(self, channel: ChannelId, now: datetime) -> int:
        box = self._box(channel)
        box.held, box.refusals = None, 0
        if box.takeover_at is None and box.queue:
            box.due_at = now
        return len(box.queue)

    async def waiting(self, channel: ChannelId) -> int:
        return len(self._box(channel).queue)

    async def put_aside(self, channel: ChannelId) -> Mapping[str, int]:
        return Counter(reason for post, reason in self.dead if post.channel == channel)

    async def move(self, source: ChannelId, target: ChannelId) -> int:
        old, new = self._box(source), self._box(target)
        if source == target:
            return 0
        stays = 1 if old.takeover_at is not None or old.marker is not None else 0
        moving, old.queue[stays:] = old.queue[stays:], []
        moved = 0
        for key in moving:
            kept = old.kept.pop(key)
            old.alerted.discard(key)
            if key in new.alerted or key in new.kept:
                self._queued -= weight(kept.post)
                continue
            if isinstance(kept.post, PaperList):
                for alert in kept.post.alerts:
                    new.kept[alert.key] = _Kept(replace(alert, channel=target), held_in=key)
                    old.kept.pop(alert.key, None)
                    old.alerted.discard(alert.key)
                    new.alerted |= {alert.key, _base(alert.key)}
            elif isinstance(kept.post, Alert):
                new.alerted |= {key, _base(key)}
            new.kept[key] = _Kept(_in_channel(kept.post, target))
            new.queue.append(key)
            new.last_queued_at = kept.post.queued_at
            moved += 1
        new.alerted |= old.alerted
        if not old.queue:
            old.due_at = None
        if new.queue:
            self._make_due(new, new.kept[new.queue[0]].post.queued_at)
        return moved

    async def posted(self, channel: ChannelId, key: PostKey) -> Alert | PaperList | None:
        kept = self._box(channel).kept.get(key)
        return kept.post if kept and isinstance(kept.post, Alert | PaperList) else None

    async def posted_at(self, channel: ChannelId, key: PostKey) -> datetime | None:
        box = self._box(channel)
        kept = box.kept.get(key)
        if kept is not None and kept.held_in is not None:
            kept = box.kept.get(kept.held_in)
        return kept.posted_at if kept else None

    async def next_due_at(self) -> datetime | None:
        times = [b.due_at or b.takeover_at for b in self._boxes.values()]
        return min((time for time in times if time), default=None)


def _base(key: PostKey) -> PostKey:
    return PostKey(key.partition("#")[0])


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _in_channel(post: Post, channel: ChannelId) -> Post:
    if isinstance(post, PaperList):
        alerts = tuple(replace(alert, channel=channel) for alert in post.alerts)
        return replace(post, channel=channel, alerts=alerts)
    return replace(post, channel=channel)


# ---------------------------------------------------------------- the local page's messages


class FakeMessages:
    """What the local page's channels show."""

    def __init__(self, clock: Clock) -> None:
        self._bell = Bell(clock)
        self._channels: dict[str, list[Message]] = {}

    async def append(self, channel: ChannelId, key: PostKey, card: Card, now: datetime) -> str:
        messages = self._channels.setdefault(channel.channel, [])
        for message in messages:
            if message.key == key:
                return message.id
        message = Message(f"{len(messages) + 1:012d}", channel, key, now, card)
        messages.append(message)
        self._bell.ring()
        return message.id

    async def after(
        self, channel: ChannelId, message_id: str | None, count: int
    ) -> Sequence[Message]:
        messages = self._channels.get(channel.channel, [])
        last = int(message_id or 0)
        return [message for message in messages if int(message.id) > last][:count]

    async def newest(self, channel: ChannelId, count: int) -> Sequence[Message]:
        return self._channels.get(channel.channel, [])[-count:] if count > 0 else []

    async def wait(
        self, channel: ChannelId, message_id: str | None, wait_s: float
    ) -> Sequence[Message]:
        found = await self.after(channel, message_id, 100)
        if not found:
            await self._bell.wait(wait_s)
            found = await self.after(channel, message_id, 100)
        return found

    async def channels(self) -> Sequence[str]:
        return list(self._channels)

    async def create(self, name: str) -> bool:
        if name in self._channels:
            return False
        self._channels[name] = []
        return True


# ---------------------------------------------------------------- buttons and searches


class FakeButtonTexts:
    """What buttons say, by tenant; nothing ends by itself, `forget` lets all of it end."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str, str], str] = {}

    async def keep(self, channel: ChannelId, command: str) -> str:
        if len(command) > 8_000:
            raise ValueError("a button says at most 8,000 characters")
        digest = sha256(command.encode("utf-8", "replace")).digest()
        key = b32encode(digest).decode().lower()[:16]
        self._texts[(channel.platform, channel.tenant, key)] = command
        return key

    async def read(self, channel: ChannelId, key: str) -> str | None:
        return self._texts.get((channel.platform, channel.tenant, key))

    def forget(self) -> None:
        self._texts.clear()


class FakeRecentQueries:
    """What people searched for, by tenant and person."""

    def __init__(self) -> None:
        self._queries: dict[tuple[str, str, UserId], list[str]] = {}

    async def add(self, channel: ChannelId, user: UserId, query: str) -> None:
        if not query or len(query) > RECENT_CHARS:
            return
        known = self._queries.setdefault((channel.platform, channel.tenant, user), [])
        known[:] = [query, *(one for one in known if one != query)][:10]

    async def of(self, channel: ChannelId, user: UserId) -> Sequence[str]:
        return list(self._queries.get((channel.platform, channel.tenant, user), ()))


# ---------------------------------------------------------------- archive

_CHANGE = {
    AnnounceType.NEW: ChangeType.NEW,
    AnnounceType.CROSS: ChangeType.CROSS,
    AnnounceType.REPLACE: ChangeType.REPLACE,
    AnnounceType.REPLACE_CROSS: ChangeType.REPLACE,
}


class FakeArchive:
    """Every paper, searched by asking the plain evaluator of each."""

    def __init__(self, papers: Sequence[Any] = ()) -> None:
        self._papers: dict[PaperId, Any] = {paper.id: paper for paper in papers}
        self._cursor: str | None = None

    def _newest_first(self) -> list[Any]:
        return sorted(
            self._papers.values(), key=lambda paper: (paper.published_at, paper.id), reverse=True
        )

    async def search(self, query: Query, now: datetime, limit: int, offset: int) -> Hits:
        from bot.match.plain import holds  # noqa: PLC0415 - most tests need no matcher

        found = [paper for paper in self._newest_first() if holds(query.tree, paper, now)]
        return Hits(tuple(found[offset : offset + limit]), len(found) > offset + limit)

    async def sample(
        self, query: Query, types: frozenset[ChangeType] | None, since: datetime, newest: int
    ) -> Sample:
        from bot.match.plain import holds  # noqa: PLC0415 - most tests need no matcher

        papers = [
            paper
            for paper in self._newest_first()
            if paper.published_at >= since and (types is None or _CHANGE[paper.announced] in types)
        ]
        found = [paper for paper in papers if holds(query.tree, paper)]
        span = papers[0].published_at - papers[-1].published_at if papers else timedelta()
        return Sample(
            matched=len(found),
            seen=len(papers),
            days=span / timedelta(days=1),
            newest=tuple(found[:newest]),
            newest_at=papers[0].published_at if papers else None,
        )

    async def get(self, paper_id: PaperId) -> Any:
        return self._papers.get(paper_id)

    async def latest(self, limit: int, offset: int) -> Hits:
        papers = self._newest_first()
        return Hits(tuple(papers[offset : offset + limit]), len(papers) > offset + limit)

    async def add(self, papers: Sequence[Any], cursor: str | None) -> None:
        self._papers.update({paper.id: paper for paper in papers})
        self._cursor = cursor if cursor is not None else self._cursor

    async def cursor(self) -> str | None:
        return self._cursor


class FakeStore:
    """All ports of the store in memory, on one clock."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        lease_s: float = 60.0,
        http_timeout_s: float = 30.0,
    ) -> None:
        self.clock: Clock = clock or StoppedClock()
        self.papers = FakePapers(self.clock)
        self.feeds = FakeFeeds()
        self.leases = FakeLeases(self.clock)
        self.channels = FakeChannels(self.clock)
        self.outbox = FakeOutbox(self.clock, lease_s=lease_s, http_timeout_s=http_timeout_s)
        self.messages = FakeMessages(self.clock)
        self.archive = FakeArchive()
        self.button_texts = FakeButtonTexts()
        self.recent = FakeRecentQueries()
