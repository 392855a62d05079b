"""From which paper and text the places of a row are, and for which fields they count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bot.match.lists import counting
from bot.query.ast import TextField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike, NDArray

    from bot.model.paper import Paper

CODES: Final = {field: code for code, field in enumerate(TextField)}
FIELDS: Final = len(CODES)

_SERVES: Final = np.array(
    [
        sum(1 << CODES[field] for field in fields)
        for fields in (
            (TextField.ANY, TextField.TITLE, TextField.ALL),
            (TextField.ANY, TextField.ABSTRACT, TextField.ALL),
            (TextField.COMMENT, TextField.ALL),
            (TextField.JOURNAL, TextField.ALL),
            (TextField.ALL,),
        )
    ],
    np.uint8,
)
"""For which fields a clause counts that is met in title, abstract, comment, journal, an author."""

IS_WIDE: Final = [
    field in {TextField.ALL, TextField.COMMENT, TextField.JOURNAL} for field in TextField
]
"""By code: whether a clause about this field needs more read than title and abstract."""

_NARROW_TEXTS: Final = 2
_WIDE_TEXTS: Final = 4
"""Texts that are read of a paper if no query asks for more, and if one does; then its authors."""

IN_TITLE, IN_ABSTRACT, *_ = _SERVES.tolist()
ANY: Final = np.uint8(1 << CODES[TextField.ANY])

BITS: Final = [[code for code in range(FIELDS) if bits >> code & 1] for bits in range(256)]


def of_texts(papers: Sequence[Paper], is_wide: bool) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """The paper that each text is of, and the fields that it serves."""
    if not is_wide:
        count = _NARROW_TEXTS * len(papers)
        texts = counting(count)
        return texts // _NARROW_TEXTS, _SERVES.take(texts % _NARROW_TEXTS)
    owners: list[int] = []
    which: list[int] = []
    for place, paper in enumerate(papers):
        which += range(_WIDE_TEXTS)
        which += [_WIDE_TEXTS] * len(paper.authors)
        owners += [place] * (_WIDE_TEXTS + len(paper.authors))
    return np.array(owners, np.int64), _SERVES.take(which)


class Origins:
    """From which paper and text each place of a row is."""

    __slots__ = ("_ends", "_papers", "_serves")

    def __init__(self, ends: NDArray[Any], papers: Sequence[Paper], is_wide: bool) -> None:
        self._ends = ends
        self._papers, self._serves = of_texts(papers, is_wide)

    def serving(self, places: NDArray[Any]) -> NDArray[np.uint8]:
        """For which fields a clause counts that is met there."""
        return self._serves.take(self._ends.searchsorted(places))

    def papers(self, places: NDArray[Any]) -> list[int]:
        """From which papers these places are."""
        found: list[int] = self._papers.take(self._ends.searchsorted(places)).tolist()
        return found

    def each_paper(self, times: int, dtype: DTypeLike) -> NDArray[Any]:
        """The paper of each place of the row, times this."""
        sizes = self._ends.copy()
        sizes[0] += 1
        sizes[1:] -= self._ends[:-1]
        return (self._papers * times).astype(dtype).repeat(sizes)
