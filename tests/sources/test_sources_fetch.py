"""Politeness: validators, the pace of all processes, and waiting as long as the server said."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from fakes import FakeLeases
from hypothesis import given, settings
from hypothesis import strategies as st
from sources_kit import Script, Tardy, serve
from virtual import FakeClock

from adapters.sources import retry_after
from adapters.sources.arxiv_rss import ArxivRss
from adapters.sources.fetch import ARXIV, HUGGINGFACE, Fetched, Fetcher
from adapters.sources.http import Answer, Failure
from adapters.sources.huggingface import HuggingFaceDaily
from bot.ports import Batch, SourceDown, Unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.sources.client import Client
    from adapters.sources.http import Got

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def fetcher(http: Script | Client, clock: FakeClock | None = None) -> Fetcher:
    """A Fetcher on virtual time."""
    clock = clock or FakeClock(NOW, skips=True)
    return Fetcher(http, clock, FakeLeases(clock))


async def test_an_etag_makes_an_unchanged_feed_cost_a_304() -> None:
    """The ETag of an answer is given back, and a 304 to it is Unchanged."""
    http = Script([Answer(200, {"etag": 'W/"a"'}, b"x"), Answer(304, {}, b"")])
    ask = fetcher(http)

    first = await ask.get(ARXIV, "http://h/1")
    second = await ask.get(ARXIV, "http://h/1", 'W/"a"')

    assert Fetched(200, b"x", 'W/"a"') == first
    assert Unchanged() == second
    assert [headers for _, headers in http.asked] == [{}, {"If-None-Match": 'W/"a"'}]


async def test_a_date_of_change_serves_where_there_is_no_etag() -> None:
    """Last-Modified is kept as the validator and asked with If-Modified-Since."""
    changed = "Mon, 02 Mar 2026 05:00:01 GMT"
    http = Script([Answer(200, {"last-modified": changed}, b"x"), Answer(304, {}, b"")])
    ask = fetcher(http)

    first = await ask.get(ARXIV, "http://h/1")
    assert isinstance(first, Fetched)
    second = await ask.get(ARXIV, "http://h/1", first.etag)

    assert Unchanged() == second
    assert {"If-Modified-Since": changed} == http.asked[1][1]


async def test_a_validator_that_is_no_header_is_dropped() -> None:
    """An ETag of 10 KB or with strange letters is not kept."""
    for etag in ["x" * 10_000, '"é"', '"a\r\nb"']:
        got = await fetcher(Script([Answer(200, {"etag": etag}, b"")])).get(ARXIV, "http://h")
        assert Fetched(200, b"", None) == got


async def test_a_304_that_was_not_asked_for_is_no_answer() -> None:
    """Without an ETag a 304 has nothing that could be unchanged."""
    got = await fetcher(Script([Answer(304, {}, b"")])).get(ARXIV, "http://h")

    assert SourceDown("arXiv answered HTTP 304, which is no answer.") == got


async def test_starts_stand_three_seconds_apart_over_all_processes() -> None:
    """Three processes with eight requests each start no two within 3 s of each other."""
    clock = FakeClock(NOW)
    leases = FakeLeases(clock)
    starts: list[float] = []
    http = Tardy(clock.sleep, _empty, lambda: starts.append(clock.monotonic()), takes_s=0.7)

    fetchers = [Fetcher(http, clock, leases) for _ in range(3)]
    async with asyncio.TaskGroup() as tasks:
        for one in fetchers:
            for number in range(8):
                tasks.create_task(one.get(ARXIV, f"http://h/{number}"))
        await clock.advance(200)

    assert len(starts) == 24
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 3.0


async def test_a_process_has_one_connection_to_arxiv_at_a_time() -> None:
    """A slow answer holds the next request back, even when its turn has come."""
    clock = FakeClock(NOW)
    http = Tardy(clock.sleep, _empty, lambda: None, takes_s=20)

    ask = Fetcher(http, clock, FakeLeases(clock))
    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(ask.get(ARXIV, "http://h"))
        await clock.advance(120)

    assert http.most == 1


def _empty() -> Got:
    return Answer(200, {}, b"")


FORMS = {
    "120": 120,
    "1.5": 1.5,
    " 7 ": 7,
    "0": 1,
    "-30": 1,
    "86400": 3600,
    "9" * 300: 3600,
    "1e3": 1000,
    "Mon, 02 Mar 2026 12:02:00 GMT": 120,
    "Mon, 02 Mar 2026 11:00:00 GMT": 1,
    "Monday, 02-Mar-26 12:01:00 GMT": 60,
    "Fri, 31 Dec 9999 23:59:59 GMT": 3600,
}


@pytest.mark.parametrize(("form", "seconds"), FORMS.items())
def test_every_form_of_retry_after_is_read_and_clamped(form: str, seconds: float) -> None:
    """Integers, floats, dates, negative and absurd values become seconds within [1 s, 1 h]."""
    assert seconds == retry_after.retry_after_s(form, NOW)


@pytest.mark.parametrize(
    "form", [None, "", "  ", "soon", "nan", "inf", "١٢", "Mon, 99 Mar", "x" * 900]
)
def test_a_retry_after_that_says_nothing_is_none(form: str | None) -> None:
    """Empty and unreadable values are none, so that the caller's own wait holds."""
    assert retry_after.retry_after_s(form, NOW) is None


@settings(deadline=None)
@given(st.one_of(st.text(max_size=80), st.from_regex(r"[A-Z][a-z]{2}, ?[\d :A-Z+-]{1,40}")))
def test_no_header_is_a_wait_outside_of_the_bounds(value: str) -> None:
    """Whatever the header holds, the wait is none or within [1 s, 1 h], and nothing is raised."""
    for waited in (
        retry_after.retry_after_s(value, NOW),
        retry_after.exhausted_for_s({"ratelimit": value}),
    ):
        assert waited is None or 1 <= waited <= 3600


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ('"api";r=0;t=55', 55),
        ("limit=500, remaining=0, reset=12", 12),
        ('"api";r=3;t=55', None),
        ('"api";r=0', None),
        ("", None),
    ],
)
def test_hugging_faces_rate_limit_is_read(value: str, seconds: float | None) -> None:
    """`r` requests are left, and `t` seconds until there are new ones."""
    assert seconds == retry_after.exhausted_for_s({"ratelimit": value})


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"retry-after": "120"}, 120),
        (429, {}, 60),
        (429, {"retry-after": ""}, 60),
        (429, {"ratelimit": '"api";r=0;t=200'}, 200),
        (503, {"retry-after": "20"}, 20),
        (503, {}, None),
        (500, {}, None),
        (524, {"retry-after": "9"}, 9),
        (403, {}, 3600),
        (410, {}, None),
    ],
)
async def test_an_unwilling_server_is_source_down_with_its_wait(
    status: int, headers: Mapping[str, str], wait_s: float | None
) -> None:
    """429, 503, 5xx, 403 are SourceDown, and say how long the server wants to be left alone."""
    got = await fetcher(Script([Answer(status, headers, b"")])).get(ARXIV, "http://h")

    assert isinstance(got, SourceDown)
    assert wait_s == got.retry_after_s
    assert f"HTTP {status}" in got.reason


async def test_nothing_is_asked_of_arxiv_before_it_said() -> None:
    """After a 429 for one class no other is asked, by any process, until the time."""
    clock = FakeClock(NOW, skips=True)
    leases = FakeLeases(clock)
    http = Script([Answer(429, {"retry-after": "1800"}, b""), Answer(200, {}, b"")])
    here, there = Fetcher(http, clock, leases), Fetcher(http, clock, leases)
    await here.get(ARXIV, "http://h/cs.CL")
    refused_at = clock.now()

    for one in (here, there):
        held = await one.get(ARXIV, "http://h/cs.CV")
        assert isinstance(held, SourceDown)
        assert held.retry_after_s is not None
        assert held.retry_after_s > 1_700
    assert len(http.asked) == 1

    clock.elapse(1_900)
    assert Fetched(200, b"", None) == await there.get(ARXIV, "http://h/cs.CV")
    assert Fetched(200, b"", None) == await here.get(ARXIV, "http://h/cs.CV")
    assert clock.now() - refused_at >= timedelta(seconds=1_800)


async def test_an_exhausted_rate_limit_closes_the_lane_after_the_answer() -> None:
    """The answer that used up the last request is taken; the next request waits for the reset."""
    clock = FakeClock(NOW, skips=True)
    http = Script([Answer(200, {"ratelimit": '"api";r=0;t=90'}, b"[]"), Answer(200, {}, b"[]")])
    ask = Fetcher(http, clock, FakeLeases(clock))

    assert Fetched(200, b"[]", None) == await ask.get(HUGGINGFACE, "http://h")
    assert SourceDown("Hugging Face asked us to wait.", 90) == await ask.get(
        HUGGINGFACE, "http://h"
    )
    assert isinstance(await ask.get(ARXIV, "http://h"), Fetched)


async def test_a_failure_is_source_down_in_words() -> None:
    """What the network could not do is told with the source's name."""
    got = await fetcher(Script([Failure("no connection could be made")])).get(ARXIV, "http://h")

    assert SourceDown("arXiv could not be asked: no connection could be made.") == got


async def test_the_sources_stand_on_a_loopback_server(client: Client) -> None:
    """Both sources read a server of the user's own, with ETags, on the real network."""
    feed = (
        b'<rss xmlns:arxiv="http://arxiv.org/schemas/atom"><channel><title>cs.CL</title><item>'
        b"<title>A title</title><guid>oai:arXiv.org:2603.00001v1</guid><category>cs.CL</category>"
        b"<pubDate>Mon, 02 Mar 2026 00:00:00 -0500</pubDate></item></channel></rss>"
    )
    entry = b'[{"paper":{"id":"2603.00001","title":"T","publishedAt":"2026-03-01T00:00:00.000Z"}}]'
    seen: list[str] = []

    async def speak(request: bytes, writer: asyncio.StreamWriter) -> None:
        path = request.split()[1].decode()
        seen.append(path)
        body = feed if path.startswith("/rss") else entry
        known = b'If-None-Match: "v1"' in request
        status, body = ("304 Not Modified", b"") if known else ("200 OK", body)
        top = f'HTTP/1.1 {status}\r\nETag: "v1"\r\nConnection: close\r\nContent-Length: '
        writer.write(top.encode() + str(len(body)).encode() + b"\r\n\r\n" + body)

    async with serve(speak) as base:
        ask = fetcher(client)
        rss, daily = ArxivRss(f"{base}/", ask), HuggingFaceDaily(base, ask)
        batch = await rss.poll("cs.CL", None)
        again = await rss.poll("cs.CL", '"v1"')
        listed = await daily.poll("daily", None)
        day = await daily.poll("daily/2026-03-01", None)

    assert seen == ["/rss/cs.CL"] * 2 + ["/api/daily_papers", "/api/daily_papers?date=2026-03-01"]
    assert isinstance(batch, Batch)
    assert isinstance(listed, Batch)
    assert isinstance(day, Batch)
    assert "arxiv:2603.00001" == batch.papers[0].id == listed.papers[0].id
    assert batch.etag == '"v1"'
    assert Unchanged() == again
