"""Which prefixes a word begins with: a look into the few that begin with its first letters.

Of those in order, the last one that is not after the word is either its longest prefix or goes on
otherwise after a shorter one: so a word is compared with a few of them only.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEAD: Final = 3
"""Letters by which prefixes are looked for first: the language asks for three at least."""


class Prefixes:
    """Clauses by prefix."""

    def __init__(self) -> None:
        self._clauses: dict[str, dict[str, int]] = {}  # by head, then by prefix
        self.heads: dict[str, _Group | None] = {}
        """With what letters prefixes begin; to be read only."""
        self.short = 0
        """How many prefixes are shorter than a head."""
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._clauses.values())

    def set(self, stem: str, clause: int) -> None:
        """Let words that begin so meet this clause; 0: no clause any more."""
        head = stem[:HEAD]
        step = 1 if clause else -1
        self._count += step
        self.short += step * (len(stem) < HEAD)
        clauses = self._clauses.setdefault(head, {})
        self.heads[head] = None
        if clause:
            clauses[stem] = clause
            return
        del clauses[stem]
        if not clauses:
            del self._clauses[head], self.heads[head]

    def met(self, word: str, beyond: int = 0) -> Sequence[int]:
        """The clauses of the prefixes of a word that have more than `beyond` letters."""
        found: Sequence[int] = ()
        head = word[:HEAD]
        if head in self.heads:
            longest, stems, clauses, within = self.heads[head] or self._grouped(head)
            place = bisect_right(stems, word) if longest > beyond else 0
            while place:
                place -= 1
                stem = stems[place]
                if len(stem) <= beyond:
                    break
                if word.startswith(stem):
                    found = clauses[place]
                    if beyond:
                        sizes = [len(one) for one in stems if word.startswith(one)]
                        found = [
                            one for one, size in zip(found, sizes, strict=True) if size > beyond
                        ]
                    break
                place = within[place]
        if self.short:
            heads = [word[:letters] for letters in range(beyond + 1, min(HEAD, len(word)))]
            found = [
                *found,
                *(self._clauses[some][some] for some in heads if some in self._clauses),
            ]
        return found

    def _grouped(self, head: str) -> _Group:
        group = self.heads[head] = _group(self._clauses[head])
        return group


_Group: TypeAlias = tuple[int, list[str], list[tuple[int, ...]], list[int]]
"""Letters of the longest prefix; the prefixes in order. For each: the clauses of all that it
begins with, itself the last; the place behind the longest of the others, 0 if there is none.
"""


def _group(clauses: dict[str, int]) -> _Group:
    stems = sorted(clauses)
    chains: list[tuple[int, ...]] = []
    within: list[int] = []
    for place, stem in enumerate(stems):
        before = place
        while before and not stem.startswith(stems[before - 1]):
            before = within[before - 1]
        within.append(before)
        chains.append((*(chains[before - 1] if before else ()), clauses[stem]))
    return max(map(len, stems)), stems, chains, within
