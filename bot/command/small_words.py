"""Words of a title that tell nothing by themselves."""

from __future__ import annotations

from typing import Final

SMALL_WORDS: Final = frozenset(
    "about above across after against all along among and any are around as at based be before "  # noqa: SIM905 - a column of sixty words reads worse
    "behind beyond but by can does for from has have how in into is it its more nor not of off on "
    "onto or our out over per some than that the their them then there these they this those "
    "through to toward towards under upon using via was what when where which while who why will "
    "with within without you your".split()
)
