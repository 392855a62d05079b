"""What is set in a channel, and who changed it, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.card.card import Action, Card, CardKind, Mark, Para, Part, Row, Run
from bot.card.paper import PREFIX
from bot.command.change import label, spoken_types
from bot.command.commit import person, person_run
from bot.command.due import spoken_time
from bot.command.mentioning import spoken_mention, spoken_tags
from bot.model.subscription import Mention, MentionKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.command.reply import Listed, Logged, Managed
    from bot.model.channel import Channel, Pause, UserId
    from bot.model.subscription import Subscription


def say_listed(reply: Listed) -> Card:
    """The answer to list."""
    channel = reply.channel
    count = len(channel.subscriptions)
    title = {0: "No subscriptions yet", 1: "1 subscription"}.get(count, f"{count} subscriptions")
    parts: list[Part] = []
    if reply.note:
        parts.append(Para((Run(reply.note),)))
    parts += _channel_pause(channel)
    if not count:
        parts.append(
            Para((Run("Say what this channel shall follow: /papers subscribe and a query."),))
        )
    parts += [_row(one, reply.asker) for one in channel.subscriptions]
    parts += _muted(channel)
    if reply.waiting:
        waits = (
            f"{reply.waiting:,} {'post waits' if reply.waiting == 1 else 'posts wait'} to go out."
        )
        parts.append(Para((Run(waits, Mark.QUIET),)))
    names = "; ".join(f"#{one.number} {label(one)}" for one in channel.subscriptions[:10])
    return Card(
        CardKind.SUBSCRIPTIONS,
        title,
        tuple(parts),
        f"{title}: {names}" if names else title,
        tuple(_buttons(channel)),
    )


def _buttons(channel: Channel) -> Iterator[Action]:
    yield Action("Subscribe", f"{PREFIX} subscribe ", primary=not channel.subscriptions, fill=True)
    if channel.pause is not None:
        yield Action("Resume", f"{PREFIX} resume", primary=True)
    elif channel.subscriptions:
        yield Action("Pause all", f"{PREFIX} pause")
    if channel.subscriptions:
        yield Action("Why a paper", f"{PREFIX} why ", fill=True)
    yield Action("Log", f"{PREFIX} log")


def _row(one: Subscription, asker: UserId) -> Row:
    runs = [Run(f"#{one.number} ", Mark.STRONG)]
    if one.name:
        runs.append(Run(f"{one.name} "))
    runs.append(Run(one.query, Mark.CODE))
    runs.append(Run(f" {spoken_types(one.types)}", Mark.QUIET))
    if one.mention is not None:
        whom = spoken_mention(one.mention, asker)
        runs += [Run(" calls ", Mark.QUIET), Run(whom, Mark.QUIET, who=one.mention)]
    if one.tags:
        runs.append(Run(f" tagged {spoken_tags(one.tags)}", Mark.QUIET))
    if one.pause is not None:
        runs.append(Run(" paused", Mark.QUIET))
    again = "Pause" if one.pause is None else "Resume"
    edit = f"{PREFIX} edit {one.number} {one.query}"
    return Row(
        tuple(runs),
        (
            Action(again, f"{PREFIX} {again.lower()} {one.number}"),
            Action("Edit", edit, fill=True),
            Action("Remove", f"{PREFIX} unsubscribe {one.number}"),
            Action("Forecast", f"{PREFIX} preview {one.number}"),
        ),
    )


def _channel_pause(channel: Channel) -> Iterator[Para]:
    if channel.pause is not None:
        yield Para((Run(pause_text(channel.pause), Mark.STRONG),))


def pause_text(pause: Pause) -> str:
    """Why the channel gets nothing, and what ends that."""
    if pause.by is None:
        return (
            f"Nothing can be posted here: {pause.reason}. Put that right, then /papers resume. "
            "What waits is kept."
        )
    return "This channel is paused. /papers resume goes on."


def _muted(channel: Channel) -> Iterator[Part]:
    if not channel.muted:
        return
    yield Para((Run("Muted words", Mark.STRONG),))
    for word in channel.muted:
        yield Row((Run(word, Mark.CODE),), (Action("Unmute", f"{PREFIX} unmute {word}"),))


def say_managed(reply: Managed) -> Card:
    """The answer to managers."""
    count = len(reply.roles)
    title = {0: "No role chosen", 1: "1 role chosen"}.get(count, f"{count} roles chosen")
    if not count:
        runs = [Run("No role manages paperwire in this server.")]
    else:
        which = "the role" if count == 1 else "one of the roles"
        runs = [Run(f"People with {which} ")]
        for place, role in enumerate(reply.roles):
            named = Mention(MentionKind.ROLE, role)
            runs += [Run(", " if place else ""), Run(role, Mark.STRONG, who=named)]
        runs.append(Run(" manage paperwire in every channel."))
    always = "Whoever has Manage Channels may do so in any case."
    buttons = [Action("Choose", f"{PREFIX} managers ", fill=True)]
    if count and not reply.chosen:
        buttons.append(Action("Take it away", f"{PREFIX} managers none"))
    if reply.undo is not None:
        buttons.append(Action("Undo", f"{PREFIX} undo {reply.undo}"))
    shown = tuple(run for run in runs if run.text)
    return Card(
        CardKind.ANSWER,
        title,
        (Para(shown), Para((Run(always),))),
        f"{title}. {always}",
        tuple(buttons),
    )


def say_logged(reply: Logged) -> Card:
    """The answer to log."""
    if not reply.changes:
        line = "Nothing was changed in this channel in the last 90 days."
        return Card(CardKind.ANSWER, "Log", (Para((Run(line),)),), line)
    rows: list[Part] = []
    for change in reply.changes:
        who = replace(person_run(change.by, reply.asker), mark=Mark.STRONG)
        runs = [
            Run(f"{spoken_time(change.at, reply.zone)}  ", Mark.QUIET),
            who,
            Run(f" {change.what}"),
        ]
        if change.undone_by is not None:
            runs.append(Run(" (undone)", Mark.QUIET))
        actions = (
            (Action("Undo", f"{PREFIX} undo {change.id}"),) if change.id in reply.open else ()
        )
        rows.append(Row(tuple(runs), actions))
    newest = reply.changes[0]
    fallback = f"Log. {person(newest.by, reply.asker)} {newest.what}"
    return Card(CardKind.ANSWER, "Log", tuple(rows), fallback)
