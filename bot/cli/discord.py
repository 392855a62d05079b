"""`paperwire discord`: where a server's manager lets paperwire in, and its commands told anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import aiohttp
import click
from discord import HTTPException

from adapters.discord.client import NoAnswer, Rest, application_of, set_ends
from adapters.discord.invite import invite_url
from adapters.discord.sync import put
from adapters.discord.tree import commands
from bot.app.application import note_application
from bot.app.opened import opened
from bot.cli.options import quiet_settings
from bot.cli.say import Stop
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from bot.settings import Settings

SYNC_S: Final = 60
"""Discord takes some twenty commands in a second or two; its limits may ask to wait."""


@click.group()
def discord() -> None:
    """Set up the Discord app."""


@discord.command()
@click.option(
    "--application",
    type=click.IntRange(1, (1 << 64) - 1),
    metavar="ID",
    help="The application's id; without it, the one that PAPERWIRE_DISCORD_TOKEN begins with.",
)
def invite(application: int | None) -> None:
    """Print the address that lets paperwire into a server, with the least permissions."""
    if application is None:
        application = _own()
    click.echo(invite_url(application))


@discord.command()
def sync() -> None:
    """Tell Discord the commands now. `paperwire run` does it when they have changed."""
    settings = quiet_settings()
    asyncio.run(_sync(settings, _token(settings)))


@discord.command()
def adopt() -> None:
    """Let the store work with another application: the one of PAPERWIRE_DISCORD_TOKEN.

    Servers that it is not in count as left from then on: invite it there first.
    """
    settings = quiet_settings()
    _token(settings)
    application = _own()
    asyncio.run(_adopt(settings))
    click.echo(f"This store works with the application {application} from now on.")


async def _adopt(settings: Settings) -> None:
    async with opened(settings, SystemClock(), SystemChance()) as kept:
        await note_application(settings, kept.store)


async def _sync(settings: Settings, token: str) -> None:
    set_ends(settings.discord_api_url, settings.discord_gateway_url)
    rest = Rest(token, settings.discord_api_url)
    try:
        found = await rest.connect()
        if isinstance(found, NoAnswer):
            raise Stop(f"{found.reason} at {settings.discord_api_url}: nothing was told.")
        async with asyncio.timeout(SYNC_S):
            await put(rest, await rest.application(), commands())
    except (HTTPException, aiohttp.ClientError, OSError, ValueError) as error:
        said = f"{error.status}" if isinstance(error, HTTPException) else type(error).__name__
        raise Stop(f"Discord did not take the commands ({said}): try again later.") from error
    finally:
        await rest.close()
    click.echo("Discord has the commands. People see them after a reload (Ctrl-R) of Discord.")


def _token(settings: Settings) -> str:
    if settings.discord_token is None:
        raise Stop("PAPERWIRE_DISCORD_TOKEN is not set: put the bot's token into .env.")
    return settings.discord_token.get_secret_value()


def _own() -> int:
    """The id in the token; no network is asked."""
    token = quiet_settings().discord_token
    if token is None:
        raise Stop(
            "PAPERWIRE_DISCORD_TOKEN is not set: put the bot's token into .env, or give the "
            "application's id (General Information in the developer portal) with --application."
        )
    found = application_of(token.get_secret_value())
    if found is None:
        raise Stop(
            "PAPERWIRE_DISCORD_TOKEN does not look like a bot token, which begins with the "
            "application's id in base64 and has three parts between dots: copy it again from the "
            "page Bot of the application."
        )
    return found
