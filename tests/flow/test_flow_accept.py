from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flow_made import MONDAY, arxiv, hugging

from bot.flow.accept import decide
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.ports import EventKind, PaperRecord

if TYPE_CHECKING:
    from datetime import datetime

NEW, CROSS = AnnounceType.NEW, AnnounceType.CROSS
REPLACE, REPLACE_CROSS = AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS
CL, LG, HF, PAST = "arxiv/cs.CL", "arxiv/cs.LG", "huggingface/daily", "backfill/arxiv"


@dataclass
class Memory:
    """What the store would know after each sighting."""

    record: PaperRecord | None = None
    now: datetime = MONDAY

    def see(self, paper: Paper, feed: str, *, baseline: bool = False) -> EventKind | None:
        """Show a paper; what goes on the stream."""
        write = decide(self.record, paper, feed, baseline=baseline, now=self.now)
        if write is None:
            return None
        self.record = replace(write.record, revision=write.record.revision + 1)
        return write.event


Story = list[tuple[str, Paper, bool, str | None]]

V1 = arxiv(1)
V1_CROSS = arxiv(1, announced=CROSS)
V2 = arxiv(1, version=2, announced=REPLACE, abstract="Better.")
V2_CROSS = arxiv(1, version=2, announced=REPLACE_CROSS, abstract="Better.")
WIDER = arxiv(1, categories=("cs.CL", "cs.LG"), announced=CROSS)
LIKED = hugging(1, upvotes=20)
MORE_LIKED = hugging(1, upvotes=60)
CODED = hugging(1, upvotes=20, code_links=("https://github.com/a/b",))

STORIES: dict[str, Story] = {
    "first sight is announced as the feed says": [(CL, V1, False, "new")],
    "a cross-list that was never seen": [(LG, V1_CROSS, False, "cross")],
    "a replacement that was never seen": [(CL, V2, False, "replace")],
    "a replaced cross-list that was never seen": [(LG, V2_CROSS, False, "replace")],
    "a baseline is for the archive only": [(CL, V1, True, "baseline")],
    "the same again is nothing": [(CL, V1, False, "new"), (CL, V1, False, None)],
    "the baseline's batch again is nothing": [(CL, V1, True, "baseline"), (CL, V1, False, None)],
    "another feed of the same source adds nothing": [
        (CL, V1, False, "new"),
        (LG, V1_CROSS, False, None),
        (LG, V1_CROSS, False, None),
    ],
    "cross first, new later: the type is stronger": [
        (LG, V1_CROSS, False, "cross"),
        (CL, V1, False, "new"),
        (LG, V1_CROSS, False, None),
        (CL, V1, False, None),
    ],
    "known from a baseline, a feed shows it for the first time": [
        (CL, V1, True, "baseline"),
        (LG, V1_CROSS, False, "cross"),
        (CL, V1, False, None),
        (LG, V1_CROSS, False, None),
    ],
    "two baselines are two baselines": [
        (CL, V1, True, "baseline"),
        (LG, V1_CROSS, True, None),
        (CL, V1, False, None),
        (LG, V1_CROSS, False, None),
    ],
    "known from the past, then announced": [
        (PAST, V1, True, "baseline"),
        (CL, V1, False, "new"),
        (CL, V1, False, None),
    ],
    "announced, then found in the past": [(CL, V1, False, "new"), (PAST, V1, True, None)],
    "known from the past, then replaced": [
        (PAST, V1, True, "baseline"),
        (CL, V2, False, "replace"),
        (LG, V2_CROSS, False, None),
    ],
    "a new version is a replacement, once": [
        (CL, V1, False, "new"),
        (CL, V2, False, "replace"),
        (LG, V2_CROSS, False, None),
        (CL, V2, False, None),
    ],
    "replaced cross-list first, replacement later: the same change": [
        (CL, V1, False, "new"),
        (LG, V2_CROSS, False, "replace"),
        (CL, V2, False, "baseline"),
        (CL, V2, False, None),
    ],
    "a baseline paper replaced": [(CL, V1, True, "baseline"), (CL, V2, False, "replace")],
    "an old version shown again is nothing": [
        (CL, V2, False, "replace"),
        (CL, V1, False, None),
        (CL, V2, False, None),
    ],
    "a later version called new by its own source is a replacement": [
        (CL, V1, False, "new"),
        (CL, replace(V1, version=2), False, "replace"),
        (CL, replace(V1, version=2), False, None),
    ],
    "its class grew": [
        (CL, V1, False, "new"),
        (LG, WIDER, False, "cross"),
        (LG, WIDER, False, None),
    ],
    "cross-listed with its later version, then replaced": [
        (CL, V1, False, "new"),
        (LG, replace(WIDER, version=2, abstract="Better."), False, "cross"),
        (CL, V2, False, "replace"),
        (LG, replace(WIDER, version=2, abstract="Better."), False, None),
        (CL, V2, False, None),
    ],
    "a newly watched class's baseline does not swallow a replacement": [
        (CL, V1, False, "new"),
        (LG, V2_CROSS, True, None),
        (CL, V2, False, "replace"),
    ],
    "arXiv, then Hugging Face": [
        (CL, V1, False, "new"),
        (HF, LIKED, False, "new"),
        (HF, LIKED, False, None),
        (CL, V1, False, None),
    ],
    "Hugging Face, then arXiv": [
        (HF, LIKED, False, "new"),
        (CL, V1, False, "new"),
        (CL, V1, False, None),
        (HF, LIKED, False, None),
    ],
    "a baseline at arXiv, new at Hugging Face": [
        (CL, V1, True, "baseline"),
        (HF, LIKED, False, "new"),
        (CL, V1, False, None),
    ],
    "votes grow": [
        (HF, LIKED, False, "new"),
        (HF, MORE_LIKED, False, "facts"),
        (HF, MORE_LIKED, False, None),
    ],
    "votes of a baseline paper grow": [
        (HF, LIKED, True, "baseline"),
        (HF, MORE_LIKED, False, "facts"),
    ],
    "votes in a baseline are for the archive": [
        (CL, V1, False, "new"),
        (HF, LIKED, True, "baseline"),
        (HF, MORE_LIKED, False, "facts"),
    ],
    "code appears": [
        (HF, LIKED, False, "new"),
        (HF, CODED, False, "facts"),
        (HF, LIKED, False, None),
    ],
    "a corrected title is for the archive": [
        (CL, V1, False, "new"),
        (CL, replace(V1, title="A study of widgets."), False, "baseline"),
    ],
    "re-dated is nothing": [
        (CL, V1, False, "new"),
        (CL, replace(V1, published_at=MONDAY + timedelta(days=900)), False, None),
    ],
}


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str) -> None:
    """Each sighting puts on the stream what it says, and nothing else."""
    memory = Memory()
    said = [memory.see(paper, feed, baseline=base) for feed, paper, base, _ in STORIES[name]]

    assert said == [expected for *_, expected in STORIES[name]]


def test_late_facts() -> None:
    """Votes count for 30 days; after that only the archive hears of them."""
    for days, kind in ((30, EventKind.FACTS), (31, EventKind.BASELINE)):
        memory = Memory()
        memory.see(LIKED, HF)
        memory.now = MONDAY + timedelta(days=days)
        assert memory.see(MORE_LIKED, HF) is kind


def test_facts_bring_the_paper_as_it_was() -> None:
    """A change of facts carries the paper before it, other changes do not."""
    memory = Memory()
    memory.see(LIKED, HF)
    write = decide(memory.record, MORE_LIKED, HF, baseline=False, now=MONDAY)

    assert write is not None
    assert write.before is not None
    assert write.record.paper is not None
    assert (write.before.upvotes, write.record.paper.upvotes) == (20, 60)


def test_forgotten_paper() -> None:
    """Of a paper of long ago only the id is known: a later version is news, the same is not."""
    long_ago = PaperRecord(V1.id, 3, MONDAY, frozenset({CL}), 1, None)

    assert Memory(long_ago).see(V1, CL) is None
    assert Memory(long_ago).see(V1, LG) is None
    assert Memory(long_ago).see(V1, CL, baseline=True) is None
    assert Memory(long_ago).see(V2, CL) is EventKind.REPLACE
    assert Memory(long_ago).see(V1_CROSS, LG) is EventKind.CROSS
    assert Memory(long_ago).see(LIKED, HF) is EventKind.NEW
    memory = Memory(long_ago)
    memory.see(V2, CL)
    assert memory.see(V2, CL) is None


@pytest.mark.parametrize("order", [(V1, LIKED), (LIKED, V1)])
def test_merged_in_either_order(order: tuple[Paper, Paper]) -> None:
    """ArXiv's text and classes, Hugging Face's votes, both sources, whichever came first."""
    memory = Memory()
    for paper in order:
        memory.see(replace(paper, title=paper.sources[0]), HF if paper is LIKED else CL)

    assert memory.record is not None
    merged = memory.record.paper
    assert merged is not None
    assert merged.title == "arxiv"
    assert merged.categories == ("cs.CL",)
    assert merged.upvotes == 20
    assert set(merged.sources) == {"arxiv", "huggingface"}
    assert merged.announced is NEW


def test_version_of_votes_is_not_believed() -> None:
    """Hugging Face knows no versions: its entry leaves a replacement what it is."""
    memory = Memory()
    memory.see(V2, CL)
    memory.see(LIKED, HF)

    assert memory.record is not None
    assert memory.record.paper is not None
    assert memory.record.paper.version == 2
    assert memory.record.paper.announced is REPLACE
    assert memory.record.paper.abstract == "Better."


def test_code_links_are_joined() -> None:
    """Links from the abstract and from Hugging Face stand together, each once."""
    memory = Memory()
    memory.see(replace(V1, code_links=("https://github.com/x/y",)), CL)
    memory.see(CODED, HF)

    assert memory.record is not None
    assert memory.record.paper is not None
    assert memory.record.paper.code_links == ("https://github.com/x/y", "https://github.com/a/b")


def test_alias_keeps_the_record() -> None:
    """A paper that came by another id is remembered under the record's."""
    record = PaperRecord(V1.id, 1, MONDAY, frozenset({CL}), 1, V1)
    seen = replace(V2, id=PaperId("doi:10.48550/arxiv.2603.00001"))
    write = decide(record, seen, CL, baseline=False, now=MONDAY)

    assert write is not None
    assert write.record.paper is not None
    assert write.record.id == write.record.paper.id == V1.id


def test_nothing_grows_without_end() -> None:
    """A source that shows other classes and links at each look does not make a record grow."""
    memory = Memory()
    for look in range(50):
        classes = tuple(f"cs.{look}x{number}" for number in range(50))
        link = (f"https://github.com/a/b{look}",)
        memory.see(arxiv(1, categories=classes, code_links=link), CL)
    assert memory.record is not None
    paper = memory.record.paper
    assert paper is not None
    assert len(paper.categories) == 100
    assert len(paper.code_links) <= 100


def test_other_classes_in_the_same_feed_are_no_cross_list() -> None:
    """A feed that shows a paper with other classes, and calls it new as before, tells nothing."""
    memory = Memory()
    memory.see(V1, CL, baseline=True)
    assert memory.see(arxiv(1, categories=("cs.CL", "math.ST")), CL) is EventKind.BASELINE
    crossed = arxiv(1, categories=("cs.CL", "math.ST", "cs.LG"), announced=CROSS)
    assert memory.see(crossed, CL) is EventKind.CROSS
