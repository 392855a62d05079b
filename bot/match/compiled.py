"""What makes a loop of Python one that numba compiles. To be imported only where numba is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

    _Loop = TypeVar("_Loop", bound=Callable[..., object])


def compiled(loop: _Loop) -> _Loop:
    """A loop, compiled when it is first called; what is compiled is kept."""
    return cast("_Loop", numba.njit(cache=True)(loop))


def part(loop: _Loop) -> _Loop:
    """A part of a loop: compiled with it. It must stand in the same file.

    numba keeps what it compiled by the date of the loop's file, and looks at no other.
    """
    return cast("_Loop", numba.njit(loop))
