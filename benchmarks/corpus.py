"""The papers of the benchmarks: recorded ones, or where there are none made-up ones.

What is measured comes from the newest recorded month; queries are drawn from all other months.
The made-up papers have words, names and classes as skewed as the real ones (Zipf), no sense, and
are the same each time.
"""

from __future__ import annotations

import random  # noqa: TID251  # a benchmark seeds its own
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from data import DATA, papers

from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.categories import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = 20261123
WARMING = 6_000
"""Papers that a bot read before: those of some days."""
MADE_UP_SOURCE = 20_000
MADE_UP_MEASURED = 8_000
_VOCABULARY = 60_000
_LITTLE_WORDS = "the of and a to in we for is that with on by as an this from are"


def is_real() -> bool:
    """Whether recorded papers were found."""
    return bool(_files())


def name() -> str:
    """What a figure's reader has to know of the papers."""
    return "recorded arXiv papers" if is_real() else "made-up papers (no recorded ones found)"


def key() -> str:
    """Changes with the papers: part of the name of what is kept of them."""
    return " ".join(f"{file.name}:{file.stat().st_size}" for file in _files()) or "made up"


def source() -> Iterator[Paper]:
    """The papers whose words people ask for."""
    if is_real():
        yield from papers(_files()[:-1])
    else:
        yield from made_up(MADE_UP_SOURCE, SEED)


def measured(count: int) -> list[Paper]:
    """Papers of a month that no query was drawn from, shuffled."""
    found = _month()
    assert count <= len(found), f"{len(found):,} papers are all there are"
    return found[:count]


@cache
def _month() -> list[Paper]:
    files = _files()
    found = list(papers(files[-1:]) if files else made_up(MADE_UP_MEASURED, SEED + 1))
    random.Random(SEED).shuffle(found)
    return found


@cache
def _files() -> tuple[Path, ...]:
    return tuple(sorted(DATA.glob("papers/*/*.jsonl.gz")))


def made_up(count: int, seed: int) -> Iterator[Paper]:
    """Papers of nobody about nothing."""
    chance = random.Random(seed)
    words, weights = _vocabulary()
    for number in range(count):
        text = chance.choices(words, cum_weights=weights, k=chance.randint(120, 280))
        size = chance.randint(6, 13)
        at = datetime(2025, 1, 1 + number % 28, tzinfo=UTC)
        yield Paper(
            id=PaperId(f"arxiv:{2401 + seed % 2}.{number:05}"),
            title=" ".join(text[:size]).capitalize(),
            abstract=" ".join(text[size:]).capitalize() + ".",
            authors=tuple(_name(chance) for _ in range(chance.randint(1, 8))),
            categories=tuple(
                dict.fromkeys(chance.choices(*_classes(), k=chance.choice((1, 2, 3))))
            ),
            published_at=at,
            announced=AnnounceType.NEW,
            sources=("arxiv",),
        )


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Made words and their cumulated weights; the little words of English are the commonest."""
    chance = random.Random(SEED)
    words = dict.fromkeys(_LITTLE_WORDS.split())
    while len(words) < _VOCABULARY:
        words["".join(_syllable(chance) for _ in range(chance.choice((2, 2, 3, 3, 4))))] = None
    return list(words), list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))


def _syllable(chance: random.Random) -> str:
    return chance.choice("bdfgklmnprstv") + chance.choice("aeiou") + chance.choice(("", "n", "r"))


def _name(chance: random.Random) -> str:
    words = _vocabulary()[0]
    given, family = words[200 + chance.randrange(400)], words[1_000 + chance.randrange(4_000)]
    return f"{given.capitalize()} {family.capitalize()}"


@cache
def _classes() -> tuple[list[str], list[float]]:
    classes = list(CLASSES)
    random.Random(SEED).shuffle(classes)
    return classes, [1 / (rank + 1) for rank in range(len(classes))]
