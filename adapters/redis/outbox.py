"""The outbox: what is to be posted, in order, a channel at a time (RELIABILITY.md, section 2).

Every write after a lease carries the lease's fence; a script refuses it once another sender has
the channel. A dead sender's channel is taken over only after its lease and the longest post.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Final, assert_never

from adapters.redis import keys
from adapters.redis.codec import (
    Unreadable,
    from_ms,
    from_us,
    list_around,
    load_post,
    ms,
    ms_after,
    us,
)
from adapters.redis.link import BATCH, Call, script
from adapters.redis.queueing import by_partition, queue_call
from bot.card.post import PaperList
from bot.model.alert import Alert, PostKey
from bot.ports import Books, Dead, Done, Head, Hold, Later, Marker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from adapters.redis.link import Argument, Link, Script
    from bot.card.post import Post
    from bot.model.channel import ChannelId
    from bot.ports import Step

CHUNK: Final = 500
"""Posts in one script and one trip: about 5 ms there and 1 ms here, so that it holds up nobody."""
LEASE_S: Final = 60.0
HTTP_TIMEOUT_S: Final = 30.0
"""No post may take longer; a sender that died is replaced after LEASE_S + HTTP_TIMEOUT_S."""
LOOK_AGAIN: Final = 16
"""Posts given out before all partitions are looked at again: a busy tenant holds up no other."""
TAKEOVERS_MAX: Final = 5
"""A post whose sender dies so often is put aside: it may be what kills them (G10)."""

PUT_ASIDE: Final = 1_000
"""Posts of a tenant that were given up, as far as a person is told of them."""

_ROOTS: Final = tuple(keys.root(number) for number in range(keys.PARTITIONS))
_BOOKS: Final = tuple(f"{root}books" for root in _ROOTS)

_PEEK = script("peek")
_TAKE = script("take", "box")
_MARK = script("mark", "box")
_SETTLE = script("settle", "box")
_GATHER = script("gather", "box")
_RESUME = script("resume", "box")
_MOVE = script("move", "box")


class RedisOutbox:
    """The Outbox and OutboxDesk ports."""

    def __init__(
        self, link: Link, *, lease_s: float = LEASE_S, http_timeout_s: float = HTTP_TIMEOUT_S
    ) -> None:
        self._link = link
        self._takeover_ms = round((lease_s + http_timeout_s) * 1000)
        self._due: deque[int] = deque()
        self._given = 0

    # ------------------------------------------------------------ queueing

    async def queue(self, posts: Sequence[Post]) -> int:
        """As Outbox.queue: a script a partition, some in one trip.

        A part is made and sent at a time, so that neither this process nor the server is held up.
        """
        new = count = 0
        calls: list[Call] = []
        for number, group in by_partition(posts):
            for start in range(0, len(group), CHUNK):
                chunk = group[start : start + CHUNK]
                if calls and (count + len(chunk) > CHUNK or len(calls) == BATCH):
                    new += await self._new(calls)
                    calls, count = [], 0
                calls.append(queue_call(number, chunk))
                count += len(chunk)
        return new + await self._new(calls)

    async def _new(self, calls: Sequence[Call]) -> int:
        """How many posts were new to these scripts."""
        return sum(map(int, await self._link.many(calls)))

    async def _run(self, which: Script, channel: ChannelId, *args: Argument) -> Any:
        return await self._link.call(_call(which, keys.root_of(channel), *args))

    # ------------------------------------------------------------ sending

    async def lease(self, owner: str, platforms: Sequence[str], now: datetime) -> Head | None:
        """As Outbox.lease; one round trip over all partitions when nothing is due.

        Partitions seen to have due posts are taken from, the longest due first, until they have
        none or LOOK_AGAIN posts were given out; then all are looked at again.
        """
        if not platforms:
            return None
        if not self._due or self._given >= LOOK_AGAIN:
            self._due = deque(await self._due_partitions(platforms, now))
            self._given = 0
        while self._due:
            number = self._due.popleft()
            head = await self._take(number, owner, platforms, now)
            if head is not None:
                self._given += 1
                self._due.append(number)  # behind the others: each partition has its turn
                return head
        return None

    async def _due_partitions(self, platforms: Sequence[str], now: datetime) -> Sequence[int]:
        times = await self._peek(platforms)
        store_now = int(times.pop())
        found: list[tuple[float, int]] = []
        for number in range(keys.PARTITIONS):
            due, over = times[2 * number], times[2 * number + 1]
            if due and float(due) <= ms(now):
                found.append((float(due), number))
            elif over and float(over) <= store_now:
                found.append((float(over), number))
        return [number for _, number in sorted(found)]

    async def _peek(self, platforms: Sequence[str]) -> list[bytes]:
        """When each partition's next post is due and its next lease is over; the store's now."""
        times: list[bytes] = await self._link.call(Call(_PEEK, _BOOKS, (*_ROOTS, *platforms)))
        return times

    async def _take(
        self, number: int, owner: str, platforms: Sequence[str], now: datetime
    ) -> Head | None:
        args = (owner, ms(now), self._takeover_ms, _day(now), TAKEOVERS_MAX, keys.POSTED_MS)
        while True:
            taken = await self._link.call(_call(_TAKE, keys.root(number), *args, *platforms))
            if taken is None:
                return None
            try:
                return _head(taken)
            except Unreadable as error:
                await self._bury(taken, str(error), now)

    async def _bury(self, taken: Sequence[Any], reason: str, now: datetime) -> None:
        channel = keys.channel_of(taken[0].decode())
        await self._settle(channel, taken[1], taken[2], now, "dead", reason)

    async def mark(self, head: Head, sent_at: datetime) -> bool:
        """As Outbox.mark; the lease begins anew, so that a whole post fits into it."""
        args = (head.fence, head.post.key, us(sent_at), self._takeover_ms)
        return bool(await self._run(_MARK, head.channel, keys.member(head.channel), *args))

    async def settle(self, head: Head, step: Step, now: datetime) -> bool:
        """As Outbox.settle."""
        return await self._settle(head.channel, head.fence, head.post.key, now, *_step(step, now))

    async def _settle(
        self, channel: ChannelId, fence: Argument, key: Argument, now: datetime, *step: Argument
    ) -> bool:
        args = (keys.member(channel), fence, key, step[0], ms(now), keys.POSTED_MS, *step[1:])
        return bool(await self._run(_SETTLE, channel, *args))

    async def gather(self, head: Head, key: PostKey, now: datetime) -> bool:
        """As Outbox.gather."""
        args = (head.fence, head.post.key, key, ms(now), *list_around(key, now), keys.POSTED_MS)
        return bool(await self._run(_GATHER, head.channel, keys.member(head.channel), *args))

    # ------------------------------------------------------------ the books

    async def books(self) -> Books:
        """As Outbox.books; the oldest of the channels that are not held."""
        asked: list[tuple[Argument, ...]] = []
        for number in range(keys.PARTITIONS):
            root = keys.root(number)
            asked.append(
                ("HMGET", f"{root}books", "queued", "sent", "dead", "waiting", "ambiguous")
            )
            asked.append(("ZRANGE", f"{root}waiting", 0, 0, "WITHSCORES"))
        answers = await self._link.many(asked)
        queued, sent, dead, waiting, ambiguous = (
            sum(int(row[place] or 0) for row in answers[::2]) for place in range(5)
        )
        oldest = [int(float(found[1])) for found in answers[1::2] if found]
        at = from_ms(min(oldest)) if oldest else None
        return Books(queued, sent, dead, waiting, ambiguous, at)

    async def recount(self) -> int:
        """How many posts wait, counted one by one: for `doctor`, against Books.waiting."""
        total = 0
        for channel in await self.channels():
            listed = await self._link.command("LRANGE", _part(channel, "q"), 0, -1)
            for start in range(0, len(listed), CHUNK):
                asked = [
                    ("HMGET", f"{_part(channel, 'post')}:{key.decode()}", "w", "b")
                    for key in listed[start : start + CHUNK]
                ]
                found = await self._link.many(asked)
                total += sum(int(weight or body is not None) for weight, body in found)
        return total

    async def channels(self) -> Sequence[ChannelId]:
        """Channels with waiting posts, and those that are held."""
        asked: list[tuple[Argument, ...]] = []
        for number in range(keys.PARTITIONS):
            root = keys.root(number)
            asked += [("ZRANGE", f"{root}waiting", 0, -1), ("HKEYS", f"{root}held")]
        found = {name.decode() for names in await self._link.many(asked) for name in names}
        return [keys.channel_of(name) for name in sorted(found)]

    async def held(self) -> dict[ChannelId, str]:
        """The channels that are held, and why."""
        asked = [("HGETALL", f"{keys.root(number)}held") for number in range(keys.PARTITIONS)]
        return {
            keys.channel_of(name.decode()): reason.decode(errors="replace")
            for row in await self._link.many(asked)
            for name, reason in zip(row[::2], row[1::2], strict=True)
        }

    # ------------------------------------------------------------ the desk

    async def resume(self, channel: ChannelId, now: datetime) -> int:
        """As OutboxDesk.resume."""
        return int(await self._run(_RESUME, channel, keys.member(channel), ms(now)))

    async def waiting(self, channel: ChannelId) -> int:
        """As OutboxDesk.waiting."""
        return int(await self._link.command("LLEN", _part(channel, "q")))

    async def put_aside(self, channel: ChannelId) -> Mapping[str, int]:
        """As OutboxDesk.put_aside."""
        member = keys.member(channel).encode()
        dead = f"{keys.tenant_of(channel)}dead"
        found: Counter[str] = Counter()
        for _, flat in await self._link.command("XREVRANGE", dead, "+", "-", "COUNT", PUT_ASIDE):
            fields = dict(zip(flat[::2], flat[1::2], strict=True))
            if fields.get(b"c") == member:
                found[fields[b"w"].decode(errors="replace")] += 1
        return found

    async def move(self, source: ChannelId, target: ChannelId) -> int:
        """As OutboxDesk.move; both channels are of one tenant."""
        if (source.platform, source.tenant) != (target.platform, target.tenant):
            raise ValueError("a move is between channels of one tenant")
        if source == target:
            return 0
        names = (keys.member(source), keys.member(target))
        return int(await self._run(_MOVE, source, *names, keys.POSTED_MS))

    async def posted(self, channel: ChannelId, key: PostKey) -> Alert | PaperList | None:
        """As OutboxDesk.posted; None also for what cannot be read."""
        text = await self._link.command("HGET", f"{_part(channel, 'post')}:{key}", "b")
        try:
            post = load_post(text, channel) if text is not None else None
        except Unreadable:
            return None
        return post if isinstance(post, Alert | PaperList) else None

    async def posted_at(self, channel: ChannelId, key: PostKey) -> datetime | None:
        """As OutboxDesk.posted_at."""
        post = f"{_part(channel, 'post')}:"
        at, held_in = await self._link.command("HMGET", f"{post}{key}", "at", "i")
        if held_in is not None:
            at = await self._link.command("HGET", f"{post}{held_in.decode()}", "at")
        return from_us(int(at)) if at is not None else None

    async def next_due_at(self) -> datetime | None:
        """As OutboxDesk.next_due_at; for a channel that is being sent to, when it may be taken."""
        times = [float(at) for at in (await self._peek(()))[:-1] if at]
        return from_ms(int(min(times))) if times else None


def _call(which: Script, root: str, *args: Argument) -> Call:
    return Call(which, (f"{root}books",), (root, *args))


def _part(channel: ChannelId, name: str) -> str:
    return f"{keys.tenant_of(channel)}{name}:{keys.quoted(channel.channel)}"


def _step(step: Step, now: datetime) -> tuple[Argument, ...]:
    match step:
        case Done(receipt):
            return ("done", receipt, us(now), _day(now))
        case Later(at, reason, ambiguous, refusals):
            return ("later", ms_after(at), reason, "1" if ambiguous else "", refusals)
        case Dead(reason):
            return ("dead", reason)
        case Hold(reason):
            return ("hold", reason)
    assert_never(step)


def _day(now: datetime) -> str:
    return from_us(us(now)).date().isoformat()


def _head(taken: Sequence[Any]) -> Head:
    member, fence, _, body, attempts, refusals, attempt, at, first, posted, waiting, queued = taken
    channel = keys.channel_of(member.decode())
    marker = None
    if at:
        marker = Marker(int(attempt), from_us(int(at)), from_us(int(first)))
    return Head(
        channel=channel,
        fence=int(fence),
        post=load_post(body, channel),
        attempts=int(attempts),
        refusals=int(refusals),
        marker=marker,
        posted_today=int(posted),
        waiting=waiting,
        last_queued_at=from_ms(int(queued)),
    )
