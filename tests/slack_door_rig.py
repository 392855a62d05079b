"""The HTTP door with a stopped clock, asked without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import streams, web
from aiohttp.test_utils import make_mocked_request
from fakes import FakeLeases, StoppedClock
from multidict import CIMultiDict
from slack_mutate import SECRET
from slack_rig import Heard, heard_app

from adapters.slack.door import PATH, slack_http

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_mutate import Raw


class Door:
    """The handler with a stopped clock, asked without a network."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.heard = Heard()
        self.handler: Callable[[web.Request], Awaitable[web.Response]] = slack_http(
            heard_app(self.heard), SECRET, FakeLeases(self.clock).once, self.clock
        )

    @property
    def now_s(self) -> float:
        """The clock's time as Slack writes it."""
        return self.clock.now().timestamp()

    async def ask(self, raw: Raw) -> int:
        """The status of the answer to a request."""
        payload = streams.StreamReader(_Protocol(), 2**20)  # type: ignore[arg-type]  # never paused
        payload.feed_data(raw.body)
        payload.feed_eof()
        request = make_mocked_request(
            "POST", PATH, headers=CIMultiDict(raw.headers), payload=payload
        )
        return (await self.handler(request)).status


class _Protocol:
    """The least that a StreamReader asks of a connection."""

    _reading_paused = False

    def pause_reading(self) -> None:
        """Nothing to pause."""

    def resume_reading(self, *, resume_parser: bool = True) -> None:
        """Nothing to resume."""
