"""Renders hostile papers for Slack: python benchmarks/slack_titles.py [count] [seed].

Holds when no text, as title, author, abstract and matched word, becomes a mention or a link to
another host than it says, and every message is within Slack's limits.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: the same texts each time

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from slack_check import lies, mentions, problems
from slack_made import generated, hostile_card, hostile_titles

from adapters.slack.render import render_post


def main() -> None:
    """Print the count, the faults and the time a card takes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    faults, took = [], 0.0
    for title in (*hostile_titles(), *generated(Random(seed), count)):
        card = hostile_card(title)
        began = time.perf_counter()
        payload = render_post(card).payload()
        took += time.perf_counter() - began
        faults += [
            (title, fault) for fault in (*problems(payload), *mentions(payload), *lies(payload))
        ]
    for title, fault in faults[:20]:
        print(f"{fault}: {title!r}")
    print(f"{count:,} titles, seed {seed}: {len(faults)} faults, {took / count * 1e6:.0f} us each")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
