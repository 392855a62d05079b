"""What it costs to read the text of a query, on the made subscriptions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import workload

from bot.query.parse import parse
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def read_s(mix: str, count: int) -> dict[str, float]:
    """Seconds of the processor for one text, by way of reading."""
    texts = list(workload.texts(mix, count))
    return {
        "the quick path for canonical texts": _each(tree_of, texts),
        "the parser": _each(parse, texts),
    }


def _each(read: Callable[[str], object], texts: Sequence[str]) -> float:
    for text in texts[:100]:
        read(text)
    begun = time.process_time()
    for text in texts:
        read(text)
    return (time.process_time() - begun) / len(texts)
