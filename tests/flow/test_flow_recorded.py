"""Recorded feeds through the real readers, `take` and the store's fake."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from fakes import FakeStore
from virtual import FakeClock

from adapters.sources.recorded import batches
from bot.flow.ingest import take
from bot.ports import Batch, EventKind

DATA = Path(os.environ.get("PAPERWIRE_TEST_DATA", "../shared/data"))
RSS = DATA / "responses/arxiv-rss"
VERSIONS = DATA / "hf-daily/versions"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no data")


def read(source: str, path: Path) -> Batch:
    """One recorded answer."""
    (batch,) = batches(source, path)
    assert isinstance(batch, Batch)
    return batch


async def shown(store: FakeStore, batch: Batch, feed: str, *, baseline: bool) -> Counter[str]:
    """What a batch puts on the stream, by kind."""
    clock = store.clock
    taken = await take(batch.papers, feed, store.papers, clock, baseline=baseline)
    return Counter(map(str, taken.events))


async def test_arxiv_day_after_another_class() -> None:
    """A baseline is one class's own: another class past its baseline shows the day as news."""
    store = FakeStore(FakeClock(skips=True))
    ai = read("arxiv", RSS / "2025-10-09_cs.AI.rss.xml")
    both = read("arxiv", RSS / "2025-10-09_cs.CL+cs.LG.rss.xml")
    assert await shown(store, ai, "arxiv/cs.AI", baseline=True) == {"baseline": 160}
    first = await shown(store, both, "arxiv/cs.CL", baseline=False)
    again = await shown(store, both, "arxiv/cs.CL", baseline=False)
    back = await shown(store, ai, "arxiv/cs.AI", baseline=False)

    assert first.total() == len(both.papers) == 204
    assert first["new"] == 112
    assert not again
    assert not set(back) - {"baseline"}


@pytest.mark.parametrize("path", sorted(RSS.glob("20*.rss.xml")), ids=lambda path: path.name)
async def test_every_feed_twice(path: Path) -> None:
    """A recorded feed announces each of its papers once; its Atom form adds nothing."""
    store = FakeStore(FakeClock(skips=True))
    batch = read("arxiv", path)
    atom = read("arxiv", path.with_name(path.name.replace(".rss.", ".atom.")))
    first = await shown(store, batch, "arxiv/x", baseline=False)

    assert first.total() == len(batch.papers)
    assert EventKind.BASELINE not in first
    assert not await shown(store, batch, "arxiv/x", baseline=False)
    assert not set(await shown(store, atom, "arxiv/x", baseline=False)) - {"baseline"}


async def test_votes_of_a_day() -> None:
    """Answers of one day: what was there gets votes, what is added is new, the same is nothing."""
    store = FakeStore(FakeClock(skips=True))
    early = read("huggingface", VERSIONS / "2024-06-12__2024-06-12T170641Z_3ea6a81.json.gz")
    late = read("huggingface", VERSIONS / "2024-06-12__2024-06-13T115001Z_102d3b3.json.gz")
    feed = "huggingface/daily"
    assert await shown(store, early, feed, baseline=True) == {"baseline": len(early.papers)}
    added = {paper.id for paper in late.papers} - {paper.id for paper in early.papers}
    later = await shown(store, late, feed, baseline=False)

    assert later["new"] == len(added) > 0
    assert later["facts"] > 0
    assert set(later) <= {"new", "facts", "baseline"}
    assert not await shown(store, late, feed, baseline=False)
