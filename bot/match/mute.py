"""Whether a channel has muted a paper: a list of words, kept apart from its queries."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.match.plain import holds
from bot.match.texts import Texts
from bot.query.ast import Query
from bot.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model.paper import Paper
    from bot.query.ast import Node


def muted(words: Iterable[str], paper: Paper, texts: Texts | None = None) -> str | None:
    """The first muted word that the title or abstract has, as the channel wrote it; None if none.

    A word is read as a query is, so that `GAN` mutes *GANs*; several words are a phrase.
    """
    texts = texts or Texts(paper)
    for word in words:
        tree = muted_tree(word)
        if tree is not None and holds(tree, paper, None, texts):
            return word
    return None


@lru_cache(maxsize=4096)
def muted_tree(word: str) -> Node | None:
    """What a muted word asks for; None when there is nothing in it to look for."""
    text = word.strip()
    is_phrase = " " in text and '"' not in text and ":" not in text
    query = parse(f'"{text}"' if is_phrase else text)
    return query.tree if isinstance(query, Query) else None
