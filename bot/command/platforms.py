"""What people are told differs by platform in a few words: how to let us in, how to call someone.

Facts for sentences only: what a platform can do is its adapter's matter. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WEB: Final = "web"
"""The platform of the local page, in ChannelId."""

SLACK: Final = "slack"
DISCORD: Final = "discord"


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform in words.

    `let_in` says what to do where paperwire may not post, `let_in_mark` is a text that stands in a
    refusal's own reason when that says so already. `user` and `role` find an id in how the
    platform writes a mention; None where there are no mentions. `how_to_name` says how to get it
    of those who may be called.
    `managers` says who may manage a channel there, where no command sets it. `has_fields` where an
    argument and each option has a field of its own that people fill in. `whole` is what all
    channels of a tenant are together.
    """

    title: str
    let_in: str = ""
    let_in_mark: str = ""
    user: re.Pattern[str] | None = None
    role: re.Pattern[str] | None = None
    how_to_name: str = ""
    has_forums: bool = False
    managers: str = ""
    has_fields: bool = False
    whole: str = "workspace"


PLATFORMS: Final[Mapping[str, Platform]] = {
    WEB: Platform(
        "the local page",
        managers="The local page is for one person, who may do everything.",
    ),
    SLACK: Platform(
        "Slack",
        let_in="Invite it first: /invite @paperwire.",
        let_in_mark="/invite @paperwire",
        user=re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>"),
        role=re.compile(r"<!subteam\^(S[A-Z0-9]{1,30})(?:\|[^>]*)?>"),
        how_to_name=(
            "Write me to be called yourself, or choose a user group from the list that opens "
            "behind an @."
        ),
        managers=(
            "In Slack every member may manage paperwire, or only administrators and a channel's "
            "maker: whoever runs paperwire sets that with PAPERWIRE_SLACK_MANAGERS."
        ),
    ),
    DISCORD: Platform(
        "Discord",
        let_in=(
            "In this channel's settings, under Permissions, give paperwire View Channel, Send "
            "Messages and Embed Links, for a thread also Send Messages in Threads."
        ),
        user=re.compile(r"<@!?([0-9]{1,20})>"),
        role=re.compile(r"<@&([0-9]{1,20})>"),
        how_to_name="Choose yourself or a role.",
        has_forums=True,
        has_fields=True,
        whole="server",
    ),
}

ELSEWHERE: Final = Platform("this platform")
"""What is said of a platform that is not among them."""


def platform_of(name: str) -> Platform:
    """A platform by its name in ChannelId."""
    return PLATFORMS.get(name, ELSEWHERE)
