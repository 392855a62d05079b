"""The names of all keys of the store, and how long they live; `kinds.py` says what each holds.

`pw:1:{papers}:…` is what belongs to papers and their stream, `pw:1:{pNN}:…` what belongs to the
tenants of partition NN of 64 (crc32 of `platform:tenant`). The part in braces is the cluster's
hash tag: what one script touches lies in one slot. `<channel>` is the platform's own id,
percent-quoted, so that it holds no colon. Times are integers since 1970, in the unit named.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote
from zlib import crc32

from bot.model.channel import ChannelId

if TYPE_CHECKING:
    from bot.model.paper import PaperId

PARTITIONS: Final = 64
DAY_MS: Final = 24 * 60 * 60 * 1000

RECORD_MS: Final = 60 * DAY_MS
"""A record is kept for 60 days after its last change: facts that come late count for 30."""
SEEN_MS: Final = 400 * DAY_MS
"""Ids of no arXiv paper are kept for 400 days after they were last shown; arXiv's for ever."""
STREAM_MS: Final = 3 * DAY_MS
"""Acknowledged events stay for 3 days, for an archive that was away over a weekend."""
POSTED_MS: Final = 60 * DAY_MS
"""What was posted is kept for 60 days, for `why` and for the pages of lists."""
AUDIT_MS: Final = 90 * DAY_MS
"""The audit is kept for 90 days (RELIABILITY.md, G32)."""
CHANGES_MAX: Final = 1_000
"""Changes a partition's feed keeps: a matcher that was away for longer reads all channels."""
BUTTON_MS: Final = 60 * DAY_MS
"""What a button says is kept for 60 days after a message with it was last shown."""
RECENT_MS: Final = 30 * DAY_MS
"""What a person searched for is kept for 30 days after they last searched."""
RECENT_MAX: Final = 10
"""Queries of a person that are kept."""
MESSAGES_MAX: Final = 10_000
"""Messages that a channel of the local page keeps."""

SCHEMA: Final = "pw:schema"
EPOCH: Final = "pw:epoch"
RESTORING: Final = "pw:restoring"

PAPERS: Final = "pw:1:{papers}:"
STREAM: Final = PAPERS + "stream"
TRIMMED: Final = PAPERS + "trimmed"
DEAD_EVENTS: Final = PAPERS + "dead"
RECENT: Final = PAPERS + "recent"
FEEDS: Final = PAPERS + "feeds"
GROUP: Final = "matchers"

_ARXIV_DOI: Final = "doi:10.48550/arxiv."
_NEW_STYLE: Final = re.compile(r"arxiv:([0-9]{4})\.([0-9]{4,5})")
_VERSION: Final = re.compile(r"[1-9][0-9]{0,2}")


def record(paper_id: str) -> str:
    """The record of a paper."""
    return f"{PAPERS}rec:{paper_id}"


def alias(paper_id: str) -> str:
    """The other name of a paper."""
    return f"{PAPERS}alias:{paper_id}"


def seen(paper_id: str) -> tuple[str, str]:
    """Key and field of the fact that a paper was seen: about a hundred arXiv ids share a key."""
    if paper_id.startswith("arxiv:") and len(paper_id) > len("arxiv:") + 2:
        return f"{PAPERS}seen:{paper_id[:-2]}", paper_id[-2:]
    return f"{PAPERS}seen:{paper_id}", ""


def is_forgotten(paper_id: str) -> bool:
    """Whether the fact that a paper was seen has an end."""
    return not paper_id.startswith("arxiv:")


def canonical(paper_id: PaperId) -> PaperId:
    """The one name of an id: arXiv's own DOIs name arXiv papers."""
    if paper_id.startswith(_ARXIV_DOI):
        return type(paper_id)("arxiv:" + paper_id.removeprefix(_ARXIV_DOI))
    return paper_id


def lease(name: str) -> str:
    """Who may act."""
    return f"pw:1:lease:{name}"


def pace(name: str) -> str:
    """When the next turn is."""
    return f"pw:1:pace:{name}"


def once(name: str) -> str:
    """That something was seen."""
    return f"pw:1:once:{name}"


def told(name: str) -> str:
    """What a platform was told last."""
    return f"pw:1:told:{name}"


# ---------------------------------------------------------------- partitions and tenants


def partition(channel: ChannelId) -> int:
    """The partition of a channel's tenant."""
    return crc32(f"{channel.platform}:{channel.tenant}".encode()) % PARTITIONS


def root(number: int) -> str:
    """What all keys of a partition begin with."""
    return f"pw:1:{{p{number:02d}}}:"


def root_of(channel: ChannelId) -> str:
    """The root of a channel's partition."""
    return root(partition(channel))


def tenant_of(channel: ChannelId) -> str:
    """What all keys of a tenant begin with."""
    return f"{root_of(channel)}{channel.platform}:{channel.tenant}:"


def quoted(channel: str) -> str:
    """A platform's id of a channel as part of a key."""
    if channel.isalnum() and channel.isascii():  # as most are: for thousands of alerts it counts
        return channel
    return quote(channel, safe="", errors="surrogatepass")


def button(channel: ChannelId, key: str) -> str:
    """What a button of a tenant says."""
    return f"{tenant_of(channel)}button:{key}"


def recent(channel: ChannelId, user: str) -> str:
    """What a person of a tenant searched for."""
    return f"{tenant_of(channel)}recent:{quoted(user)}"


def member(channel: ChannelId) -> str:
    """A channel as a member of a partition's sets: `web:local:general`."""
    return f"{channel.platform}:{channel.tenant}:{quoted(channel.channel)}"


def channel_of(name: str) -> ChannelId:
    """The channel that `member` named."""
    found = ChannelId.parse(name)
    return ChannelId(found.platform, found.tenant, unquote(found.channel, errors="surrogatepass"))


@lru_cache(maxsize=1024)
def memory(key: str) -> tuple[str, str]:
    """Bucket and member under which a channel remembers a post's key; ("", "") for none.

    New arXiv ids become small integers in a set a month, four bytes each in Redis. Notices and
    lists are remembered by their post alone: their keys are unguessable and never come again.
    """
    name, _, version = key.partition("#v")
    if name.startswith(("notice:", "list:")):
        return "", ""
    found = _NEW_STYLE.fullmatch(name)
    if found is None:
        return "other", key
    month, number = found[1], int(found[2])
    # Five digits since 1501: both lengths in one month would be two papers with one number.
    month = month if len(found[2]) == (4 if month < "1501" else 5) else f"{month}x{len(found[2])}"
    if not version:
        return month, str(number)
    if _VERSION.fullmatch(version):
        return f"{month}v", str(number * 1000 + int(version))
    return "other", key


def base(key: str) -> str:
    """The paper's own key of an alert for one of its versions."""
    return key.partition("#")[0]
