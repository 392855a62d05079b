"""Discord, put together: the setting's token, both ends, the poster, the listener, the servers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from adapters.discord.call import Watch
from adapters.discord.client import NoAnswer, Rest, proxy_for, set_ends
from adapters.discord.gateway import HELD_S, Gateway
from adapters.discord.guilds import Guilds, is_member
from adapters.discord.invalid import Gate
from adapters.discord.listen import Listener
from adapters.discord.once import Once
from adapters.discord.poster import DiscordPoster
from adapters.discord.sync import keep_synced
from adapters.discord.tree import commands
from adapters.discord.who import Askers
from adapters.redis.alone import GATEWAY
from bot.app.confirming import confirming
from bot.app.removal import DISCORD, Servers
from bot.app.stopping import until
from bot.command.declare import Names

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    import discord as library

    from adapters.discord.listen import AnswerFn
    from adapters.redis.store import Store
    from bot.app.removal import Removals
    from bot.command.desk import Confirm, FindChannel
    from bot.model.channel import ChannelId, UserId
    from bot.ports import Chance, Clock
    from bot.settings import Settings

    Loop = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Discord:
    """What a process runs for Discord."""

    rest: Rest
    once: Once
    poster: DiscordPoster
    listener: Listener
    guilds: Guilds
    gateway: Gateway
    synced: Callable[[asyncio.Event], Awaitable[None]]

    async def connected(self) -> str | None:
        """Ask Discord who we are: why there is no answer yet, None when there is one.

        SettingsError when it refuses the token.
        """
        found = await self.rest.connect()
        return found.reason if isinstance(found, NoAnswer) else None

    def loops(self, stop: asyncio.Event) -> dict[str, Loop]:
        """What listens."""
        return {
            "discord": partial(self.gateway.run, stop),
            "discord servers": partial(until, stop, self.guilds.run),
            "discord commands": partial(self.synced, stop),
        }

    async def close(self) -> None:
        """Close the REST side."""
        await self.rest.close()
        await self.once.close()


def discord(
    settings: Settings,
    store: Store,
    answer: Callable[[Confirm, FindChannel], AnswerFn],
    clock: Clock,
    chance: Chance,
    removals: Removals,
) -> Discord | None:
    """Discord as the settings ask for it; None without a token.

    `answer` answers commands with what posts the line that goes before a subscription, and what
    finds a channel that is named.
    """
    if settings.discord_token is None:
        return None
    token, url = settings.discord_token.get_secret_value(), settings.discord_api_url
    set_ends(url, settings.discord_gateway_url)
    gate = Gate(clock)
    watch = Watch(gate.heard)
    rest = Rest(token, url, trace=watch.trace())
    once = Once(token, watch.trace(), proxy_for(url))
    poster = DiscordPoster(rest, once, watch, gate, store.button_texts, clock, store.leases)
    askers = Askers(partial(_managers, store))
    confirm = confirming(poster, clock, chance)
    listener = Listener(
        answer=removals.offering(answer(confirm, askers.find_channel)),
        names=partial(_names, store),
        channel=store.channels.read,
        texts=store.button_texts,
        askers=askers,
    )
    removals.is_in = partial(is_member, rest)
    guilds = Guilds(Servers(removals), rest, clock)
    owner = chance.token()
    gateway = Gateway(
        token=token,
        attach=partial(_attached, listener),
        tell=guilds.tell,
        idle=listener.underway.idle,
        hold=partial(store.leases.acquire, GATEWAY, owner, HELD_S),
        release=partial(store.leases.release, GATEWAY, owner),
        clock=clock,
        api_url=url,
        trace=watch.trace(),
    )
    synced = partial(keep_synced, rest, commands(), store.told, clock)
    return Discord(rest, once, poster, listener, guilds, gateway, synced)


def _attached(listener: Listener, client: library.Client) -> None:
    client.event(listener.on_interaction)


async def _managers(store: Store, channel: ChannelId) -> frozenset[str]:
    """The roles that may manage all channels of a server."""
    return frozenset((await store.channels.read(channel.whole)).managers)


async def _names(store: Store, channel: ChannelId, user: UserId) -> Names:
    """What can be completed in a channel for a person."""
    found = await store.channels.read(channel)
    return Names(
        subscriptions=tuple((s.number, s.name or s.query) for s in found.subscriptions),
        muted=found.muted,
        local=False,
        recent=tuple(await store.recent.of(channel, user)),
        platform=DISCORD,
    )
