"""Papers and cards for the Slack tests, harmless and hostile."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from bot.card.alert import alert_card, list_card
from bot.card.post import PaperList
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import ChannelId
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import SubscriptionId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random  # noqa: TID251 - the type of a seeded chance

    from bot.card.card import Card

TEAM: Final = "T0000ACME"
CHANNEL: Final = ChannelId("slack", TEAM, "C0GENERAL")
NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)

PIECES: Final = (
    *("<!channel>", "<!here>", "<!everyone>", "<@U0123ABCD>", "<#C0123ABCD|x>", "<!subteam^S1>"),
    *("<https://evil.example|arxiv.org>", "https://evil.example/a", "evil.example", "www.evil.ex"),
    *(
        "&lt;!channel&gt;",
        "&amp;",
        "&",
        "<",
        ">",
        "|",
        "*b*",
        "_i_",
        "~s~",
        "`c`",
        "```",
        ":tada:",
    ),
    *("@channel", "@everyone", "＠here", "\u202e", "\u2066", "\u200b", "\x00", "\ud800", "é" * 3),
    *("a" + "\u0301" * 40, "\n", "\t", " ", "\u2028", "网络", "عربي", "🚨", "\U000e0041", "$x<y$"),
    *(
        "<!date^1392734382^{date}^https://evil.example|f>",
        "mailto:a@evil.example",
        "tel:+1",
        "(",
        "]",
    ),
    *(
        "Attention",
        "Is",
        "All",
        "You",
        "Need",
        "cs.AI",
        "GPT-4.5",
        "arxiv.org",
        "аrxiv.org",
        "x" * 300,
    ),
    *(
        "javascript:alert(1)",
        "xn--rxiv-8ve.org",
        "evil。example",
        "//evil.example",
        "http://127.0.0.1",
    ),
)


def paper(title: str = "Scaling laws for sparse attention", **given: object) -> Paper:
    """A paper of this morning."""
    values: dict[str, object] = {
        "id": PaperId("arxiv:2603.00001"),
        "title": title,
        "abstract": "We study sparse attention. It scales.",
        "authors": ("Ada Lovelace", "Kaiming He"),
        "categories": ("cs.AI", "cs.LG"),
        "published_at": NOON,
        "announced": AnnounceType.NEW,
        "sources": ("arxiv",),
    }
    return Paper(**{**values, **given})  # type: ignore[arg-type]  # tests name the fields they set


def alert(one: Paper, words: tuple[str, ...] = ("sparse attention",)) -> Alert:
    """An alert of one subscription."""
    reason = Reason(SubscriptionId("s1"), 1, "sparse", words)
    return Alert(PostKey(one.id), CHANNEL, one.id, (reason,), NOON)


def hostile_card(text: str) -> Card:
    """An alert whose title, author, abstract and matched word are all the same hostile text."""
    one = paper(text, authors=(text, text), abstract=text)
    return alert_card(alert(one, (text,)), one)


def list_of(papers: tuple[Paper, ...]) -> Card:
    """The list of a batch's rest."""
    key = PostKey("list:abc")
    made = PaperList(key, CHANNEL, tuple(alert(one) for one in papers), NOON)
    return list_card(made, {one.id: one for one in papers})


def hostile_titles() -> list[str]:
    """The hand-made hostile titles and the naughty strings; skips where there is no data."""
    default = Path(__file__).parents[1] / "../shared/data"
    folder = Path(os.environ.get("PAPERWIRE_TEST_DATA", default)) / "hostile" / "strings"
    if not folder.is_dir():
        pytest.skip("no data")
    titles = (folder / "titles.jsonl").read_text(encoding="utf-8").split("\n")
    naughty: list[str] = json.loads((folder / "blns.json").read_text(encoding="utf-8"))
    return [json.loads(line)["title"] for line in titles if line] + naughty


def generated(chance: Random, count: int) -> Iterator[str]:
    """Texts put together from what breaks renderers."""
    for _ in range(count):
        joined = chance.choice(("", " ", " "))
        yield joined.join(chance.choices(PIECES, k=chance.randint(1, 14)))
