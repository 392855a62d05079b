"""A bar on stderr for whoever looks: it moves by the bytes that were read."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress(files: tuple[str, ...]) -> Iterator[Callable[[int], None]]:
    """A function that is told the position in the present file; the files are read in order."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Matching", total=_size(files))
        done, last = 0, 0

        def step(position: int) -> None:
            nonlocal done, last
            if position < last:  # the next file
                done += last
            last = position
            bar.update(task, completed=done + last)

        yield step


def _size(files: tuple[str, ...]) -> int | None:
    """Bytes of all files; None when standard input or a missing file is among them."""
    try:
        return sum(Path(file).stat().st_size for file in files)
    except OSError:
        return None
