"""The compiled loops for tests: numba is among what tests need."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from bot.match.views import Loops


def loops() -> Loops:
    """The loops, compiled when they are first called."""
    return cast("Loops", import_module("bot.match.loops"))
