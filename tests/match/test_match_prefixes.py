"""Prefixes of a word, and notes of how words begin."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.match.notes import Notes
from bot.match.prefixes import Prefixes

LETTERS = st.text("aé", min_size=1, max_size=7)


@given(st.lists(LETTERS, max_size=30), st.lists(st.tuples(LETTERS, st.integers(0, 8))))
def test_a_word_meets_all_its_prefixes(stems: list[str], asked: list[tuple[str, int]]) -> None:
    """After any changes a word meets those it begins with, longer than the letters left out."""
    prefixes, clauses = Prefixes(), dict[str, int]()
    for number, stem in enumerate(stems, 1):
        if stem in clauses:
            prefixes.set(stem, 0)
            del clauses[stem]
        else:
            prefixes.set(stem, number)
            clauses[stem] = number
        for word, beyond in asked:
            found = sorted(prefixes.met(word, beyond))

            assert found == sorted(
                clause
                for one, clause in clauses.items()
                if word.startswith(one) and len(one) > beyond
            )

    assert len(prefixes) == len(clauses)


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=2), st.booleans()), max_size=60))
def test_what_was_noted_is_told_once(steps: list[tuple[str, bool]]) -> None:
    """All entries with such a beginning are told, and not again."""
    notes = Notes()
    noted: dict[str, set[int]] = {}
    for entry, (head, is_asked) in enumerate(steps, 1):
        if is_asked:
            found = set(notes.take(head))

            assert found - {0} >= noted.pop(head, set())
            assert not set(notes.take(head)) - {0}
        else:
            notes.heads.append(head)
            notes.entries.append(entry)
            noted.setdefault(head, set()).add(entry)
            notes.settle()


def test_many_notes_stay_small() -> None:
    """Six bytes a note, and what is forgotten is gone."""
    notes = Notes()
    for entry in range(1, 10_000):
        notes.heads.append(f"{entry % 100:03}")
        notes.entries.append(entry)
        notes.settle()

    assert notes.nbytes <= 60_000
    assert len(notes.heads) < 1_000
    assert set(notes.take("042")) >= set(range(42, 10_000, 100))

    notes.clear()

    assert (len(notes), notes.take("001"), notes.heads) == (0, [], [])
