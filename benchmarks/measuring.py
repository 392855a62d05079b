"""What the benchmarks of the whole bot share: the table's head, quantiles, a process's use."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data import machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TICKS = os.sysconf("SC_CLK_TCK")
_SYNCS = 50


def is_quick() -> bool:
    """Whether a short run was asked for, to see that it works."""
    return "--quick" in sys.argv


def head() -> str:
    """Machine, other work on it, what one sync of its disk costs, and the command."""
    sync_ms = quantile(_syncs_s(), 0.5) * 1000
    load = os.getloadavg()[0]
    command = " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])
    return (
        f"{machine()}. One sync of the disk takes {sync_ms:.1f} ms (median); load average at the "
        f"start {load:.1f}. `{command}`\n"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [columns, ("---", *["---:"] * (len(columns) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def block(name: str, text: str) -> None:
    """Put the text between the marks of this name in README.md beside this file."""
    file = Path(__file__).with_name("README.md")
    begin, end = f"<!-- {name}: made by the script -->\n", f"<!-- {name}: end -->"
    before, _, rest = file.read_text(encoding="utf-8").partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise SystemExit(f"{file} has no marks for {name}: {begin}{end}")
    file.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")


def quantile(values: Iterable[float], share: float) -> float:
    """The value that this share of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))]


def in_ms(seconds: float) -> str:
    """Milliseconds with as many digits as mean something."""
    ms = seconds * 1000
    return f"{ms:,.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 1 else f"{ms:.2f}"


def cpu_s(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True, slots=True)
class Memory:
    """MB that a process holds now, and held at most."""

    now: float
    peak: float


def memory(pid: int | None = None) -> Memory:
    """The resident memory of a process; of this one without a number."""
    lines = Path(f"/proc/{pid or 'self'}/status").read_text().splitlines()
    kb = {name: int(rest.split()[0]) for name, _, rest in map(_pair, lines) if name[:2] == "Vm"}
    return Memory(kb["VmRSS"] / 1024, kb["VmHWM"] / 1024)


def _pair(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _syncs_s() -> list[float]:
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_SYNCS):
            file.write(b"x" * 1_000)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begun)
    return took
