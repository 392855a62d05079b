"""Whether a query holds for a paper, by the letter of QUERY.md: what the index is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.match import facts
from bot.match.find import find
from bot.match.texts import Texts
from bot.query.ast import (
    And,
    Author,
    Category,
    Exact,
    Has,
    IdIs,
    Node,
    Not,
    Or,
    Prefix,
    SeenIn,
    Since,
    TypeIs,
    Until,
    Upvotes,
    Words,
)
from bot.text.names import agrees

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model.paper import Paper


def holds(  # noqa: C901, PLR0911, PLR0912  # a line a kind of node
    tree: Node, paper: Paper, now: datetime | None = None, texts: Texts | None = None
) -> bool:
    """Whether the query holds. `texts` saves reading the paper again for the next query.

    `now` serves `since:7d` and `until:7d` alone, which only a search can ask.
    """
    texts = texts or Texts(paper)
    match tree:
        case And(parts=parts):
            return all(holds(part, paper, now, texts) for part in parts)
        case Or(parts=parts):
            return any(holds(part, paper, now, texts) for part in parts)
        case Not(part=part):
            return not holds(part, paper, now, texts)
        case Words() | Prefix() | Exact():
            return any(any(find(tree, text)) for text in texts.of(tree.field))
        case Author(name=name):
            return any(agrees(name, author) for author in paper.authors)
        case Category():
            return facts.in_category(tree, paper)
        case SeenIn(source=source):
            return source in facts.source_names(paper)
        case TypeIs(announced=announced):
            return announced is facts.announced_as(paper)
        case Has(feature=feature):
            return feature in facts.features(paper)
        case Upvotes():
            return facts.has_upvotes(tree, paper)
        case IdIs(paper_id=paper_id):
            return paper_id in facts.ids(paper)
        case Since() | Until():
            return facts.in_time(tree, paper, now)
        case _ as never:
            assert_never(never)
