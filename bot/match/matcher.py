"""The matches of a paper with all subscriptions; the words of each are found when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.match.explain import explain
from bot.match.index import Index
from bot.match.texts import Texts

if TYPE_CHECKING:
    from bot.match.explain import Explanation
    from bot.model.paper import Paper
    from bot.query.ast import Node


class Match:
    """One paper and the key of one subscription whose query holds for it."""

    __slots__ = ("_paper", "_texts", "_tree", "key")

    def __init__(self, key: str, tree: Node, paper: Paper, texts: Texts) -> None:
        self.key = key
        self._tree = tree
        self._paper = paper
        self._texts = texts

    def explain(self) -> Explanation:
        """The words that made it so and their spans; reads the paper once for all its matches."""
        return explain(self._tree, self._paper, None, self._texts)


class Matcher:
    """An index that also keeps the trees, to say why."""

    def __init__(self) -> None:
        self._index = Index()
        self._numbers: dict[str, int] = {}
        self._held: dict[int, tuple[str, Node]] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, key: str) -> bool:
        return key in self._numbers

    def add(self, key: str, tree: Node) -> None:
        """Match this query from now on; a key that is there already gets the new query."""
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._next
            self._next += 1
        self._index.add(number, tree)
        self._held[number] = (key, tree)

    def remove(self, key: str) -> None:
        """Match it no longer; a key that is not there is no fault."""
        number = self._numbers.pop(key, None)
        if number is not None:
            self._index.remove(number)
            del self._held[number]

    def replace(self, key: str, tree: Node) -> None:
        """Match another query under the same key, at the same place in the order."""
        self.add(key, tree)

    def match(self, paper: Paper) -> tuple[Match, ...]:
        """The matches, in the order in which the subscriptions were added."""
        texts = Texts(paper)
        held = self._held
        return tuple(
            Match(*held[number], paper, texts)
            for number in sorted(self._index.match(paper).tolist())
        )
