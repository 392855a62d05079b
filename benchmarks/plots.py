"""Draws the figures of the last written runs: `python benchmarks/plots.py` makes docs/bench-*.svg.

Reads million.json, day.json and startup.json beside this file, as far as they are there. The same
figures give the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

HERE: Final = Path(__file__).parent
DOCS: Final = HERE.parent / "docs"
OURS: Final = "paperwire"
PEER: Final = "mokaccino 0.9.1"
BATCHES: Final = "paperwire, 16 at once"
COLOURS: Final = {
    OURS: "#b31b1b",
    BATCHES: "#e07a5f",
    "paperwire without numba": "#6d597a",
    "paperwire without numba, 16 at once": "#b56576",
    PEER: "#3d5a80",
    "token-set loop": "#8d99ae",
    "regex loop": "#c9ada7",
}

mpl.rcParams.update(
    {
        "svg.hashsalt": "paperwire",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 9,
        "figure.figsize": (5.6, 3.4),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#e5e5e5",
        "grid.linewidth": 0.6,
        "axes.axisbelow": True,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
    }
)


def main() -> None:
    """Draw what there is."""
    if (facts := _read("million")) is not None:
        runs = facts["runs"]
        _save("pace", "Papers a second", _pace, runs)
        _save("ratio", "Papers a second, as a multiple of mokaccino's", _ratio, runs)
        _save("memory", "Memory a subscription", _memory, runs)
        _save("profile", "One paper, by part", _profile, facts["stages"])
    if (facts := _read("day")) is not None:
        _save("growth", "From a feed's bytes to queued alerts", _growth, facts)
    if (facts := _read("startup")) is not None:
        _save("startup", "From nothing to ready to match", _startup, facts)


def _read(name: str) -> Any:
    file = HERE / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _save(name: str, title: str, draw: Any, figures: Any) -> None:
    figure, axes = plt.subplots()
    axes.set_title(title, loc="left", fontsize=10)
    draw(axes, figures)
    file = DOCS / f"bench-{name}.svg"
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    print(f"{file.relative_to(HERE.parent)}: {file.stat().st_size / 1000:.0f} kB")


def _names(runs: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(run["name"] for run in runs))


def _pace(axes: Axes, runs: Sequence[dict[str, Any]]) -> None:
    for name in _names(runs):
        own = [run for run in runs if run["name"] == name]
        _line(axes, name, [run["size"] for run in own], [run["papers_per_s"] for run in own])
    axes.set(xscale="log", yscale="log", xlabel="subscriptions", ylabel="papers/s")
    axes.set_ylim(bottom=1e-3)  # room for the names below the lines
    axes.legend(fontsize=7, loc="lower left")


def _ratio(axes: Axes, runs: Sequence[dict[str, Any]]) -> None:
    peer = {run["size"]: run["papers_per_s"] for run in runs if run["name"] == PEER}
    for name in (BATCHES, OURS):
        own = [run for run in runs if run["name"] == name and run["size"] in peer]
        ratios = [run["papers_per_s"] / peer[run["size"]] for run in own]
        _line(axes, name, [run["size"] for run in own], ratios)
        for run, ratio in zip(own, ratios, strict=True):
            said = f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.1f}×"
            axes.annotate(
                said, (run["size"], ratio), (0, 5), textcoords="offset points", ha="center"
            )
    axes.axhline(1, color=COLOURS[PEER], linewidth=1.6, label=PEER)
    axes.set(xscale="log", yscale="log", xlabel="subscriptions", ylabel="times mokaccino")
    axes.legend(fontsize=8, loc="upper left")


def _memory(axes: Axes, runs: Sequence[dict[str, Any]]) -> None:
    largest = max(run["size"] for run in runs)
    own = [run for run in runs if run["size"] == largest and not run["name"].endswith("at once")]
    for run in own:
        bar = axes.barh(run["name"], run["bytes_each"], color=COLOURS[run["name"]], height=0.6)
        axes.bar_label(bar, fmt="%.0f", padding=3)
    axes.invert_yaxis()
    axes.set(xlabel=f"bytes a subscription at {largest:,}, as the process grew")
    axes.grid(visible=False, axis="y")


def _profile(axes: Axes, stages: dict[str, dict[str, float]]) -> None:
    size = max(stages, key=int)
    parts = sorted(stages[size].items(), key=lambda one: -one[1])[:12]
    bars = axes.barh([n for n, _ in parts], [s * 1e6 for _, s in parts], color=COLOURS[OURS])
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.invert_yaxis()
    axes.set(xlabel=f"µs of one paper at {int(size):,} subscriptions")
    axes.grid(visible=False, axis="y")


def _growth(axes: Axes, figures: Sequence[dict[str, Any]]) -> None:
    base = figures[0]
    names = ("subscriptions", "channels", "papers")
    labels = []
    for one in figures:
        times = [f"{one[k] // base[k]}× {k}" for k in names if one[k] > base[k]]
        labels.append(" and\n".join(times) or " ".join(f"{base[k]:,} {k}\n" for k in names))
    left = [0.0] * len(figures)
    for name, colour in (("bot_s", COLOURS[OURS]), ("store_s", COLOURS[PEER])):
        each = [one[name] / one["alerts"] * 1e6 for one in figures]
        said = "the bot" if name == "bot_s" else "the store"
        axes.barh(labels, each, left=left, color=colour, label=said, height=0.6)
        left = [a + b for a, b in zip(left, each, strict=True)]
    _totals(axes, left, "{:.0f}")
    axes.set(xlabel="processor µs an alert")


def _startup(axes: Axes, starts: Sequence[dict[str, Any]]) -> None:
    parts = (
        ("server_s", "server up, its file loaded", COLOURS[PEER]),
        ("open_s", "connect", COLOURS["token-set loop"]),
        ("read_s", "read and index", COLOURS[OURS]),
        ("first_match_s", "first match", COLOURS[BATCHES]),
    )
    labels = [one["how"].replace(", ", ",\n") for one in starts]
    left = [0.0] * len(starts)
    for key, said, colour in parts:
        each = [one[key] for one in starts]
        axes.barh(labels, each, left=left, color=colour, label=said, height=0.6)
        left = [a + b for a, b in zip(left, each, strict=True)]
    _totals(axes, left, "{:.1f}")
    axes.set(xlabel="seconds")


def _totals(axes: Axes, totals: Sequence[float], form: str) -> None:
    """What stacked bars add up to, and the legend beside them."""
    for place, total in enumerate(totals):
        axes.annotate(
            form.format(total), (total, place), (4, 0), textcoords="offset points", va="center"
        )
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.legend(
        fontsize=8, loc="upper center", bbox_to_anchor=(0.3, -0.18), ncols=4, columnspacing=1
    )


def _line(axes: Axes, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
    axes.plot(xs, ys, marker="o", markersize=4, linewidth=1.6, label=name, color=COLOURS[name])


if __name__ == "__main__":
    main()
