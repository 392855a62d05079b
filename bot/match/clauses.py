"""What the index must know of a clause: its identity, how common it is, what holds with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.match.labels import label_key
from bot.query.ast import Author, Exact, IdIs, Prefix, Since, Slot, Span, Until, Words

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from bot.match.find import TextLeaf
    from bot.query.ast import Leaf

_NOWHERE: Final = Span(0, 0)


def key(leaf: Leaf) -> Hashable:
    """What two clauses have in common that the same papers meet."""
    match leaf:
        case Words() | Prefix() | Exact() | Since() | Until():
            return leaf
        case _:
            return type(leaf), label_key(leaf)


def kind(leaf: Leaf) -> int:
    """0 for what few papers meet, up to 4 for what a fifth or more of them do."""
    match leaf:
        case Words(slots=slots):
            return 2 if len(slots) == 1 and len(slots[0].parts) == 1 else 0
        case Author() | IdIs():
            return 1
        case Exact() | Prefix():
            return 3
        case _:
            return 4


def must_hold_too(leaf: TextLeaf) -> Sequence[TextLeaf]:
    """Clauses that hold wherever this one does; for a prefix, where it is written apart."""
    match leaf:
        case Words(field=field, slots=slots):
            longest = sorted(slots, key=lambda slot: -len(slot.parts[0]))
            return [Words(field, (slot,), "", _NOWHERE) for slot in longest]
        case Prefix(field=field, head=head, stem=stem):
            words = tuple(Slot((word,)) for word in head)
            return [
                Prefix(field, (), stem, stem, "", _NOWHERE),
                Words(field, words, "", _NOWHERE),
            ]
        case Exact(field=field, words=words):
            longest_words = sorted(words, key=lambda word: -len(word))
            return [Exact(field, (word,), (), "", _NOWHERE) for word in longest_words]
