"""Completion on the page: what is set in its channel, and what was searched for lately."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from asking import GENERAL, World, paper

from bot.app.page import PageFacts
from bot.flow.watch import Metrics


async def test_the_page_completes_what_was_searched_for() -> None:
    """The newest search first; options that do nothing on the page are not offered."""
    world = await World().know(paper(1, "Diffusion"))
    for text in ("search diffusion since:7d", "search graphs", "subscribe gan"):
        await world.ask(text)
    kept: Any = SimpleNamespace(store=world.store)
    facts = PageFacts(kept, world.clock, Metrics(), "me", asyncio.Event()).facts()

    searched = [one.text for one in await facts.complete(GENERAL, "/papers search ")]
    options = [one.text for one in await facts.complete(GENERAL, "/papers edit 1 --")]
    assert searched == ["/papers search graphs", "/papers search diffusion since:7d"]
    assert options == ["/papers edit 1 --name ", "/papers edit 1 --types "]
