"""Text from outside on its way into a payload: visible, clipped, escaped where that is needed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from bot.card.abstract import clip
from bot.text.clean import tidy

URL_MAX: Final = 3000
"""Characters of a link (slack_sdk models)."""

_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:[^\W\d_]{2,}|xn--[\w-]+)")
_BEFORE: Final = re.compile(r"""(?:^|[\s/()\[\]<>"',|])\Z""")
_AFTER: Final = re.compile(r"""[.:;!?]*(?:[\s/()\[\]<>"',|]|\Z)""")
"""What may stand around a host for it to be that host: an accent or a dollar makes it another."""


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


def escaped(text: str) -> str:
    """For a field that Slack reads as markup: only & < > mean something there, and only once."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def one_line(text: str, size_max: int) -> str:
    """Visible and short enough for a label."""
    return clip(tidy(text), size_max)


def is_linkable(url: str | None) -> bool:
    """Whether Slack takes the link: http(s), with a host, not too long."""
    return url is not None and len(url) <= URL_MAX and bool(host_of(url))


def host_of(url: str) -> str:
    """The host a link leads to; empty where it is none that may be shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
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
