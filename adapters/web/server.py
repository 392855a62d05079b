"""web_app: the page, its JSON interface and the operator's endpoints as one application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web import api, door, probes
from adapters.web.desk import DESK, WebDesk
from adapters.web.events import Tails, stream_events
from adapters.web.options import checked
from adapters.web.static import page_routes

if TYPE_CHECKING:
    from adapters.web.facts import AnswerFn, Facts
    from adapters.web.options import WebOptions
    from bot.ports import Clock, Messages

BODY_MAX_BYTES = 64 * 1024
"""A command of 8,000 bytes fits even when each character is written as \\uXXXX."""


def web_app(
    answer: AnswerFn, messages: Messages, clock: Clock, options: WebOptions, facts: Facts
) -> web.Application:
    """The application, ready for a runner. SettingsError when the options are not safe.

    Run it without an access log of query strings: the login link carries the token there.
    """
    options = checked(options)
    tails = Tails(messages, options.heartbeat_s)
    app = web.Application(
        middlewares=[door.guarded(options), door.plain_errors], client_max_size=BODY_MAX_BYTES
    )
    app[DESK] = WebDesk(answer, messages, clock, options, facts, tails)
    app.add_routes(
        [
            web.get("/api/channels", api.list_channels),
            web.post("/api/channels", api.create_channel),
            web.get("/api/channels/{channel}/messages", api.list_messages),
            web.post("/api/channels/{channel}/commands", api.run_command),
            web.get("/api/channels/{channel}/events", stream_events, allow_head=False),
            web.get("/api/complete", api.complete),
            web.get("/api/status", api.status),
            web.get("/healthz", probes.healthz),
            web.get("/readyz", probes.readyz),
            web.get("/metrics", probes.metrics),
            *page_routes(),
        ]
    )
    app.on_response_prepare.append(door.add_headers)

    async def close_streams(_: web.Application) -> None:
        tails.close()

    app.on_shutdown.append(close_streams)
    return app
