"""The JSON interface."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from web_client import client
from web_stub import DOWN, UP, answer_to, many, paper

from bot.card.card import CardKind
from bot.card.json import card_from_json
from bot.model.errors import PaperwireError, StoreDown

HERE = "/api/channels/general"


async def test_a_command_is_answered_by_the_card_itself() -> None:
    """POST commands gives the card object at top level, and the core gets ids, text and rights."""
    async with client() as (stub, http):
        body = {"text": '/papers subscribe "diffusion model"', "timezone": "Europe/Berlin"}
        answer = await http.post(f"{HERE}/commands", json=body)
        card = await answer.json()

    assert answer.status == 200
    assert card_from_json(card) == answer_to(body["text"])
    asked = stub.asked[0]
    assert str(asked.channel) == "web:local:general"
    assert (asked.user, asked.may_manage, asked.timezone) == ("local", True, "Europe/Berlin")


async def test_an_error_is_a_card_like_any_other() -> None:
    """A query error has status 200 and kind error."""
    async with client() as (_, http):
        answer = await http.post(f"{HERE}/commands", json={"text": '/papers subscribe "x'})
        card = await answer.json()

    assert (answer.status, card["kind"]) == (200, "error")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[" * 60_000, 400),
        (b'"/papers help"', 400),
        (b"{}", 400),
        (b'{"text": 7}', 400),
        (b'{"text": null}', 400),
        (b'{"text": "  "}', 400),
        (b'{"text": "\xff"}', 400),
        (b'{"text": "help", "id": 7}', 400),
        (b'{"text": ' + b"9" * 5_000 + b"}", 400),
        (json.dumps({"text": "x" * 8_001}).encode(), 413),
        (json.dumps({"text": "é" * 4_001}).encode(), 413),
        (b'{"text": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
async def test_a_malformed_command_gets_4xx_and_a_sentence(body: bytes, status: int) -> None:
    """What is no command is refused in plain words, and never reaches the core."""
    async with client() as (stub, http):
        headers = {"Content-Type": "application/json"}
        answer = await http.post(f"{HERE}/commands", data=body, headers=headers)
        said = await answer.json()

    assert answer.status == status
    assert said["error"].endswith(".")
    assert stub.asked == []


@pytest.mark.parametrize(
    "name", ["General", "-x", "a" * 41, "é", "a.b", "a%20b", "a%2Fb", "x%00", "%0a"]
)
@pytest.mark.parametrize("what", ["messages", "events"])
async def test_a_bad_channel_name_is_refused(name: str, what: str) -> None:
    """Names are small letters, digits, _ and -."""
    async with client() as (stub, http):
        answer = await http.get(f"/api/channels/{name}/{what}")

        assert answer.status == 400
        assert list(await stub.messages.channels()) == ["general"]


async def test_half_a_surrogate_does_not_pass() -> None:
    """JSON can say a lone surrogate, the store cannot write one."""
    async with client() as (stub, http):
        headers = {"Content-Type": "application/json"}
        body = b'{"text": "/papers search a\\ud800b"}'
        await http.post(f"{HERE}/commands", data=body, headers=headers)

    assert stub.asked[0].text == "/papers search a\ufffdb"


async def test_messages_are_an_array_oldest_first() -> None:
    """Each alert has id, paper_id, title, url, posted_at and the full card."""
    async with client() as (stub, http):
        first = await stub.alert(paper(1, "One"), "one")
        second = await stub.alert(paper(2, "Two"), "two")
        everything = await (await http.get(f"{HERE}/messages")).json()
        later = await (await http.get(f"{HERE}/messages?after={first}")).json()
        one = await (await http.get(f"{HERE}/messages?limit=1")).json()
        last = await (await http.get(f"{HERE}/messages?newest=1")).json()

    assert [message["id"] for message in everything] == [first, second]
    message: dict[str, Any] = everything[0]
    assert message["paper_id"] == "arxiv:2603.00001"
    assert message["title"] == "One"
    assert message["url"] == "https://arxiv.org/abs/2603.00001"
    assert message["posted_at"].endswith("Z")
    assert datetime.fromisoformat(message["posted_at"]).utcoffset() is not None
    assert message["kind"] == "alert"
    assert card_from_json(message["card"]).kind is CardKind.ALERT
    assert message["papers"] == [
        {"paper_id": message["paper_id"], "title": "One", "url": message["url"]}
    ]
    assert [message["id"] for message in later] == [second]
    assert [message["id"] for message in one] == [first]
    assert [message["id"] for message in last] == [second]


async def test_a_list_tells_all_its_papers() -> None:
    """A list's card shows a page; its message names every paper, and has no paper of its own."""
    async with client() as (stub, http):
        await stub.post(many(1), "list:x")
        shown = (await (await http.get(f"{HERE}/messages")).json())[0]
        stub.listed = [paper(n) for n in range(25)]
        told = (await (await http.get(f"{HERE}/messages")).json())[0]

    assert shown["paper_id"] is None
    assert shown["url"] is None
    assert shown["title"] == "25 more papers (page 1 of 3)"
    assert len(shown["papers"]) == 10
    assert len(told["papers"]) == 25


@pytest.mark.parametrize("after", ["x", "1-2", "-1", "1" * 19, "１", "%00"])
async def test_a_bad_after_is_refused(after: str) -> None:
    """`after` has the form of a message's id."""
    async with client() as (_, http):
        messages = await http.get(f"{HERE}/messages?after={after}")
        events = await http.get(f"{HERE}/events?after={after}")

    assert (messages.status, events.status) == (400, 400)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1e3", "²"])
async def test_a_bad_limit_is_refused(limit: str) -> None:
    """`limit` and `newest` are numbers from 1."""
    async with client() as (_, http):
        answers = [
            (await http.get(f"{HERE}/messages?limit={limit}")).status,
            (await http.get(f"{HERE}/messages?newest={limit}")).status,
        ]

    assert answers == [400, 400]


async def test_channels_are_created_by_name_and_by_use() -> None:
    """201 when made, 200 when there; a request to a channel that is not there makes it."""
    async with client() as (stub, http):
        made = await http.post("/api/channels", json={"name": "reading-group"})
        again = await http.post("/api/channels", json={"name": "reading-group"})
        bad = await http.post("/api/channels", json={"name": "Reading Group"})
        await http.get("/api/channels/by-messages/messages")
        await http.post("/api/channels/by-command/commands", json={"text": "help"})
        receipt = await stub.alert(paper(), channel="by-alert")
        listed = await (await http.get("/api/channels")).json()

    assert (made.status, again.status, bad.status) == (201, 200, 400)
    names = ["general", "reading-group", "by-messages", "by-command", "by-alert"]
    assert [channel["name"] for channel in listed] == names
    assert [channel["newest"] for channel in listed] == [None, None, None, None, receipt]


async def test_channels_have_a_most() -> None:
    """More channels than allowed are refused with a sentence; those there go on."""
    async with client() as (stub, http):
        for number in range(199):
            await stub.messages.create(f"c{number}")
        more = await http.get("/api/channels/one-more/messages")
        there = await http.get("/api/channels/c7/messages")

    assert (more.status, there.status) == (409, 200)


async def test_completion_comes_from_the_declaration_of_commands() -> None:
    """The array holds the whole input after completion, and what it does."""
    async with client() as (_, http):
        found = await (await http.get("/api/complete", params={"text": "/papers subs"})).json()
        nothing = await (await http.get("/api/complete", params={"text": "x" * 501})).json()

    assert found[0]["text"] == "/papers subscribe "
    assert found[0]["hint"]
    assert nothing == []


async def test_status_says_whether_a_source_can_be_reached() -> None:
    """One source that answers is enough; one that was not asked yet is no trouble."""
    async with client() as (stub, http):
        seen = []
        for sources in ([UP], [DOWN], [UP, DOWN], [DOWN, {**DOWN, "state": "waiting"}], []):
            stub.sources = sources  # type: ignore[assignment]
            seen.append((await (await http.get("/api/status")).json())["reachable"])

    assert seen == [True, False, True, False, True]


async def test_probes_tell_well_or_why_not() -> None:
    """200 and ok, or 503 and the reason; metrics are Prometheus text."""
    async with client() as (stub, http):
        well = await http.get("/readyz")
        stub.trouble = "The store cannot be written."
        ill = await http.get("/readyz")
        metrics = await http.get("/metrics")

        assert (well.status, (await well.json())["ok"]) == (200, True)
        assert (ill.status, (await ill.json())["reason"]) == (503, stub.trouble)
        assert "paperwire_up 1" in await metrics.text()


async def test_a_store_that_is_down_is_said_in_a_sentence() -> None:
    """503 and JSON, no traceback."""

    async def channels() -> list[str]:
        raise StoreDown("gone")

    async with client() as (stub, http):
        stub.messages.channels = channels  # type: ignore[method-assign]
        answer = await http.get("/api/channels")
        said = await answer.json()

    assert answer.status == 503
    assert "store" in said["error"]


async def test_unknown_addresses_and_methods_answer_json() -> None:
    """404 and 405 are sentences too."""
    async with client() as (_, http):
        missing = await http.get("/api/nothing")
        wrong = await http.delete("/api/channels")
        outside = await http.get("/../server.py")

        assert (missing.status, wrong.status, outside.status) == (404, 405, 404)
        assert wrong.headers["Allow"] == "GET,HEAD,POST"
        assert (await missing.json())["error"].endswith(".")


async def test_the_page_is_asked_again_and_answered_shortly() -> None:
    """Files carry an ETag; the same one is answered by 304."""
    async with client() as (_, http):
        for path in ("/", "/style.css", "/main.js", "/favicon.svg"):
            first = await http.get(path)
            again = await http.get(path, headers={"If-None-Match": first.headers["ETag"]})

            assert (first.status, again.status) == (200, 304)
            assert first.headers["Cache-Control"] == "no-cache"


async def test_a_body_that_cannot_be_unpacked() -> None:
    """A damaged body is the client's fault, told in a sentence."""
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with client() as (_, http):
        answer = await http.post(f"{HERE}/commands", data=b"\x1f\x8bxxxx", headers=packed)

        assert answer.status == 400
        assert (await answer.json())["error"].endswith(".")


async def test_a_record_that_cannot_be_read_is_named() -> None:
    """What the store holds and nobody can read is a sentence, no traceback."""

    async def channels() -> list[str]:
        raise PaperwireError("A channel in the store is damaged.")

    async with client() as (stub, http):
        stub.messages.channels = channels  # type: ignore[method-assign]
        answer = await http.get("/api/channels")

        assert answer.status == 503
        assert await answer.json() == {"error": "A channel in the store is damaged."}
