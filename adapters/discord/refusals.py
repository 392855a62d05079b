"""What is said when no command can be carried out at all; the core says everything else."""

from __future__ import annotations

from typing import Final

from bot.card.card import Action, Card, CardKind, Para, Run
from bot.card.paper import PREFIX


def _card(title: str, sentence: str, *buttons: Action) -> Card:
    said = (Para((Run(sentence),)),)
    return Card(CardKind.ERROR, title, said, f"{title}. {sentence}", buttons)


NOT_HERE: Final = _card(
    "Only in servers",
    "paperwire posts into channels of servers. Type /papers in a channel of a server that it was "
    "added to.",
)

NO_CHANNEL: Final = _card(
    "Not possible there",
    "That is no channel of this server that you can see and that posts can go to. Nothing was "
    "done. Choose another one.",
)

TOO_OLD: Final = _card(
    "This button is too old",
    "What it says is kept for 60 days after it was last shown, and that is over. Type /papers to "
    "do the same, or /papers list to get fresh buttons.",
    Action("List", f"{PREFIX} list"),
    Action("Help", f"{PREFIX} help"),
)

NOT_KNOWN: Final = _card(
    "This button is not known any more",
    "It was made by another version of paperwire. Type /papers to do the same, or /papers list to "
    "get fresh buttons.",
    Action("List", f"{PREFIX} list"),
    Action("Help", f"{PREFIX} help"),
)

NO_FORM: Final = _card(
    "The form could not be opened",
    "Discord did not take it, or too much time went by. Nothing was done. Type the command "
    "instead, behind /papers.",
)

NOT_NOW: Final = _card(
    "Not possible just now",
    "The store cannot be reached. Try again in a minute.",
)

BROKEN: Final = _card(
    "That did not work",
    "paperwire ran into a fault of its own and has written it to its log. Try again, or tell the "
    "person who runs it.",
)
