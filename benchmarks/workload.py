"""Made subscriptions, up to a million and more: the same ones each time.

`python benchmarks/workload.py [Z|S] [COUNT]` makes them, if they are not there yet, and tells how
many of them match a paper.

Each is drawn from the words of papers that are not matched later: 60 % ask for one word or phrase
(one to three words), 25 % for two or three (of one paper; two times in three all of them, else
any), 10 % for one but not another, 5 % for a title's word, a prefix, an author, or a class (most
with a word). Common words are drawn again (TELLING): Z allows commoner ones than S, so that more
subscriptions match a paper.

They are kept in a file, a line each, and always read from there one by one: a million objects of
Python would drown what is measured. A line says what is asked for in nobody's syntax; `canonical`
gives our language, `tree` what the parser makes of that, and engines.py the syntax of others.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import corpus
from drawing import TELLING, VERSION, Clause, Wish, draw

from bot.query.ast import (
    And,
    Author,
    Category,
    Node,
    Not,
    Or,
    Prefix,
    Query,
    Slot,
    Span,
    TextField,
    Words,
)
from bot.query.parse import parse
from bot.text.words import bare, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

MILLION: Final = 1_000_000
SPARE: Final = 50_000
"""More than a million are kept, so that there are some to add."""

_CHECKED: Final = 500
_HERE: Final = Span(0, 0)


# ---------------------------------------------------------------- reading


def wishes(mix: str = "Z", count: int = MILLION, first: int = 0) -> Iterator[Wish]:
    """The subscriptions number `first` to `first + count`, read one by one."""
    with ensure(mix, first + count).open(encoding="utf-8") as lines:
        for line in islice(lines, first, first + count):
            yield _unpacked(line)


def texts(mix: str = "Z", count: int = MILLION, first: int = 0) -> Iterator[str]:
    """The same in our canonical language."""
    return map(canonical, wishes(mix, count, first))


def trees(mix: str = "Z", count: int = MILLION, first: int = 0) -> Iterator[Node]:
    """The same as trees, without the parser."""
    return map(tree, wishes(mix, count, first))


def canonical(wish: Wish) -> str:
    """What the parser would print back."""
    how = " OR " if wish.how == "or" else " "
    text = how.join(map(_shown, wish.clauses))
    return f"{text} -{_shown(wish.without[0])}" if wish.without else text


def _shown(clause: Clause) -> str:
    text = clause.text
    quoted = f'"{text}"' if " " in text else text
    match clause.kind:
        case "title":
            return f"title:{quoted}"
        case "author":
            return f"author:{quoted}"
        case "class":
            return f"cat:{text}"
        case "prefix":
            return f"{text}*"
        case _:
            return quoted


def tree(wish: Wish) -> Node:
    """What the parser would read."""
    parts: list[Node] = [_leaf(clause) for clause in wish.clauses]
    if wish.how == "or" and len(parts) > 1:
        return Or(tuple(parts), _HERE)
    parts += [Not(_leaf(clause), _HERE) for clause in wish.without]
    return parts[0] if len(parts) == 1 else And(tuple(parts), _HERE)


def _leaf(clause: Clause) -> Node:
    text = clause.text
    match clause.kind:
        case "author":
            return Author(text, _HERE)
        case "class":
            return Category(text.lower(), False, text, _HERE)
        case "prefix":
            stem = bare(text)
            return Prefix(TextField.ANY, (), stem, stem, f"{text}*", _HERE)
    folded = tuple(map(fold, clause.words))
    slots = tuple(Slot((word,)) for word in folded)
    if len(folded) == 2:
        slots = (Slot(folded, fold("".join(clause.words))),)
    field = TextField.TITLE if clause.kind == "title" else TextField.ANY
    return Words(field, slots, text, _HERE)


def _packed(wish: Wish) -> str:
    fields = [wish.how, *(f"{one.kind}:{one.text}" for one in wish.clauses)]
    fields += [f"-{one.kind}:{one.text}" for one in wish.without]
    return "\t".join(fields) + "\n"


def _unpacked(line: str) -> Wish:
    how, *fields = line[:-1].split("\t")
    if len(fields) == 1:
        return Wish(how, (_clause(fields[0]),))
    wanted = tuple(_clause(one) for one in fields if one[0] != "-")
    return Wish(how, wanted, tuple(_clause(one[1:]) for one in fields if one[0] == "-"))


def _clause(field: str) -> Clause:
    kind, _, text = field.partition(":")
    return Clause(kind, tuple(text.split(" ")))


# ---------------------------------------------------------------- making


def ensure(mix: str = "Z", count: int = MILLION) -> Path:
    """The file with at least this many, made if need be: half a minute for a million."""
    count = max(count, MILLION + SPARE)
    parts = (VERSION, mix, TELLING[mix], count, corpus.SEED, corpus.key())
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / "paperwire-bench"
    file = folder / f"wishes-{mix}-{count}-{digest}.tsv"
    if not file.exists():
        folder.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, delete=False) as made:
            for number, wish in enumerate(draw(mix, count)):
                if number % (count // _CHECKED) == 0:
                    _check(wish)
                made.write(_packed(wish))
        Path(made.name).rename(file)
    return file


def _check(wish: Wish) -> None:
    """Fail where our own reading of a wish is not the parser's."""
    text = canonical(wish)
    read = parse(text)
    assert isinstance(read, Query), text
    assert (read.canonical, read.tree) == (text, tree(wish)), (text, read)
    assert _unpacked(_packed(wish)) == wish, text


def main() -> None:
    """Make one mix and tell how many match a paper, by the index."""
    from bot.match.index import Index  # noqa: PLC0415  # only this command needs it

    mix = sys.argv[1] if len(sys.argv) > 1 else "Z"
    count = int(sys.argv[2].replace("_", "")) if len(sys.argv) > 2 else 100_000
    begun = time.process_time()
    file = ensure(mix, count)
    print(f"{file}: {file.stat().st_size / 1e6:.0f} MB, {time.process_time() - begun:.0f} s")
    for text in islice(texts(mix), 12):
        print("   ", text)
    index = Index()
    for number, one in enumerate(trees(mix, count)):
        index.add(number, one)
    found = [len(index.match(paper)) for paper in corpus.measured(300)]
    print(f"{mix}: {sum(found) / len(found):,.1f} of {count:,} match a paper")


if __name__ == "__main__":
    main()
