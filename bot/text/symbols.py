r"""TeX's names for characters, accents and alphabets, from pylatexenc's tables.

Only its tables: its parser loses what stands after a bare %, drops macros that it does not know,
raises on real abstracts, and reads files for \\input.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from pylatexenc.latex2text import fmt_math_text_style, get_default_latex_context_db

_SYMBOL_MAX: Final = 3
_FUNCTIONS: Final = {
    name: name for name in ("arg", "deg", "det", "dim", "gcd", "hom", "ker", "mod", "LaTeX", "TeX")
}
_OWN: Final = _FUNCTIONS | {
    "eg": "e.g.",
    "ie": "i.e.",
    "ne": "≠",
    "land": "∧",
    "lor": "∨",
    "triangle": "△",
    "Box": "□",
    "P": "¶",
    "Re": "ℜ",
    "S": "§",
    "colon": ":",
    "degree": "°",
    "percent": "%",
    "prime": "′",
    "sim": "~",
    "textasciitilde": "~",
    "textbackslash": "\\",
    "textgreater": ">",
    "textless": "<",
    "textdegree": "°",
    "textmu": "µ",
    "leqslant": "⩽",
    "geqslant": "⩾",
    "quad": " ",
    "qquad": " ",
    "item": " ",
    "newline": " ",
}
_NOT_SYMBOLS: Final = frozenset({"today"})
"""Names whose text in pylatexenc is not a character: the date, for one."""

_ACCENTS: Final = {
    '"': "\u0308",
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "c": "\u0327",
    "v": "\u030c",
    "H": "\u030b",
    "u": "\u0306",
    "k": "\u0328",
    "r": "\u030a",
    "b": "\u0331",
    "d": "\u0323",
    "t": "\u0361",
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "overline": "\u0304",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
}
_ALPHABETS: Final = {
    "mathbb": "doublestruck",
    "Bbb": "doublestruck",
    "mathcal": "script",
    "mathscr": "script",
    "mathfrak": "fraktur",
    "frak": "fraktur",
}
_SUPERSCRIPT: Final = str.maketrans("0123456789+-−=", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼")
_SUBSCRIPT: Final = str.maketrans("0123456789+-−=", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌")
_RAISABLE: Final = frozenset("0123456789+-−=")
_STYLE_NAMES: Final = """
    textbf textit emph texttt textsc textsf textrm textup textsl textmd textnormal text mathrm
    mathbf mathit mathsf mathtt mathnormal operatorname underline uline mbox hbox fbox boldsymbol
    bm pmb ensuremath mathop mathbin mathrel footnote url caption section subsection paragraph
    title ce num textquote enquote underbrace overbrace phantom smash mathds textsubscript boxed
    textsuperscript cite citep citet ref eqref autoref cref label
"""
_SWITCH_NAMES: Final = """
    bf it rm em sc tt sf sl cal frak Bbb displaystyle textstyle scriptstyle scriptscriptstyle
    limits nolimits left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr noindent
    small large Large footnotesize normalsize bfseries itshape scshape xspace boldmath protect
    nonumber relax
"""
STYLES: Final = frozenset(_STYLE_NAMES.split())
"""Macros whose one argument is text to read."""
SWITCHES: Final = frozenset(_SWITCH_NAMES.split())
"""Macros that only change the looks of what follows."""
_TABLES: Final = get_default_latex_context_db()


@lru_cache(maxsize=4096)
def symbol(name: str) -> str | None:
    """The character or the function's name that a macro stands for; None for other macros."""
    if name in _OWN:
        return _OWN[name]
    if name in _NOT_SYMBOLS:
        return None
    spec = _TABLES.get_macro_spec(name)
    text = getattr(spec, "simplify_repl", None)
    if not isinstance(text, str) or "%" in text or not text.strip():
        return None
    return text if len(text) <= _SYMBOL_MAX or text == name else None


def is_accent(name: str) -> bool:
    """Whether a macro of this name sets a mark on a letter."""
    return name in _ACCENTS


def accented(name: str, text: str) -> str:
    """One letter with its mark; what is more than a letter stays as it is."""
    base = {"ı": "i", "ȷ": "j"}.get(text, text)
    if len(base) != 1 or not base.isalpha():
        return text
    return unicodedata.normalize("NFC", base + _ACCENTS[name])


def is_alphabet(name: str) -> bool:
    """Whether a macro of this name changes the alphabet: blackboard, script, fraktur."""
    return name in _ALPHABETS


def lettered(name: str, text: str) -> str:
    """Text in another alphabet; NFKC leads back to the plain letters."""
    return str(fmt_math_text_style(text, _ALPHABETS[name]))


def scripted(sign: str, text: str) -> str:
    """What stands after _ or ^: figures and signs have characters of their own."""
    if text in ("∘", "°"):
        return "°" if sign == "^" else "∘"
    if text == "′" and sign == "^":
        return "′"
    if text and _RAISABLE.issuperset(text):
        return text.translate(_SUPERSCRIPT if sign == "^" else _SUBSCRIPT)
    return f"{sign}{text}" if text.isalnum() or len(text) == 1 else f"{sign}({text})"
