"""Who may change what is posted, where the policy `managers` was chosen."""

from __future__ import annotations

import pytest
from slack_made import TEAM
from slack_server import BOT_TOKEN, Lost, Says, slack_server

from adapters.slack.client import web_client
from adapters.slack.managers import Managers
from adapters.slack.who import Asker, full_members
from adapters.slack.workspace import OneWorkspace


def asker(home: str | None = TEAM, team: str = TEAM) -> Asker:
    """U1 in the channel C0GENERAL."""
    return Asker(team, "C0GENERAL", "U1", home, None, None, None)


@pytest.mark.parametrize(
    ("person", "creator", "may"),
    [
        ({"is_admin": True}, "U9", True),
        ({"is_owner": True}, "U9", True),
        ({"is_admin": False}, "U1", True),
        ({"is_admin": False}, "U9", False),
        ({"is_restricted": True}, "U1", False),
        ({"is_ultra_restricted": True}, "U1", False),
    ],
)
async def test_administrators_and_makers_may(
    person: dict[str, bool], creator: str, may: bool
) -> None:
    """An administrator, an owner and the channel's maker may; a guest account may never."""
    async with slack_server() as server:
        server.fail("users.info", Says({"ok": True, "user": {"id": "U1", **person}}))
        server.fail("conversations.info", Says({"ok": True, "channel": {"creator": creator}}))
        workspaces = OneWorkspace(web_client(BOT_TOKEN, f"{server.url}/api/", 5))

        assert await Managers(workspaces)(asker()) is may


async def test_what_slack_does_not_tell_is_a_no() -> None:
    """A missing scope, a lost answer, another workspace: nobody is let in by a fault."""
    async with slack_server() as server:
        managers = Managers(OneWorkspace(web_client(BOT_TOKEN, f"{server.url}/api/", 0.5)))
        missing = Says({"ok": False, "error": "missing_scope"})
        server.fail("users.info", missing, Lost.HALF, Says({"ok": True, "user": None}))
        answers = [await managers(asker()) for _ in range(4)]

        assert answers == [False] * 4
        assert not await managers(asker(home="T0OTHER"))
        assert not await managers(asker(team="T0OTHER", home="T0OTHER"))


async def test_every_full_member_may_by_default() -> None:
    """Members may; people of another workspace may not."""
    assert await full_members(asker())
    assert await full_members(asker(home=None))
    assert not await full_members(asker(home="T0OTHER"))
