"""`paperwire run`: the page and the sources, until Ctrl-C."""

from __future__ import annotations

import asyncio

import click

from bot.app.serving import ALL_ROLES, Role, serve
from bot.cli.options import settings_of
from bot.log import start_logging


@click.command()
@click.option("--host", help="The address to listen on, instead of PAPERWIRE_HOST.")
@click.option("--port", type=int, help="The port of the page, instead of PAPERWIRE_PORT; 0: any.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="What this process does; may be given more than once. All, unless given.",
)
def run(host: str | None, port: int | None, roles: tuple[str, ...]) -> None:
    """Serve the page and watch the sources. Ctrl-C stops it."""
    settings = settings_of(host=host, port=port)
    start_logging(settings.log_level, settings.log_format)
    asyncio.run(serve(settings, frozenset(map(Role, roles)) or ALL_ROLES, click.echo))
