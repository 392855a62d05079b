"""TeX in titles, abstracts, names and queries becomes plain Unicode, a fragment at a time.

What cannot be read stays as typed; no text gets lost. One pass of one regular expression, no
backtracking: linear in the text, and never deeper than four braces.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.text.clean import tidy
from bot.text.symbols import (
    STYLES,
    SWITCHES,
    accented,
    is_accent,
    is_alphabet,
    lettered,
    scripted,
    symbol,
)

_FRAGMENT_MEMO_MAX: Final = 512
_SIGNS: Final = re.compile(r"[\\${~]|``")


def plain(text: str) -> str:
    """The text as people read it: TeX read, one line, nothing hidden (bot.text.clean)."""
    return tidy(_PIECE.sub(_text_piece, text) if _SIGNS.search(text) else text)


def _nested(depth: int) -> str:
    inner = r"\{(?:[^{}\\]|\\.)*+\}"
    for _ in range(depth - 1):
        inner = rf"\{{(?:[^{{}}\\]++|\\.|{inner})*+\}}"
    return inner


_GROUP: Final = _nested(4)
_ARGUMENTS: Final = rf"(?:\[[^\[\]{{}}\\$]{{0,40}}\])?(?:[ ]?{_GROUP}){{1,2}}"
_LETTER: Final = r"[^\W\d_]"

_LETTER_ACCENTS: Final = (
    "[cvHukrbdt]|hat|widehat|tilde|widetilde|bar|overline|vec|dot|ddot|check|breve|acute|grave"
    "|mathring"
)
_COMMON: Final = rf"""
    \\unicode\{{x(?P<code>[0-9A-Fa-f]{{2,5}})\}}
  | \\(?:(?P<accent>["'`^~=.])\s*+|(?P<letter_accent>{_LETTER_ACCENTS})(?:\s++|(?=\{{)))
      (?:\{{\s*+(?P<inner>\\[ij]|{_LETTER})\s*+\}}|(?P<base>\\[ij](?![A-Za-z])|{_LETTER})(?:(?<=\\[ij])\s++(?={_LETTER}))?)
  | \\(?P<latin>[oOlLij]|ss|ae|AE|oe|OE|aa|AA)(?![A-Za-z])(?:\{{\}}|\s++(?={_LETTER}))?
  | \\[dt]?frac\s*+(?P<over>[0-9]{{2}})(?![0-9])
  | \\(?P<macro>[A-Za-z]++)\*?(?P<arguments>{_ARGUMENTS}|(?:\{{\}})?)
  | \\(?P<escape>[^A-Za-z])
"""
# Pandoc's rule for dollars, but for a lone macro: $\sim$30 is no sum of money.
_PIECE: Final = re.compile(
    rf"""
    \$\$(?P<display>(?:[^$\\]|\\.)++)\$\$
  | \$(?=\S)(?P<math>(?:[^$\\]|\\.)++)(?<!\s)\$(?!\d)
  | \$(?P<sign>\\[A-Za-z]++)\$
  | \\\((?P<round>(?:[^\\]|\\(?![()]).)++)\\\)
  | \\\[(?P<square>(?:[^\\]|\\(?![\[\]]).)++)\\\]
  | {_COMMON}
  | (?P<group>{_GROUP})
  | (?<=[\w.,;:)\]}}])(?<!\d)(?P<tie>~)(?=[\w\\$({{\[])
  | ``(?P<quote>[^`'"]{{1,200}})''
    """,
    re.VERBOSE | re.DOTALL,
)
_MATH_PIECE: Final = re.compile(
    rf"""
    {_COMMON}
  | (?P<script>[_^])\s*+(?:(?P<scripted>{_GROUP}|\\[A-Za-z]++(?:{_GROUP})?)|(?P<mark>[^\s\\{{}}]))
  | (?P<brace>[{{}}])
  | (?P<tie>~)
    """,
    re.VERBOSE | re.DOTALL,
)

_BRACKETED: Final = frozenset(
    {"cite", "citep", "citet", "ref", "eqref", "autoref", "cref", "footnote"}
)
_SPACES: Final = frozenset(" ,;:>\\\n\t")
_NOTHING: Final = frozenset("!/-@")
_PLAIN_GROUP: Final = re.compile(r"\{[\w\s.'’+-]*\}")
_ONE_GROUP: Final = re.compile(_GROUP, re.DOTALL)


def _text_piece(found: re.Match[str]) -> str:
    kind = found.lastgroup
    typed = found[0]
    if kind in ("display", "math", "sign", "round", "square"):
        return _math(found[kind])
    if kind == "group":
        return _group(typed)
    if kind == "tie":
        return " "
    if kind == "quote":
        return f"“{found['quote']}”"
    return _common(found, is_math=False)


def _math_piece(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind == "scripted":
        return scripted(found["script"], _math(found["scripted"]).strip())
    if kind == "mark":
        return scripted(found["script"], found["mark"])
    if kind == "brace":
        return ""
    if kind == "tie":
        return " "
    return _common(found, is_math=True)


def _read_text(text: str) -> str:
    return _PIECE.sub(_text_piece, text)


@lru_cache(maxsize=8192)
def _known_math(text: str) -> str:
    return _MATH_PIECE.sub(_math_piece, text)


def _math(text: str) -> str:
    if len(text) > _FRAGMENT_MEMO_MAX:
        return _MATH_PIECE.sub(_math_piece, text)
    return _known_math(text)


def _group(typed: str) -> str:
    """Braces that TeX would hide: around plain words, or around something to read."""
    inner = typed[1:-1]
    if "\\" in inner or "$" in inner:
        return _read_text(inner).lstrip()
    return inner if _PLAIN_GROUP.fullmatch(typed) else f"{{{_read_text(inner)}}}"


def _common(found: re.Match[str], *, is_math: bool) -> str:
    """What text and mathematics share: characters by code, accents, macros, escapes."""
    match found.lastgroup:
        case "code":
            return chr(int(found["code"], 16))
        case "inner" | "base" as kind:
            name = found["accent"] or found["letter_accent"]
            return accented(name, found[kind].removeprefix("\\"))
        case "over":
            return "/".join(found["over"])
        case "latin":
            return symbol(found["latin"]) or found[0]
        case "escape":
            return _escape(found["escape"])
        case _:
            return _macro(found, is_math=is_math)


def _escape(character: str) -> str:
    if character in _SPACES:
        return " "
    if character in _NOTHING:
        return ""
    if character == "|":
        return "‖"
    return character if character in "%$&#_{}" else f"\\{character}"


def _macro(found: re.Match[str], *, is_math: bool) -> str:  # noqa: PLR0911  # a line a macro
    name = found["macro"]
    read = _math if is_math else _read_text
    groups = [group[1:-1] for group in _ONE_GROUP.findall(found["arguments"])]
    taken = _MACROS_OF_TWO.get(name, 1)
    rest = "".join(f" {read(group)}" for group in groups[taken:])
    match name:
        case "frac" | "tfrac" | "dfrac" if len(groups) > 1:
            return f"{_term(_math(groups[0]))}/{_term(_math(groups[1]))}"
        case "binom" if len(groups) > 1:
            return f"({_math(groups[0])} {_math(groups[1])})"
        case "href" if len(groups) > 1:
            return f"{_read_text(groups[1])} ({groups[0]})"
        case "textcolor" if len(groups) > 1:
            return read(groups[1])
        case "sqrt" if groups:
            return f"√{_term(_math(groups[0]))}{rest}"
        case "begin" | "end" | "color" if groups:
            return rest
        case _:
            return _named(found, groups, rest, is_math=is_math)


_MACROS_OF_TWO: Final = {"frac": 2, "tfrac": 2, "dfrac": 2, "binom": 2, "href": 2, "textcolor": 2}


def _named(found: re.Match[str], groups: list[str], rest: str, *, is_math: bool) -> str:
    name = found["macro"]
    if groups and name in STYLES:
        inner = _math(groups[0]) if is_math and "text" not in name else _read_text(groups[0])
        return (f"[{inner}]" if name in _BRACKETED else _raised(name, inner)) + rest
    if groups and is_alphabet(name):
        return lettered(name, _math(groups[0])) + rest
    if groups and is_accent(name):
        return accented(name, _math(groups[0])) + rest
    is_style = name in STYLES or is_alphabet(name)
    if name in SWITCHES or (is_style and (is_math or name.startswith("math"))):
        return "".join(_math(group) if is_math else _read_text(group) for group in groups)
    sign = symbol(name)
    if sign is None:
        return found[0]
    return _spaced(sign, found) + "".join(f"{{{group}}}" for group in groups if group)


def _raised(name: str, text: str) -> str:
    if name == "textsuperscript":
        return scripted("^", text).removeprefix("^")
    return scripted("_", text).removeprefix("_") if name == "textsubscript" else text


def _spaced(sign: str, found: re.Match[str]) -> str:
    r"""A function's name apart from the words beside it: n\\log n."""
    if len(sign) == 1 or not sign.isalpha():
        return sign
    text, start, end = found.string, found.start(), found.end()
    left = " " if text[start - 1 : start].isalnum() else ""
    right = " " if text[end : end + 1].isalnum() or text[end : end + 1] == "\\" else ""
    return f"{left}{sign}{right}"


def _term(text: str) -> str:
    """Brackets around what would otherwise come apart beside a slash or a root."""
    return text if text.isalnum() else f"({text})"
