"""What people see in Discord's Markdown, read the way its client reads it, and where links lead.

Written from the rules of the client (escape, code, masked and bare links, mentions, emoji,
timestamps, blocks at the beginning of a line), and on the safe side where they are not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_ESCAPE: Final = re.compile(r"\\([^0-9A-Za-z\s])")
_BLOCK: Final = re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE)
_SPAN: Final = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
_MASKED: Final = re.compile(
    r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?\s*\)"
)
_IN_LINK: Final = re.compile(
    r"[\\*`<>\[\]]|_.*_|~~|\|\||://|:\w+:|[\u2600-\u27bf\U0001f000-\U0001faff]"
)
"""The words of a masked link know no backslash; an address or emoji in them makes it none."""

_BARE: Final = re.compile(r"(?:https?|steam|discord)://[^\s<]+[^<.,:;\"'\]\s]", re.IGNORECASE)
_ANGLED: Final = re.compile(
    r"<(?:@[!&]?\d+|#\d+|a?:\w+:\d+|t:-?\d+(?::\w)?|/[^>:]+:\d+|id:\w+|sound:[^>]*"
    r"|[^: >]+:/[^ >]+|[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+|(?:tel:|sms:)?\+?[\d()][\d() ./-]+)>"
)
_CALL: Final = re.compile(r"@(?:everyone|here)", re.IGNORECASE)
_INVITE: Final = re.compile(r"discord(?:app)?\.(?:gg|com|io|li|new)\b", re.IGNORECASE)
_EMOJI: Final = re.compile(r":([\w+~-]+?(?:::skin-tone-\d)?):")
_PAIRS: Final = {
    "strong": re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"),
    "underline": re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"),
    "em": re.compile(r"_((?:__|\\[\s\S]|[^\\_])+?)_|\*(?=\S)((?:\*\*|\\[\s\S]|[^\\*])+?)\*(?!\*)"),
    "struck": re.compile(r"~~([\s\S]+?)~~(?!_)"),
    "spoiler": re.compile(r"\|\|([\s\S]+?)\|\|"),
}
_DULL: Final = re.compile(r"[^\\`\[<@:*_~|hsdHSD\n]+")
"""What begins no rule."""

_STARTS: Final = re.compile(r"(-#|#{1,3}|>>>|>|[*-]|\d+\.)[ \t]")


@dataclass
class Seen:
    """What was read. `strange` is what no text of a paper may become."""

    plain: str = ""
    bold: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    """How lines begin: `###`, `-#`."""


@lru_cache(maxsize=64)
def read(text: str) -> Seen:
    """The text as the client shows it; kept, as each check reads it again."""
    seen = Seen()
    seen.plain = _inline(text, seen, begins=True)
    return seen


def _inline(text: str, seen: Seen, *, begins: bool) -> str:
    shown: list[str] = []
    at, fresh = 0, begins
    while at < len(text):
        if fresh and (found := _STARTS.match(text, at)):
            seen.blocks.append(found[1])
            at, fresh = found.end(), False
            continue
        dull = None if fresh else _DULL.match(text, at)
        word, end = (dull[0], dull.end()) if dull else _rule(text, at, seen)
        fresh = text[at] == "\n" or (fresh and text[at] == " ")
        shown.append(word)
        at = end
    return "".join(shown)


def _rule(text: str, at: int, seen: Seen) -> tuple[str, int]:
    """What the rule that applies here shows, and where it ends."""
    char = text[at]
    if found := _ESCAPE.match(text, at):
        return found[1], found.end()
    if char == "`" and (found := _BLOCK.match(text, at) or _SPAN.match(text, at)):
        seen.code.append(found[2].strip(" ") if found.re is _SPAN else found[2])
        return seen.code[-1], found.end()
    if char == "[" and (found := _MASKED.match(text, at)):
        if _IN_LINK.search(found[1]):
            seen.strange.append(found[0])
        seen.links.append((found[1], _ESCAPE.sub(r"\1", found[2])))
        return found[1], found.end()
    if found := _strange(text, at) or _BARE.match(text, at):
        if found.re is _BARE:
            seen.links.append((found[0], found[0]))
        else:
            seen.strange.append(found[0])
        return found[0], found.end()
    if pair := _pair(text, at):
        name, found = pair
        inner = _inline(next(one for one in found.groups() if one), seen, begins=False)
        (seen.bold if name == "strong" else seen.strange).append(inner)
        return inner, found.end()
    return char, at + 1


def _strange(text: str, at: int) -> re.Match[str] | None:
    for rule in (_ANGLED, _CALL, _EMOJI, _INVITE):
        if found := rule.match(text, at):
            return found
    return None


def _pair(text: str, at: int) -> tuple[str, re.Match[str]] | None:
    for name, rule in _PAIRS.items():
        if found := rule.match(text, at):
            return name, found
    return None


def markdown_of(payload: Json) -> Iterator[tuple[str, str]]:
    """(field, text) of every text that the client reads as Markdown."""
    if payload.get("content"):
        yield "content", payload["content"]
    for embed in payload.get("embeds") or ():
        for name in ("title", "description"):
            if name in embed:
                yield name, embed[name]
    waiting = list(payload.get("components") or ())
    while waiting:
        one = waiting.pop(0)
        if one.get("type") == 10:
            yield "text", one["content"]
        waiting += [
            *(one.get("components") or ()),
            *([one["accessory"]] if "accessory" in one else ()),
        ]


def words(payload: Json) -> str:
    """Everything that people see but the buttons."""
    said = [read(text).plain for _, text in markdown_of(payload)]
    feet = [one["footer"]["text"] for one in payload.get("embeds") or () if "footer" in one]
    return "\n".join([*said, *feet])


def links(payload: Json) -> list[tuple[str, str]]:
    """(text, address) of every link, title and link button."""
    found = [link for _, text in markdown_of(payload) for link in read(text).links]
    found += [
        (read(embed["title"]).plain, embed["url"])
        for embed in payload.get("embeds") or ()
        if "url" in embed
    ]
    return found + [(one["label"], one["url"]) for one in buttons(payload) if "url" in one]


def buttons(payload: Json) -> list[Json]:
    """Every button, in order."""
    found: list[Json] = []
    waiting = list(payload.get("components") or ())
    while waiting:
        one = waiting.pop(0)
        if one.get("type") == 2:
            found.append(one)
        inner = [
            *(one.get("components") or ()),
            *([one["accessory"]] if "accessory" in one else ()),
        ]
        waiting = [*inner, *waiting]
    return found


def called(payload: Json, named: str = "") -> list[str]:
    """Whatever could call somebody or became something else than words.

    `named` may be shown by name, which calls nobody.
    """
    allowed = payload.get("allowed_mentions") or {}
    found = [] if allowed.get("parse") == [] else ["mentions are parsed"]
    ids = {*allowed.get("users", ()), *allowed.get("roles", ())}
    if named in ids:
        found.append(f"{named} is called")
    for name, text in markdown_of(payload):
        fine = {named, *ids} if name == "content" else {named}
        seen = read(text)
        found += [f"{name}: {o}" for o in seen.strange if re.sub(r"\D", "", o) not in fine]
    return found


def lies(payload: Json) -> list[str]:
    """Links whose text names a host other than theirs, or that are no plain web links."""
    found = []
    for text, url in links(payload):
        host = _host(url)
        if not host:
            found.append(f"{text!r} leads to {url}")
            continue
        named = re.split(r"[\s/()\[\]<>\"',|]+", text.lower())
        hosts = {one for word in named if (one := word.strip(".:;!?").removeprefix("www."))}
        if any(_is_host(one) and one != host.removeprefix("www.") for one in hosts):
            found.append(f"{text!r} leads to {url}")
    return found


def _is_host(word: str) -> bool:
    label, dot, top = word.rpartition(".")
    return bool(dot and label and top.isalpha() and len(top) > 1)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme == "https" and "@" not in parts.netloc else ""
