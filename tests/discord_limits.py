"""Limits of messages, forms and choices that Discord checks and its description does not tell.

docs.discord.com, resources/message and components/reference (2026-08).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from discord_components import every_component, layout_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]

EPHEMERAL, SILENT, COMPONENTS_V2 = 1 << 6, 1 << 12, 1 << 15
_FLAGS = (1 << 2) | EPHEMERAL | SILENT | COMPONENTS_V2 | (1 << 13)


def message_problems(
    message: Json, *, is_edit: bool = False, is_answer: bool = False
) -> list[str]:
    """What Discord would refuse in a message, and what it would not and should not be there."""
    flags = int(message.get("flags") or 0)
    found = [*_text(message), *_embeds(message), *_mentions(message)]
    listed = list(message.get("components") or [])
    kinds = {one.get("type") for one in listed}
    if flags & COMPONENTS_V2 or kinds - {1}:
        found += layout_problems(message)
        if not (is_edit or flags & COMPONENTS_V2):
            found.append("components of a layout without its flag")
    else:
        found += _rows(listed)
    if flags & ~_FLAGS or (flags & EPHEMERAL and not is_answer):
        found.append(f"flags {flags}")
    shown = ("content", "embeds", "components", "sticker_ids", "poll", "attachments")
    if not is_edit and not any(message.get(name) for name in shown):
        found.append("an empty message")
    return found


def form_problems(form: Json) -> list[str]:
    """What Discord would refuse in a modal."""
    found = list(_within("title", form.get("title"), 1, 45))
    found += _within("custom_id", form.get("custom_id"), 1, 100)
    rows = form.get("components") or []
    if not 1 <= len(rows) <= 5:
        found.append(f"{len(rows)} rows in a form")
    ids: list[str] = []
    for row in rows:
        inner = row.get("components") or [row.get("component") or {}]
        if row.get("type") == 18:
            found += _within("label", row.get("label"), 1, 45)
            found += _within("description", row.get("description"), 0, 100)
        for one in inner:
            ids.append(str(one.get("custom_id")))
            found += _within("custom_id", one.get("custom_id"), 1, 100)
            if one.get("type") == 4:
                found += _within("placeholder", one.get("placeholder"), 0, 100)
                found += _within("value", one.get("value"), 0, 4000)
    return [*found, *_unique(ids)]


def choice_problems(choices: Iterable[Json]) -> list[str]:
    """What Discord would refuse in the answer to an autocompletion."""
    listed = list(choices)
    found = [] if len(listed) <= 25 else [f"{len(listed)} choices"]
    for one in listed:
        found += _within("choice name", one.get("name"), 1, 100)
        if isinstance(one.get("value"), str):
            found += _within("choice value", one["value"], 1, 100)
    return found


def thread_problems(thread: Json) -> list[str]:
    """What Discord would refuse in a forum post."""
    found = [*_within("name", thread.get("name"), 1, 100), *_encoded(thread.get("name"))]
    if len(thread.get("applied_tags") or []) > 5:
        found.append("more than 5 tags")
    return [*found, *message_problems(thread.get("message") or {})]


def command_problems(commands: list[Json]) -> list[str]:
    """What Discord would refuse in a list of commands."""
    found = [] if len(commands) <= 100 else [f"{len(commands)} commands"]
    found += _unique([f"{one.get('type', 1)}:{one['name']}" for one in commands])
    for one in commands:
        found += _command(one, 0)
        size = sum(_command_sizes(one))
        if size > 8000:
            found.append(f"/{one['name']} has {size} characters")
    return found


def _command(one: Json, depth: int) -> Iterator[str]:
    name = str(one.get("name"))
    if one.get("type", 1) == 1 or depth:
        yield from _within("description", one.get("description"), 1, 100)
        if name != name.lower() or not 1 <= len(name) <= 32 or " " in name:
            yield f"command name {name!r}"
    options = one.get("options") or []
    if len(options) > 25 or depth > 3:
        yield f"{len(options)} options at depth {depth}"
    yield from _unique([str(option["name"]) for option in options])
    needed = [bool(option.get("required")) for option in options]
    if needed != sorted(needed, reverse=True):
        yield f"{name}: a required option after an optional one"
    if len(one.get("choices") or []) > 25:
        yield f"{name} has too many choices"
    if one.get("choices") and one.get("autocomplete"):
        yield f"{name} has choices and autocomplete"
    for option in options:
        yield from _command(option, depth + 1)


def _command_sizes(one: Json) -> Iterator[int]:
    yield len(str(one.get("name", ""))) + len(str(one.get("description", "")))
    for choice in one.get("choices") or []:
        yield len(str(choice["name"])) + len(str(choice["value"]))
    for option in one.get("options") or []:
        yield from _command_sizes(option)


def _text(message: Json) -> Iterator[str]:
    yield from _within("content", message.get("content"), 0, 2000)
    yield from _encoded(message)
    yield from _within("nonce", message.get("nonce"), 1, 25)


def _encoded(value: object) -> Iterator[str]:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        yield "a lone surrogate"
    if "\\u0000" in text:
        yield "a NUL"


def _embeds(message: Json) -> Iterator[str]:
    embeds = message.get("embeds") or []
    if len(embeds) > 10:
        yield f"{len(embeds)} embeds"
    if sum(_embed_size(one) for one in embeds) > 6000:
        yield "embeds of more than 6,000 characters"
    yield from _unique([one["url"] for one in embeds if one.get("url")])
    for one in embeds:
        if not any(one.get(name) for name in ("title", "description", "fields", "image")):
            yield "an empty embed"
        for name, most in (("title", 256), ("description", 4096)):
            yield from _within(name, one.get(name), 1, most)
        yield from _within("footer", (one.get("footer") or {}).get("text"), 1, 2048)
        yield from _within("author", (one.get("author") or {}).get("name"), 1, 256)
        yield from _urls(
            one.get("url"),
            (one.get("author") or {}).get("url"),
            (one.get("author") or {}).get("icon_url"),
            (one.get("footer") or {}).get("icon_url"),
            (one.get("image") or {}).get("url"),
            (one.get("thumbnail") or {}).get("url"),
        )
        fields = one.get("fields") or []
        if len(fields) > 25:
            yield f"{len(fields)} fields"
        for field in fields:
            for name, most in (("name", 256), ("value", 1024)):
                text = field.get(name)
                if not isinstance(text, str) or not text.strip() or len(text) > most:
                    yield f"field {name} {str(text)[:40]!r}"


def _embed_size(one: Json) -> int:
    texts = [one.get("title"), one.get("description")]
    texts += [(one.get("footer") or {}).get("text"), (one.get("author") or {}).get("name")]
    for field in one.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(text.strip()) for text in texts if text)


def _rows(rows: list[Json]) -> Iterator[str]:
    """Rows under a message of content and embeds."""
    if len(rows) > 5:
        yield f"{len(rows)} rows"
    for row in rows:
        yield from _row(row)
    yield from _unique(_ids(rows))


def _row(row: Json) -> Iterator[str]:
    inner = row.get("components") or []
    if row.get("type") != 1 or not inner:
        yield f"a row of type {row.get('type')} with {len(inner)} components"
    kinds = {one.get("type") for one in inner}
    if len(inner) > 5 or (kinds != {2} and len(inner) > 1):
        yield f"{len(inner)} components of types {kinds} in a row"
    for one in inner:
        yield from _button(one) if one.get("type") == 2 else _select(one)


def _ids(listed: list[Json]) -> list[str]:
    return [
        str(one["custom_id"])
        for one in every_component(listed)
        if one.get("custom_id") is not None
    ]


def _button(one: Json) -> Iterator[str]:
    if not one.get("label") and not one.get("emoji"):
        yield "a button without a label"
    yield from _within("label", one.get("label"), 0, 80)
    if one.get("style") == 5:
        yield from _urls(one.get("url"))
        if not 1 <= len(str(one.get("url") or "")) <= 512 or "custom_id" in one:
            yield f"a link button with url {one.get('url')!r}"
    else:
        yield from _within("custom_id", one.get("custom_id") or "", 1, 100)
        if "url" in one or one.get("style") not in {1, 2, 3, 4}:
            yield f"a button of style {one.get('style')}"


def _select(one: Json) -> Iterator[str]:
    yield from _within("custom_id", one.get("custom_id") or "", 1, 100)
    yield from _within("placeholder", one.get("placeholder"), 0, 150)
    options = one.get("options") or []
    if one.get("type") == 3 and not 1 <= len(options) <= 25:
        yield f"{len(options)} options"
    for option in options:
        yield from _within("option label", option.get("label") or "", 1, 100)
        yield from _within("option value", option.get("value") or "", 1, 100)
        yield from _within("option description", option.get("description"), 1, 100)
    yield from _unique([str(option.get("value")) for option in options])


def _mentions(message: Json) -> Iterator[str]:
    allowed = message.get("allowed_mentions")
    if not isinstance(allowed, dict) or allowed.get("parse") != []:
        yield f"allowed_mentions is {allowed}"


def _within(name: str, text: object, least: int, most: int) -> Iterator[str]:
    if text is None:
        return
    if not isinstance(text, str) or not least <= len(text) <= most:
        yield f"{name} has {len(str(text))} characters"


def _urls(*urls: object) -> Iterator[str]:
    for url in urls:
        if url is None:
            continue
        try:
            parts = urlsplit(str(url))
            bad = parts.scheme not in {"http", "https"} or not parts.hostname or " " in str(url)
        except ValueError:
            bad = True
        if bad or len(str(url)) > 2048:
            yield f"url {str(url)[:60]!r}"


def _unique(names: list[str]) -> list[str]:
    return [f"{name[:60]!r} is there {n} times" for name, n in Counter(names).items() if n > 1]
