"""Text from outside on its way into a payload: visible, plain, short enough, no false link."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from adapters.discord.ids import units
from bot.card.abstract import clip
from bot.text.clean import tidy

if TYPE_CHECKING:
    from collections.abc import Callable

URL_MAX: Final = 512
"""Characters of a link button's address (components/reference); text gets no longer ones."""

_HOST: Final = re.compile(r"(?<![\w-])[\w-]+(?:\.[\w-]+)*\.(?:[^\W\d_]{2,}|xn--[\w-]+)")
_BEFORE: Final = re.compile(r"""(?:^|[\s/()\[\]<>"',|])\Z""")
_AFTER: Final = re.compile(r"""[.:;!?]*(?:[\s/()\[\]<>"',|]|\Z)""")
"""What may stand around a host for it to be that host: an accent or a dollar makes it another."""

_MEANING: Final = re.compile(
    r"[\\*_`<\[\]]"
    r"|\|(?=\|)|(?<=\|)\||~(?=~)|(?<=~)~|(?<=<)@"
    r"|(?<=\])\(|:(?=//|[^\s:]+:)|(?<=discord)\.|(?<=discordapp)\.",
    re.IGNORECASE,
)
"""What Discord reads as something else than itself anywhere in a line. A backslash in front of any
of it makes it plain: the client's escape rule takes every sign but letters, digits and spaces.
Colons begin emoji (`:tada:`) and make addresses, which link themselves; `discord.gg` invites. A
bracket right behind another would end a link that began before it, even behind a backslash.
"""

_LEADING: Final = re.compile(
    r"^(\s*)(?:([-#>](?=[\s#>])|@(?=silent))|(\d+)(?=\.\s))", re.IGNORECASE
)
"""What makes a heading, a quote, a list or fine print of a line that it begins."""

_UNMASKABLE: Final = re.compile(
    r"[\\*`<>\[\]]|_.*_|~~|\|\||@(?:everyone|here)|:[\w+~-]+:|:/|discord", re.IGNORECASE
)
"""What the words of a masked link cannot hold: the client knows no backslash there, and shows the
whole as it is written when there is an address, a mention, an invitation or an emoji in them."""

_CALLS: Final = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_FENCE: Final = re.compile(r"`(?=``)")
UNSEEN: Final = "\u200b"
"""A break that nobody sees, where a backslash would be seen, or would not break what it should."""


def visible(text: str) -> str:
    """One line without anything hidden; a space at an end stays, as runs lean on each other."""
    seen = tidy(text)
    if not seen:
        return " " if text and text.isspace() else ""
    lead = " " if text[0].isspace() else ""
    return lead + seen + (" " if text[-1].isspace() else "")


def visible_lines(text: str) -> str:
    """The same for text whose columns matter: lines and runs of spaces stay."""
    lines = (" ".join(tidy(word) for word in line.split(" ")) for line in text.splitlines())
    return "\n".join(lines)


def one_line(text: str, size_max: int) -> str:
    """Visible and short enough for a field in which Discord reads no Markdown."""
    return fitted(tidy(text), size_max, str)


def escaped(text: str) -> str:
    """For the middle of a line that Discord reads as Markdown, so that it comes out as it was."""
    return _CALLS.sub(f"@{UNSEEN}", _MEANING.sub(r"\\\g<0>", text))


def line(marked: str) -> str:
    """Markdown as a line of its own: what would make more than a line of it is plain."""
    return _LEADING.sub(_plain_lead, marked)


def escaped_line(text: str) -> str:
    """Text as a whole line."""
    return line(escaped(text))


def _plain_lead(found: re.Match[str]) -> str:
    space, sign, number = found.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\"


def code(text: str) -> str:
    """A code span; what no span holds safely is plain instead."""
    shown = text.strip()
    if not shown or "`" in shown or "](" in shown:
        return escaped(text)
    return f"`{_CALLS.sub(f'@{UNSEEN}', shown)}`"


def code_block(text: str) -> str:
    """Lines whose columns matter; three backticks in them do not end it, nor a link before it."""
    fenced = _FENCE.sub(f"`{UNSEEN}", text).replace("](", f"]{UNSEEN}(")
    return f"```\n{_CALLS.sub(f'@{UNSEEN}', fenced)}\n```"


def fitted(text: str, size_max: int, write: Callable[[str], str]) -> str:
    """The text as `write` puts it, cut at a word so that it takes at most `size_max` units."""
    shown = write(text) if len(text) <= size_max else None
    room = min(len(text), size_max)
    while shown is None or units(shown) > size_max:
        if room <= 0:
            return ""
        shown = write(clip(text, room))
        room = min(room - 1, room * size_max // max(units(shown), 1))
    return shown


def linkable(url: str | None) -> str | None:
    """The link as Discord takes it, with nothing in it that could end it early; None for no link.

    DOIs hold brackets and angles (`10.1016/s0140-6736(20)30183-5`): they are written as %28.
    """
    if not url or not host_of(url):
        return None
    written = quote(url, safe=":/?#@!$&+,;=%~-._", errors="replace")
    return written if len(written) <= URL_MAX else None


def host_of(url: str) -> str:
    """The host a link leads to; empty where it is none that may be shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme != "https" or "@" in parts.netloc:
        return ""
    return parts.hostname or ""


def says_other_host(text: str, url: str) -> bool:
    """Whether a reader could take something in a link's text for a host it does not lead to."""
    host = host_of(url).removeprefix("www.")
    plain = unicodedata.normalize("NFKC", text).replace("。", ".").casefold()
    return any(
        found.group().removeprefix("www.") != host
        or not _BEFORE.search(plain[: found.start()])
        or not _AFTER.match(plain, found.end())
        for found in _HOST.finditer(plain)
    )


def is_maskable(text: str) -> bool:
    """Whether the client shows the text as the words of a link, and as it is."""
    return not _UNMASKABLE.search(text) and (
        text.isascii() or not {unicodedata.category(char) for char in text} & {"So", "Sk", "Me"}
    )
