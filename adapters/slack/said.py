"""What is said when no command can be carried out at all; the core says everything else."""

from __future__ import annotations

from typing import Final

from bot.card.card import Card, CardKind, Para, Run


def _card(title: str, sentence: str) -> Card:
    return Card(CardKind.ERROR, title, (Para((Run(sentence),)),), f"{title}. {sentence}")


NOT_INSTALLED: Final = _card(
    "Not in this workspace",
    "paperwire is not installed in this workspace. Ask the person who runs it.",
)

ORGANISATION: Final = _card(
    "Not for a whole organisation",
    "paperwire works in single workspaces. Ask an administrator to install it in this one.",
)

NOT_NOW: Final = _card(
    "Not possible just now",
    "Slack could not be asked about this workspace. Try again in a minute.",
)

BROKEN: Final = _card(
    "That did not work",
    "paperwire ran into a fault of its own and has written it to its log. Try again, or tell the "
    "person who runs it.",
)
