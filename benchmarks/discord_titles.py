"""Renders hostile papers for Discord: python benchmarks/discord_titles.py [count] [seed] [every].

Holds when no text, as title, author, abstract, matched word, query, label and command, becomes a
mention, markup or a link to another host than it says, in a post, a thread or an answer, every
message is within Discord's limits, and each `every`th title is valid by Discord's
OpenAPI description (jsonschema takes longer than all the rest).
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: the same texts each time

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from discord_made import MARK, generated, hostile_answer, keep, wrong
from discord_schema import described
from slack_made import hostile_card, hostile_titles

from adapters.discord.render import render_answer, render_post


async def run(count: int, seed: int, every: int) -> bool:
    """Print the count, the faults and the time a card takes; whether there was none."""
    faults, took, posts, answers, judged = [], 0.0, 0, 0, 0
    for at, title in enumerate((*hostile_titles(), *generated(Random(seed), count))):
        alert, found = hostile_card(title), hostile_answer(title)
        began = time.process_time()
        post = await render_post(alert, MARK, keep)
        messages = await render_answer(found, keep, asked="/papers search x")
        took += time.process_time() - began
        posts, answers = posts + 1, answers + len(messages)
        is_judged = at % every == 0 and described() is not None
        judged += is_judged * (1 + len(messages))
        faults += [(title, fault) for fault in wrong(post, described=is_judged)]
        for message in messages:
            told = wrong(message, described=is_judged, is_answer=True)
            faults += [(title, fault) for fault in told]
    for title, fault in faults[:20]:
        print(f"{fault}: {title!r}")
    print(
        f"{posts:,} titles, seed {seed}: {posts:,} posts and {answers:,} messages of answers, "
        f"{judged:,} of them held against the description: {len(faults)} faults, "
        f"{took / posts * 1e6:.0f} us a title"
    )
    return not faults


def main() -> None:
    """Read the arguments and run."""
    given = [int(one) for one in sys.argv[1:]]
    count, seed, every = (*given, *(100_000, 1, 10)[len(given) :])
    raise SystemExit(0 if asyncio.run(run(count, seed, every)) else 1)


if __name__ == "__main__":
    main()
