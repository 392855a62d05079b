"""Matching by compiled loops (bot/match/loops.py), where numba is there, once it is worthwhile.

Few subscriptions are matched as fast as they need be without: numba takes 100 MB of memory.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

import structlog

from bot.flow.nap import nap
from bot.match.index import Index
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.flow.subscribers import Subscribers
    from bot.match.views import Loops
    from bot.ports import Clock

    Load = Callable[[], Awaitable[Loops | None]]

log = structlog.get_logger()

COMPILED_FROM: Final = 1_000
"""Subscriptions from which loops are worth their memory."""

_LOOK_S: Final = 5.0
_KEPT: Final = "compiled"


async def match_by_loops(
    subscribers: Subscribers, load: Load, clock: Clock, stop: asyncio.Event
) -> None:
    """Wait for many subscriptions, then match by loops; without any, by numpy as before."""
    while len(subscribers) < COMPILED_FROM and not stop.is_set():
        await nap(clock, _LOOK_S, stop)
    if not stop.is_set():
        loops = await load()
        if loops is not None:
            subscribers.match_by(loops)
            log.info("matcher.compiled", subscriptions=len(subscribers))
    await stop.wait()


async def load_in_thread(data_dir: Path) -> Loops | None:
    """What `compiled_loops` gives, while others get their turn."""
    return await asyncio.to_thread(compiled_loops, data_dir / _KEPT)


def compiled_loops(folder: Path) -> Loops | None:
    """The loops, ready; None where numba is not installed or does not work.

    Takes some seconds the first time, later 0.4: what is compiled is kept in the folder.
    """
    try:
        numba: Any = import_module("numba")
    except ImportError:
        log.info("matcher.not_compiled", reason="numba is not installed")
        return None
    try:
        numba.config.CACHE_DIR = str(folder)
        loops = cast("Loops", import_module("bot.match.loops"))
        check(loops)
    except Exception as error:  # noqa: BLE001  # whatever numba lacks: papers match without it
        log.warning("matcher.not_compiled", reason=f"{type(error).__name__}: {error}"[:300])
        return None
    return loops


def check(loops: Loops) -> None:
    """Have all loops compiled, as when first called; ValueError if they find what is wrong."""
    plain, compiled = Index(), Index(loops)
    for number, text in enumerate(_ASKED):
        tree = tree_of(text)
        assert tree is not None  # noqa: S101  # they are written below
        plain.add(number, tree)
        compiled.add(number, tree)
    expected, found = (sorted(index.match(_PAPER).tolist()) for index in (plain, compiled))
    if found != expected:
        raise ValueError(f"it finds {found} where {expected} is right")


_ASKED: Final = (
    *("language model", "title:model", "finetuning", "fine-tuning a model", "trans*", "=LoRA"),
    *("model -diffusion", "model AND vision", "vision OR diffusion", "author:smith", "cat:cs.CL"),
)
_PAPER: Final = Paper(
    id=PaperId("arxiv:2401.00001"),
    title="A language model",
    abstract="On fine-tuning a model, transformers and LoRA.",
    authors=("J. Smith",),
    categories=("cs.CL",),
    published_at=datetime(2024, 1, 1, tzinfo=UTC),
    announced=AnnounceType.NEW,
    sources=("arxiv",),
)
