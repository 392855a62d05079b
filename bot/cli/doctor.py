"""`paperwire doctor`: whether everything is as it should be, and what to do where it is not."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import click

from adapters.discord.check import check as check_discord
from adapters.discord.client import set_ends
from adapters.discord.tree import commands
from adapters.slack.check import check
from bot.app.application import other_application
from bot.app.compiling import COMPILED_FROM
from bot.app.opened import opened
from bot.app.sources import client, pollers
from bot.cli.options import settings_of
from bot.cli.say import WRONG, one_line
from bot.flow.watch import Metrics, standings
from bot.log import start_logging
from bot.model.errors import ArchiveDown, PaperwireError
from bot.ports import SourceDown
from bot.settings import effective, require_token
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.opened import Kept
    from bot.model.channel import Channel
    from bot.settings import Settings

WIDTH: Final = 36
"""Columns of the names: the longest setting and two spaces."""

NAMED_MAX: Final = 5
"""Paused channels that are named; the rest is counted."""

NOT_SET: Final = (
    "Channels of Discord have subscriptions, and PAPERWIRE_DISCORD_TOKEN is not set: nothing is "
    "posted there. Is the file .env in the folder that paperwire is started in?"
)

MANY: Final = 10_000
"""Subscriptions from which numba is worth its size."""

WHO_MAY: Final = {
    "members": "every full member of the workspace (policy members)",
    "managers": "administrators and a channel's maker (policy managers)",
}


@dataclass(slots=True)
class Findings:
    """What was looked at, by section, and what is wrong."""

    sections: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, section: str, name: str, value: str) -> None:
        """One line."""
        self.sections.setdefault(section, []).append((name, value))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.option("--offline", is_flag=True, help="Ask neither the sources nor Slack nor Discord now.")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool, offline: bool) -> None:
    """Check settings, store, books, platforms and sources. Exit status 2 when all is not well.

    A source that cannot be reached is told, but is not counted as wrong.
    """
    settings = settings_of()
    start_logging("error", settings.log_format)
    found = Findings()
    for name, value, is_set in effective(settings):
        found.add("settings", name, value if is_set else f"{value} (default)")
    asyncio.run(_examine(settings, found, offline=offline))
    if as_json:
        sections = {name: dict(lines) for name, lines in found.sections.items()}
        click.echo(json.dumps({**sections, "problems": found.problems}))
    else:
        sys.stdout.write(_text(found))
    context.exit(WRONG if found.problems else 0)


async def _examine(settings: Settings, found: Findings, *, offline: bool) -> None:
    clock, chance = SystemClock(), SystemChance()
    try:
        require_token(settings)
        async with opened(settings, clock, chance) as kept:
            await _store(kept, found)
            await _books(kept, found)
            await _known_sources(kept, found)
            if not offline:
                await ask_slack(settings, found)
                await ask_discord(settings, kept, found)
                await _ask_sources(settings, kept, clock, chance, found)
    except PaperwireError as error:
        found.problems.append(str(error))


def _matched_by(subscriptions: int, found: Findings) -> str:
    if find_spec("numba") is None:
        advice = ": numba would be faster (make fast)" if subscriptions >= MANY else ""
        return f"numpy{advice}"
    try:
        import_module("numba")
    except Exception as error:  # noqa: BLE001  # whatever it lacks
        found.problems.append(
            f"numba is installed and does not work ({one_line(str(error))}): papers are matched "
            "by numpy. `make fast` installs it anew."
        )
        return "numpy"
    return f"compiled loops from {COMPILED_FROM:,} subscriptions on"


async def _store(kept: Kept, found: Findings) -> None:
    found.add("store", "where", kept.store.link.where)
    await kept.store.ping()
    found.add("store", "takes writes", "yes")
    found.problems.extend(await kept.store.warnings())
    channels = [channel async for channel in kept.store.channels.all()]
    subscriptions = sum(len(channel.subscriptions) for channel in channels)
    following = sum(bool(channel.subscriptions) for channel in channels)
    found.add("store", "channels with subscriptions", f"{following:,}")
    found.add("store", "subscriptions", f"{subscriptions:,}")
    found.add("store", "matched by", _matched_by(subscriptions, found))
    found.problems.extend(stopped(channels))
    try:
        found.add("archive", "papers that can be searched", f"{await kept.archive.count():,}")
    except ArchiveDown as error:  # the rest can be looked at without it
        found.problems.append(str(error))


def stopped(channels: Sequence[Channel]) -> list[str]:
    """Channels that nobody paused and that wait for somebody to let them go on."""
    named = [
        f"{channel.id} ({channel.pause.reason})"
        for channel in channels
        if channel.subscriptions and channel.pause is not None and channel.pause.by is None
    ]
    if not named:
        return []
    more = f" and {len(named) - NAMED_MAX:,} more" if len(named) > NAMED_MAX else ""
    said = "Nothing is posted in these channels until somebody says /papers resume there"
    return [f"{said}: {'; '.join(named[:NAMED_MAX])}{more}."]


async def _books(kept: Kept, found: Findings) -> None:
    books = await kept.store.outbox.books()
    for name in ("queued", "sent", "waiting", "dead"):
        found.add("books", name, f"{getattr(books, name):,}")
    found.add("books", "difference", f"{books.difference:,}")
    if books.difference:
        found.problems.append(
            f"The books do not balance: {books.difference:,} posts are missing or too many. "
            "Please report this with the output of `paperwire doctor`."
        )
    if books.dead:
        found.problems.append(
            f"{books.dead:,} posts could not be posted and were put aside; the log names them."
        )


async def _known_sources(kept: Kept, found: Findings) -> None:
    for one in standings(await kept.store.feeds.all()):
        at = f"{one.succeeded_at:%Y-%m-%d %H:%M} UTC" if one.succeeded_at else "never"
        said = f"last answer {at}, {one.papers_seen:,} papers"
        found.add("sources", one.source, f"{said}, down: {one.reason}" if one.is_down else said)


async def _ask_sources(
    settings: Settings, kept: Kept, clock: SystemClock, chance: SystemChance, found: Findings
) -> None:
    """One question each, in its turn among those of a running paperwire."""
    async with client(settings) as http:
        for poller in pollers(
            settings, http, kept.store, clock, chance, Metrics(), chance.token()
        ):
            answer = await poller.source.poll(poller.parts[0], None)
            said = answer.reason if isinstance(answer, SourceDown) else "answers"
            found.add("sources", f"{poller.source.name} now", said)


async def ask_slack(settings: Settings, found: Findings) -> None:
    """Whether Slack lets us in, where it is set up at all, and who may change things there."""
    bot, app, secret = (
        one.get_secret_value() if one is not None else None
        for one in (
            settings.slack_bot_token,
            settings.slack_app_token,
            settings.slack_signing_secret,
        )
    )
    if bot is app is secret is None:
        return
    checked = await check(bot, app, secret, settings.slack_api_url)
    for name, said in checked.lines:
        found.add("slack", name, said)
    found.add("slack", "may change what is posted", WHO_MAY[settings.slack_managers])
    found.problems.extend(checked.problems)


async def ask_discord(settings: Settings, kept: Kept, found: Findings) -> None:
    """Whether Discord lets us in, where it is set up at all, and post where it was subscribed."""
    token = settings.discord_token
    subscribed = [
        channel.id
        async for channel in kept.store.channels.all()
        if channel.id.platform == "discord" and channel.subscriptions
    ]
    if token is None:
        if subscribed:
            found.problems.append(NOT_SET)
        return
    wrong = await other_application(settings, kept.store)
    if wrong is not None:
        found.problems.append(wrong)
        return
    url = settings.discord_api_url
    set_ends(url, settings.discord_gateway_url)
    checked = await check_discord(token.get_secret_value(), url, subscribed, commands())
    for name, said in checked.lines:
        found.add("discord", name, said)
    found.problems.extend(checked.problems)


def _text(found: Findings) -> str:
    lines: list[str] = []
    for section, entries in found.sections.items():
        lines.append(section.capitalize())
        lines += [f"  {name:{WIDTH}}{one_line(value)}" for name, value in entries]
        lines.append("")
    lines += _verdict(found.problems)
    return "\n".join(lines) + "\n"


def _verdict(problems: Sequence[str]) -> list[str]:
    if not problems:
        return ["All is well."]
    return ["To put right", *(f"  {one_line(problem)}" for problem in problems)]
