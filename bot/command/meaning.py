"""What a stored query asks for: two ways of writing the same are known as the same. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.query.ast import QueryError
from bot.query.parse import parse

if TYPE_CHECKING:
    from bot.query.ast import Node


@lru_cache(maxsize=4096)
def meaning(query: str) -> Node | str:
    """Its tree, in which *model* and *models* are one; a query that cannot be read is its text."""
    read = parse(query)
    return query if isinstance(read, QueryError) else read.tree
