"""Matching by compiled loops (bot/match/loops.py), where numba is there, once it is worthwhile.

Few subscriptions are matched as fast as they need be without: numba takes 100 MB of memory. What
is compiled is kept in the data folder. A process of its own compiles, and at each start tries what
is kept: so that this one goes on meanwhile, can be stopped, and does not die of a damaged file.
`python -m bot.app.compiling FOLDER` is that process.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Any, Final, cast

import structlog

import bot
from bot.flow.nap import nap
from bot.match.index import Index
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.flow.subscribers import Subscribers
    from bot.match.views import Loops
    from bot.ports import Clock

    Load = Callable[[], Awaitable[Loops | None]]

log = structlog.get_logger()

COMPILED_FROM: Final = 1_000
"""Subscriptions from which loops are worth their memory."""

TRIES: Final = 2
"""The second one begins with an empty folder: what was kept may be damaged."""

_LOOK_S: Final = 5.0
_MORE_WORDS: Final = 99
"""New words of a text that are many enough to be learnt by a loop."""
_KEPT: Final = "compiled"

_SOURCES: Final = (
    *("match/compiled.py", "match/loops.py", "match/word_loops.py", "match/views.py"),
    *("match/hashing.py", "match/marks.py", "match/notes.py", "match/prefixes.py"),
    *("match/surfaces.py", "match/table.py", "text/forms.py", "text/words.py"),
)
"""What is compiled: numba itself looks only at the file that a loop stands in."""


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


async def load_loops(data_dir: Path) -> Loops | None:
    """The loops, ready; None where numba is not installed or does not work: the log says why.

    Takes some seconds of another process the first time, later about one.
    """
    if find_spec("numba") is None:
        log.info("matcher.not_compiled", reason="numba is not installed")
        return None
    try:
        folder = await asyncio.to_thread(folder_for, data_dir / _KEPT)
        for turn in range(TRIES):
            reason = await _compile_apart(folder)
            if not reason:
                return await asyncio.to_thread(compiled_loops, folder)
            if turn + 1 < TRIES:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    except Exception as error:  # noqa: BLE001  # whatever numba lacks: papers match without it
        reason = f"{type(error).__name__}: {error}"
    log.warning("matcher.not_compiled", reason=reason[-300:])
    return None


def compiled_loops(folder: Path) -> Loops:
    """The loops, compiled into the folder or read from there, and held against numpy.

    Raises whatever numba does, and ValueError for loops that find otherwise.
    """
    numba: Any = import_module("numba")
    if numba.config.DISABLE_JIT:
        raise ValueError("NUMBA_DISABLE_JIT is set")
    numba.config.CACHE_DIR = str(folder)
    loops = cast("Loops", import_module("bot.match.loops"))
    check(loops)
    return loops


def folder_for(kept: Path) -> Path:
    """The folder for these loops; what earlier versions compiled is removed."""
    code = Path(bot.__file__).parent
    parts = b"".join((code / name).read_bytes() for name in _SOURCES)
    folder = kept / hashlib.sha256(parts).hexdigest()[:12]
    kept.mkdir(mode=0o700, exist_ok=True)
    for other in kept.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


async def _compile_apart(folder: Path) -> str:
    """Compile in a process of its own; gives why that failed, or an empty text."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(folder)), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if not process.returncode:
        return ""
    lines = said.decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line), f"exit status {process.returncode}")


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
_MORE: Final = " ".join(f"x{word}-y" for word in range(_MORE_WORDS))
_PAPER: Final = Paper(
    id=PaperId("arxiv:2401.00001"),
    title="A language model",
    abstract="On fine-tuning a model, transformers and LoRA: one word more for each loop, as "
    + _MORE,
    authors=("J. Smith",),
    categories=("cs.CL",),
    published_at=datetime(2024, 1, 1, tzinfo=UTC),
    announced=AnnounceType.NEW,
    sources=("arxiv",),
)


if __name__ == "__main__":
    compiled_loops(Path(sys.argv[1]))
