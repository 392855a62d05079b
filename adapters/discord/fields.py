"""The fields of a form (modal) as Discord takes them, and what comes back in them. Plain JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.discord.tree import Json

LABEL_MAX: Final = 45
DESCRIPTION_MAX: Final = 100

_LABEL: Final = 18
_TEXT: Final = 4
_ROLES: Final = 6
_MENTIONABLE: Final = 7
_CHECKBOXES: Final = 22
_SHORT: Final = 1
_LONG: Final = 2


def label(title: str, said: str, field: Json) -> Json:
    """A field with what it is called and what it is for."""
    return {
        "type": _LABEL,
        "label": title[:LABEL_MAX],
        "description": said[:DESCRIPTION_MAX],
        "component": field,
    }


def text_input(
    name: str, value: str, *, size_max: int, long: bool = False, required: bool = False
) -> Json:
    """Text to be typed, or changed: of one line, or of several."""
    field: Json = {
        "type": _TEXT,
        "custom_id": name,
        "style": _LONG if long else _SHORT,
        "max_length": size_max,
        "required": required,
    }
    return {**field, "value": value[:size_max]} if value else field


def checkboxes(name: str, options: Sequence[Json]) -> Json:
    """Options of which one at least is to be checked."""
    return {
        "type": _CHECKBOXES,
        "custom_id": name,
        "options": list(options),
        "min_values": 1,
        "max_values": len(options),
        "required": True,
    }


def roles_field(name: str, roles: Sequence[str], at_most: int) -> Json:
    """Roles of the server, with those that are chosen."""
    chosen = [("role", one) for one in roles[:at_most]]
    return _chosen(_ROLES, name, chosen, at_most)


def mention_field(name: str, calls: tuple[str, str] | None) -> Json:
    """One person or role, by kind and id where one is chosen.

    A field of roles alone could not name oneself. One that names another person is refused by the
    core, but for whom an edited subscription calls already, who therefore can stand in it.
    """
    return _chosen(_MENTIONABLE, name, [calls] if calls is not None else [], 1)


def _chosen(kind: int, name: str, chosen: Sequence[tuple[str, str]], at_most: int) -> Json:
    field: Json = {
        "type": kind,
        "custom_id": name,
        "required": False,
        "min_values": 0,
        "max_values": at_most,
    }
    if chosen:
        field["default_values"] = [{"type": of, "id": one} for of, one in chosen]
    return field


def sent_fields(components: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Every field of a sent form by its name: one value, or those that were chosen."""
    found: list[tuple[str, list[str]]] = []
    for one in components:
        inner = one.get("component")
        found += sent_fields([inner] if isinstance(inner, dict) else one.get("components") or ())
        if "value" in one:
            found.append((str(one.get("custom_id")), [str(one["value"] or "")]))
        elif "values" in one:
            found.append((str(one.get("custom_id")), [str(v) for v in one["values"] or ()]))
    return found
