"""For `paperwire doctor`: token, servers, rights and commands at Discord, in sentences."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from discord import HTTPException, NotFound
from discord.http import Route

from adapters.discord.client import NoAnswer, Rest
from adapters.discord.invite import invite_url
from adapters.discord.rights import THREADS, allowed, lacking
from bot.model.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.model.channel import ChannelId

TIMEOUT_S: Final = 10.0
"""For one question."""

PAGE: Final = 200
PAGES_MAX: Final = 10
SHOWN_MAX: Final = 10
SERVERS_MAX: Final = 50
THREADS_MAX: Final = 100
"""Servers and threads whose rights are looked at: more would take minutes of Discord's limits."""


@dataclass(slots=True)
class Checked:
    """What was found, line by line, and what is to be put right. No token is in either."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Asking:
    """Questions to Discord's REST side; None for one without a usable answer."""

    rest: Rest
    timeout_s: float
    threads_left: int = THREADS_MAX

    async def get(self, path: str, **params: str | int) -> Any:
        """The answer; NotFound is raised, as it says something."""
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self.rest.request(Route("GET", path), params=params)
        except NotFound:
            raise
        except (HTTPException, aiohttp.ClientError, OSError, ValueError):
            return None

    async def one(self, path: str) -> dict[str, Any] | None:
        """An object of Discord's that is there; None where there is none, or no answer."""
        try:
            said = await self.get(path)
        except NotFound:
            return None
        return said if isinstance(said, dict) else None

    async def listed(self, path: str, **params: str | int) -> list[dict[str, Any]] | None:
        """Objects of Discord's that have an id."""
        try:
            said = await self.get(path, **params)
        except NotFound:
            return None
        return _objects(said) if isinstance(said, list) else None


def _objects(said: object) -> list[dict[str, Any]]:
    found = said if isinstance(said, list) else []
    return [one for one in found if isinstance(one, dict) and str(one.get("id", "")).isdecimal()]


async def check(
    token: str,
    api_url: str,
    channels: Sequence[ChannelId],
    commands: Sequence[Mapping[str, Any]],
    timeout_s: float = TIMEOUT_S,
) -> Checked:
    """Ask Discord who we are, where, what we may do in `channels`, and which commands it has."""
    found = Checked()
    rest = Rest(token, api_url, timeout_s)
    try:
        entered = await rest.connect()
        if isinstance(entered, NoAnswer):
            problem = f"{entered.reason} at {api_url}: check the network or the proxy."
            found.problems.append(problem)
            return found
        asking = _Asking(rest, timeout_s)
        application = await _application(asking, found)
        servers = await _servers(asking, found)
        if application is not None:
            await _commands(asking, application, commands, found)
            if servers is not None:
                await _places(asking, application, servers, channels, found)
    except SettingsError as error:
        found.problems.append(str(error))
    finally:
        await rest.close()
    return found


async def _application(asking: _Asking, found: Checked) -> int | None:
    said = await asking.one("/oauth2/applications/@me")
    if said is None or not _objects([said]):
        found.problems.append("Discord does not say which application the token belongs to.")
        return None
    found.lines.append(("application", f"{said.get('name')} ({said['id']})"))
    if said.get("interactions_endpoint_url"):
        found.problems.append(
            "The application sends its commands to an Interactions Endpoint URL, so that none "
            "reaches paperwire: clear it on the page General Information of the application."
        )
    return int(said["id"])


async def _servers(asking: _Asking, found: Checked) -> dict[str, str] | None:
    """The names of the servers that we are in, by id; None when Discord does not say."""
    servers: dict[str, str] = {}
    after = "0"
    for _ in range(PAGES_MAX):
        page = await asking.listed("/users/@me/guilds", limit=PAGE, after=after)
        if page is None:
            return None
        servers |= {str(one["id"]): str(one.get("name")) for one in page}
        if len(page) < PAGE:
            break
        after = str(page[-1]["id"])
    shown = [f"{name} ({one})" for one, name in list(servers.items())[:SHOWN_MAX]]
    more = f" and {len(servers) - SHOWN_MAX} more" if len(servers) > SHOWN_MAX else ""
    found.lines.append(("servers", (", ".join(shown) + more) or "none yet"))
    return servers


async def _commands(
    asking: _Asking, application: int, commands: Sequence[Mapping[str, Any]], found: Checked
) -> None:
    said = await asking.listed(f"/applications/{application}/commands")
    if said is None:
        found.lines.append(("commands", "Discord does not say"))
    elif not said:
        found.lines.append(("commands", "none yet: `paperwire run` registers them at its start"))
    elif holds(said, list(commands)):
        found.lines.append(("commands", "registered"))
    else:
        found.lines.append(
            ("commands", "not those of this version: `paperwire discord sync` registers them anew")
        )


def holds(said: object, declared: object) -> bool:
    """Whether Discord's answer has all that was declared; it adds ids, versions and defaults."""
    if isinstance(declared, dict):
        return isinstance(said, dict) and all(
            name in said and holds(said[name], value) for name, value in declared.items()
        )
    if isinstance(declared, list):
        return (
            isinstance(said, list)
            and len(said) == len(declared)
            and all(holds(one, other) for one, other in zip(said, declared, strict=True))
        )
    return said == declared


async def _places(
    asking: _Asking,
    application: int,
    servers: Mapping[str, str],
    channels: Sequence[ChannelId],
    found: Checked,
) -> None:
    """Whether we may post where something is subscribed."""
    of_server: dict[str, list[str]] = defaultdict(list)
    for one in channels:
        of_server[one.tenant].append(one.channel)
    for server in list(of_server)[:SERVERS_MAX]:
        if server in servers:
            await _channels(asking, server, servers[server], of_server[server], found)
        else:
            found.problems.append(
                f"The server {server} has subscriptions, and paperwire is not in it: invite it "
                f"again at {invite_url(application)}"
            )
    if len(of_server) > SERVERS_MAX:
        found.lines.append(("rights looked at in", f"the first {SERVERS_MAX} servers"))


async def _channels(
    asking: _Asking, server: str, title: str, channels: Sequence[str], found: Checked
) -> None:
    me = str(asking.rest.user_id)
    guild = await asking.one(f"/guilds/{server}")
    member = await asking.one(f"/guilds/{server}/members/{me}")
    listed = await asking.listed(f"/guilds/{server}/channels")
    if guild is None or member is None or listed is None:
        found.lines.append((f"rights in {title}", "Discord does not say"))
        return
    roles, own = _objects(guild.get("roles")), _texts(member.get("roles"))
    known = {str(one["id"]): one for one in listed}
    fine = 0
    for channel in channels:
        place = known.get(channel) or await _thread(asking, channel)
        if place is None:
            found.problems.append(
                f"The channel {channel} of {title} has subscriptions, and paperwire cannot see "
                "it, or it is gone."
            )
            continue
        has_parent = place.get("type") in THREADS
        ruled = known.get(str(place.get("parent_id"))) if has_parent else place
        may = allowed(server, roles, own, me, ruled or {})
        missing = lacking(may, place.get("type"))
        if has_parent and _is_locked(place) and not may.manage_threads:
            found.problems.append(
                f"The thread {place.get('name')} of {title} is locked, so that nothing can be "
                "posted in it: unlock it, or unsubscribe there."
            )
            continue
        fine += not missing
        if missing:
            found.problems.append(
                f"In #{place.get('name')} of {title} paperwire lacks {' and '.join(missing)}: "
                "give it that in the channel's settings, under Permissions."
            )
    found.lines.append((f"rights in {title}", f"enough in {fine} of {len(channels)} channels"))


def _is_locked(thread: Mapping[str, Any]) -> bool:
    about = thread.get("thread_metadata")
    return isinstance(about, dict) and about.get("locked") is True


async def _thread(asking: _Asking, channel: str) -> dict[str, Any] | None:
    """A channel that the server's list lacks: a thread, or none any more."""
    if not asking.threads_left:
        return None
    asking.threads_left -= 1
    return await asking.one(f"/channels/{channel}")


def _texts(said: object) -> list[str]:
    return [str(one) for one in said] if isinstance(said, list) else []
