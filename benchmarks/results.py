"""What a run of million.py found, and its tables."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import corpus
from measuring import quantile, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agree import Agreement
    from churning import Churn
    from worker import Loaded, Snapshot, Turn

OURS: Final = "paperwire"
PEER: Final = "mokaccino 0.9.1"


@dataclass(slots=True)
class Run:
    """One contender at one size."""

    name: str
    size: int
    loaded: Loaded
    warmed: int
    used_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    found: list[int] = field(default_factory=list)

    def note(self, turn: Turn) -> None:
        """Count one turn."""
        self.used_s += turn.used_s
        self.wall_s += turn.wall_s
        self.found += turn.found

    @property
    def pace(self) -> float:
        """Papers a second of the processor."""
        return len(self.found) / sum(self.used_s)

    @property
    def bytes_each(self) -> float:
        """Bytes of the process a subscription; no contender keeps the text of a query."""
        return self.loaded.bytes / self.size


@dataclass(slots=True)
class Result:
    """All of one run."""

    mix: str
    head: str
    runs: list[Run] = field(default_factory=list)
    churns: dict[int, Churn] = field(default_factory=dict)
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=dict)
    stages: dict[int, dict[str, float]] = field(default_factory=dict)
    reading: dict[str, float] = field(default_factory=dict)
    agreements: list[Agreement] = field(default_factory=list)


def text(result: Result) -> str:
    """The tables as Markdown."""
    parts = [
        _opening(result),
        _main_table(result),
        _change_table(result),
        _stage_table(result),
        _reading_lines(result),
        _agreement_lines(result),
    ]
    return "\n".join(parts)


def _opening(result: Result) -> str:
    size = max(run.size for run in result.runs)
    return (
        f"{result.head}\nWorkload {result.mix} of {corpus.name()}: {_matches(result):,.0f} "
        f"matches a paper at {size:,} subscriptions.\n"
    )


def _matches(result: Result) -> float:
    last = max((run for run in result.runs if run.name == OURS), key=lambda run: run.size)
    return sum(last.found) / len(last.found)


def _main_table(result: Result) -> str:
    rows = []
    for run in result.runs:
        peer = _same(result.runs, PEER, run.size)
        rows.append(
            [
                f"{run.size:,}",
                run.name,
                figure(run.pace),
                f"{figure(run.pace / peer.pace)}×" if peer else "–",
                figure(quantile(run.used_s, 0.5) * 1000),
                figure(quantile(run.used_s, 0.99) * 1000),
                f"{sum(run.found) / len(run.found):,.1f}",
                f"{run.bytes_each:,.0f}" if run.size >= 100_000 else "–",
                f"{run.loaded.add_s:.1f}",
                f"{len(run.found):,}",
            ]
        )
    heads = "subscriptions||papers/s|to mokaccino|p50 ms|p99 ms|matches/paper|bytes each|build s"
    return table([*heads.split("|"), "papers"], rows)


def _change_table(result: Result) -> str:
    rows = []
    for size, churn in result.churns.items():
        snapshot = result.snapshots[size]
        each = [churn.spent_s[k] / churn.counts[k] * 1e6 for k in ("add", "replace", "remove")]
        rows.append(
            [
                f"{size:,}",
                *(f"{us:.1f}" for us in each),
                f"{churn.each_s * 1e6:.1f}",
                f"{max(churn.longest_s.values()) * 1000:.1f}",
                f"{result.used[size] / size:,.0f}",
                f"{snapshot.save_s:.2f}",
                f"{snapshot.load_s:.2f}",
                f"{snapshot.bytes / size:,.0f}",
            ]
        )
    heads = (
        "subscriptions|add µs|replace µs|remove µs|any, with what it costs the next matches µs|"
        "longest ms|bytes each by its own count|save s|load s|bytes each saved"
    )
    return table(heads.split("|"), rows)


def _stage_table(result: Result) -> str:
    last = result.stages[max(result.stages)]
    names = [name for name, seconds in last.items() if seconds * 1e6 >= 1]
    rows = [
        [name, *(f"{one.get(name, 0.0) * 1e6:,.0f}" for one in result.stages.values())]
        for name in names
    ]
    return table(["µs of one paper, at", *(f"{size:,}" for size in result.stages)], rows)


def _reading_lines(result: Result) -> str:
    return "".join(
        f"- Reading a query's text with {name}: {each * 1e6:,.1f} µs.\n"
        for name, each in result.reading.items()
    )


def _agreement_lines(result: Result) -> str:
    return "".join(f"- {one.sentence()}\n" for one in result.agreements)


def _same(runs: Sequence[Run], name: str, size: int) -> Run | None:
    return next((run for run in runs if (run.name, run.size) == (name, size)), None)


def figure(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def facts(result: Result) -> dict[str, Any]:
    """What plots are made of."""
    facts = asdict(result)
    for run, one in zip(facts["runs"], result.runs, strict=True):
        wall, used, found = run.pop("wall_s"), run.pop("used_s"), run.pop("found")
        run |= {
            "papers": len(found),
            "papers_per_s": one.pace,
            "papers_per_s_wall": len(found) / sum(wall),
            "p50_ms": quantile(used, 0.5) * 1000,
            "p99_ms": quantile(used, 0.99) * 1000,
            "p99_wall_ms": quantile(wall, 0.99) * 1000,
            "matches_per_paper": sum(found) / len(found),
            "bytes_each": one.bytes_each,
        }
    return facts | {"load_average": os.getloadavg()[0]}
