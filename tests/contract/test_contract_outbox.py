"""What every outbox does: the send protocol's half that the store keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kits import TAKEOVER_S
from storing import GENERAL, NOON, OTHER, SLACK, alert, notice, paper_list

from bot.card.post import PaperList
from bot.model.alert import PostKey, Receipt
from bot.ports import Books, Dead, Done, Head, Hold, Later, Marker

if TYPE_CHECKING:
    from datetime import datetime

    from kits import Kit

    from bot.card.post import Post
    from bot.ports import Step

LATE = NOON + timedelta(hours=1)
SENT = Done(Receipt("1"))


async def take(kit: Kit, now: datetime = LATE) -> Head:
    """The head that is due."""
    head = await kit.outbox.lease("one", ["web"], now)
    assert head is not None
    return head


async def send(kit: Kit, step: Step, now: datetime = LATE) -> Head:
    """Lease, mark and settle one post."""
    head = await take(kit, now)
    assert await kit.outbox.mark(head, now)
    assert await kit.outbox.settle(head, step, now)
    return head


async def test_a_key_is_queued_once_for_ever(kit: Kit) -> None:
    """A key is new in a channel once, also after it was posted."""
    assert await kit.outbox.queue([alert(1), alert(1), alert(2), notice()]) == 3
    assert await kit.outbox.queue([alert(1), notice()]) == 0
    assert await kit.outbox.queue([alert(1, OTHER), alert(1, SLACK)]) == 2
    for _ in range(4):
        await send(kit, SENT)

    assert await kit.outbox.queue([alert(1), alert(2), notice()]) == 0
    assert await kit.outbox.queue([alert(1, OTHER)]) == 0


async def test_a_versions_alert_counts_for_the_paper(kit: Kit) -> None:
    """After `#v3`, the paper's own key is known; the other way round a version is new."""
    assert await kit.outbox.queue([alert(1, version=3), alert(1)]) == 1
    assert await kit.outbox.queue([alert(2), alert(2, version=3)]) == 2
    assert await kit.outbox.queue([alert(2, version=3), alert(1)]) == 0
    assert await kit.outbox.queue([alert(1, version=4)]) == 1


async def test_posts_leave_in_order(kit: Kit) -> None:
    """A channel's posts leave in the order they were queued, each with what stands behind it."""
    posts: list[Post] = [alert(1), notice(), alert(2)]
    await kit.outbox.queue(posts)

    heads = [await send(kit, SENT) for _ in posts]

    assert [head.post for head in heads] == posts
    assert [head.waiting for head in heads] == [2, 1, 0]
    assert [head.posted_today for head in heads] == [0, 1, 1]
    assert await kit.outbox.lease("one", ["web"], LATE) is None


async def test_a_busy_tenant_holds_up_no_other(kit: Kit) -> None:
    """Another tenant's post goes out soon, however many wait for the first one's channel."""
    await kit.outbox.queue([alert(number) for number in range(1, 60)])
    await send(kit, SENT)
    await kit.outbox.queue([alert(1, SLACK)])

    served = []
    for _ in range(20):
        head = await kit.outbox.lease("one", ["web", "slack"], LATE)
        assert head is not None
        assert await kit.outbox.settle(head, SENT, LATE)
        served.append(head.channel)

    assert SLACK in served


async def test_a_channel_has_one_sender(kit: Kit) -> None:
    """While one sends, nobody else gets the channel; other channels go on, the oldest first."""
    await kit.outbox.queue([alert(1), alert(2)])
    await kit.outbox.queue([alert(1, OTHER, minute=1)])

    first, second = await take(kit), await take(kit)

    assert (first.channel, second.channel) == (GENERAL, OTHER)
    assert await kit.outbox.lease("two", ["web"], LATE) is None


async def test_only_the_platforms_asked_for(kit: Kit) -> None:
    """A sender gets channels of its own platforms."""
    await kit.outbox.queue([alert(1, SLACK)])

    assert await kit.outbox.lease("one", ["web"], LATE) is None
    assert await kit.outbox.lease("one", [], LATE) is None
    head = await kit.outbox.lease("one", ["web", "slack"], LATE)
    assert head is not None
    assert head.channel == SLACK


async def test_nothing_leaves_before_its_time(kit: Kit) -> None:
    """A post that is to wait is not due earlier, nor is what is queued behind it."""
    await kit.outbox.queue([alert(1)])
    at = LATE + timedelta(minutes=5)
    await send(kit, Later(at, "busy", ambiguous=False))
    await kit.outbox.queue([alert(2)])

    assert await kit.outbox.lease("one", ["web"], at - timedelta(seconds=1)) is None
    assert await kit.desk.next_due_at() == at
    head = await take(kit, at)
    assert (head.post, head.attempts, head.marker) == (alert(1), 1, None)


async def test_a_dead_senders_channel_is_taken_over(hasty: Kit) -> None:
    """After the lease and the longest post another sender has it; the old one's writes fail."""
    await hasty.outbox.queue([alert(1)])
    old = await take(hasty)
    assert await hasty.outbox.mark(old, LATE)
    await hasty.pass_s(TAKEOVER_S)

    new = await take(hasty)

    assert new.fence > old.fence
    assert new.marker == Marker(1, LATE, LATE)
    assert not await hasty.outbox.mark(old, LATE)
    for step in (SENT, Dead("x"), Hold("x"), Later(LATE, "x", ambiguous=True)):
        assert not await hasty.outbox.settle(old, step, LATE)
    assert not await hasty.outbox.gather(old, PostKey("list:a"), LATE)
    assert await hasty.outbox.settle(new, SENT, LATE)
    assert (await hasty.outbox.books()).sent == 1


async def test_a_settled_lease_is_over(kit: Kit) -> None:
    """Nothing is written twice under one lease: the second settle finds it gone."""
    await kit.outbox.queue([alert(1), alert(2)])
    head = await send(kit, SENT)

    assert not await kit.outbox.settle(head, SENT, LATE)
    assert not await kit.outbox.mark(head, LATE)
    assert (await kit.outbox.books()).sent == 1


async def test_a_late_refusal_restores_the_old_marker(kit: Kit) -> None:
    """A certain no to a later attempt leaves the earlier attempt as uncertain as it was (C18)."""
    await kit.outbox.queue([alert(1)])
    await send(kit, Later(LATE, "lost answer", ambiguous=True))

    second = await send(kit, Later(LATE, "busy", ambiguous=False), LATE + timedelta(minutes=1))
    third = await take(kit)

    assert second.marker == Marker(1, LATE, LATE)
    assert third.marker == Marker(1, LATE, LATE)
    assert third.attempts == 2
    assert (await kit.outbox.books()).ambiguous == 1


async def test_a_first_refusal_clears_the_marker(kit: Kit) -> None:
    """A certain no to the first attempt leaves nothing uncertain."""
    await kit.outbox.queue([alert(1)])
    await send(kit, Later(LATE, "busy", ambiguous=False))

    assert (await take(kit)).marker is None
    assert (await kit.outbox.books()).ambiguous == 0


async def test_a_lease_without_attempt_changes_no_marker(kit: Kit) -> None:
    """Giving a lease back without an attempt says nothing of attempts before it."""
    await kit.outbox.queue([alert(1)])
    await send(kit, Later(LATE, "lost answer", ambiguous=True))

    assert await kit.outbox.settle(await take(kit), Later(LATE, "wait", ambiguous=False), LATE)

    assert (await take(kit)).marker == Marker(1, LATE, LATE)


async def test_the_first_uncertain_attempt_is_remembered(kit: Kit) -> None:
    """Of two uncertain attempts the marker knows the last, and when the first was."""
    await kit.outbox.queue([alert(1)])
    again = LATE + timedelta(minutes=1)
    await send(kit, Later(LATE, "lost answer", ambiguous=True))
    await send(kit, Later(again, "lost answer", ambiguous=True), again)

    assert (await take(kit, again)).marker == Marker(2, again, LATE)


async def test_the_next_post_begins_without_a_past(kit: Kit) -> None:
    """Attempts, refusals and the marker belong to one post."""
    await kit.outbox.queue([alert(1), alert(2)])
    await send(kit, Later(LATE, "no", ambiguous=True, refusals=2))
    first = await send(kit, SENT)

    second = await take(kit)

    assert (first.attempts, first.refusals) == (1, 2)
    assert (second.attempts, second.refusals, second.marker) == (0, 0, None)


async def test_a_dead_post_lets_the_next_one_pass(kit: Kit) -> None:
    """What is given up counts as dead, is never queued again, and stops nobody."""
    await kit.outbox.queue([alert(1), alert(2)])
    await send(kit, Dead("too long"))

    assert (await take(kit)).post == alert(2)
    assert await kit.outbox.queue([alert(1)]) == 0
    books = await kit.outbox.books()
    assert (books.dead, books.waiting, books.difference) == (1, 1, 0)


async def test_a_held_channel_waits_for_a_person(kit: Kit) -> None:
    """A held channel keeps its posts, takes new ones, and leaves when it is resumed."""
    await kit.outbox.queue([alert(1)])
    await send(kit, Hold("archived"))
    await kit.outbox.queue([alert(2)])

    assert await kit.outbox.lease("one", ["web"], LATE) is None
    assert await kit.desk.next_due_at() is None
    assert (await kit.outbox.books()).oldest_waiting_at is None
    assert await kit.desk.waiting(GENERAL) == 2

    assert await kit.desk.resume(GENERAL, LATE) == 2
    assert (await take(kit)).post == alert(1)


async def test_resuming_what_was_never_held(kit: Kit) -> None:
    """Resuming makes a waiting channel due, and does nothing to an empty one."""
    assert await kit.desk.resume(GENERAL, LATE) == 0
    await kit.outbox.queue([alert(1)])
    await send(kit, Later(LATE + timedelta(days=1), "busy", ambiguous=False))

    assert await kit.desk.resume(GENERAL, LATE) == 1
    assert (await take(kit)).post == alert(1)


async def test_resuming_does_not_break_a_lease(kit: Kit) -> None:
    """A channel that is being sent to stays with its sender."""
    await kit.outbox.queue([alert(1)])
    head = await take(kit)

    await kit.desk.resume(GENERAL, LATE)

    assert await kit.outbox.lease("two", ["web"], LATE) is None
    assert await kit.outbox.settle(head, SENT, LATE)


async def test_waiting_alerts_become_one_list(kit: Kit) -> None:
    """All waiting alerts become one list at the head, notices behind it; nothing is dropped."""
    alerts = (alert(1), alert(2), alert(3))
    await kit.outbox.queue([alert(1), alert(2), notice(), alert(3)])
    key = PostKey("list:abc")

    assert await kit.outbox.gather(await take(kit), key, LATE)

    head = await take(kit)
    assert head.post == PaperList(key, GENERAL, alerts, LATE)
    assert head.waiting == 1
    assert (await kit.outbox.books()).waiting == 4
    assert await kit.desk.posted_at(GENERAL, alert(1).key) is None
    assert await kit.outbox.settle(head, SENT, LATE)
    assert await kit.outbox.books() == Books(4, 3, 0, 1, 0, NOON)
    assert await kit.desk.posted(GENERAL, key) == head.post
    assert await kit.desk.posted(GENERAL, alert(2).key) == alert(2)
    assert await kit.desk.posted_at(GENERAL, alert(2).key) == LATE
    assert await kit.outbox.queue([alert(1), alert(3)]) == 0


async def test_a_head_that_may_be_out_is_not_gathered(kit: Kit) -> None:
    """An ambiguous head stays what it is; a channel without alerts has nothing to gather."""
    await kit.outbox.queue([alert(1), alert(2)])
    await send(kit, Later(LATE, "lost answer", ambiguous=True))
    head = await take(kit)

    assert not await kit.outbox.gather(head, PostKey("list:abc"), LATE)
    assert await kit.outbox.settle(head, SENT, LATE)

    await kit.outbox.queue([notice()])
    await send(kit, SENT)
    assert not await kit.outbox.gather(await take(kit), PostKey("list:abc"), LATE)


async def test_a_list_is_queued_with_what_it_holds(kit: Kit) -> None:
    """A list's papers do not alert again, and lead to the list."""
    posts = paper_list("abc", (alert(1), alert(2)))

    assert await kit.outbox.queue([posts, posts]) == 1
    assert await kit.outbox.queue([alert(1)]) == 0

    assert (await send(kit, SENT)).post == posts
    assert await kit.desk.posted(GENERAL, alert(2).key) == alert(2)
    assert await kit.desk.posted_at(GENERAL, alert(2).key) == LATE
    assert await kit.outbox.books() == Books(2, 2, 0, 0, 0, None)


async def test_posts_move_with_their_memory(kit: Kit) -> None:
    """Waiting posts go along; what alerted before does not alert in the new place."""
    await kit.outbox.queue([alert(1), alert(2), alert(3)])
    await send(kit, SENT)
    await kit.outbox.queue([alert(3, OTHER)])

    assert await kit.desk.move(GENERAL, OTHER) == 1

    assert await kit.desk.waiting(GENERAL) == 0
    assert await kit.outbox.queue([alert(n, OTHER) for n in (1, 2, 3)]) == 0
    assert [(await send(kit, SENT)).post for _ in range(2)] == [alert(3, OTHER), alert(2, OTHER)]
    assert (await kit.outbox.books()).difference == 0
    assert (await kit.outbox.books()).queued == 3
    assert await kit.desk.move(GENERAL, GENERAL) == 0


async def test_posts_move_there_and_back(kit: Kit) -> None:
    """A move that is taken back loses nothing."""
    await kit.outbox.queue([alert(1), paper_list("a", (alert(2), alert(3)))])

    assert await kit.desk.move(GENERAL, OTHER) == 2
    assert await kit.desk.move(OTHER, GENERAL) == 2

    posts = [(await send(kit, SENT)).post for _ in range(2)]
    assert posts == [alert(1), paper_list("a", (alert(2), alert(3)))]
    assert await kit.desk.posted(GENERAL, alert(3).key) == alert(3)
    assert await kit.outbox.books() == Books(3, 3, 0, 0, 0, None)


async def test_a_post_on_its_way_is_not_moved(kit: Kit) -> None:
    """A head that is being sent, or may be out, ends where it began."""
    await kit.outbox.queue([alert(1), alert(2)])
    head = await take(kit)
    assert await kit.outbox.mark(head, LATE)

    assert await kit.desk.move(GENERAL, OTHER) == 1

    assert await kit.outbox.settle(head, Later(LATE, "lost", ambiguous=True), LATE)
    assert await kit.desk.move(GENERAL, OTHER) == 0
    posts = {(await send(kit, SENT)).post for _ in range(2)}
    assert posts == {alert(1), alert(2, OTHER)}


async def test_what_was_queued_is_found_by_its_key(kit: Kit) -> None:
    """Alerts and lists are found by their key, waiting or posted; notices and others are not."""
    await kit.outbox.queue([alert(1), notice()])

    assert await kit.desk.posted(GENERAL, alert(1).key) == alert(1)
    assert await kit.desk.posted_at(GENERAL, alert(1).key) is None
    await send(kit, SENT)
    assert await kit.desk.posted(GENERAL, alert(1).key) == alert(1)
    assert await kit.desk.posted_at(GENERAL, alert(1).key) == LATE
    assert await kit.desk.posted(GENERAL, notice().key) is None
    assert await kit.desk.posted(OTHER, alert(1).key) is None
    assert await kit.desk.posted_at(OTHER, alert(1).key) is None


async def test_the_day_begins_anew(kit: Kit) -> None:
    """Single alerts are counted by the day in UTC."""
    await kit.outbox.queue([alert(1), alert(2), alert(3)])
    await send(kit, SENT)
    await send(kit, SENT)

    assert (await take(kit, LATE + timedelta(days=1))).posted_today == 0


async def test_the_books_know_the_oldest(kit: Kit) -> None:
    """The oldest waiting post over all channels; an empty outbox has none."""
    assert await kit.outbox.books() == Books(0, 0, 0, 0, 0, None)
    await kit.outbox.queue([alert(1, minute=5)])
    await kit.outbox.queue([alert(1, SLACK, minute=3)])

    assert await kit.outbox.books() == Books(2, 0, 0, 2, 0, NOON + timedelta(minutes=3))
    assert await kit.desk.next_due_at() == NOON + timedelta(minutes=3)


async def test_a_post_that_kills_its_senders_is_put_aside(hasty: Kit) -> None:
    """A post whose senders die again and again is given up; the one behind it goes on (G10)."""
    await hasty.outbox.queue([alert(1), alert(2)])
    for _ in range(5):
        assert (await take(hasty)).post == alert(1)
        await hasty.pass_s(TAKEOVER_S)

    assert (await take(hasty)).post == alert(2)
    books = await hasty.outbox.books()
    assert (books.dead, books.difference) == (1, 0)


async def test_a_long_queue_is_queued_whole(kit: Kit) -> None:
    """More posts than fit in one script are queued in order, and counted."""
    posts = [alert(number) for number in range(1, 1_203)]

    assert await kit.outbox.queue(posts) == 1_202
    assert await kit.outbox.queue(posts) == 0
    assert await kit.desk.waiting(GENERAL) == 1_202
    assert (await take(kit)).waiting == 1_201


async def test_a_head_shows_when_the_channel_got_its_last_post(kit: Kit) -> None:
    """A sender sees that a batch still comes in."""
    await kit.outbox.queue([alert(1), alert(2, minute=3)])

    head = await take(kit)

    assert head.last_queued_at == NOON + timedelta(minutes=3)
    assert replace(head, fence=0).waiting == 1


async def test_what_was_given_up_is_counted_by_the_channel(kit: Kit) -> None:
    """Each channel knows its own, by the reason."""
    assert await kit.desk.put_aside(GENERAL) == {}
    await kit.outbox.queue([alert(1), alert(2), alert(1, OTHER)])
    for _ in range(3):
        head = await take(kit)
        await kit.outbox.settle(head, Dead(f"of {head.channel.channel}"), NOON)

    assert await kit.desk.put_aside(GENERAL) == {"of general": 2}
    assert await kit.desk.put_aside(OTHER) == {f"of {OTHER.channel}": 1}
    assert await kit.desk.put_aside(SLACK) == {}
