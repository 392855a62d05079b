"""The page itself: a handful of files, read once, given from memory."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


def page_routes() -> list[web.RouteDef]:
    """One route a file; the page's own address gives index.html."""
    found = files("adapters.web").joinpath("page")
    return [
        web.get("/" if entry.name == "index.html" else f"/{entry.name}", _giver(entry.name, body))
        for entry in sorted(found.iterdir(), key=lambda entry: entry.name)
        if entry.name.rpartition(".")[2] in _TYPES and (body := entry.read_bytes())
    ]


def _giver(name: str, body: bytes) -> Handler:
    tag = hashlib.sha256(body).hexdigest()[:16]
    content_type = _TYPES[name.rpartition(".")[2]]

    async def give(request: web.Request) -> web.Response:
        # asked again each time, so that an upgrade never mixes old and new files
        headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
        known = request.if_none_match or ()
        if any(entry.value == tag for entry in known):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    return give
