"""Payloads as Slack sends them, recorded in bolt-python's tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from slack_rig import Heard, heard_app

from adapters.slack.hear import hear
from adapters.slack.who import asker_of


def recorded() -> list[dict[str, Any]]:
    """Every recorded object; skips where there is no data."""
    default = Path(__file__).parents[2] / "../shared/data"
    folder = Path(os.environ.get("PAPERWIRE_TEST_DATA", default)) / "platforms/slack/payloads"
    files = sorted(folder.rglob("*.json"))
    if not files:
        pytest.skip("no data")
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return [one for one in found if isinstance(one, dict)]


async def test_every_recorded_payload_is_survived() -> None:
    """None raises, none is answered 5xx, and none of another app's events is heard as ours."""
    heard = Heard()
    app = heard_app(heard)
    statuses = []
    for payload in recorded():
        answer = await hear(app, payload)
        statuses.append(answer.status)

    assert len(statuses) > 50
    assert max(statuses) < 500
    assert heard.commands == []


def test_people_are_read_from_recorded_payloads() -> None:
    """Commands, buttons and forms name a workspace and a person, as Slack wrote them."""
    found = [asker_of(payload, "C1") for payload in recorded() if _is_asked(payload)]
    askers = [one for one in found if one is not None]

    assert len(askers) == len(found) > 5
    assert all(one.team.startswith("T") for one in askers)
    assert all(one.user[0] in "UW" for one in askers)


def _is_asked(payload: dict[str, Any]) -> bool:
    kind = payload.get("type")
    is_whole = "user" in payload or "user_id" in payload  # one recorded payload is a stub
    return is_whole and ("command" in payload or kind in {"block_actions", "view_submission"})
