"""HTTP mode: only what Slack signed just now comes in, and each request once."""

from __future__ import annotations

import random  # noqa: TID251 - seeded, to mutate requests

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from fakes import FakeLeases, StoppedClock
from slack_check import words
from slack_door_rig import Door
from slack_mutate import (
    SECRET,
    SIGNATURE,
    STAMP,
    command_body,
    mutations,
    signed,
    value,
    with_header,
    without,
)
from slack_rig import Heard, heard_app
from slack_server import BOT_TOKEN, slack_server

from adapters.slack.client import web_client
from adapters.slack.door import PATH, payload_of, slack_http
from adapters.slack.workspace import OneWorkspace
from bot.model.errors import StoreDown


async def test_a_signed_request_comes_in_once() -> None:
    """The first time it is heard; again, and again five minutes later, it is refused."""
    door = Door()
    raw = signed(command_body("list", "t1"), door.now_s)
    first, second = await door.ask(raw), await door.ask(raw)
    door.clock.advance(299)
    third = await door.ask(raw)
    door.clock.advance(2)

    assert (first, second, third, await door.ask(raw)) == (200, 401, 401, 401)
    assert door.heard.commands == ["list"]


@pytest.mark.parametrize(
    ("off_s", "status"), [(0, 200), (-300, 200), (-301, 401), (60, 200), (61, 401), (299, 401)]
)
async def test_the_time_must_be_about_now(off_s: int, status: int) -> None:
    """Five minutes back and one ahead are let in, to the second."""
    door = Door()

    assert await door.ask(signed(command_body("list", "t"), door.now_s + off_s)) == status


async def test_what_makes_the_sdk_raise_is_refused() -> None:
    """A timestamp that is no number, a body and a signature of no text: 401, never 500."""
    door = Door()
    right = signed(command_body("list", "t"), door.now_s)
    raising = [
        with_header(right, STAMP, "abc"),
        signed(b"text=\xff\xfe", door.now_s),
        with_header(right, SIGNATURE, "v0=é"),
        with_header(right, STAMP, "9" * 5000),
        without(right, STAMP),
        without(right, SIGNATURE),
    ]

    assert [await door.ask(raw) for raw in raising] == [401] * len(raising)
    assert await door.ask(right) == 200


async def test_nothing_but_slack_comes_in() -> None:
    """Of 3,000 mutated, stale and malformed requests none is let in, none answered 5xx.

    benchmarks/slack_door.py does the same with 100,000.
    """
    door = Door()
    right = signed(command_body("subscribe diffusion", "t"), door.now_s)
    assert await door.ask(right) == 200
    statuses = [
        await door.ask(raw)
        for raw in mutations(random.Random(11), right, door.now_s, 3000)  # noqa: S311 - seeded
    ]

    assert set(statuses) == {401}
    assert len(statuses) > 2900
    assert door.heard.commands == ["subscribe diffusion"]


async def test_a_store_that_is_away_lets_nothing_in() -> None:
    """Without the memory of signatures a request is put off, not heard."""
    clock, heard = StoppedClock(), Heard()

    async def away(_: str, __: float) -> bool:
        raise StoreDown("gone")

    door = Door()
    door.handler = slack_http(heard_app(heard), SECRET, away, clock)

    assert await door.ask(signed(command_body("list", "t"), door.now_s)) == 503
    assert heard.commands == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"payload=%7B%22a%22%3A1%7D", {"a": 1}),
        (b"text=a+b&team_id=", {"text": "a b", "team_id": ""}),
        (b"", {}),
        (b"[]", {"[]": ""}),
        (b"payload=[]", None),
        (b"payload=x", None),
        (b"{", None),
        (b"\xff", None),
        (b"{" * 100_000, None),
    ],
)
def test_a_body_is_an_object_or_nothing(body: bytes, found: object) -> None:
    """Every body that Slack sends is read, and none raises."""
    assert payload_of(body) == found


async def test_slack_checks_the_address() -> None:
    """The challenge that Slack sends when the address is entered is answered."""
    door = Door()
    raw = signed(b'{"type":"url_verification","challenge":"c","token":"t"}', door.now_s)

    assert await door.ask(raw) == 200


async def test_a_command_over_http_is_answered() -> None:
    """From the socket of a real server to the answer at response_url."""
    clock, heard = StoppedClock(), Heard()
    async with slack_server() as slack:
        workspaces = OneWorkspace(web_client(BOT_TOKEN, f"{slack.url}/api/", 5))
        app = web.Application()
        handler = slack_http(heard_app(heard, workspaces), SECRET, FakeLeases(clock).once, clock)
        app.router.add_post(PATH, handler)
        async with TestClient(TestServer(app, host="127.0.0.1")) as client:
            url = slack.response_url("a")
            raw = signed(command_body("list", "t", url), clock.now().timestamp())
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            got = await client.post(PATH, data=raw.body, headers={**dict(raw.headers), **kind})
            (reply,) = await slack.replied("a")
            wrong = await client.post(PATH, data=raw.body, headers=kind)

    assert (got.status, got.content_length) == (200, 0)
    assert wrong.status == 401
    assert "Said" in words(reply)
    assert value(raw, STAMP).isdigit()
