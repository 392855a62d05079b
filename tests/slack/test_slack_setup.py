"""Setting the app up: its manifest, and what doctor finds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from slack_schema import faults
from slack_server import APP_TOKEN, BOT_TOKEN, Lost, Says, slack_server

from adapters.slack.check import check
from adapters.slack.manifest import OPTIONAL_SCOPES, manifest
from bot.model.errors import SettingsError

SECRET = "0123456789abcdef0123456789abcdef"


def schema_folder() -> Path:
    """Where Slack's schema is; skips where there is no data."""
    default = Path(__file__).parents[2] / "../shared/data"
    folder = Path(os.environ.get("PAPERWIRE_TEST_DATA", default)) / "platforms/slack/manifest"
    if not folder.is_dir():
        pytest.skip("no data")
    return folder


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "url", [None, "https://papers.example.org", "https://x.org/slack/events/"]
)
@pytest.mark.parametrize("scopes", [(), tuple(OPTIONAL_SCOPES)])
def test_the_manifest_is_as_slack_says(url: str | None, scopes: tuple[str, ...]) -> None:
    """Valid by Slack's schema in both modes, and with every scope that can be added."""
    schema = read(schema_folder() / "schemas" / "manifest.schema.1.0.0.json")

    assert faults(manifest(url, scopes), schema, schema) == []


def test_the_schema_check_finds_faults() -> None:
    """The check accepts Slack's valid example and refuses its invalid one."""
    folder = schema_folder()
    schema = read(folder / "schemas" / "manifest.schema.1.0.0.json")
    examples = folder / "tests" / "manifests" / "v1"

    assert faults(read(examples / "manifest.valid.json"), schema, schema) == []
    assert faults(read(examples / "manifest.invalid.json"), schema, schema) != []


def test_socket_mode_needs_no_address() -> None:
    """The default asks for the two least scopes and no address of ours."""
    made = manifest()

    assert made["oauth_config"]["scopes"]["bot"] == ["commands", "chat:write"]
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)


def test_http_mode_names_one_address() -> None:
    """Commands, buttons and events all go to the same path."""
    made = manifest("https://papers.example.org/")
    wanted = "https://papers.example.org/slack/events"

    assert made["features"]["slash_commands"][0]["url"] == wanted
    assert made["settings"]["interactivity"]["request_url"] == wanted
    assert made["settings"]["event_subscriptions"]["request_url"] == wanted
    assert made["settings"]["socket_mode_enabled"] is False


@pytest.mark.parametrize(
    "url", ["http://x.org", "x.org", "https://", "https://a b", "https://a?b", "https://é.org", ""]
)
def test_an_address_that_slack_cannot_ask_is_refused(url: str) -> None:
    """Slack asks https only; the sentence says so."""
    with pytest.raises(SettingsError, match="https://"):
        manifest(url)


def test_a_scope_without_use_is_refused() -> None:
    """No scope is asked for that has no reason."""
    with pytest.raises(SettingsError, match="no use for the scope admin"):
        manifest(None, ("admin",))


async def test_doctor_finds_all_well() -> None:
    """Right tokens: the workspace, its scopes, and what more scopes would bring; no problem."""
    async with slack_server() as server:
        found = await check(BOT_TOKEN, APP_TOKEN, SECRET, f"{server.url}/api/")

    lines = dict(found.lines)
    assert found.problems == []
    assert lines["workspace"] == "Acme (T0000ACME)"
    assert lines["Socket Mode"] == "opens"
    assert "never posted twice" in lines["without channels:history"]


async def test_doctor_names_what_is_missing() -> None:
    """A missing scope, a wrong token and nothing set are said with what to do."""
    async with slack_server(scopes="commands,im:write") as server:
        url = f"{server.url}/api/"
        scope = await check(BOT_TOKEN, "xapp-wrong", "short", url)
        wrong = await check("xoxb-wrong", APP_TOKEN, None, url)
        swapped = await check(APP_TOKEN, BOT_TOKEN, None, url)
        nothing = await check(None, None, None, url)

    assert "lacks the scope chat:write" in scope.problems[0]
    assert "connections:write" in scope.problems[1]
    assert "SIGNING_SECRET" in scope.problems[2]
    assert ("scopes that paperwire does not use", "im:write") in scope.lines
    assert "invalid_auth" in wrong.problems[0]
    assert ["xoxb-" in swapped.problems[0], "xapp-" in swapped.problems[1]] == [True, True]
    assert len(nothing.problems) == 2


async def test_doctor_survives_a_broken_way() -> None:
    """Whatever stands between us and Slack answers: a sentence, no exception, no token."""
    answers: list[Lost | Says] = [
        Lost.RESET,
        Lost.STATUS_502,
        Lost.HALF,
        Says("<html>", 200),
        Says([]),
        Says(None, 407),
    ]
    async with slack_server() as server:
        for fault in answers:
            server.fail("auth.test", fault, fault)
            found = await check(BOT_TOKEN, None, SECRET, f"{server.url}/api/", 0.5)
            server.faults.clear()

            assert len(found.problems) == 1
            assert BOT_TOKEN not in str(found)
    unreachable = await check(BOT_TOKEN, APP_TOKEN, None, "http://127.0.0.1:9/api/", 0.5)

    assert len(unreachable.problems) == 2
