"""Discord's own OpenAPI description as a judge of what is sent to it.

`faults(name, body)` names what is wrong with a body by one of the description's schemas; `body_of`
finds the schema of a request by its method and path. The description is no part of the
repository: without it, `described()` is None and tests say "no data".
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]

URI: Final = "urn:discord"
_DEFAULT: Final = Path(__file__).parents[1] / "../shared/data"
_FORMATS: Final = FormatChecker(formats=())


@cache
def described() -> Json | None:
    """The description; None where the data is not there."""
    folder = Path(os.environ.get("PAPERWIRE_TEST_DATA", _DEFAULT))
    file = folder / "platforms" / "discord" / "openapi.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def faults(name: str, body: object) -> list[str]:
    """Where a body is not as `components/schemas/<name>` says; nothing without the description."""
    if described() is None:
        return []
    return [
        f"{error.json_path}: {error.message[:200]}"
        for error in _validator(f"#/components/schemas/{name}").iter_errors(body)
    ]


def request_faults(method: str, path: str, body: object) -> list[str]:
    """The same for a request to `/channels/1/messages`; an unknown path is a fault, too."""
    if described() is None:
        return []
    place = body_of(method, path)
    if place is None:
        return [f"{method} {path} is not described"]
    return [
        f"{error.json_path}: {error.message[:200]}"
        for error in _validator(place).iter_errors(body)
    ]


def body_of(method: str, path: str) -> str | None:
    """Where the description has the JSON body of a request; None for a path that it lacks."""
    known = described() or {"paths": {}}
    for pattern, template in _paths():
        if pattern.fullmatch(path) is None or method.lower() not in known["paths"][template]:
            continue
        content = (
            known["paths"][template][method.lower()].get("requestBody", {}).get("content", {})
        )
        if "application/json" in content:
            at = template.replace("~", "~0").replace("/", "~1")
            return f"#/paths/{at}/{method.lower()}/requestBody/content/application~1json/schema"
    return None


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Templates as patterns, those with the fewest names in them first (`@me` before an id)."""
    templates = sorted((described() or {"paths": {}})["paths"], key=lambda one: one.count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", one)), one) for one in templates]


@cache
def _validator(place: str) -> Draft202012Validator:
    resource: Resource[Any] = Resource.from_contents(described(), DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(URI, resource)
    schema = {"$ref": f"{URI}{place}"}
    return Draft202012Validator(schema, registry=registry, format_checker=_FORMATS)


@_FORMATS.checks("uri")
def _is_address(value: object) -> bool:
    """Whether it is a whole web address, which is all that Discord takes in embeds and buttons."""
    if not isinstance(value, str):
        return True
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and value.isascii()


@_FORMATS.checks("date-time")
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value) is not None
