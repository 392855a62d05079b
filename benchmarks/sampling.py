"""Where the processor's time goes: a signal each few milliseconds of work, and where it struck.

Nothing is slowed down or wrapped; waiting is not counted.
"""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from data import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    Classify = Callable[[str, str], str | None]
    """Says of a file (below the repository, else its name alone) and a function what part it is;
    None: ask the caller's."""

EVERY_S: Final = 0.002
"""The kernel rounds it up to its own tick, 4 ms on most."""


class Sampler:
    """Counts by part while its context lasts; for the main thread."""

    def __init__(self, classify: Classify) -> None:
        self._classify = classify
        self._files: dict[str, str] = {}
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        signal.signal(signal.SIGPROF, self._strike)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0.0)

    def shares(self) -> dict[str, float]:
        """The share of each part, the largest first."""
        total = max(1, self.counts.total())
        return {name: count / total for name, count in self.counts.most_common()}

    def _strike(self, _number: int, frame: FrameType | None) -> None:
        while frame is not None:
            part = self._classify(self._file(frame.f_code.co_filename), frame.f_code.co_name)
            if part is not None:
                self.counts[part] += 1
                return
            frame = frame.f_back
        self.counts["elsewhere"] += 1

    def _file(self, name: str) -> str:
        known = self._files.get(name)
        if known is None:
            path = Path(name)
            known = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else name
            self._files[name] = known
        return known
