"""`paperwire demo`: the page with the built-in sample day, without network, account or trace."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from bot.app.serving import ALL_ROLES, serve
from bot.log import start_logging
from bot.settings import load

GREETING: Final = (
    '/papers subscribe "language model" OR RAG --name "Language models"',
    '/papers subscribe robot* OR "quantum circuit"',
)
"""What #general follows already, so that a visitor sees papers arrive before typing anything."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=int, default=8427, show_default=True, help="The port; 0: any.")
def demo(host: str, port: int) -> None:
    """Serve the page with a sample day whose papers arrive over a minute. Nothing is kept."""
    with TemporaryDirectory(prefix="paperwire-demo-") as folder:
        # a store or token of the real one must not be touched, whatever `.env` says
        settings = load(None, host=host, port=port, data_dir=Path(folder), redis_url=None)
        start_logging("warning", settings.log_format)
        asyncio.run(serve(settings, ALL_ROLES, click.echo, greeting=GREETING))
