"""TeX becomes plain Unicode; what cannot be read stays as typed (QUERY.md, rule 1)."""

from __future__ import annotations

import gzip
import json
import os
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.latex import plain

DATA = Path(os.environ.get("PAPERWIRE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (r"Schr\"odinger", "Schrödinger"),
        (r"Schr\"{o}dinger and {\"o}", "Schrödinger and ö"),
        (r"Poincar\'e, Erd\H{o}s, Fran\c{c}ois", "Poincaré, Erdős, François"),
        (r"na\"\i ve, \v{S}koda, S\o ren, \L{}ukasz", "naïve, Škoda, Søren, Łukasz"),
        (r"$\alpha$-stable", "α-stable"),
        (r"\emph{x} and \textbf{\emph{y z}}", "x and y z"),
        (r"{\it foo}-bar {DNA} {L}oRA", "foo-bar DNA LoRA"),
        (r"$\mathcal{O}(n\log n)$", "𝒪(n log n)"),
        (r"CO$_2$, La$_{1-x}$, $10^{-3}$, $x_{ij}$", "CO₂, La_(1-x), 10⁻³, x_ij"),
        (r"$\mathbb{R}^d$ at 5$^\circ$C", "ℝ^d at 5°C"),
        (r"$\frac{a}{b}$, $\frac43$, $\sqrt{d+1}$", "a/b, 4/3, √(d+1)"),
        (r"$\tilde{O}(\hat x)$", "Õ(x̂)"),
        (r"\href{http://a.b/c}{code}", "code (http://a.b/c)"),
        (r"\cite{foo2020}", "[foo2020]"),
        (r"$\unicode{x2013}$", "–"),
        (r"\(a \leq b\) and \[c\]", "a ≤ b and c"),
        (r"50\% of R\&D, \#1, a\_b, \{x\}", "50% of R&D, #1, a_b, {x}"),
        ("``quoted'' Fig.~1", "“quoted” Fig. 1"),
        (r"10\,GHz \\ next", "10 GHz next"),
    ],
)
def test_tex_is_read(typed: str, read: str) -> None:
    """Accents, symbols, fonts, scripts and escapes become what TeX would print."""
    assert plain(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "costs $50 and $60",
        "from $ 5 to 6$ a month",
        "$5 a month, $6 a year",
        "bare 50% of it",
        "about ~50% in ~/home, 10~20",
        "{1, 2, 3} and {",
        r"\ours beats \method{x}",
        r"\input{/etc/passwd} \write18{rm -rf /}",
        r"\unknown{a}{b}",
        "a_b^c",
        "\\",
        "{" * 1000,
        "$" * 1000,
        "\\(" * 100,
    ],
)
def test_what_is_no_tex_stays_as_typed(typed: str) -> None:
    """Money, sets, bare percent signs, unknown macros; no file is read."""
    assert plain(typed) == typed


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a\u200bb\u00adc\ufeff", "abc"),
        ("\u202eevil\u202c \u2067x\u2069", "evil x"),
        ("nul\x00l\x07 \ud800lone", "null lone"),
        ("two\n lines\t\u00a0and\u3000more\u2028", "two lines and more"),
        ("Z" + "\u0335" * 30, "Z" + "\u0335" * 4),
        ("e\u0301", "é"),
        ("क्षेत्र", "क्षेत्र"),
    ],
)
def test_what_hides_or_turns_around_goes(typed: str, read: str) -> None:
    """One line, NFC, nothing invisible, at most four marks on a letter."""
    assert plain(typed) == read


@given(st.text(st.one_of(st.sampled_from("\\{}$^_~\"'`%ab1 \ud800\u0301"), st.characters())))
def test_any_text_is_read(text: str) -> None:
    """No text raises; the result is one visible line that can be stored."""
    read = plain(text)

    assert read == " ".join(read.split())
    assert read.encode().decode() == read


@pytest.mark.parametrize(
    "hard",
    [
        *("{" * 100_000, "\\a{" * 30_000, "$a" * 50_000, "\\(a" * 30_000, "\\frac{" * 20_000),
        *("``" * 50_000, "{\\a" * 30_000, "\\" * 100_000, "\u0301" * 100_000, "_{" * 50_000),
        *("$\\a{_{" * 20_000 + "$", "{" * 50_000 + "}" * 50_000, "\\[\\(" * 30_000),
    ],
    ids=lambda hard: hard[:6],
)
def test_no_text_takes_long(hard: str) -> None:
    """Linear in the text: a hundred thousand characters within a second."""
    started = time.process_time()
    plain(hard)

    assert time.process_time() - started < 1


def _texts() -> list[str]:
    files = sorted(DATA.glob("papers/*/*.jsonl.gz"))
    hostile = DATA / "hostile" / "strings"
    if not files or not hostile.exists():
        pytest.skip("no data")
    with gzip.open(files[0], "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line, _ in zip(lines, range(1000), strict=False)]
    naughty = json.loads((hostile / "blns.json").read_text(encoding="utf-8"))
    titles = (hostile / "titles.jsonl").read_text(encoding="utf-8").strip().split("\n")
    return [
        *(f"{paper['title']} {paper['abstract']}" for paper in papers),
        *naughty,
        *(json.loads(line)["title"] for line in titles),
    ]


def test_real_and_hostile_texts_are_read() -> None:
    """Real abstracts and the big list of naughty strings pass, and keep their plain words."""
    for typed in _texts():
        text = unicodedata.normalize("NFC", typed)
        read = plain(text)
        if not set(text) & set("\\$"):
            assert [c for c in text if "a" <= c <= "z"] == [c for c in read if "a" <= c <= "z"]
