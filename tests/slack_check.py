"""Whether Slack would take a message: slack_sdk's own models, and the limits that they miss.

Also `links` and `words`, an independent reader of what people would see and where links lead.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = dict[str, Any]

BLOCKS_MAX: Final = 50
SIZE_MAX: Final = 10_000
SECTION_MAX: Final = 3000
FIELD_MAX: Final = 2000

_ELEMENTS: Final = {"text", "link"}
"""What rich text may hold: no user, usergroup, broadcast, channel, emoji, date, color."""

_MARKUP: Final = re.compile(r"<[^>]*>|&(?!amp;|lt;|gt;)")


def problems(payload: Json) -> list[str]:
    """Why Slack would refuse the message, or why it would not look as meant; empty when fine."""
    blocks = payload.get("blocks") or []
    return [
        *_text_problems(payload.get("text"), bool(blocks)),
        *_model_problems(blocks),
        *_whole_problems(blocks),
        *(one for block in blocks for one in _leaf_problems(block)),
    ]


def view_problems(view: Json) -> list[str]:
    """The same for a modal."""
    blocks = view.get("blocks") or []
    found = [*_model_problems(blocks), *_whole_problems(blocks)]
    found += [one for block in blocks for one in _leaf_problems(block)]
    for name in ("title", "submit", "close"):
        text = view.get(name, {"type": "plain_text", "text": "x"})
        if text["type"] != "plain_text" or not 1 <= len(text["text"]) <= 24:
            found.append(f"{name} has 1 to 24 characters of plain text")
    if view.get("type") != "modal" or len(view.get("private_metadata", "")) > 3000:
        found.append("type or private_metadata")
    if len(view.get("callback_id", "")) > 255 or len(blocks) > 100:
        found.append("callback_id or too many blocks")
    for block in blocks:
        element = block.get("element", {})
        if len(element.get("initial_value", "")) > element.get("max_length", 3000):
            found.append("initial_value over max_length")
    return found


def _text_problems(text: object, has_blocks: bool) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield "no_text" if not has_blocks else "no text fallback"
    elif len(text) > 40_000:
        yield "msg_too_long"


def _model_problems(blocks: Sequence[Json]) -> Iterator[str]:
    try:
        known = [Block.parse(block) for block in blocks]
        for block in known:
            if block is None:
                yield "a block of no known type"
            else:
                block.to_dict()
    except (SlackObjectFormationError, TypeError, KeyError, ValueError) as error:
        yield f"invalid_blocks: {error}"


def _whole_problems(blocks: Sequence[Json]) -> Iterator[str]:
    if len(blocks) > BLOCKS_MAX:
        yield "too many blocks"
    if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > SIZE_MAX:
        yield "msg_blocks_too_long"
    block_ids = [block["block_id"] for block in blocks if "block_id" in block]
    action_ids = [
        one["action_id"] for block in blocks for one in _objects(block) if "action_id" in one
    ]
    for ids, name in ((block_ids, "block_id"), (action_ids, "action_id")):
        if len(ids) != len(set(ids)):
            yield f"{name} twice"
        if any(not one or len(one) > 255 for one in ids):
            yield f"{name} is empty or over 255"


def _leaf_problems(block: Json) -> Iterator[str]:
    if block["type"] == "header" and block["text"]["type"] != "plain_text":
        yield "a header is plain text"
    if block["type"] in {"actions", "context", "rich_text"} and not block["elements"]:
        yield f"{block['type']} without elements"
    if block["type"] == "rich_text" and sum(len(word) for word in _texts(block)) > SECTION_MAX:
        yield "rich text over 3,000"
    for one in _objects(block):
        yield from _object_problems(one)
    for field in block.get("fields", ()):
        if len(field["text"]) > FIELD_MAX:
            yield "a field over 2,000"


def _object_problems(one: Json) -> Iterator[str]:
    kind = one.get("type")
    if "text" in one and isinstance(one["text"], str):
        if not one["text"]:
            yield "empty text"
        if any("\ud800" <= char <= "\udfff" for char in one["text"]):
            yield "half a character"
        if len(one["text"]) > SECTION_MAX:
            yield "text over 3,000"
    if kind == "button" and len(one.get("value", "")) > 2000:
        yield "a button's value over 2,000"
    if kind == "overflow" and not 1 <= len(one["options"]) <= 5:
        yield "an overflow menu has 1 to 5 options"
    if kind == "overflow" and any(not 1 <= len(o["value"]) <= 150 for o in one["options"]):
        yield "an option's value over 150"
    if kind == "mrkdwn" and one.get("verbatim") is not True:
        yield "mrkdwn without verbatim"


def _objects(found: object) -> Iterator[Json]:
    """Every object in a payload, from the outside in."""
    if isinstance(found, dict):
        yield found
        for value in found.values():
            yield from _objects(value)
    elif isinstance(found, list):
        for value in found:
            yield from _objects(value)


def _texts(found: object) -> Iterator[str]:
    return (one["text"] for one in _objects(found) if isinstance(one.get("text"), str))


def words(payload: Json) -> str:
    """Everything that people see, in order; buttons and menus too."""
    return "\n".join(_texts(payload.get("blocks") or []))


def mentions(payload: Json) -> list[str]:
    """Whatever could call a person, a channel or everyone, in any field that Slack reads."""
    found = [str(one) for one in _MARKUP.findall(payload.get("text", ""))]
    if payload.get("parse") != "none" or payload.get("link_names") is not False:
        found.append("the text is parsed")
    for one in _objects(payload.get("blocks") or []):
        if one.get("type") == "mrkdwn":
            found += _MARKUP.findall(one["text"])
        inside = one.get("elements", ()) if one.get("type", "").startswith("rich_text_") else ()
        found += [str(leaf) for leaf in inside if leaf["type"] not in _ELEMENTS]
        if one.get("type") == "plain_text" and one.get("emoji") is not False:
            found.append("emoji in plain text")
    return found


def links(payload: Json) -> list[tuple[str, str]]:
    """(text, url) of every link and link button."""
    found = []
    for one in _objects(payload.get("blocks") or []):
        if "url" in one:
            text = one.get("text", "")
            found.append((text["text"] if isinstance(text, dict) else text, one["url"]))
    return found


def lies(payload: Json) -> list[str]:
    """Links whose text names a host other than theirs, or that are no plain web links."""
    found = []
    for text, url in links(payload):
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.username is not None or not parts.hostname:
            found.append(url)
        for word in re.split(r"[\s/()\[\]<>\"',|]+", text.lower()):
            label, dot, top = word.strip(".:;!?").rpartition(".")
            if dot and label and top.isalpha() and len(top) > 1:
                host = word.strip(".:;!?").removeprefix("www.")
                if host != parts.hostname.removeprefix("www."):  # type: ignore[union-attr]
                    found.append(f"{text!r} leads to {url}")
    return found
