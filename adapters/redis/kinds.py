"""Every kind of key: its type, fields and life, who writes it and who deletes it.

Deleted by nobody is what a reason in `permanent` stands for; all else ends by its TTL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of key. `permanent` says why it has no TTL; None: every key of it has one."""

    pattern: str
    type: str
    says: str
    permanent: str | None


_T = r"pw:1:\{p\d\d\}:[^:]+:[^:]+:"
_P = r"pw:1:\{papers\}:"

KINDS: Final = (
    Kind(r"pw:schema", "string", "The schema's number. Written and raised by opening.", "one key"),
    Kind(
        r"pw:epoch",
        "string",
        "Names this store's life: another one after a wipe. Written by the first open.",
        "one key",
    ),
    Kind(r"pw:restoring", "string", "A restore is not finished. Written and deleted by it.", None),
    Kind(
        _P + r"seen:.+",
        "hash",
        "id's last two characters -> [revision, first seen µs, alerted version, feeds…]; for "
        "other ids one field without name. Written by remember.lua.",
        "an arXiv id is never forgotten (others: 400 days): a source that shows all its past "
        "again must post nothing",
    ),
    Kind(_P + r"rec:.+", "string", "Paper as JSON, 60 days. Written by remember.lua.", None),
    Kind(
        _P + r"alias:.+", "string", "id -> the id of its record, 400 days. By remember.lua.", None
    ),
    Kind(
        _P + r"recent",
        "zset",
        "paper id by its last change in µs. Written and thinned (60 days) by remember.lua.",
        "thinned with every write",
    ),
    Kind(
        _P + r"stream",
        "stream",
        "k: kind, p: Paper as JSON, b: as before. By remember.lua; acknowledge.lua drops what "
        "is acknowledged and older than 3 days.",
        "thinned by acknowledge.lua, never by length: that destroys unprocessed work",
    ),
    Kind(_P + r"trimmed", "string", "The last id that was thinned out of the stream.", "one key"),
    Kind(
        _P + r"dead",
        "stream",
        "Events that no matcher survived: k, p, i (id), w (why). Written by claim.lua, 60 days.",
        None,
    ),
    Kind(_P + r"feeds", "hash", "feed -> FeedState as JSON. Written by Feeds.save.", "one a feed"),
    Kind(r"pw:1:lease:.+", "string", "The owner. Written and deleted by Leases.", None),
    Kind(r"pw:1:pace:.+", "string", "`<asked µs> <next turn µs>`. Written by pace.lua.", None),
    Kind(r"pw:1:once:.+", "string", "1. Written by Leases.once.", None),
    Kind(
        r"pw:1:told:.+",
        "string",
        "Digest of the commands that an application of Discord was told. Written by RedisTold; in "
        "no backup, as telling it again changes nothing.",
        "one an application",
    ),
    Kind(
        r"pw:1:\{p\d\d\}:tenants",
        "set",
        "`platform:tenant` of every tenant with a setting. Written by write.lua.",
        "one member a tenant, until it is erased",
    ),
    Kind(
        r"pw:1:\{p\d\d\}:changes",
        "stream",
        "`<number>-0`: c = channel that was set. Written by write.lua, the last 1,000.",
        "thinned with every write; a reader that comes too late reads all channels",
    ),
    Kind(r"pw:1:\{p\d\d\}:changed", "string", "Number of the last change.", "one a partition"),
    Kind(r"pw:1:\{p\d\d\}:platforms", "set", "Platforms that ever had a post.", "one a platform"),
    Kind(
        r"pw:1:\{p\d\d\}:due:[^:]+",
        "zset",
        "channel by the ms at which its head is due; no channel that is leased or held. Written "
        "and deleted by the outbox's scripts.",
        "empty when nothing waits",
    ),
    Kind(
        r"pw:1:\{p\d\d\}:leased:[^:]+",
        "zset",
        "channel by the store's ms at which another sender may take it over.",
        "empty when nobody sends",
    ),
    Kind(
        r"pw:1:\{p\d\d\}:waiting",
        "zset",
        "channel, not held, by the ms at which its head was queued.",
        "empty when nothing waits",
    ),
    Kind(
        r"pw:1:\{p\d\d\}:held",
        "hash",
        "channel -> why it is held. Written by settle.lua and restores, deleted by resume.lua.",
        "until a person resumes the channel",
    ),
    Kind(
        r"pw:1:\{p\d\d\}:removed",
        "hash",
        "tenant -> `<since ms> removed|erasing|erased`: it took paperwire out, or is erased. "
        "Written by removals.py and erase.py.",
        "until it comes back, or an hour after it was erased",
    ),
    Kind(
        r"pw:1:\{p\d\d\}:books",
        "hash",
        "queued, sent, dead, waiting (posts), ambiguous (channels). By the outbox's scripts.",
        "one a partition",
    ),
    Kind(
        _T + r"channels",
        "hash",
        "channel -> `<revision> <subscriptions> <Channel as JSON>`. Written by write.lua.",
        "settings of people",
    ),
    Kind(
        _T + r"subscriptions", "string", "How many the tenant has. By write.lua.", "one a tenant"
    ),
    Kind(
        _T + r"audit",
        "stream",
        "c: Change as JSON, u: id of the change it took back. Written by write.lua, 90 days.",
        None,
    ),
    Kind(
        _T + r"dead",
        "stream",
        "Posts given up: c (channel), k (key), w (why), b (Post as JSON). By settle.lua, 60 days.",
        None,
    ),
    Kind(_T + r"q:[^:]+", "list", "Keys of waiting posts, head first.", "until they are posted"),
    Kind(
        _T + r"box:[^:]+",
        "hash",
        "fence, owner, attempts, refusals, crashes, marker (m_attempt, m_at, m_first, m_fence) "
        "and the one before it (p_…), day, posted (single alerts that day), reason.",
        "a fence must not be forgotten while somebody may hold an older one",
    ),
    Kind(
        _T + r"post:[^:]+:.+",
        "hash",
        "b (Post as JSON), r (receipt), at (posted µs); an alert: q (`<queued ms> <bucket> "
        "<member>`, as it is remembered), i (the list that holds it); others, and alerts of "
        "before: w (weight), k (a alert, l list, n notice), t (queued ms), s (bucket), m "
        "(member), c (keys that a list holds). 60 days from when it is out.",
        "while it waits",
    ),
    Kind(
        _T + r"a:[^:]+:[^:]+",
        "set",
        "Keys alerted in a channel, by bucket (keys.memory). Written by queue.lua and move.lua.",
        "a paper alerts a channel once, for ever",
    ),
    Kind(
        r"pw:1:\{p\d\d\}:buckets",
        "set",
        "Buckets under which channels of the partition remember. By the outbox's scripts.",
        "two a month",
    ),
    Kind(
        _T + r"buckets:[^:]+",
        "set",
        "A channel's buckets, as programs of before wrote them; only read.",
        "they are not written again",
    ),
    Kind(
        _T + r"button:[a-z2-7]{16}",
        "string",
        "The command of a button, under the beginning of its SHA-256. Written by ButtonTexts, 60 "
        "days from when it was last shown; in no backup, as each showing writes it anew.",
        None,
    ),
    Kind(
        _T + r"recent:[^:]+",
        "list",
        "The newest 10 queries that a person searched for. Written by recent.lua, 30 days; in no "
        "backup.",
        None,
    ),
    Kind(
        _T + r"shown",
        "zset",
        "Channels of the local page in order of their making. Written by Messages.",
        "made by people",
    ),
    Kind(
        _T + r"messages:[^:]+",
        "stream",
        "`<number>-0`: k (key), t (posted µs), c (Card as JSON). Written by append.lua, the last "
        "10,000.",
        "what the local page shows",
    ),
    Kind(
        _T + r"keys:[^:]+",
        "hash",
        "key -> number of its message. Written by append.lua, thinned with the messages.",
        "as its messages",
    ),
)


def kind_of(key: str) -> Kind | None:
    """The kind of a key; None for one that this table does not know."""
    return next((kind for kind in KINDS if re.fullmatch(kind.pattern, key, re.DOTALL)), None)
