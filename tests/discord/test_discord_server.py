"""The loopback Discord itself: it refuses what Discord would, so that others mean something."""

from __future__ import annotations

from typing import Any

import pytest
from discord.http import Route
from discord_faults import MESSAGES, THREADS
from discord_limits import (
    choice_problems,
    command_problems,
    form_problems,
    message_problems,
    thread_problems,
)
from discord_places import BOT_ID, FORUM_ID, GENERAL_ID, GUILD_ID, THREAD_ID
from discord_rig import Stage, staged
from discord_schema import described
from discord_server import Asked, schema_problems

from adapters.discord.call import Answer, NoAnswer, call

CALM: dict[str, Any] = {"allowed_mentions": {"parse": []}}


def message(**given: Any) -> dict[str, Any]:
    """A message that Discord takes, but for what is given."""
    return {"content": "hello", **CALM, **given}


def rows(*custom_ids: str) -> list[dict[str, Any]]:
    """A row of buttons."""
    made = [{"type": 2, "style": 2, "label": "x", "custom_id": one} for one in custom_ids]
    return [{"type": 1, "components": made}]


@pytest.mark.parametrize(
    "broken",
    [
        {"allowed_mentions": None},
        {"allowed_mentions": {"parse": ["everyone"]}},
        {"content": "x" * 2001},
        {"content": ""},
        {"content": "\ud800"},
        {"content": "a\x00b"},
        {"nonce": "n" * 26},
        {"flags": 64},
        {"flags": 1 << 30},
        {"embeds": [{}]},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
        {"embeds": [{"title": "a", "url": "https://a.b/"}, {"title": "b", "url": "https://a.b/"}]},
        {"embeds": [{"title": "a", "url": "javascript:alert(1)"}]},
        {"embeds": [{"title": "a", "url": "arxiv.org"}]},
        {"embeds": [{"title": "a", "fields": [{"name": "a", "value": " "}]}]},
        {"embeds": [{"title": "a", "fields": [{"name": "a", "value": "b"}] * 26}]},
        {"embeds": [{"title": "a"}] * 11},
        {"components": rows("a", "a")},
        {"components": rows(*"abcdef")},
        {"components": rows("a" * 101)},
        {"components": rows("")},
        {"components": [{"type": 1, "components": []}]},
        {"components": [{"type": 10, "content": "layout without its flag"}]},
        {"components": [{"type": 1, "components": [{"type": 2, "style": 5, "label": "x"}]}]},
    ],
)
def test_a_broken_message_is_refused(broken: dict[str, Any]) -> None:
    """Limits that Discord has and its description does not tell."""
    assert message_problems(message()) == []
    assert message_problems(message(**broken))


def test_broken_forms_choices_threads_and_commands_are_refused() -> None:
    """As messages are."""
    field = {"type": 4, "custom_id": "a", "style": 1}
    form: dict[str, Any] = {
        "title": "t",
        "custom_id": "c",
        "components": [{"type": 18, "label": "l", "component": field}],
    }
    command = {"name": "papers", "description": "d"}
    needed, free = ({"type": 3, "name": n, "description": "d", "required": n == "a"} for n in "ab")

    assert form_problems(form) == []
    assert form_problems({**form, "title": "x" * 46})
    assert form_problems({**form, "components": form["components"] * 2})
    assert choice_problems([{"name": "a", "value": "b"}] * 25) == []
    assert choice_problems([{"name": "a", "value": "b"}] * 26)
    assert choice_problems([{"name": "a", "value": "b" * 101}])
    assert thread_problems({"name": "a", "message": message()}) == []
    assert thread_problems({"name": "", "message": message()})
    assert thread_problems({"name": "a", "message": message(), "applied_tags": ["1"] * 6})
    assert command_problems([{**command, "options": [needed, free]}]) == []
    assert command_problems([{**command, "options": [free, needed]}])
    assert command_problems([{**command, "name": "Papers"}])
    assert command_problems([command, command])
    assert command_problems([{**command, "options": [{**needed, "description": "x" * 101}]}])


def test_the_description_judges_bodies() -> None:
    """Where the data is there, what the OpenAPI description forbids is a problem."""
    if described() is None:
        pytest.skip("no data")

    def judged(route: str, address: str, body: object) -> list[str]:
        return schema_problems(Asked(route, address, {}, body, {}, {}, 0.0))

    messages, threads = f"/channels/{GENERAL_ID}/messages", f"/channels/{FORUM_ID}/threads"
    assert judged(MESSAGES, messages, message()) == []
    assert judged(MESSAGES, messages, message(embeds="x"))
    assert judged(MESSAGES, messages, message(enforce_nonce="x"))
    assert judged(THREADS, threads, {"name": "a", "message": message()}) == []
    assert judged(THREADS, threads, {"name": "a"})


async def asked(stage: Stage, method: str, path: str, **given: Any) -> Answer | NoAnswer:
    """One request with discord.py."""
    return await call(stage.poster.rest, stage.watch, Route(method, path), 10, **given)


@staged
async def test_a_refused_message_is_told_and_noted(stage: Stage) -> None:
    """50035 with the tree of errors; at the end of a test it would be a failure."""
    broken = message(embeds=[{"title": "a", "fields": [{"name": "a", "value": ""}]}])
    answer = await asked(stage, "POST", f"/channels/{GENERAL_ID}/messages", json=broken)
    noted, stage.server.problems = stage.server.problems, []

    assert isinstance(answer, Answer)
    assert (answer.status, answer.body["code"]) == (400, 50035)
    assert answer.body["errors"]
    assert noted
    assert stage.server.messages() == []


@staged
async def test_an_edit_changes_only_ones_own(stage: Stage) -> None:
    """With allowed mentions, too: without them an edit would call whom the post did not."""
    await stage.post()
    (ours,) = stage.server.messages()
    theirs = stage.server.write(stage.server.channel(), "hello")
    path = f"/channels/{GENERAL_ID}/messages/"
    good = await asked(stage, "PATCH", f"{path}{ours.id}", json={"content": "new", **CALM})
    bad = await asked(stage, "PATCH", f"{path}{theirs.id}", json={"content": "new", **CALM})
    open_ = await asked(stage, "PATCH", f"{path}{ours.id}", json={"content": "@everyone"})
    noted, stage.server.problems = stage.server.problems, []

    assert [one.status for one in (good, bad, open_) if isinstance(one, Answer)] == [200, 403, 400]
    assert noted == ["allowed_mentions is None"]
    assert (ours.edits, ours.payload["content"]) == (1, "new")


@staged
async def test_history_is_paged_as_discord_does(stage: Stage) -> None:
    """Newest first, at most a hundred; after an id the oldest of what follows."""
    place = stage.server.channel()
    sent = [stage.server.write(place, str(n)).id for n in range(250)]
    path = f"/channels/{GENERAL_ID}/messages"

    async def ids(**params: str) -> list[int]:
        answer = await asked(stage, "GET", path, params=params)
        assert isinstance(answer, Answer)
        return [int(one["id"]) for one in answer.body]

    assert await ids() == sent[:-51:-1]
    assert await ids(after=str(sent[9]), limit="100") == sent[109:9:-1]
    assert await ids(before=str(sent[9]), limit="5") == sent[8:3:-1]
    assert await ids(around=str(sent[9]), limit="3") == sent[10:7:-1]


@staged
async def test_a_thread_has_its_parents_rights(stage: Stage) -> None:
    """And a locked one takes nothing."""
    stage.server.channel(GENERAL_ID).rights.discard("view")
    hidden = await asked(stage, "GET", f"/channels/{THREAD_ID}")
    stage.server.channel(GENERAL_ID).rights.add("view")
    stage.server.channel(THREAD_ID).is_locked = True
    locked = await asked(stage, "POST", f"/channels/{THREAD_ID}/messages", json=message())

    assert isinstance(hidden, Answer)
    assert isinstance(locked, Answer)
    assert (hidden.body["code"], locked.body["code"]) == (50001, 160005)


@staged
async def test_an_interaction_is_answered_once_and_in_time(stage: Stage) -> None:
    """40060 for a second callback, 10062 for a late one or an unknown token."""
    server = stage.server
    first = await server.interact(2, {"id": "1", "name": "papers", "type": 1})
    late = await server.interact(2, {"id": "1", "name": "papers", "type": 1})
    said = {"type": 4, "data": message(flags=64)}

    async def codes(token: str) -> tuple[int, Any]:
        path = f"/interactions/1/{token}/callback"
        answer = await asked(stage, "POST", path, json=said, params={"with_response": "1"})
        assert isinstance(answer, Answer)
        return answer.status, answer.body.get("code")

    once, twice = await codes(first.token), await codes(first.token)
    await stage.clock.advance(3.5)
    unknown = await codes("nobody")

    assert (once, twice) == ((200, None), (400, 40060))
    assert (await codes(late.token), unknown) == ((404, 10062), (404, 10062))
    assert first.shown["content"] == "hello"
    assert server.messages() == []


@staged
async def test_what_is_no_route_is_a_problem(stage: Stage) -> None:
    """A request that nobody thought of is seen."""
    answer = await asked(stage, "GET", f"/guilds/{GUILD_ID}/bans/{BOT_ID}")
    noted, stage.server.problems = stage.server.problems, []

    assert isinstance(answer, Answer)
    assert answer.status == 404
    assert len(noted) == 1
