"""One paper by what a person wrote: its id, a DOI, an address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.card.card import Action, Link
from bot.card.paper import PREFIX
from bot.command.change import short
from bot.command.paper_id import read_paper_id
from bot.command.reply import Problem

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.model.paper import Paper


async def look_up(desk: Desk, text: str) -> Paper | Problem:
    """The paper from the store, where aliases are known, else from the archive."""
    paper_id = read_paper_id(text)
    if paper_id is None:
        return Problem(
            "Which paper?",
            (
                f"{short(text)} names no paper.",
                (
                    "Give an arXiv id such as 2401.00001, a DOI such as 10.1000/xyz, or the "
                    "address of a paper at arxiv.org, doi.org or huggingface.co."
                ),
            ),
            buttons=(Action("Search for it", f"{PREFIX} search {text.strip()}"),),
        )
    record = (await desk.papers.known([paper_id])).get(paper_id)
    if record is not None and record.paper is not None:
        return record.paper
    paper = await desk.archive.get(record.id if record is not None else paper_id)
    if paper is not None:
        return paper
    space, _, name = paper_id.partition(":")
    where = f"https://{'arxiv.org/abs' if space == 'arxiv' else 'doi.org'}/{quote(name)}"
    return Problem(
        "Not seen yet",
        (
            f"{name} is not among the papers seen so far.",
            "Papers are known from the day their class is watched, and 14 days before it.",
        ),
        buttons=(Link("Look it up", where),),
    )
