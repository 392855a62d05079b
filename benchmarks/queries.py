"""What people wrote for other arXiv alerts, as queries of paperwire.

`python benchmarks/queries.py OUT.jsonl [--notes]` reads queries/queries.jsonl of the test data
and writes `{"id", "query"}` a line, all 129; `--notes` prints each query and what was read in a
certain way or left out.

- Keyword lists: each entry a phrase (a single word stays a word), joined by OR. `360°` loses its
  sign.
- arXiv API queries: `ti abs au cat all co jr id` are ours by the same names. `+`, `%22`, `%28`
  and `%29` are decoded, `ANDNOT` reads as AND NOT. `submittedDate` belongs to search, so it is
  dropped with its operator, and so are templates (`{D}`) and `rn:`, which has no counterpart.
  Several words after one field are one phrase (`all:control theory` becomes `all:"control
  theory"`), and so are several words without a field between operators. A bare class (`cs.AI`) is
  meant as `cat:cs.AI`. `au:Smith_J` names the family first: `au:"Smith, J"`; `au:del_maestro` is
  `au:"del maestro"`.
- Python-quoted ones are fragments of source code: backslashes are undone, `"+"OR"+"` is OR, and
  the quotes that the fragment cut off are closed. Text without operators is one phrase.
- Lists of authors: OR of `au:`; the numbers (Semantic Scholar's) and comment lines are dropped;
  what a template shows as its example is taken.
- Lists of classes: OR of `cat:`.
- Prose has no mechanical reading: TOPICS below gives, by hand, the phrases it names.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from data import DATA

from bot.query.ast import Query
from bot.query.parse import parse

TOPICS: Final = {
    "q0182": '("jet quenching" OR "jet energy loss" OR "energy loss" OR "momentum loss")'
    ' ("heavy-ion collision" OR jet)'
    ' OR "ultra-relativistic heavy-ion" OR "relativistic heavy-ion collision"',
    "q0183": '"jet quenching" OR "jet energy loss" OR "ultra-relativistic heavy-ion"'
    ' OR "relativistic heavy-ion collision"',
    "q0184": "(cat:cs.AI OR cat:cs.CL)"
    ' ("large language model" (pretraining OR pre-training OR finetuning OR fine-tuning)'
    ' OR "multimodal machine learning" OR "multimodal learning")'
    ' -"information extraction" -summarization -Arabic -Chinese',
    "q0185": '("test set contamination" OR "data contamination" OR "benchmark contamination"'
    ' OR "membership inference") "language model"'
    " OR RLHF OR instruction-following OR instruction-tuning",
    "q0186": "RLHF OR instruction-following OR instruction-tuning"
    ' OR ("test set contamination" OR "data contamination" OR "membership inference")'
    ' "language model" OR "diffusion language model" OR "scaling law" "language model"'
    ' OR "LLM evaluation" OR "language model evaluation"',
}
"""The topics that prose asks for, read by a person; of what it does not want, the named words."""

_TOKEN = re.compile(
    r"""
    \(|\)
  | (?:[a-zA-Z]+:)?"[^"]*"
  | submittedDate:\[[^\]]*\]
  | \{[^}]*\}
  | [^\s()"]+
    """,
    re.VERBOSE,
)
_OPERATORS = frozenset({"AND", "OR", "ANDNOT"})
_FIELDS = frozenset({"ti", "abs", "au", "cat", "all", "co", "jr", "id"})
_CLASS = re.compile(r"[a-z-]+\.[A-Z]{2}")


def translate(entry: dict[str, Any]) -> tuple[str, list[str]]:  # noqa: PLR0911  # one a syntax
    """The query for one entry, and notes on what was left out."""
    notes: list[str] = []
    raw = entry["raw"]
    match entry["syntax"]:
        case "keyword_list_or_phrases":
            return " OR ".join(_phrase(_cleared(word)) for word in raw), notes
        case "author_list":
            return _authors(raw, notes), notes
        case "category_list":
            return " OR ".join(f"cat:{code.strip()}" for code in raw.split(",")), notes
        case "natural_language_interest" | "natural_language_topics":
            notes.append("prose, read by hand (TOPICS)")
            return TOPICS[entry["id"]], notes
        case "arxiv_api_query_python_quoted":
            return _api(_unquoted(raw), notes), notes
        case "arxiv_api_query_urlencoded":
            return _api(unquote(raw.replace("+", " ")), notes), notes
        case _:
            return _api(unquote(raw), notes), notes


def _phrase(text: str) -> str:
    words = text.split()
    return text.strip() if len(words) == 1 else f'"{" ".join(words)}"'


def _cleared(text: str) -> str:
    return re.sub(r"[^\w\s'.+#/-]", " ", text).strip()


def _authors(lines: list[str], notes: list[str]) -> str:
    names = [line.rpartition(",")[0].strip() for line in lines if not line.startswith("#")]
    if len(names) < len(lines):
        notes.append("comment lines dropped")
    return " OR ".join(f'au:"{name}"' for name in dict.fromkeys(names))


def _unquoted(code: str) -> str:
    """A fragment of Python source as the query it would have sent."""
    text = code.replace('\\"', "\x00").replace('"', " ").replace("\x00", '"').replace("\\", "")
    text = re.sub(r'(?<=")OR(?=")', " OR ", text.replace("+", " "))
    return text + '"' * (text.count('"') % 2)


def _api(text: str, notes: list[str]) -> str:
    """An arXiv API query by pieces; words without an operator between them are one phrase."""
    pieces: list[str] = []
    words: list[str] = []
    for token in [*_TOKEN.findall(text), ")"]:
        if token in _OPERATORS or token in {"(", ")"}:
            if words:
                pieces.append(_value(words, notes))
                words = []
            pieces.append(token)
        elif token.startswith(("submittedDate", "{")):
            notes.append(f"dropped {token}")
            pieces.append("")
        else:
            words.append(token)
    return _joined(pieces[:-1])


def _value(words: list[str], notes: list[str]) -> str:  # noqa: PLR0911  # one a field
    field, colon, first = words[0].partition(":")
    if field == "rn":
        notes.append(f"dropped {' '.join(words)}")
        return ""
    if not colon or field not in _FIELDS:
        if _CLASS.fullmatch(words[0]):
            return f"cat:{words[0]}"
        return _phrase(" ".join(words).replace('"', ""))
    text = " ".join([first, *words[1:]]).replace('"', "").strip()
    if len(words) > 1:
        notes.append(f"{field}:{text} read as a phrase")
    if field == "cat":
        return f"cat:{text}"
    if field == "au":
        family, underscore, initial = text.rpartition("_")
        if underscore and len(initial) == 1:
            return f'au:"{family}, {initial}"'
        return f"au:{_phrase(text.replace('_', ' '))}"
    return f"{field}:{_phrase(text)}"


def _joined(pieces: list[str]) -> str:
    """The query without what was dropped: an operator beside nothing goes with it."""
    kept: list[str] = []
    for piece in pieces:
        if piece:
            kept.append({"ANDNOT": "AND NOT"}.get(piece, piece))
        elif kept and kept[-1] in {"AND", "OR", "AND NOT"}:
            kept.pop()
    return re.sub(r"\( ", "(", re.sub(r" \)", ")", " ".join(kept)))


def main() -> None:
    """Write the file; an entry that is no query even so ends the program with its message."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        raise SystemExit("Usage: python benchmarks/queries.py OUT.jsonl [--notes]")
    lines = (DATA / "queries" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    written = []
    for entry in map(json.loads, lines):
        query, notes = translate(entry)
        read = parse(query)
        if not isinstance(read, Query):
            raise SystemExit(f"{entry['id']}: {read.message}\n{read.caret()}\n{entry['raw']}")
        if "--notes" in sys.argv:
            print(entry["id"], read.canonical, *notes, *read.warnings, sep="\n    ")
        written.append(json.dumps({"id": entry["id"], "query": query}, ensure_ascii=False))
    Path(sys.argv[1]).write_text("\n".join(written) + "\n", encoding="utf-8")
    print(f"{len(written)} subscriptions in {sys.argv[1]}", file=sys.stderr)


if __name__ == "__main__":
    main()
