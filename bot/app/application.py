"""Which of Discord's applications a store works with.

With another one's token all servers would count as left: all of their channels would be paused,
and after the time of grace everything erased.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.discord.client import application_of
from adapters.redis.removals import tenants
from bot.app.removal import DISCORD

if TYPE_CHECKING:
    from adapters.redis.store import Store
    from bot.settings import Settings

NAME: Final = "discord:application"
"""Under what it is noted."""

OTHER: Final = (
    "PAPERWIRE_DISCORD_TOKEN is the token of the application {given}, and this store works with "
    "{noted}, which is in the servers of its subscriptions: put the token of {noted} back. To go "
    "over to {given} for good, invite it to those servers, then run: paperwire discord adopt"
)


async def other_application(settings: Settings, store: Store) -> str | None:
    """The sentence for a token of another application than the one whose servers the store has.

    None where it is the same one. It is in the token, so that no network is asked.
    """
    given = _given(settings)
    if given is None:
        return None
    noted = await store.told.read(NAME)
    if noted is None or noted == given or not await tenants(store.link, DISCORD):
        return None
    return OTHER.format(given=given, noted=noted)


async def note_application(settings: Settings, store: Store) -> str | None:
    """Let the store work with the application of the token: its id, where the token has one."""
    given = _given(settings)
    if given is not None and await store.told.read(NAME) != given:
        await store.told.write(NAME, given)
    return given


def _given(settings: Settings) -> str | None:
    token = settings.discord_token
    found = None if token is None else application_of(token.get_secret_value())
    return None if found is None else str(found)
