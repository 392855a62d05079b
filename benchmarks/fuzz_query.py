"""Throws made and damaged queries at the parser: python benchmarks/fuzz_query.py [count] [seed].

Holds when no input raises, none takes 50 ms, and every accepted query prints back in a form that
parses to the same tree and prints the same again.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: the same inputs each time

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.query.ast import Query, QueryError
from bot.query.parse import Use, parse
from bot.query.show import show

LIMIT_S = 0.05
SUSPECT_S = 0.003
WORDS = [
    *(
        "diffusion",
        "GANs",
        "pre-training",
        "state-of-the-art",
        "C++",
        "C#",
        "RAG",
        "U.S.",
        "a",
        "b",
    ),
    *(
        "and/or",
        "node2vec_v2",
        "Hinton's",
        'Schr\\"odinger',
        "$\\alpha$-stable",
        "naïve",
        "扩散模型",
    ),
    *(
        "\\emph{image captioning}",
        "\u0915\u0940",
        "ﬁne",
        "x²",
        "\\'etale",
        "$50",
        "50%",
        "3D",
        "½",
    ),
    *(
        "{L}oRA",
        "AT&T",
        "İstanbul",
        "ẞ",
        "각",
        "\u1100\u1161\u11a8",
        "10.5",
        "e" + "\u0301" * 6,
        "and",
    ),
    *(
        "or",
        "not",
        "OR",
        "AND",
        "NOT",
        "ANDNOT",
        "O(n)",
        "$O(n\\log n)$",
        "\\ours",
        "ﷺ",
        "ⅷ",
        "\ufeffx",
    ),
    "\\input{/etc/passwd}",
]
FIELDS = [
    *(
        "title",
        "ti",
        "abstract",
        "abs",
        "author",
        "au",
        "cat",
        "category",
        "source",
        "src",
        "type",
    ),
    *("has", "upvotes", "comment", "co", "journal", "jr", "id", "doi", "all", "since", "until"),
    *("authors", "foo", "ti\u0301", "TITLE"),
]
VALUES = [
    *("cs.CV", "=cs.CV", "cs.*", "=CS", "cs.XX", "arxiv", "hf", "new", "replace", "code", ">=50"),
    *("<5", "=0", "50", "2401.00001v2", "hep-th/9901001", "10.1016/S0140-6736(20)30183-5", "*"),
    *("10.48550/arXiv.2401.00001", "7d", "2026-02-30", "2026-03-01", "Kaiming He", "He, K."),
    *("L. van der Maaten", "Kaiming_He", "O'Brien", "diffus*", "pre-train*", "ab*", "=SMART"),
]
NOISE = [
    *'"""()()|&-:=*\\${}^_~#+\'’“”„–— \t\n\x00\r%<>/.,;!?@',
    *("\ud800", "\u202e", "\u200b", "\u0301", "\u1160", "\u1161", "\uffa0", "−", "\u2011", "\x85"),
    *("\U0001f600", "\u0130", "ſ", "\ufb01", "\u0f71\u0f72\u0f74", "ᄀ", "ᅡ", "\u11a8", "゛", "ﾞ"),
]


@dataclass(slots=True)
class Figures:
    """What a run has seen; `slowest` is the text that took `slowest_s`."""

    inputs: int = 0
    accepted: int = 0
    warned: int = 0
    total_s: float = 0.0
    slowest_s: float = 0.0
    slowest: str = ""


def attack(count: int, seed: int) -> Figures:
    """Parse that many inputs; an AssertionError names the first that breaks a rule."""
    chance = Random(seed)
    figures = Figures()
    for _ in range(count):
        text = _input(chance)
        use = Use.SEARCH if chance.random() < 0.5 else Use.SUBSCRIPTION
        started = time.perf_counter()
        read = parse(text, use)
        took_s = time.perf_counter() - started
        if took_s > SUSPECT_S:  # another process may have held the processor
            took_s = min(_timed(text, use) for _ in range(3))
        assert took_s < LIMIT_S, (took_s, text)
        figures.inputs += 1
        figures.total_s += took_s
        if took_s > figures.slowest_s:
            figures.slowest_s, figures.slowest = took_s, text
        _check(read, text, use, figures)
    return figures


def _timed(text: str, use: Use) -> float:
    started = time.process_time()
    parse(text, use)
    return time.process_time() - started


def _check(read: Query | QueryError, text: str, use: Use, figures: Figures) -> None:
    if isinstance(read, QueryError):
        assert read.message.endswith((".", "?")), (text, read)
        assert 0 <= read.span.start <= read.span.end <= len(read.text), (text, read)
        assert "\n" not in read.text, text
        assert read.caret().count("\n") == 1, text
        return
    figures.accepted += 1
    figures.warned += bool(read.warnings)
    again = parse(read.canonical, use)
    assert isinstance(again, Query), (text, read.canonical, again)
    assert again.tree == read.tree, (text, read.canonical)
    assert again.canonical == read.canonical == show(read.tree), (text, again.canonical)


def _input(chance: Random) -> str:
    kind = chance.random()
    text = _query(chance, 3)
    if kind < 0.35:
        return text
    if kind < 0.9:
        return _damaged(chance, text)
    if kind < 0.97:
        return "".join(chance.choice(NOISE) for _ in range(chance.randint(0, 60)))
    return _heavy(chance)


def _query(chance: Random, depth: int) -> str:
    glue = chance.choice((" ", " ", " ", " OR ", "|", " AND ", " & ", " ANDNOT "))
    return glue.join(_part(chance, depth) for _ in range(chance.choice((1, 1, 2, 2, 3))))


def _part(chance: Random, depth: int) -> str:
    kind = chance.random()
    if depth and kind < 0.15:
        return f"({_query(chance, depth - 1)})"
    if depth and kind < 0.2:
        return f"{chance.choice(FIELDS)}:({_query(chance, depth - 1)})"
    if kind < 0.35:
        return chance.choice(("-", "NOT ", "-", "- ")) + _part(chance, max(0, depth - 1))
    if kind < 0.6:
        value = chance.choice(VALUES if chance.random() < 0.7 else WORDS)
        value = f'"{value}"' if chance.random() < 0.3 else value
        return f"{chance.choice(FIELDS)}:{value}"
    if kind < 0.75:
        quoted = " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 4)))
        return chance.choice(("", "=")) + f'"{quoted}"'
    return chance.choice(("", "", "", "=")) + chance.choice(WORDS) + chance.choice(("", "", "*"))


def _damaged(chance: Random, text: str) -> str:
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(text))
        to = min(len(text), at + chance.randint(0, 4))
        patch = chance.choice((chance.choice(NOISE), "", text[at:to] * 2, chr(_code(chance))))
        text = text[:at] + patch + text[to:]
    return text


def _code(chance: Random) -> int:
    return chance.randrange(*chance.choice(((0, 128), (128, 0x3000), (0, 0x110000))))


def _heavy(chance: Random) -> str:
    unit = chance.choice(
        [
            *("(", "-", "NOT ", "a ", "{", "$", "\\", '\\"', "\\frac{a}", "$x^{2}$ ", "a-", "é"),
            *(
                "\u0301",
                "cat:q",
                "au:a ",
                "cat:zz" + "q" * 9 + " ",
                "-(",
                "a|",
                "title:(",
                "\\alpha",
            ),
            *("a*", "'s", f"cat:{chr(97 + chance.randrange(26))}s.x "),
            *(chance.choice(NOISE), chance.choice(WORDS) + " "),
        ]
    )
    return (unit * 1200)[: chance.choice((200, 1000, 1024, 1025, 5000))]


def main() -> None:
    """Run and print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    figures = attack(count, seed)
    mean_us = figures.total_s / max(1, figures.inputs) * 1e6
    print(f"{figures.inputs:,} inputs, {figures.accepted:,} accepted, {figures.warned:,} warned")
    print(f"mean {mean_us:,.0f} µs, slowest {figures.slowest_s * 1000:.1f} ms")
    print(f"slowest input: {figures.slowest[:120]!r} ({len(figures.slowest):,} characters)")


if __name__ == "__main__":
    main()
