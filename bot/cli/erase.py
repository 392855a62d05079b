"""`paperwire erase`: all that is kept of one workspace or server, gone now."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING, Final

import click

from adapters.archive.snapshot import drop as drop_snapshot
from adapters.redis.erase import erase as erase_tenant
from adapters.redis.erase import is_kept
from bot.app.opened import opened
from bot.cli.options import quiet_settings
from bot.cli.say import Stop, shown
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from bot.settings import Settings

_TENANT: Final = re.compile(r"(?:([a-z]+):)?([^:\s]+)")

WHERE: Final = {
    "slack": "Slack shows a workspace's id (T…) in the address of its web client, "
    "`paperwire doctor` that of its own.",
    "discord": "Discord shows a server's id (a long number) in the address of its web client, "
    "`paperwire doctor` those that paperwire is in.",
}


@click.command()
@click.argument("tenant")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(tenant: str, *, yes: bool) -> None:
    """Erase all that is kept of TENANT: a Slack workspace or a Discord server.

    A workspace as T0123 or slack:T0123, a server as discord: and its id, such as discord:1234.
    Subscriptions, the log of changes, what was posted and what waits. It cannot be undone.
    """
    found = _TENANT.fullmatch(tenant)
    if found is None:
        raise Stop(
            f"{shown(tenant)} names no workspace and no server: write a workspace as T0123 or "
            "slack:T0123, a server as discord:1234."
        )
    platform = found[1] or ("discord" if found[2].isdecimal() else "slack")
    asyncio.run(_erase(quiet_settings(), platform, found[2], yes=yes))


async def _erase(settings: Settings, platform: str, tenant: str, *, yes: bool) -> None:
    clock, chance = SystemClock(), SystemChance()
    async with opened(settings, clock, chance) as kept:
        link = kept.store.link
        if not await is_kept(link, platform, tenant):
            raise Stop(
                f"Nothing is kept of {platform}:{tenant}; {WHERE.get(platform, WHERE['slack'])}"
            )
        if not yes:
            if not sys.stdin.isatty():
                raise Stop("Nothing was erased: add --yes to erase without being asked.")
            asked = f"Erase all that is kept of {platform}:{tenant}? It cannot be undone."
            click.confirm(asked, default=False, abort=True)
        count = await erase_tenant(link, platform, tenant, clock.now())
    drop_snapshot(settings.data_dir)
    click.echo(f"Erased {platform}:{tenant}: {count:,} records are gone.")
