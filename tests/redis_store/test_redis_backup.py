"""A backup brings back all that counts, and nothing is posted before a person says so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kits import empty_store
from storing import (
    GENERAL,
    NOON,
    OTHER,
    SLACK,
    alert,
    card,
    change,
    channel,
    notice,
    paper,
    paper_list,
    record,
)

from adapters.redis.backup import dump
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.restore import Restored, RestoreError, release, restore
from bot.model.alert import PostKey, Receipt
from bot.model.channel import Channel, UserId
from bot.model.subscription import Mention, MentionKind
from bot.ports import Done, EventKind, FeedState, Later, PaperWrite
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from adapters.redis.store import Store

LATE = NOON + timedelta(hours=1)


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Store]:
    """Another, empty store."""
    async with (
        await EmbeddedServer.start(tmp_path, SystemClock()) as server,
        empty_store(server.url) as store,
    ):
        yield store


async def fill(store: Store) -> None:
    """Something of everything."""
    papers = [paper(1, doi="10.1/x"), paper(2), paper(name="doi:10.2/y")]
    await store.papers.remember([PaperWrite(record(one), EventKind.NEW) for one in papers])
    taken = await store.papers.read("one", 2, 0)
    await store.papers.acknowledge(taken[:1])
    await store.feeds.save(FeedState("arxiv/cs.CL", etag='"x"', baselined_at=NOON))
    await store.channels.write([channel()], change("first"), 100)
    slack = channel(SLACK, subscriptions=2)
    first, second = slack.subscriptions
    called = replace(first, mention=Mention(MentionKind.ROLE, "S9"), tags=("vision", "é"))
    await store.channels.write([replace(slack, subscriptions=(called, second))], None, 100)
    whole = Channel(SLACK.whole, managers=("55",))
    await store.channels.write([whole], replace(change("let"), channels=(SLACK.whole,)), 100)
    empty = channel(OTHER, subscriptions=0)
    await store.channels.write([empty], change("third"), 100)
    await store.outbox.queue([alert(1), alert(2), notice(), alert(3, version=2)])
    await store.outbox.queue([paper_list("a", (alert(5, SLACK), alert(6, SLACK)), SLACK)])
    head = await store.outbox.lease("one", ["web"], LATE)
    assert head is not None
    await store.outbox.mark(head, LATE)
    await store.outbox.settle(head, Done(Receipt("7")), LATE)
    head = await store.outbox.lease("one", ["web"], LATE)
    assert head is not None
    await store.outbox.mark(head, LATE)
    await store.outbox.settle(head, Later(LATE, "lost", ambiguous=True), LATE)
    await store.messages.create("zeta")
    await store.messages.append(GENERAL, PostKey("a"), card(), NOON)


async def lines_of(store: Store) -> list[str]:
    """A whole backup."""
    return [line async for line in dump(store, LATE)]


def facts(lines: list[str]) -> list[dict[str, Any]]:
    """What a backup says, without what a restore changes: pauses, and time that passes."""
    found = []
    for line in map(json.loads, lines[1:-1]):
        line.pop("ttl_ms", None)
        if line["t"] == "channel":
            settings = json.loads(line.pop("value"))
            for one in settings["subscriptions"]:
                one["types"].sort()  # a set has no order
            found.append({**line, **settings, "pause": None})
        else:
            found.append(line)
    return sorted(found, key=lambda one: json.dumps(one, sort_keys=True))


async def test_a_backup_comes_back_whole(store: Store, target: Store) -> None:
    """A backup of the restored store says what the backup said."""
    await fill(store)
    lines = await lines_of(store)

    restored = await restore(target, lines, LATE)

    assert (restored.papers, restored.channels, restored.waiting) == (3, 4, 4)
    assert facts(await lines_of(target)) == facts(lines)


async def test_restored_ports_answer_alike(store: Store, target: Store) -> None:
    """Papers, feeds, audit, messages and the memory of what alerted are all there."""
    await fill(store)
    await restore(target, await lines_of(store), LATE)

    ids = [paper(1).id, paper(name="doi:10.1/x").id, paper(name="doi:10.2/y").id]
    assert await target.papers.known(ids) == await store.papers.known(ids)
    assert [one async for one in target.papers.recent()] == [
        one async for one in store.papers.recent()
    ]
    pending = [event.paper.id for event in await target.papers.read("new", 10, 0)]
    assert pending == [paper(2).id, "doi:10.2/y"]
    assert await target.feeds.all() == await store.feeds.all()
    assert await target.channels.changes(GENERAL, 10) == await store.channels.changes(GENERAL, 10)
    assert await target.messages.newest(GENERAL, 9) == await store.messages.newest(GENERAL, 9)
    assert await target.messages.channels() == ["zeta", "general"]
    assert await target.messages.append(GENERAL, PostKey("a"), card(), LATE) == "000000000001"
    assert await target.outbox.queue([alert(n) for n in (1, 2, 3)]) == 0
    assert await target.outbox.posted_at(GENERAL, alert(1).key) == LATE
    assert (await target.outbox.books()).difference == 0


async def test_nothing_is_posted_before_a_person_says_so(store: Store, target: Store) -> None:
    """Channels come back held and paused with what to do; resuming posts what waited, in order."""
    await fill(store)
    await restore(target, await lines_of(store), LATE)
    later = LATE + timedelta(days=1)

    assert await target.outbox.lease("one", ["web", "slack"], later) is None
    settings = await target.channels.read(GENERAL)
    assert settings.pause is not None
    assert settings.pause.reason == (
        "restored from a backup: /papers resume to post 3 waiting alerts"
    )
    await target.outbox.queue([alert(9)])
    assert await target.outbox.lease("one", ["web", "slack"], later) is None
    assert (await target.channels.read(OTHER)).pause is None

    assert await target.outbox.resume(GENERAL, later) == 4
    head = await target.outbox.lease("one", ["web", "slack"], later)
    assert head is not None
    assert head.post == alert(2)
    assert head.marker is not None
    assert head.marker.sent_at == LATE
    assert head.posted_today == 0


async def test_all_channels_are_released_at_once(store: Store, target: Store) -> None:
    """One word of a person resumes what the restore paused, and nothing that a person paused."""
    await fill(store)
    await restore(target, await lines_of(store), LATE)

    assert await release(target, LATE) == 4

    found = await target.channels.read(GENERAL)
    assert found == replace(await store.channels.read(GENERAL), revision=2)
    assert await target.outbox.held() == {}
    assert await target.outbox.lease("one", ["slack"], LATE) is not None


async def test_who_is_called_and_who_manages_come_back(store: Store, target: Store) -> None:
    """Mentions, tags and roles are settings; the tenant's own record is no channel to resume."""
    await fill(store)
    await restore(target, await lines_of(store), LATE)

    (called, _) = (await target.channels.read(SLACK)).subscriptions
    assert (called.mention, called.tags) == (Mention(MentionKind.ROLE, "S9"), ("vision", "é"))
    assert await target.channels.read(SLACK.whole) == Channel(
        SLACK.whole, revision=1, managers=("55",)
    )
    assert SLACK.whole not in await target.outbox.held()


async def test_what_is_fleeting_is_in_no_backup(store: Store) -> None:
    """What buttons say is written anew with each; what a person searched for is theirs."""
    await store.button_texts.keep(GENERAL, "/papers edit 3 zebra")
    await store.recent.add(GENERAL, UserId("U1"), "zebra")

    assert "zebra" not in "\n".join(await lines_of(store))


async def test_a_backup_has_no_secrets_and_no_leases(store: Store) -> None:
    """What is fleeting, or a door, stays out."""
    await fill(store)
    await store.leases.acquire("poll:arxiv", "somebody", 60)

    text = "\n".join(await lines_of(store))

    assert "somebody" not in text
    assert "epoch" not in text


async def test_a_store_with_something_in_it_is_refused(store: Store, target: Store) -> None:
    """A restore mixes nothing: into a store that has something it does not go."""
    await fill(store)
    lines = await lines_of(store)
    await target.feeds.save(FeedState("x"))

    with pytest.raises(RestoreError, match="is not empty"):
        await restore(target, lines, LATE)


async def test_a_cut_restore_is_taken_up_again(store: Store, target: Store) -> None:
    """The same lines again finish what was cut off, and nothing is there twice."""
    await fill(store)
    lines = await lines_of(store)
    with pytest.raises(RestoreError, match="cut off"):
        await restore(target, lines[:-3], LATE)

    assert isinstance(await restore(target, lines, LATE), Restored)

    kinds = [line for line in facts(await lines_of(target)) if line["t"] != "event"]
    assert kinds == [line for line in facts(lines) if line["t"] != "event"]
    assert (await target.outbox.books()).waiting == await target.outbox.recount() == 5
    with pytest.raises(RestoreError, match="is not empty"):
        await restore(target, lines, LATE)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "first line"),
        (["x"], "no JSON"),
        (["[]"], "no object"),
        (['{"t":"paperwire-backup","format":9}'], "format 9"),
        (['{"t":"paperwire-backup","format":1}', '{"t":"poem"}'], "Line 2"),
        (['{"t":"paperwire-backup","format":1}', '{"t":"seen","key":"pw:epoch"}'], "Line 2"),
        (['{"t":"paperwire-backup","format":1}', '{"t":"box"}'], "Line 2"),
        (['{"t":"paperwire-backup","format":1}', '{"t":"channel","value":"{}"}'], "Line 2"),
        (['{"t":"paperwire-backup","format":1}', '{"t":"end","lines":7}'], "lines are missing"),
    ],
)
async def test_what_is_no_backup_is_called_so(store: Store, lines: list[str], says: str) -> None:
    """Each damage has its sentence."""
    with pytest.raises(RestoreError, match=says):
        await restore(store, lines, LATE)
