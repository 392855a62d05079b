"""Limits of a message made of components alone (flag 1<<15), which the description does not tell.

docs.discord.com, components/reference (2026-08).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Json = dict[str, Any]

COMPONENTS_MAX: Final = 40
TEXT_MAX: Final = 4000
ROW, BUTTON, SELECT, SECTION, TEXT, THUMBNAIL, SEPARATOR, CONTAINER = 1, 2, 3, 9, 10, 11, 14, 17
_INSIDE: Final = {
    ROW: {BUTTON, SELECT, 5, 6, 7, 8},
    SECTION: {TEXT},
    CONTAINER: {ROW, SECTION, TEXT, 12, 13, SEPARATOR},
}
_TOP: Final = {ROW, SECTION, TEXT, 12, 13, SEPARATOR, CONTAINER}


def units(text: str) -> int:
    """Length in UTF-16, the most that Discord could count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def layout_problems(message: Mapping[str, Any]) -> list[str]:
    """What Discord would refuse in a message of components."""
    found = [
        f"{name} beside components"
        for name in ("content", "embeds", "poll", "sticker_ids")
        if message.get(name)
    ]
    components = message.get("components") or []
    every = list(every_component(components))
    if not every:
        found.append("an empty message")
    if len(every) > COMPONENTS_MAX:
        found.append(f"{len(every)} components")
    said = sum(units(one.get("content") or "") for one in every)
    if said > TEXT_MAX:
        found.append(f"{said} characters of text")
    found += _nesting(components, _TOP)
    for one in every:
        found += _one(one)
    ids = Counter(one["custom_id"] for one in every if "custom_id" in one)
    return [*found, *(f"{name!r} is there {n} times" for name, n in ids.items() if n > 1)]


def every_component(components: Sequence[Json]) -> Iterator[Json]:
    """Each component, however deep, accessories too."""
    for one in components:
        yield one
        yield from every_component(one.get("components") or ())
        if "accessory" in one:
            yield from every_component([one["accessory"]])


def _nesting(components: Sequence[Json], allowed: set[int]) -> Iterator[str]:
    for one in components:
        kind = one.get("type")
        if kind not in allowed:
            yield f"type {kind} has no place here"
            continue
        inner = one.get("components") or []
        if kind in _INSIDE:
            if not inner:
                yield f"type {kind} without components"
            yield from _nesting(inner, _INSIDE[kind])
        if kind == ROW:
            kinds = {each.get("type") for each in inner}
            if len(inner) > 5 or (kinds != {BUTTON} and len(inner) > 1):
                yield f"a row of {len(inner)} components"
        if kind == SECTION and (len(inner) > 3 or "accessory" not in one):
            yield f"a section of {len(inner)} texts, or without accessory"
        if kind == SECTION and one.get("accessory", {}).get("type") not in {BUTTON, THUMBNAIL}:
            yield "an accessory of no known type"


def _one(one: Json) -> Iterator[str]:
    match one.get("type"):
        case 10:
            if not str(one.get("content") or "").strip():
                yield "an empty text"
        case 2:
            yield from button_problems(one)
        case 3:
            yield from select_problems(one)


def button_problems(one: Json) -> Iterator[str]:
    """What Discord would refuse in a button."""
    if not 1 <= units(one.get("label") or "") <= 80 and not one.get("emoji"):
        yield f"a label of {units(one.get('label') or '')}"
    if one.get("style") == 5:
        if not 1 <= len(one.get("url") or "") <= 512 or "custom_id" in one:
            yield f"a link button to {one.get('url')!r}"
    elif "url" in one or one.get("style") not in {1, 2, 3, 4}:
        yield f"a button of style {one.get('style')}"
    elif not 1 <= units(one.get("custom_id") or "") <= 100:
        yield f"a custom id of {units(one.get('custom_id') or '')}"


def select_problems(one: Json) -> Iterator[str]:
    """What Discord would refuse in a select menu."""
    options = one.get("options") or []
    if not 1 <= len(options) <= 25 or not 1 <= units(one.get("custom_id") or "") <= 100:
        yield f"{len(options)} options, or the custom id"
    if units(one.get("placeholder") or "") > 150:
        yield "a placeholder over 150"
    if len({option["value"] for option in options}) < len(options):
        yield "two options with one value"
    for option in options:
        if not 1 <= units(option["label"]) <= 100 or not 1 <= units(option["value"]) <= 100:
            yield "an option's label or value"
