"""For operators: /healthz (the loop turns), /readyz (it can do its work), /metrics."""

from __future__ import annotations

from aiohttp import web

from adapters.web.desk import DESK, reply


async def healthz(request: web.Request) -> web.Response:
    """200 while the program is alive, 503 and the reason otherwise."""
    return _wellness(await request.app[DESK].facts.health())


async def readyz(request: web.Request) -> web.Response:
    """200 while it can take and post papers, 503 and the reason otherwise."""
    return _wellness(await request.app[DESK].facts.ready())


async def metrics(request: web.Request) -> web.Response:
    """Prometheus text."""
    return web.Response(
        body=await request.app[DESK].facts.metrics(),
        headers={
            "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
            "Cache-Control": "no-store",
        },
    )


def _wellness(trouble: str | None) -> web.Response:
    return reply({"ok": trouble is None, "reason": trouble}, 200 if trouble is None else 503)
