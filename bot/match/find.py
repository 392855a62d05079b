"""Where in a text the words of a clause stand (QUERY.md, rules 6 to 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from bot.query.ast import Exact, Prefix, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.match.texts import Lattice

TextLeaf: TypeAlias = Words | Prefix | Exact


def find(leaf: TextLeaf, text: Lattice) -> Iterator[tuple[int, int]]:
    """Stretches of tokens, first..last (exclusive), that meet the clause, by their beginning."""
    match leaf:
        case Words():
            for first in _beginnings(leaf, text):
                for last in sorted(_after_slots(leaf, text, first)):
                    yield first, last
        case Prefix():
            for first in range(len(text.tokens)):
                for last in sorted(_after_prefix(leaf, text, first)):
                    yield first, last
        case Exact():
            for first in text.raw_places.get(leaf.words[0], ()):
                if _is_exact(leaf, text, first):
                    yield first, first + len(leaf.words)


def _beginnings(leaf: Words, text: Lattice) -> list[int]:
    slot = leaf.slots[0]
    found = set(text.places.get(slot.parts[0], ()))
    if slot.joined is not None:
        found.update(text.places.get(slot.joined, ()))
    return sorted(found)


def _after_slots(leaf: Words, text: Lattice, first: int) -> set[int]:
    """Where one can stand after all slots, each met by its parts side by side or as one word."""
    at = {first}
    for slot in leaf.slots:
        after = _after_words(slot.parts, text, at)
        if slot.joined is not None:
            after |= _after_words((slot.joined,), text, at)
        at = after
    return at


def _after_words(words: Sequence[str], text: Lattice, at: Iterable[int]) -> set[int]:
    places = set(at)
    for word in words:
        places = {
            edge.last for place in places for edge in text.edges_at(place) if edge.folded == word
        }
    return places


def _after_prefix(leaf: Prefix, text: Lattice, first: int) -> set[int]:
    apart = {
        edge.last
        for place in _after_words(leaf.head, text, {first})
        for edge in text.edges_at(place)
        if edge.plain.startswith(leaf.stem)
    }
    joined = {edge.last for edge in text.edges_at(first) if edge.plain.startswith(leaf.joined)}
    return apart | joined


def _is_exact(leaf: Exact, text: Lattice, first: int) -> bool:
    found = text.tokens[first : first + len(leaf.words)]
    return tuple(token.raw for token in found) == leaf.words and all(
        token.joined == tied for token, tied in zip(found, leaf.hyphens, strict=False)
    )
