"""Polite asking: validators, one pace for all our processes, never before the server said."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from adapters.sources import retry_after
from adapters.sources.http import Answer, Failure
from bot.ports import SourceDown, Unchanged

if TYPE_CHECKING:
    from adapters.sources.http import Http
    from bot.ports import Clock, Leases

DEADLINE_S = 30.0
"""For the whole exchange with redirects, so that a byte a second does not hold us."""

PATIENCE_S = 60.0
"""A turn further away than this is not waited for; the source is asked again later."""

DEFAULT_WAIT_S = 60.0
"""After a 429 that does not say how long; arXiv's can last for minutes (arxiv.py #203)."""

FORBIDDEN_WAIT_S = 3600.0
"""After a 401 or 403: asking again soon makes a block longer."""

_ASKS_TO_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_VALIDATOR_MAX = 512
_MODIFIED = "modified:"


@dataclass(frozen=True, slots=True)
class Lane:
    """Hosts that count our requests together, and the least time between two starts."""

    name: str
    title: str
    gap_s: float
    body_max_bytes: int


ARXIV = Lane("arxiv", "arXiv", 3.1, 10_000_000)
"""One request every three seconds, one connection, for RSS and OAI-PMH and all machines together
(info.arxiv.org/help/api/tou.html); 0.1 s more, lest a request that starts late is followed
too soon. A full feed of 2,000 papers has about 5 MB."""

HUGGINGFACE = Lane("huggingface", "Hugging Face", 1.0, 2_000_000)
"""500 requests in 5 minutes are allowed to an address (hub-docs rate-limits, 2025-09); we ask far
less. The largest answer of 415 recorded days has 360 KB."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that may be read: of a 200, or of a refusal that may explain itself."""

    status: int
    body: bytes
    etag: str | None


Fetch: TypeAlias = Fetched | Unchanged | SourceDown


class Fetcher:
    """Asks one address at a time in each lane. Nothing is retried: the next poll is."""

    def __init__(self, http: Http, clock: Clock, leases: Leases) -> None:
        self.clock = clock
        self._http = http
        self._leases = leases
        self._turns: dict[str, asyncio.Lock] = {}
        self._closed_until: dict[str, float] = {}

    async def get(self, lane: Lane, url: str, etag: str | None = None) -> Fetch:
        """What the address says now, in the lane's turn."""
        async with self._turns.setdefault(lane.name, asyncio.Lock()):
            held = self._held(lane) or await self._wait(lane)
            if held is not None:
                return held
            got = await self._http.get(url, _asking(etag), DEADLINE_S, lane.body_max_bytes)
            if isinstance(got, Failure):
                return SourceDown(
                    f"{lane.title} could not be asked: {got.reason}.", everywhere=True
                )
            return await self._read(lane, got, etag)

    def _held(self, lane: Lane) -> SourceDown | None:
        """Down while the server's own wait lasts, whichever of its feeds was refused."""
        left = self._closed_until.get(lane.name, 0.0) - self.clock.monotonic()
        if left <= 0:
            return None
        return SourceDown(
            f"{lane.title} asked us to wait.", retry_after.clamp(left), everywhere=True
        )

    async def _wait(self, lane: Lane) -> SourceDown | None:
        wait_s = await self._leases.pace(lane.name, lane.gap_s)
        if wait_s > PATIENCE_S:
            # remembered, because each reservation pushes the next turn further away
            self._closed_until[lane.name] = self.clock.monotonic() + wait_s
            return self._held(lane)
        if wait_s > 0:
            await self.clock.sleep(wait_s)
        return None

    async def _read(self, lane: Lane, answer: Answer, etag: str | None) -> Fetch:
        wait_s = retry_after.wait_s(answer.headers, self.clock.now())
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS and wait_s is None:
            wait_s = DEFAULT_WAIT_S
        if answer.status in _ASKS_TO_WAIT and wait_s is not None:
            await self._close(lane, wait_s)
        elif (left := retry_after.exhausted_for_s(answer.headers)) is not None:
            await self._close(lane, left)
        return _fetched(lane, answer, etag, wait_s)

    async def _close(self, lane: Lane, wait_s: float) -> None:
        """Ask nothing of the lane for so long; the other processes learn it from the pace."""
        self._closed_until[lane.name] = self.clock.monotonic() + wait_s
        await self._leases.pace(lane.name, wait_s + lane.gap_s)


def _fetched(  # noqa: PLR0911 - one answer a status
    lane: Lane, answer: Answer, etag: str | None, wait_s: float | None
) -> Fetch:
    match answer.status:
        case 200:
            return Fetched(200, answer.body, _validator(answer))
        case 304 if etag:
            return Unchanged()
        case 400 | 404 | 422:
            return Fetched(answer.status, answer.body, None)
        case 401 | 403:
            reason = f"{lane.title} refuses to answer this machine (HTTP {answer.status})."
            return SourceDown(reason, wait_s or FORBIDDEN_WAIT_S, everywhere=True)
        case 429:
            return SourceDown(
                f"{lane.title} says that we ask too often (HTTP 429).", wait_s, everywhere=True
            )
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return SourceDown(
                f"{lane.title} has trouble of its own (HTTP {status}).", wait_s, everywhere=True
            )
        case status:
            return SourceDown(
                f"{lane.title} answered HTTP {status}, which is no answer.",
                wait_s,
                everywhere=True,
            )


def _asking(etag: str | None) -> dict[str, str]:
    """The header that makes an unchanged answer a 304."""
    if not etag:
        return {}
    if etag.startswith(_MODIFIED):
        return {"If-Modified-Since": etag.removeprefix(_MODIFIED)}
    return {"If-None-Match": etag}


def _validator(answer: Answer) -> str | None:
    """What to give back at the next poll: the ETag, or else the date of the last change."""
    etag = answer.headers.get("etag", "").strip()
    modified = answer.headers.get("last-modified", "").strip()
    found = etag or (_MODIFIED + modified if modified else "")
    whole = found.isascii() and found.isprintable() and len(found) <= _VALIDATOR_MAX
    return found if found and whole else None
