"""Posts as queue.lua takes them: by partition, and what many of them share said once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from adapters.redis import keys
from adapters.redis.codec import encoded, ms, post_text
from adapters.redis.link import Call, script
from bot.card.post import Notice, PaperList
from bot.model.alert import Alert
from bot.model.channel import ChannelId

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from adapters.redis.link import Argument
    from bot.card.post import Post

    Tenants = list[tuple[str, list[str]]]
    """Each tenant's posts, as lines of channel and body."""

LOOKED_AT: Final = 5_000
"""Posts sorted by partition at once: 2 ms."""

_QUEUE: Final = script("queue", "box")
_NOWHERE: Final = ChannelId("", "", "")


def by_partition(posts: Sequence[Post]) -> Iterator[tuple[int, list[Post]]]:
    """Posts of one partition together, each channel's in order; of many posts some at a time."""
    for start in range(0, len(posts), LOOKED_AT):
        known: dict[tuple[str, str], list[Post]] = {}
        groups: dict[int, list[Post]] = {}
        for post in posts[start : start + LOOKED_AT]:
            home = post.channel
            group = known.get((home.platform, home.tenant))
            if group is None:
                group = groups.setdefault(keys.partition(home), [])
                known[home.platform, home.tenant] = group
            group.append(post)
        yield from groups.items()


def queue_call(number: int, chunk: Sequence[Post]) -> Call:
    """The posts of one partition as queue.lua reads them: what some share is said once."""
    args: list[Argument] = [keys.POSTED_MS]
    for said, tenants in _runs(chunk):
        args += said
        args.append(len(tenants))
        for tenant, lines in tenants:
            args += (tenant, encoded("".join(lines)))
    root = keys.root(number)
    return Call(_QUEUE, (f"{root}books",), (root, *args))


def _runs(chunk: Sequence[Post]) -> list[tuple[list[Argument], Tenants]]:
    """What is said of posts with one key, and for each tenant the lines of channel and body."""
    runs: list[tuple[list[Argument], Tenants]] = []
    last: Post | None = None
    where = _NOWHERE
    lines: list[str] = []
    for post, kind, holds in _spread(chunk):
        if last is None or kind != "a" or post.key != last.key or post.queued_at != last.queued_at:
            runs.append((_said(post, kind, holds), []))
            last, where = post if kind == "a" else None, _NOWHERE
        home = post.channel
        if home.tenant != where.tenant or home.platform != where.platform:
            lines, where = [], home
            runs[-1][1].append((f"{home.platform}:{home.tenant}", lines))
        lines.append(f"{keys.quoted(home.channel)}\n{post_text(post)}\n")
    return runs


def _spread(chunk: Iterable[Post]) -> Iterator[tuple[Post, str, str]]:
    """Each post with its kind and what it holds; behind a list what it holds."""
    for post in chunk:
        match post:
            case Alert():
                yield post, "a", ""
            case PaperList():
                yield post, "l", "\n".join(alert.key for alert in post.alerts)
                for alert in post.alerts:
                    yield alert, "i", ""
            case Notice():
                yield post, "n", ""
            case _ as never:
                assert_never(never)


def _said(post: Post, kind: str, holds: str) -> list[Argument]:
    """What queue.lua is told once of posts that share it: the alerts of one paper."""
    base = ("", "")
    if isinstance(post, Alert) and "#" in post.key:
        base = keys.memory(keys.base(post.key))
    at = ms(post.queued_at)
    return [post.key, kind, _weight(post), at, *keys.memory(post.key), *base, holds]


def _weight(post: Post) -> int:
    """What a post counts in the books: a list counts as its alerts."""
    return max(1, len(post.alerts)) if isinstance(post, PaperList) else 1
