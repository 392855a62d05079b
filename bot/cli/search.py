"""`paperwire search`: the papers seen, newest first."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import click

from bot.app.opened import opened
from bot.cli.options import quiet_settings
from bot.cli.say import Stop, caret, note, one_line, whole
from bot.flow.index_archive import step
from bot.query.ast import Query
from bot.query.parse import Use, parse
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from bot.model.paper import Paper
    from bot.ports import Hits
    from bot.settings import Settings


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="The language is that of subscriptions, with since: and until: besides.",
)
@click.argument("words", metavar="QUERY", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--limit", type=click.IntRange(1, 10_000), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each paper.")
def search(words: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """Search the papers seen so far, newest first."""
    query = parse(whole(" ".join(words)), Use.SEARCH)
    if not isinstance(query, Query):
        raise Stop(f"{one_line(query.message)}\n{caret(query)}")
    hits = asyncio.run(_hits(quiet_settings(), query, limit))
    for paper in hits.papers:
        sys.stdout.write((json.dumps(_record(paper)) if as_json else _text(paper)) + "\n")
    if not hits.papers:
        note("No paper seen so far matches.")
    elif hits.more:
        note(f"There are more; this shows {limit}. --limit shows more.")


async def _hits(settings: Settings, query: Query, limit: int) -> Hits:
    clock, chance = SystemClock(), SystemChance()
    async with opened(settings, clock, chance) as kept:
        while await step(kept.store.papers, kept.archive):
            pass  # what came in since the archive was last fed
        return await kept.archive.search(query, clock.now(), limit, 0)


def _text(paper: Paper) -> str:
    authors = ", ".join(paper.authors[:3]) + (" and others" if len(paper.authors) > 3 else "")  # noqa: PLR2004 - as on a card
    about = " · ".join(filter(None, (authors, " ".join(paper.categories))))
    return (
        one_line(f"{paper.published_at:%Y-%m-%d}  {paper.title}")
        + "\n"
        + one_line(f"            {paper.url}  {about}")
    )


def _record(paper: Paper) -> dict[str, object]:
    return {
        "id": paper.id,
        "title": paper.title,
        "url": paper.url,
        "authors": list(paper.authors),
        "categories": list(paper.categories),
        "published": paper.published_at.isoformat(),
        "announced": paper.announced.value,
        "version": paper.version,
        "abstract": paper.abstract,
        "doi": paper.doi,
        "comment": paper.comment,
        "journal": paper.journal,
        "code_links": list(paper.code_links),
        "upvotes": paper.upvotes,
        "sources": list(paper.sources),
    }
