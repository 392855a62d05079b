"""What the core asks of the world. Protocols only: adapters fulfil them, tests fake them.

Nothing here raises for what is expected: that is returned. A store that cannot be reached raises
StoreDown (bot.model.errors), everywhere, and callers let it pass to the supervisor that waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from bot.card.card import Card
    from bot.card.post import PaperList, Post
    from bot.model.alert import Alert, PostKey, Receipt
    from bot.model.channel import Channel, ChannelId, UserId
    from bot.model.paper import Paper, PaperId
    from bot.model.subscription import ChangeType
    from bot.query.ast import Query

# ---------------------------------------------------------------- time and chance


class Clock(Protocol):
    """Time, and waiting for it."""

    def now(self) -> datetime:
        """The time of day, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, for deadlines."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Chance(Protocol):
    """Randomness."""

    def uniform(self) -> float:
        """A number in [0, 1), for jitter."""
        ...

    def token(self) -> str:
        """An unguessable name of 12 characters a-z2-7."""
        ...


# ---------------------------------------------------------------- sources


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that could not be read, and why; the rest of the batch is not harmed."""

    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a source showed. `at` is the batch's own date, None where the source gives none.

    `truncated` says that the source cut the list (arXiv at 2,000), so that papers may be missing.
    `etag` is to be given back at the next poll. `next_page` is a token for the rest (OAI-PMH).
    """

    papers: tuple[Paper, ...]
    skipped: tuple[Skipped, ...] = ()
    at: datetime | None = None
    etag: str | None = None
    truncated: bool = False
    next_page: str | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The source said 304: nothing new since the ETag."""


@dataclass(frozen=True, slots=True)
class SourceDown:
    """The source could not be asked or understood. `retry_after_s` is what it asked for, clamped.

    `start_over`: the page token is no longer valid, so that the pages begin again without one.
    `everywhere`: the trouble is the whole source's, not this feed's.
    """

    reason: str
    retry_after_s: float | None = None
    start_over: bool = False
    everywhere: bool = field(default=False, compare=False)


Poll: TypeAlias = Batch | Unchanged | SourceDown


class Source(Protocol):
    """A place where papers come from, in one or more feeds (arXiv: one a class)."""

    name: str

    async def poll(self, feed: str, etag: str | None) -> Poll:
        """Ask one feed once, politely."""
        ...


class Backfill(Protocol):
    """A source that can be asked for the past (arXiv's OAI-PMH)."""

    async def page(self, feed: str, since: datetime, token: str | None) -> Poll:
        """One page of a feed's papers since a day; Batch.next_page leads on."""
        ...


# ---------------------------------------------------------------- papers


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """What the store knows of a paper.

    `shown_in` are the feeds that showed it ("arxiv/cs.CL", "huggingface/daily"), also as baseline.
    `alerted_version` is the highest version that was put on the stream as a change (0: none yet,
    the paper is only known from a baseline or backfill). `paper` is None when only the fact that
    it was seen is still kept (after RECORD_DAYS).
    """

    id: PaperId
    revision: int
    first_seen_at: datetime
    shown_in: frozenset[str]
    alerted_version: int
    paper: Paper | None


class EventKind(StrEnum):
    """Why a paper is on the stream. BASELINE is for the archive only and never alerts."""

    BASELINE = "baseline"
    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    FACTS = "facts"
    """Votes, stars or code changed within 30 days: counts as the paper's own announcement type."""


@dataclass(frozen=True, slots=True)
class PaperWrite:
    """One paper to remember, and what to put on the stream with it.

    `event` None: nothing changed for readers.
    """

    record: PaperRecord
    event: EventKind | None
    before: Paper | None = None
    """For FACTS: the paper as it stood before, so that only those whom it concerns are told."""


@dataclass(frozen=True, slots=True)
class PaperEvent:
    """An entry of the stream: the paper as it stood when it changed."""

    id: str
    kind: EventKind
    paper: Paper
    at: datetime
    before: Paper | None = None
    """As PaperWrite.before."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where we stand with one feed ("arxiv/cs.CL"); fields that were never set are None.

    `baselined_at` is None until the first batch has been taken without posting. `backfill_token`
    and `backfilled_at` track the 14 days of the past. `papers_seen` counts entries ever taken.
    """

    feed: str
    etag: str | None = None
    baselined_at: datetime | None = None
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    batch_at: datetime | None = None
    batch_size: int = 0
    batch_changed_at: datetime | None = None
    papers_seen: int = 0
    failure: str | None = None
    failures_in_a_row: int = 0
    retry_at: datetime | None = None
    backfilled_at: datetime | None = None
    backfill_token: str | None = None
    backfill_papers: int = 0


class Papers(Protocol):
    """The papers seen, and the stream of what changed."""

    async def known(self, ids: Sequence[PaperId]) -> Mapping[PaperId, PaperRecord]:
        """Records by the ids asked for; aliases (an arXiv paper's DOI) lead to the one record."""
        ...

    async def remember(self, writes: Sequence[PaperWrite]) -> Sequence[bool]:
        """Store each record with its event, at once; False where another revision came first."""
        ...

    async def read(self, consumer: str, count: int, wait_s: float) -> Sequence[PaperEvent]:
        """The next events for the matchers' group, also those that a dead consumer left over."""
        ...

    async def acknowledge(self, events: Sequence[PaperEvent]) -> None:
        """Take events off the matchers' pending list, after the last alert is queued."""
        ...

    async def since(self, event_id: str, count: int) -> Sequence[PaperEvent] | None:
        """Events after one, for readers with a cursor of their own (the archive).

        None when the stream no longer reaches back to `event_id`, or not yet there. "0" is the
        beginning of what is still there, never None.
        """
        ...

    def recent(self) -> AsyncIterator[Paper]:
        """Every paper whose record is still kept, oldest first, to rebuild an archive."""
        ...


class Feeds(Protocol):
    """Where we stand with each feed."""

    async def state(self, feed: str) -> FeedState:
        """The feed's state; a fresh one when it was never asked."""
        ...

    async def save(self, state: FeedState) -> None:
        """Remember it, after the batch's papers are remembered: the cursor moves last."""
        ...

    async def all(self) -> Sequence[FeedState]:
        """Every feed ever asked, by name."""
        ...


class Leases(Protocol):
    """Who may act, and how fast, across all processes. Times are the store's own."""

    async def acquire(self, name: str, owner: str, ttl_s: float) -> bool:
        """Take or renew the lease; False while another owner holds it."""
        ...

    async def release(self, name: str, owner: str) -> None:
        """Give it back, if it is still ours."""
        ...

    async def pace(self, name: str, gap_s: float) -> float:
        """Reserve the next turn, `gap_s` after the one before; the seconds to wait for it."""
        ...

    async def once(self, name: str, ttl_s: float) -> bool:
        """True for the first who asks with this name within the time: a request seen before."""
        ...


# ---------------------------------------------------------------- channels and their audit


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a tenant's audit: who did what, and what the channels were before it.

    `before` lets it be undone. `id` is given by the store and rises with time; what the writer
    puts there does not count.
    """

    id: str
    at: datetime
    by: UserId
    what: str
    channels: tuple[ChannelId, ...]
    before: tuple[Channel, ...] = field(default=(), repr=False)
    undone_by: str | None = None
    undoes: str | None = None
    """The id of the change that this one took back."""


class Channels(Protocol):
    """What is set in channels. Writing compares revisions: the loser reads again."""

    async def read(self, channel: ChannelId) -> Channel:
        """The channel; an empty one (revision 0) when nothing was set."""
        ...

    async def write(
        self, channels: Sequence[Channel], change: Change | None, tenant_max: int
    ) -> Written:
        """Store channels of one tenant and the audit entry in one script.

        Each channel's `revision` is the one that was read; the stored one is one higher.
        `tenant_max` bounds the tenant's subscriptions, unless the write adds none. STALE also when
        the change that this one takes back (`undoes`) was taken back already.
        """
        ...

    def all(self) -> AsyncIterator[Channel]:
        """Every channel with a setting, for a matcher that starts."""
        ...

    async def of_tenant(self, tenant: ChannelId) -> Sequence[Channel]:
        """Every channel with a setting of the tenant that a channel belongs to."""
        ...

    async def changed(self, cursor: str | None) -> tuple[str, Sequence[ChannelId] | None]:
        """Channels changed since the cursor, and the new cursor.

        None instead of the channels: too long ago, read all. A cursor of None is "from now on".
        """
        ...

    async def changes(self, tenant: ChannelId, count: int) -> Sequence[Change]:
        """The tenant's newest audit entries (of all its channels), newest first."""
        ...


class ChannelFeed(Protocol):
    """What those read who keep all subscriptions in memory: everything, and then what changes."""

    def all(self) -> AsyncIterator[Channel]:
        """As Channels.all."""
        ...

    async def several(self, channels: Sequence[ChannelId]) -> Sequence[Channel]:
        """As Channels.read for each, in few round trips."""
        ...

    async def changed(self, cursor: str | None) -> tuple[str, Sequence[ChannelId] | None]:
        """As Channels.changed."""
        ...

    def revisions(self) -> AsyncIterator[Sequence[tuple[ChannelId, int]]]:
        """Every channel with a setting and its revision, in parts: what `all` costs without."""
        ...


class Snapshots(Protocol):
    """Where what was read from the store is kept between two runs, only to start sooner.

    Nothing here raises: a snapshot that is gone, damaged or of another store or program is None.
    """

    async def load(self) -> bytes | None:
        """The bytes that were saved last."""
        ...

    async def save(self, pieces: Sequence[bytes | bytearray | memoryview]) -> None:
        """Keep these bytes instead, all or nothing."""
        ...

    async def drop(self) -> None:
        """Keep nothing: a tenant was erased, and may be in it."""
        ...


class Written(StrEnum):
    """What became of a write."""

    DONE = "done"
    STALE = "stale"
    TENANT_FULL = "tenant-full"


# ---------------------------------------------------------------- outbox and posting


@dataclass(frozen=True, slots=True)
class Posted:
    """The platform took it."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Busy:
    """Nothing was posted; ask again after that long."""

    retry_after_s: float
    platform_wide: bool = False


class Fault(StrEnum):
    """Whose fault a refusal is, as RELIABILITY.md §8 classes it."""

    CHANNEL_GONE = "channel-gone"
    CHANNEL_FORBIDS = "channel-forbids"
    TENANT = "tenant"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform said no, certainly: nothing was posted."""

    fault: Fault
    reason: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No certain answer. `maybe_posted` when the request may have arrived."""

    reason: str
    maybe_posted: bool


Outcome: TypeAlias = Posted | Busy | Refused | Unreachable


class Found(StrEnum):
    """What reading back a channel says of an ambiguous post; UNKNOWN where it cannot be read."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


class Poster(Protocol):
    """A platform that can be posted to."""

    @property
    def platform(self) -> str:
        """Its name in ChannelId."""
        ...

    async def post(self, card: Card, channel: ChannelId, key: PostKey) -> Outcome:
        """Post once, without any retry; `key` makes it findable again."""
        ...

    async def find(self, channel: ChannelId, key: PostKey, since: datetime) -> Receipt | Found:
        """The receipt of a post whose answer was lost, by reading the channel back."""
        ...


@runtime_checkable
class Repeats(Protocol):
    """A Poster whose platform gives the first message back when a post is repeated soon."""

    def may_repeat(self, channel: ChannelId, key: PostKey) -> bool:
        """Whether posting it once more now cannot make a second message."""
        ...


@dataclass(frozen=True, slots=True)
class Marker:
    """Written before the socket is touched: an attempt that may or may not have arrived."""

    attempt: int
    sent_at: datetime
    first_sent_at: datetime | None = None
    """The earliest attempt whose answer is still not known: read back from here on."""


@dataclass(frozen=True, slots=True)
class Head:
    """The post that a channel sends next, under our lease.

    `marker` is there when an earlier attempt's answer is not known. `refusals` counts
    CHANNEL_FORBIDS in a row. `posted_today` counts single alerts since 00:00 UTC. `waiting` are
    the posts behind it.
    """

    channel: ChannelId
    fence: int
    post: Post
    attempts: int
    refusals: int
    marker: Marker | None
    posted_today: int
    waiting: int
    last_queued_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """It is out: keep the receipt, remove the post."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Later:
    """Try again at `at`.

    `ambiguous` keeps the marker; otherwise it is cleared, or the old one restored.
    """

    at: datetime
    reason: str
    ambiguous: bool
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Dead:
    """Never to be posted; kept for a person to see."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The channel is paused by the platform's refusal; its posts are kept.

    `everywhere`: so are all channels of its tenant.
    """

    reason: str
    everywhere: bool = False


Step: TypeAlias = Done | Later | Dead | Hold


@dataclass(frozen=True, slots=True)
class Books:
    """The count of posts: queued = sent + dead + waiting, or something was lost.

    A list counts as the alerts that it gathered.
    """

    queued: int
    sent: int
    dead: int
    waiting: int
    ambiguous: int = 0
    oldest_waiting_at: datetime | None = None

    @property
    def difference(self) -> int:
        """Zero, always."""
        return self.queued - self.sent - self.dead - self.waiting


class Outbox(Protocol):
    """What is to be posted, in order, a channel at a time.

    Every write under an old fence is refused.
    """

    async def queue(self, posts: Sequence[Post]) -> int:
        """Queue posts of any tenants, once a key for ever; how many were new.

        Posts of one channel keep their order. Thousands are queued in parts, between which others
        get their turn: a crash leaves some queued, and queueing all again changes nothing.
        """
        ...

    async def lease(self, owner: str, platforms: Sequence[str], now: datetime) -> Head | None:
        """The head of a channel that is due and free; None when there is none."""
        ...

    async def mark(self, head: Head, sent_at: datetime) -> bool:
        """Write the marker, before the post; False when the lease was lost."""
        ...

    async def settle(self, head: Head, step: Step, now: datetime) -> bool:
        """Carry out a step in one script and give the lease back; False if the lease was lost."""
        ...

    async def gather(self, head: Head, key: PostKey, now: datetime) -> bool:
        """Turn all waiting alerts of the channel into one PaperList at the head, in one script.

        The lease is given back, and the list is due at once. False when the lease was lost, when
        the head is ambiguous (it may be out already), or when no alert waits.
        """
        ...

    async def books(self) -> Books:
        """The balance over all channels."""
        ...


class OutboxDesk(Protocol):
    """The outbox as commands see it."""

    async def queue(self, posts: Sequence[Post]) -> int:
        """As Outbox.queue."""
        ...

    async def resume(self, channel: ChannelId, now: datetime) -> int:
        """Make a held channel due again; how many posts wait."""
        ...

    async def waiting(self, channel: ChannelId) -> int:
        """How many posts wait in the channel."""
        ...

    async def move(self, source: ChannelId, target: ChannelId) -> int:
        """Move waiting posts (and the memory of what was alerted) along; how many posts."""
        ...

    async def posted(self, channel: ChannelId, key: PostKey) -> Alert | PaperList | None:
        """What was queued under a key, for `why` and pages; kept 60 days after it was posted."""
        ...

    async def next_due_at(self) -> datetime | None:
        """When the earliest waiting post is due."""
        ...

    async def posted_at(self, channel: ChannelId, key: PostKey) -> datetime | None:
        """When the platform took the post (or the list that holds it); None while it waits."""
        ...

    async def put_aside(self, channel: ChannelId) -> Mapping[str, int]:
        """Posts of the channel that were given up, counted by the reason; kept 60 days.

        Of the newest 1,000 of the tenant.
        """
        ...

    async def books(self) -> Books:
        """As Outbox.books."""
        ...


class ButtonTexts(Protocol):
    """What buttons say, kept where the platform gives them too little room (Discord: 100)."""

    async def keep(self, channel: ChannelId, command: str) -> str:
        """Remember a command; a short key, always the same for the same command of a tenant.

        16 characters a-z2-7. It is kept for 60 days after it was last asked to be kept.
        """
        ...

    async def read(self, channel: ChannelId, key: str) -> str | None:
        """The command under a key of the channel's tenant; None when it is not kept any more."""
        ...


class RecentQueries(Protocol):
    """What a person searched for lately, so that it can be said again without typing it."""

    async def add(self, channel: ChannelId, user: UserId, query: str) -> None:
        """Remember a query of a person of the channel's tenant, for 30 days; the newest 10 stay.

        One longer than RECENT_CHARS is not remembered.
        """
        ...

    async def of(self, channel: ChannelId, user: UserId) -> Sequence[str]:
        """The person's queries, each once, the newest first."""
        ...


RECENT_CHARS: Final = 300
"""A query that was made by a program, or pasted, is no one's to say again."""


@dataclass(frozen=True, slots=True)
class Message:
    """A card that the local page's channel shows. `id` rises with time."""

    id: str
    channel: ChannelId
    key: PostKey
    posted_at: datetime
    card: Card


class Messages(Protocol):
    """The local page's channels: what was posted there."""

    async def append(self, channel: ChannelId, key: PostKey, card: Card, now: datetime) -> str:
        """Post once a key: the message's id, the old one when the key was posted before."""
        ...

    async def after(
        self, channel: ChannelId, message_id: str | None, count: int
    ) -> Sequence[Message]:
        """Messages after one, oldest first; None is from the beginning."""
        ...

    async def newest(self, channel: ChannelId, count: int) -> Sequence[Message]:
        """The newest messages, oldest first."""
        ...

    async def wait(
        self, channel: ChannelId, message_id: str | None, wait_s: float
    ) -> Sequence[Message]:
        """As `after`, waiting for the first one up to `wait_s`."""
        ...

    async def channels(self) -> Sequence[str]:
        """Names of the local page's channels, oldest first."""
        ...

    async def create(self, name: str) -> bool:
        """Make a channel; False when it is there already."""
        ...


# ---------------------------------------------------------------- archive


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of search results, newest first. `total` counts confirmed hits up to `total_max`."""

    papers: tuple[Paper, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """What a query would have matched: `matched` of the `seen` papers of the last `days`.

    `days` is the span that was really counted: shorter where the archive is younger or counting
    stopped at its bound. `newest_at` is the day of the newest paper that was counted.
    """

    matched: int
    seen: int
    days: float
    newest: tuple[Paper, ...]
    newest_at: datetime | None = None


class Archive(Protocol):
    """The text of every paper seen, searchable. Derived: losing it loses no alert."""

    async def search(self, query: Query, now: datetime, limit: int, offset: int) -> Hits:
        """Papers that the query matches, newest first, each confirmed by the matcher."""
        ...

    async def sample(
        self, query: Query, types: frozenset[ChangeType] | None, since: datetime, newest: int
    ) -> Sample:
        """How many papers since a time the query matches, and the newest of them."""
        ...

    async def get(self, paper_id: PaperId) -> Paper | None:
        """One paper by its id."""
        ...

    async def latest(self, limit: int, offset: int) -> Hits:
        """The newest papers."""
        ...

    async def add(self, papers: Sequence[Paper], cursor: str | None) -> None:
        """Add or replace papers and move the cursor, in one transaction."""
        ...

    async def cursor(self) -> str | None:
        """The last event taken from the stream; None for an empty archive."""
        ...
