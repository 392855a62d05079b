"""`paperwire slack manifest`: what a person pastes to make the Slack app."""

from __future__ import annotations

import json

import click

from adapters.slack.manifest import OPTIONAL_SCOPES, manifest


@click.group()
def slack() -> None:
    """Set up the Slack app."""


@slack.command("manifest")
@click.option("--socket", is_flag=True, help="For Socket Mode, which needs no address (default).")
@click.option("--http", "url", metavar="URL", help="For HTTP mode at an https address of yours.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(list(OPTIONAL_SCOPES)),
    help="A scope more than the least; the README says what each is for.",
)
def print_manifest(*, socket: bool, url: str | None, scopes: tuple[str, ...]) -> None:
    """Print the app's manifest."""
    if socket and url is not None:
        raise click.UsageError("Choose --socket or --http URL, not both")
    click.echo(json.dumps(manifest(url, scopes), indent=2))
