"""The compiled loops for tests: numba is among what tests need."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bot.app.compiling import folder_for

if TYPE_CHECKING:
    from bot.match.views import Loops


def loops() -> Loops:
    """The loops, compiled when they are first called.

    What is kept goes by all sources, as in the bot: numba itself looks at a loop's own file only.
    """
    config: Any = import_module("numba").config
    if not config.CACHE_DIR:
        kept = Path(__file__).parent.parent / ".pytest_cache" / "compiled"
        kept.parent.mkdir(exist_ok=True)
        config.CACHE_DIR = str(folder_for(kept))
    return cast("Loops", import_module("bot.match.loops"))
