"""What every store of papers does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storing import NOON, paper, record

from bot.model.paper import PaperId
from bot.ports import EventKind, PaperWrite

if TYPE_CHECKING:
    from kits import Kit


async def test_a_remembered_paper_is_known(kit: Kit) -> None:
    """What is remembered comes back equal, with a revision one higher."""
    written = record(paper())

    assert await kit.papers.remember([PaperWrite(written, EventKind.NEW)]) == [True]

    known = await kit.papers.known([written.id, PaperId("arxiv:9999.00001")])
    assert list(known) == [written.id]
    assert known[written.id].revision == 1
    assert known[written.id].paper == written.paper
    assert known[written.id].shown_in == written.shown_in
    assert known[written.id].first_seen_at == NOON


async def test_the_loser_of_two_writers_changes_nothing(kit: Kit) -> None:
    """A write made from an old revision is refused, with its event."""
    write = PaperWrite(record(paper()), EventKind.NEW)

    assert await kit.papers.remember([write, write]) == [True, False]
    assert await kit.papers.remember([write]) == [False]

    assert len(await kit.papers.since("0", 10) or ()) == 1


async def test_a_doi_leads_to_the_arxiv_paper(kit: Kit) -> None:
    """A paper is found by its journal's DOI, and by arXiv's own, in any case."""
    write = PaperWrite(record(paper(7, doi="10.1000/ABC")), EventKind.NEW)
    await kit.papers.remember([write])
    asked = [PaperId("doi:10.1000/abc"), PaperId("doi:10.48550/arxiv.2401.00007")]

    known = await kit.papers.known(asked)

    assert [known[one].id for one in asked] == ["arxiv:2401.00007"] * 2


async def test_an_arxiv_paper_joins_the_record_of_its_doi(kit: Kit) -> None:
    """A paper first known by its DOI stays one record when arXiv shows it."""
    first = record(paper(name="doi:10.1000/x"))
    await kit.papers.remember([PaperWrite(first, EventKind.NEW)])
    joined = paper(3, doi="10.1000/x")
    second = record(joined, revision=1)
    second = type(second)(
        first.id, 1, second.first_seen_at, second.shown_in, second.alerted_version, joined
    )

    assert await kit.papers.remember([PaperWrite(second, None)]) == [True]

    known = await kit.papers.known([joined.id])
    assert known[joined.id].id == first.id
    assert known[joined.id].paper == joined


async def test_an_event_tells_what_was_before(kit: Kit) -> None:
    """A change of facts carries the paper as it stood; other events carry none."""
    await kit.papers.remember([PaperWrite(record(paper(1)), EventKind.NEW)])
    later = record(paper(1, doi="10.1/x"), revision=1)
    await kit.papers.remember([PaperWrite(later, EventKind.FACTS, before=paper(1))])

    first, second = await kit.papers.read("one", 10, 0)

    assert (first.kind, first.paper, first.before) == (EventKind.NEW, paper(1), None)
    assert (second.kind, second.paper, second.before) == (
        EventKind.FACTS,
        later.paper,
        paper(1),
    )


async def test_no_event_no_entry(kit: Kit) -> None:
    """A write without event is stored and puts nothing on the stream."""
    await kit.papers.remember([PaperWrite(record(paper()), None)])

    assert await kit.papers.read("one", 10, 0) == []
    assert await kit.papers.since("0", 10) == []


async def test_readers_share_the_events(kit: Kit) -> None:
    """Each event goes to one reader of the group, in order, with the paper as it stood."""
    papers = [paper(number) for number in range(1, 6)]
    await kit.papers.remember([PaperWrite(record(one), EventKind.CROSS) for one in papers])

    first = await kit.papers.read("one", 3, 0)
    second = await kit.papers.read("two", 3, 0)

    assert [event.paper for event in (*first, *second)] == papers
    assert {event.kind for event in first} == {EventKind.CROSS}
    assert await kit.papers.read("one", 3, 0) == []


async def test_acknowledging_is_free_to_repeat(kit: Kit) -> None:
    """An event is acknowledged as often as one likes; none at all is fine too."""
    await kit.papers.remember([PaperWrite(record(paper()), EventKind.NEW)])
    events = await kit.papers.read("one", 3, 0)

    for _ in range(2):
        await kit.papers.acknowledge(events)
    await kit.papers.acknowledge([])

    assert await kit.papers.read("one", 3, 0) == []
    assert len(await kit.papers.since("0", 10) or ()) == 1


async def test_a_cursor_reads_on(kit: Kit) -> None:
    """A reader with a cursor gets what came after it, and nothing twice."""
    for number in range(1, 4):
        await kit.papers.remember([PaperWrite(record(paper(number)), EventKind.NEW)])

    first = await kit.papers.since("0", 2) or ()
    rest = await kit.papers.since(first[-1].id, 10) or ()

    assert [event.paper.id for event in (*first, *rest)] == [paper(n).id for n in (1, 2, 3)]
    assert await kit.papers.since(rest[-1].id, 10) == []


async def test_a_cursor_from_another_store_is_refused(kit: Kit) -> None:
    """A cursor ahead of the stream says that this is not the store it came from."""
    assert await kit.papers.since("99999999999999-0", 10) is None


async def test_recent_papers_stand_in_order_of_change(kit: Kit) -> None:
    """All kept papers come, the one changed last at the end."""
    for number in (1, 2, 3):
        await kit.papers.remember([PaperWrite(record(paper(number)), EventKind.BASELINE)])
    await kit.papers.remember([PaperWrite(record(paper(1), revision=1), None)])

    found = [one.id async for one in kit.papers.recent()]

    assert found == [paper(number).id for number in (2, 3, 1)]


async def test_waiting_ends(kit: Kit) -> None:
    """A reader that waits for nothing comes back with nothing."""
    assert await kit.papers.read("one", 1, 0.01) == []
