"""Card <-> JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.card.card import (
    Action,
    Card,
    CardKind,
    Fact,
    Facts,
    Link,
    Mark,
    PaperPart,
    Para,
    Preformatted,
    Row,
    Run,
)
from bot.card.json import card_from_json, card_json
from bot.model.paper import PaperId
from bot.model.subscription import Mention, MentionKind

PAPER = PaperPart(
    paper_id=PaperId("arxiv:2401.00001"),
    title="A \ud800 title",
    url="https://arxiv.org/abs/2401.00001",
    authors="A, B and 2 more",
    categories=("cs.CL", "cs.LG"),
    day=date(2026, 3, 1),
    announced="new",
    version=2,
    abstract="",
    reason=(Run("matches "), Run("title", Mark.STRONG)),
    upvotes=0,
)
CARD = Card(
    kind=CardKind.RESULTS,
    title="Results",
    parts=(
        Para((Run("a", url="https://arxiv.org"), Run("b", Mark.CODE), Run("c", Mark.QUIET))),
        Para((Run("U1", who=Mention(MentionKind.USER, "U1")),)),
        Preformatted("x\n^"),
        Facts((Fact("Next", "Tuesday"),)),
        PAPER,
        Row((Run("#1"),), (Action("Pause", "/papers pause 1"),)),
    ),
    fallback="Results",
    buttons=(Action("More", "/papers x", primary=True), Link("PDF", "https://arxiv.org/pdf/1")),
    more=(Action("Edit", "/papers edit 1", fill=True),),
    private=False,
    mentions=(Mention(MentionKind.ROLE, "9"),),
    tags=("vision",),
)

NEWER = {"mentions", "tags"}
"""Fields that cards of older versions lack."""


def test_a_card_comes_back_from_its_text() -> None:
    """Every part, button and mark survives, also through JSON's text."""
    assert card_from_json(json.loads(json.dumps(card_json(CARD)))) == CARD


def test_parts_and_buttons_say_what_they_are() -> None:
    """One tag a part: readers in other languages need it."""
    found = card_json(CARD)

    tags = [part["part"] for part in found["parts"]]
    assert tags == ["para", "para", "preformatted", "facts", "paper", "row"]
    assert [button["button"] for button in found["buttons"]] == ["action", "link"]
    assert found["kind"] == "results"
    assert found["parts"][4]["day"] == "2026-03-01"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "no such"},
        {"parts": [{"part": "no such"}]},
        {"parts": [{"part": "para"}]},
        {"parts": [{"part": "paper", "paper_id": "arxiv:1"}]},
        {"parts": 7},
        {"buttons": [{"button": "link", "label": "x"}]},
        {"buttons": [{}]},
        {"mentions": [{"kind": "everyone", "id": "1"}]},
        {"mentions": [{"kind": "user"}]},
    ],
)
def test_what_is_no_card_is_refused(change: dict[str, Any]) -> None:
    """Always a ValueError, whatever is wrong."""
    with pytest.raises(ValueError, match=r".+"):
        card_from_json({**card_json(CARD), **change})


def test_a_field_that_is_missing_is_refused() -> None:
    """Each field that was always written is demanded."""
    whole = card_json(CARD)
    for name in whole.keys() - NEWER:
        with pytest.raises(ValueError, match="not a card"):
            card_from_json({field: value for field, value in whole.items() if field != name})


def test_a_card_from_before_mentions_and_tags_is_read() -> None:
    """A notice that an older version stored has none."""
    old = {name: value for name, value in card_json(CARD).items() if name not in NEWER}

    assert card_from_json(old) == replace(CARD, mentions=(), tags=())
