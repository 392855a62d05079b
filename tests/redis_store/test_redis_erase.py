"""Erasing a tenant takes all of it and nothing of another; its removal stops its posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from storing import NOON, alert, change, channel, notice, paper_list

from adapters.redis import keys
from adapters.redis.erase import erase, is_kept
from adapters.redis.removals import State, forget_mark, mark, removal, removals, welcome
from bot.model.alert import PostKey, Receipt
from bot.model.channel import Channel, ChannelId, UserId
from bot.model.errors import StoreDown
from bot.ports import Dead, Done, Written

if TYPE_CHECKING:
    from adapters.redis.store import Store
    from bot.ports import Step

A = ChannelId("slack", "TA", "C1")
NEIGHBOUR = next(
    f"TA{number}"
    for number in range(10_000)
    if keys.partition(ChannelId("slack", f"TA{number}", "")) == keys.partition(A)
)
B = ChannelId("slack", NEIGHBOUR, "C1")
"""Another tenant in A's partition, whose name begins with A's."""


async def furnish(store: Store, where: ChannelId, *, waiting: int = 3) -> None:
    """One of everything: settings, audit, receipts, a dead post, a lease, a hold, what waits."""
    second, third = replace(where, channel="C 2"), replace(where, channel="C3")
    set_there = [channel(where), channel(second), channel(third)]
    made = replace(change(), channels=(where,))
    assert await store.channels.write(set_there, made, 1000) is Written.DONE
    for one in (where, second, third):
        await store.outbox.queue([alert(number, one) for number in range(1, waiting + 3)])
    await store.outbox.queue([notice("n", where), paper_list("l", (alert(90, where),), where)])
    steps: dict[ChannelId, Step | None] = {
        where: Done(Receipt("ts")),
        second: Dead("too long"),
        third: None,
    }
    for _ in steps:
        head = await store.outbox.lease("me", ["slack"], NOON + timedelta(hours=1))
        assert head is not None
        await store.outbox.mark(head, NOON)
        step = steps[head.channel]
        if step is not None:
            await store.outbox.settle(head, step, NOON)
            await store.link.command(
                "ZADD", f"{keys.root_of(where)}due:slack", 9e15, keys.member(head.channel)
            )
    await store.button_texts.keep(where, "/papers list")
    await store.recent.add(where, UserId("U1"), "diffusion")
    await store.leases.once(f"request:{where.platform}:{where.tenant}:x", 60)


async def kept(store: Store, where: ChannelId) -> dict[str, Any]:
    """Every byte of a tenant: its keys, and its members of what tenants share."""
    name = f"{where.platform}:{where.tenant}"
    found: dict[str, Any] = {}
    for raw in sorted(await store.link.command("KEYS", "*")):
        key = raw.decode()
        if f"{name}:" in key:
            found[key] = await store.link.command("DUMP", key)
    root = keys.root_of(where)
    for part in ("held", "waiting", "due:slack", "leased:slack", "tenants", "removed"):
        key = f"{root}{part}"
        kind = (await store.link.command("TYPE", key)).decode()
        look = {"hash": ("HGETALL", key), "set": ("SMEMBERS", key)}
        zset = ("ZRANGE", key, 0, -1, "WITHSCORES")
        if kind == "none":
            continue
        flat = [one.decode() for one in await store.link.command(*look.get(kind, zset))]
        pairs = (
            [(one, "") for one in flat]
            if kind == "set"
            else list(zip(flat[::2], flat[1::2], strict=True))
        )
        mine = sorted(
            (one, value) for one, value in pairs if one == name or one.startswith(f"{name}:")
        )
        if mine:
            found[key] = mine
    return found


async def test_all_of_one_and_nothing_of_the_other(store: Store) -> None:
    """A is gone, B is the same to the byte, the books balance; again does nothing."""
    await furnish(store, A)
    await furnish(store, B)
    before, alone = await kept(store, B), await store.outbox.books()
    assert len(await kept(store, A)) == len(before) > 20

    gone = await erase(store.link, "slack", "TA", NOON)

    assert gone > 20
    assert set(await kept(store, A)) == {f"{keys.root_of(A)}removed"}
    assert await kept(store, B) == before
    books = await store.outbox.books()
    assert books.difference == 0
    assert (books.waiting, books.ambiguous) == (alone.waiting // 2, alone.ambiguous // 2)
    assert books.waiting == await store.outbox.recount()
    assert not await is_kept(store.link, "slack", "TA")
    assert await erase(store.link, "slack", "TA", NOON) == 0
    assert [one.id.tenant async for one in store.channels.all()] == [NEIGHBOUR] * 3


async def test_nothing_unknown_is_marked(store: Store) -> None:
    """Erasing a tenant that never was leaves no trace, and a glob in a name is no glob."""
    await furnish(store, B)
    before = await store.link.command("KEYS", "*")

    assert await erase(store.link, "slack", "T*", NOON) == 0
    assert await erase(store.link, "slack", "TX", NOON) == 0
    assert sorted(await store.link.command("KEYS", "*")) == sorted(before)
    assert await removals(store.link) == []


class Breaking:
    """A link that dies after so many commands."""

    def __init__(self, store: Store, left: int) -> None:
        self._link, self._left = store.link, left

    def _one(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise StoreDown("cut")

    async def command(self, *parts: Any) -> Any:
        """As Link.command."""
        self._one()
        return await self._link.command(*parts)

    async def call(self, call: Any) -> Any:
        """As Link.call."""
        self._one()
        return await self._link.call(call)


async def test_one_that_broke_off_is_finished(store: Store) -> None:
    """Cut after each of its steps: books balance there, nothing comes in, and again ends it."""
    await furnish(store, B)
    before = await kept(store, B)
    cut = 0
    finished = False
    while not finished:
        await welcome(store.link, "slack", "TA", NOON)
        await furnish(store, A)
        try:
            broken: Any = Breaking(store, cut)
            await erase(broken, "slack", "TA", NOON)
            finished = True
        except StoreDown:
            marked = await removal(store.link, "slack", "TA")
            assert (await store.outbox.books()).difference == 0
            if marked is not None and marked.state is State.ERASING:
                assert await store.outbox.queue([alert(77, A)]) == 0
                assert (
                    await store.channels.write([channel(replace(A, channel="new"))], None, 9)
                    is Written.STALE
                )
            assert await is_kept(store.link, "slack", "TA")
        await erase(store.link, "slack", "TA", NOON)
        assert set(await kept(store, A)) == {f"{keys.root_of(A)}removed"}
        assert await kept(store, B) == before
        cut += 1
    assert cut > 10


async def test_a_matcher_that_is_late_brings_nothing_back(store: Store) -> None:
    """What was matched before is refused after; matchers read all anew; a new start is free."""
    await furnish(store, A)
    cursor, _ = await store.channels.changed(None)
    await erase(store.link, "slack", "TA", NOON)

    assert await store.outbox.queue([alert(5, A), paper_list("m", (alert(6, A),), A)]) == 0
    assert (await store.channels.changed(cursor))[1] is None
    assert await store.channels.write([channel(A)], None, 1000) is Written.DONE
    assert await removals(store.link) == []
    assert await store.outbox.queue([alert(5, A)]) == 1


async def test_a_removed_tenant_is_not_leased(store: Store) -> None:
    """From the mark on nothing of A is given out, also what comes later; B goes on."""
    for one in (A, B):
        await store.channels.write([channel(one)], None, 1000)
        await store.outbox.queue([alert(1, one)])

    assert await mark(store.link, "slack", "TA", NOON)
    assert not await mark(store.link, "slack", "TA", NOON + timedelta(days=1))
    unset = replace(A, channel="C9")
    await store.outbox.queue([alert(2, A), alert(2, unset)])

    leased = []
    while (
        head := await store.outbox.lease("me", ["slack"], NOON + timedelta(days=2))
    ) is not None:
        leased.append(head.channel)
        await store.outbox.settle(head, Done(Receipt("ts")), NOON)
    assert leased == [B]
    found = await removal(store.link, "slack", "TA")
    assert found is not None
    assert found.at == NOON
    pause = (await store.channels.read(A)).pause
    assert pause is not None
    assert "removed" in pause.reason
    assert (await store.channels.read(B)).pause is None


async def test_a_removal_pauses_channels_only(store: Store) -> None:
    """What is set for the whole tenant is no channel: nobody could resume it."""
    await store.channels.write([channel(A)], None, 1000)
    await store.channels.write([Channel(A.whole, managers=("55",))], None, 1000)
    await mark(store.link, "slack", "TA", NOON)

    assert (await store.channels.read(A)).pause is not None
    assert (await store.channels.read(A.whole)).pause is None
    assert set(await store.outbox.held()) == {A}


async def test_one_that_is_back_waits_for_a_person(store: Store) -> None:
    """Within the time of grace nothing is lost, and nothing is posted before it is resumed."""
    await store.channels.write([channel(A)], None, 1000)
    await store.outbox.queue([alert(1, A)])
    await mark(store.link, "slack", "TA", NOON)

    assert await welcome(store.link, "slack", "TA", NOON)
    assert not await welcome(store.link, "slack", "TA", NOON)
    await store.outbox.queue([alert(2, A)])
    assert await store.outbox.lease("me", ["slack"], NOON + timedelta(days=1)) is None

    assert await store.outbox.resume(A, NOON) == 2
    head = await store.outbox.lease("me", ["slack"], NOON + timedelta(days=1))
    assert head is not None
    assert head.post.key == PostKey("arxiv:2401.00001")


async def test_the_last_mark_goes(store: Store) -> None:
    """After a while even the name of an erased tenant is gone."""
    await furnish(store, A)
    await erase(store.link, "slack", "TA", NOON)
    (found,) = await removals(store.link)

    assert (found.tenant, found.state) == ("TA", State.ERASED)
    await forget_mark(store.link, found)
    assert await kept(store, A) == {}
