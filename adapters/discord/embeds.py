"""The parts of a post as embeds: a paper has its own, the rest stands in descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from adapters.discord.ids import units
from adapters.discord.markdown import blocks_of, facts_lines, facts_of, marked, paper_lines
from adapters.discord.words import (
    escaped_line,
    fitted,
    host_of,
    linkable,
    one_line,
    says_other_host,
    visible,
)
from bot.card.card import Facts, PaperPart, Para, Preformatted, Row, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from adapters.discord.buttons import Json
    from bot.card.card import Card, Part

EMBEDS_MAX: Final = 10
TITLE_MAX: Final = 256
DESCRIPTION_MAX: Final = 4096
FOOTER_MAX: Final = 2048
TOTAL_MAX: Final = 6000
"""Units of embeds; the total is over all embeds of a message (Discord, resources/message)."""

ABSTRACT_MAX: Final = 1200
AUTHORS_MAX: Final = 400

PAPER_COLOUR: Final = 0xB31B1B
NOTICE_COLOUR: Final = 0x5B6B7B
"""The bar at an embed's side: arXiv's red where papers are, quiet where none is."""


def post_embeds(card: Card) -> list[Json]:
    """The embeds of a post: an alert is its paper's, anything else a title and lines."""
    match card.parts:
        case (PaperPart() as paper,) if not card.title:
            return [paper_embed(paper)]
    for tight in (False, True):
        embeds = list(_lined(card, tight=tight))
        if len(embeds) <= EMBEDS_MAX and sum(map(size_of, embeds)) <= TOTAL_MAX:
            return embeds
    return _shortened(embeds)


def paper_embed(paper: PaperPart) -> Json:
    """One paper: linked title, authors, why it came, the abstract's beginning, its facts."""
    named = fitted(visible(paper.title).strip() or "Untitled", TITLE_MAX, str)
    title = fitted(named, TITLE_MAX, escaped_line)
    url = linkable(paper.url)
    lines = [
        fitted(visible(paper.authors).strip(), AUTHORS_MAX, escaped_line),
        marked(paper.reason),
    ]
    if url is not None and says_other_host(named, url):
        # a title may name any host: the link stands beside it and says where it leads
        lines.insert(0, f"[{host_of(url)}]({url})")
        url = None
    abstract = fitted(visible(paper.abstract).strip(), ABSTRACT_MAX, escaped_line)
    said = "\n\n".join(one for one in ("\n".join(filter(None, lines)), abstract) if one)
    embed: Json = {"title": title, "description": said or "…", "color": PAPER_COLOUR}
    if url is not None:
        embed["url"] = url
    footer = one_line(" · ".join(facts_of(paper)), FOOTER_MAX // 4)
    if footer:
        embed["footer"] = {"text": footer}
    return embed


def size_of(embed: Json) -> int:
    """What an embed counts towards the total."""
    said = (embed.get("title", ""), embed.get("description", ""))
    return sum(map(units, said)) + units(embed.get("footer", {}).get("text", ""))


def _lined(card: Card, *, tight: bool) -> Iterator[Json]:
    colour = PAPER_COLOUR if any(isinstance(p, PaperPart) for p in card.parts) else NOTICE_COLOUR
    title = fitted(visible(card.title).strip(), TITLE_MAX, escaped_line)
    held: list[str] = []
    for block in _blocks(card.parts, tight=tight):
        if held and units("\n\n".join([*held, block])) > DESCRIPTION_MAX:
            yield _embed(title, held, colour)
            title, held = "", []
        held.append(block)
    if held or title:
        yield _embed(title, held, colour)


def _embed(title: str, blocks: Sequence[str], colour: int) -> Json:
    embed: Json = {"color": colour}
    if title:
        embed["title"] = title
    if blocks:
        embed["description"] = "\n\n".join(blocks)
    return embed


def _blocks(parts: Iterable[Part], *, tight: bool) -> Iterator[str]:
    for part in parts:
        for block in _part_blocks(part, tight=tight):
            if block:
                yield block


def _part_blocks(part: Part, *, tight: bool) -> list[str]:
    match part:
        case Para(runs):
            return [marked(runs)]
        case Preformatted(text):
            return list(blocks_of(text))
        case Facts(facts):
            return _together(facts_lines(facts))
        case PaperPart():
            return [paper_lines(part, tight=tight)]
        case Row(runs):
            return [marked(runs)]
        case _ as never:
            assert_never(never)


def _together(lines: Iterable[str]) -> list[str]:
    """Lines in as few blocks as hold them."""
    held: list[str] = []
    for one in lines:
        if held and units(held[-1]) + units(one) + 1 <= DESCRIPTION_MAX // 2:
            held[-1] += f"\n{one}"
        else:
            held.append(one)
    return held


def _shortened(embeds: Sequence[Json]) -> list[Json]:
    """The embeds that fit, and a line that says that there was more."""
    rest = marked((Run("Discord has no room for the rest."),))
    kept: list[Json] = []
    left = TOTAL_MAX - units(rest)
    for embed in embeds[: EMBEDS_MAX - 1]:
        if size_of(embed) > left:
            break
        kept.append(embed)
        left -= size_of(embed)
    return [*kept, {"color": NOTICE_COLOUR, "description": rest}]
