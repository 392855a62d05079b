"""Throws requests that Slack never sent at the HTTP door: python benchmarks/slack_door.py [count].

Holds when of all mutated, stale, replayed and malformed requests none is let in and none is
answered 5xx, while every request that Slack did sign is let in once.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: the same requests each time

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from slack_door_rig import Door
from slack_mutate import command_body, mutations, signed


async def ask(count: int) -> tuple[Counter[int], Counter[int], int]:
    """Statuses of forged requests and of replays, and how many commands were heard."""
    door, chance = Door(), Random(3)
    forged: Counter[int] = Counter()
    replayed: Counter[int] = Counter()
    rounds = max(1, count // 1000)
    for number in range(rounds):
        right = signed(command_body(f"list {number}", f"t{number}"), door.now_s)
        assert await door.ask(right) == 200
        for _ in range(100):
            replayed[await door.ask(right)] += 1
        for raw in mutations(chance, right, door.now_s, 900):
            forged[await door.ask(raw)] += 1
        door.clock.advance(1)
    assert len(door.heard.commands) == rounds
    return forged, replayed, rounds


def main() -> None:
    """Print the statuses and the time a request takes."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    began = time.perf_counter()
    forged, replayed, right = asyncio.run(ask(count))
    asked = forged.total() + replayed.total()
    each = (time.perf_counter() - began) / (asked + right) * 1e6
    print(f"forged {dict(forged)}, replayed {dict(replayed)}, right ones heard {right:,}")
    print(f"{asked:,} requests that Slack never sent, {each:.0f} us each with making them")
    raise SystemExit(0 if set(forged) | set(replayed) == {401} else 1)


if __name__ == "__main__":
    main()
