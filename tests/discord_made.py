"""Hostile texts and cards for the Discord tests, and what each message is held against."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest
from discord_limits import message_problems
from discord_reader import buttons, called, lies, markdown_of
from discord_schema import faults
from slack_made import PIECES as SLACK_PIECES
from slack_made import hostile_card

from adapters.discord.ids import mark_in
from adapters.discord.render import render_answer, render_forum, render_post
from bot.card.card import (
    Action,
    Card,
    CardKind,
    Fact,
    Facts,
    Link,
    Mark,
    Para,
    Preformatted,
    Row,
    Run,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from random import Random  # noqa: TID251 - the type of a seeded chance

Json = dict[str, Any]
T = TypeVar("T")

MARK: Final = "abcdefghijklmnopqrstuvw2"
NAMED: Final = "424242424242424242"
"""Somebody who is only ever shown by name."""

KEY: Final = "abcdefghijklmnop"

PIECES: Final = (
    *SLACK_PIECES,
    *("<@80351110224678912>", "<@!1>", "<@&165511591545143296>", "<#103735883630395392>"),
    *("</papers search:816437322781949972>", "<:mmLol:216154654256398347>", "<a:b1:39293>"),
    *("<t:1618953630>", "<t:1618953630:R>", "<id:customize>", "<id:guide>", "<sound:1:2>"),
    *("@everyone", "@here", "@silent ", "discord.gg/abc", "https://discord.com/invite/abc"),
    *(
        "[arxiv.org](https://evil.example)",
        "[a](<https://evil.example>)",
        "](https://evil.example)",
    ),
    *("[", "](", ")", "[[", "]]", "![i](https://evil.example/i.png)", "<https://evil.example>"),
    *("**", "__", "~~", "||", "> ", ">>> ", "# ", "### ", "-# ", "- ", "* ", "1. ", "12. "),
    *("\\", "\\\\", "`", "``", "```", "```py\n", "¯\\_(ツ)_/¯", ":smile:", ":", "::", "https:"),
    *("steam://run/1", "discord://x", "HTTPS://EVIL.EXAMPLE/", "//evil.example", "<+1 555 0100>"),
)


async def keep(command: str) -> str:
    """A key for any command."""
    return KEY if command else ""


def _done(made: Coroutine[None, None, T]) -> T:
    """What it gives: nothing in it has to wait, so it takes no event loop."""
    try:
        made.send(None)
    except StopIteration as end:
        given: T = end.value
        return given
    raise AssertionError("it waits for something")


def post(card: Card) -> Json:
    """The card as a post."""
    return _done(render_post(card, MARK, keep))


def answer(card: Card, asked: str = "") -> tuple[Json, ...]:
    """The card as an answer."""
    return _done(render_answer(card, keep, asked=asked))


def forum(card: Card) -> Json:
    """The card as the body of a new thread."""
    made = _done(render_forum(card, MARK, keep))
    return {"name": made.name, "message": made.message}


def generated(chance: Random, count: int) -> Iterator[str]:
    """Texts put together from what breaks renderers."""
    for _ in range(count):
        joined = chance.choice(("", " ", " "))
        yield joined.join(chance.choices(PIECES, k=chance.randint(1, 14)))


def hostile_files() -> list[str]:
    """The beginning of each hostile file, read as text whatever it is; skips without the data."""
    default = Path(__file__).parents[1] / "../shared/data"
    folder = Path(os.environ.get("PAPERWIRE_TEST_DATA", default)) / "hostile"
    if not folder.is_dir():
        pytest.skip("no data")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [file.read_bytes()[:4000].decode("utf-8", "surrogateescape") for file in files]


def hostile_answer(text: str) -> Card:
    """A card with everything in it, and the same hostile text everywhere."""
    (paper,) = hostile_card(text).parts
    return Card(
        CardKind.RESULTS,
        text,
        (
            Para((Run(text), Run(text, Mark.STRONG), Run(text, Mark.CODE), Run(text, Mark.QUIET))),
            Para((Run(text, Mark.QUIET),)),
            Preformatted(f"{text}\n  ^"),
            Facts((Fact(text, text), Fact("Query", text))),
            paper,
            Row(
                (Run("#1 ", Mark.STRONG), Run(text, Mark.CODE)), (Action(text, f"/papers {text}"),)
            ),
            Row((Run(text),), (Action("Pause", "/papers pause 1"), Action(text, text, fill=True))),
        ),
        text,
        (Action(text, f"/papers search {text}"), Link(text, "https://arxiv.org/abs/1")),
        (Action("Why", "/papers why x"),),
    )


def units(text: str) -> int:
    """Length in UTF-16, the most that Discord could count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def wrong(payload: Json, *, described: bool = True, is_answer: bool = False) -> list[str]:
    """Why Discord would refuse the message, or whom or what it would show or call wrongly."""
    found = message_problems(payload, is_answer=is_answer)
    found += [f"label {one['label']!r}" for one in buttons(payload) if units(one["label"]) > 80]
    found += [f"id {o}" for o in buttons(payload) if units(o.get("custom_id", "x")) > 100]
    sizes = {"title": 256, "description": 4096, "content": 2000, "text": 4000}
    texts = list(markdown_of(payload))
    found += [f"{name} of {units(text)}" for name, text in texts if units(text) > sizes[name]]
    if sum(units(text) for _, text in texts) > (4000 if is_answer else 6000):
        found.append("too much text")
    found += [*called(payload, NAMED), *lies(payload)]
    if not is_answer and mark_in(payload) != MARK:
        found.append("no mark")
    return found + (faults("MessageCreateRequest", payload) if described else [])
