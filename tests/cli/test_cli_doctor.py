"""What `paperwire doctor` says of channels and of Slack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flow_made import MONDAY, channel
from slack_server import APP_TOKEN, BOT_TOKEN, slack_server

from bot.cli.doctor import Findings, ask_slack, stopped
from bot.model.channel import Pause, UserId
from bot.settings import load

if TYPE_CHECKING:
    from bot.settings import Settings

NOWHERE = Path("no-such-file")


def settings(**given: object) -> Settings:
    """Settings of this test alone."""
    return load(NOWHERE, **given)


async def test_slack_is_not_asked_where_it_is_not_set_up() -> None:
    """Without any Slack setting there is neither a section nor a problem."""
    found = Findings()

    await ask_slack(settings(), found)

    assert found == Findings()


async def test_doctor_says_that_slack_is_well_and_who_may() -> None:
    """The workspace, the way in and the policy in force; nothing to put right, no token."""
    async with slack_server() as server:
        for policy in ("members", "managers"):
            found = Findings()
            given = settings(
                slack_bot_token=BOT_TOKEN,
                slack_app_token=APP_TOKEN,
                slack_api_url=f"{server.url}/api",
                slack_managers=policy,
            )

            await ask_slack(given, found)

            lines = dict(found.sections["slack"])
            assert lines["workspace"] == "Acme (T0000ACME)"
            assert lines["Socket Mode"] == "opens"
            assert f"policy {policy}" in lines["may change what is posted"]
            assert found.problems == []
            assert "xoxb" not in str(found)


async def test_one_slack_setting_alone_names_the_others() -> None:
    """A bot token without a way in, and an app token without a bot token, are problems."""
    async with slack_server() as server:
        for name, token, missing in (
            ("slack_bot_token", BOT_TOKEN, "PAPERWIRE_SLACK_APP_TOKEN"),
            ("slack_app_token", APP_TOKEN, "PAPERWIRE_SLACK_BOT_TOKEN"),
        ):
            found = Findings()

            await ask_slack(settings(slack_api_url=f"{server.url}/api", **{name: token}), found)

            assert [missing in problem for problem in found.problems] == [True]


def test_channels_that_wait_for_a_person_are_named() -> None:
    """Those that nobody paused, with the reason; not those that people paused or left empty."""
    refused = Pause(MONDAY, "paperwire may not post here")
    waiting = [channel("diffusion", pause=refused)] * 7
    others = [
        channel("diffusion"),
        channel("diffusion", pause=Pause(MONDAY, "holidays", UserId("anna"))),
        channel(pause=refused),
    ]

    (problem,) = stopped([*waiting, *others])

    assert stopped(others) == []
    assert f"{waiting[0].id} (paperwire may not post here)" in problem
    assert "/papers resume" in problem
    assert problem.endswith(" and 2 more.")
