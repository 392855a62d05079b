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
        self._trees: dict[str, Node] = {}

    def __len__(self) -> int:
        return len(self._trees)

    def __contains__(self, key: str) -> bool:
        return key in self._trees

    def add(self, key: str, tree: Node) -> None:
        """Match this query from now on; a key that is there already gets the new query."""
        self._index.add(key, tree)
        self._trees[key] = tree

    def remove(self, key: str) -> None:
        """Match it no longer; a key that is not there is no fault."""
        self._index.remove(key)
        self._trees.pop(key, None)

    def replace(self, key: str, tree: Node) -> None:
        """Match another query under the same key, at the same place in the order."""
        self.add(key, tree)

    def match(self, paper: Paper) -> tuple[Match, ...]:
        """The matches, in the order in which the subscriptions were added."""
        texts = Texts(paper)
        return tuple(
            Match(key, self._trees[key], paper, texts) for key in self._index.match(paper)
        )
