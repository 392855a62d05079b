"""Just enough of JSON Schema (draft 7) to check a manifest against Slack's own schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
}
_KNOWN = {
    *("type", "maxLength", "minLength", "additionalProperties", "description", "properties"),
    *("$ref", "required", "items", "maxItems", "minItems", "pattern", "default", "enum", "title"),
    *("patternProperties", "uniqueItems", "maxProperties", "minProperties", "anyOf", "$schema"),
    *("definitions", "format", "requires", "_note", "regex"),
}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list[str]:
    """Where the value is not as the schema says."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        return faults(value, root["definitions"][name], root, at)
    assert set(schema) <= _KNOWN, set(schema) - _KNOWN
    kind = schema.get("type")
    if kind is not None and not isinstance(value, _TYPES[kind]):
        return [f"{at} is no {kind}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at} is none of {schema['enum']}")
    if "anyOf" in schema and all(faults(value, one, root, at) for one in schema["anyOf"]):
        found.append(f"{at} fits nothing of anyOf")
    found += [*_text(value, schema, at), *_list(value, schema, root, at)]
    return [*found, *_object(value, schema, root, at)]


def _text(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{at} has {len(value)} characters"
    pattern = schema.get("pattern") or schema.get("regex")
    if pattern and not re.search(pattern, value):
        yield f"{at} does not match {pattern}"


def _list(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, list):
        return
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{at} has {len(value)} items"
    for place, one in enumerate(value):
        yield from faults(one, schema.get("items", {}), root, f"{at}[{place}]")


def _object(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    yield from (f"{at} lacks {name}" for name in schema.get("required", ()) if name not in value)
    for name, one in value.items():
        fits = [s for p, s in schema.get("patternProperties", {}).items() if re.search(p, name)]
        if name in known:
            yield from faults(one, known[name], root, f"{at}.{name}")
        elif fits:
            yield from faults(one, fits[0], root, f"{at}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at} knows no {name}"
