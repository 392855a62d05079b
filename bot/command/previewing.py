"""preview and post-latest: what a query would have posted, and posting some of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.change import label
from bot.command.forecast import forecast, may_forecast, without_muted
from bot.command.reply import Done, Previewed, Problem
from bot.command.seek import find_subscription, read_number, read_query
from bot.command.subscribing import halted
from bot.match.explain import explain
from bot.model.alert import Alert, PostKey, Reason
from bot.model.subscription import DEFAULT_TYPES, change_type
from bot.query.ast import QueryError
from bot.query.parse import Use, parse

if TYPE_CHECKING:
    from datetime import datetime

    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.model.channel import Channel
    from bot.model.paper import Paper
    from bot.model.subscription import Subscription
    from bot.query.ast import Query

POSTED_AT_ONCE: Final = 3
SEARCHED: Final = 20


async def do_preview(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Forecast a query, or a subscription by its number, and change nothing."""
    channel = await desk.channels.read(request.channel)
    number = read_number(typed.argument)
    known = next((one for one in channel.subscriptions if one.number == number), None)
    query = read_query(desk, known.query if known else typed.argument, Use.SUBSCRIPTION)
    if isinstance(query, Problem):
        return query
    if not await may_forecast(desk, request):
        minutes = max(1, round(desk.limits.previews_window_s / 60))
        last = "minute" if minutes == 1 else f"{minutes} minutes"
        return Problem(
            "Too many forecasts",
            (
                f"You had {desk.limits.previews} in the last {last}.",
                "Each reads thousands of papers. Try again in a few minutes.",
            ),
            buttons=(Action("Try again", f"{PREFIX} preview {typed.argument}"),),
        )
    types = typed.options.types or (known.types if known else DEFAULT_TYPES)
    told = await forecast(desk, query, types, channel.muted)
    return Previewed(query.canonical, known.number if known else None, told, query.warnings)


async def do_post_latest(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Queue the newest papers of a subscription as alerts, those not posted here before."""
    channel = await desk.channels.read(request.channel)
    one = find_subscription(desk, channel, typed.argument)
    if isinstance(one, Problem):
        return one
    query = parse(one.query, Use.SUBSCRIPTION, desk.sources)
    if isinstance(query, QueryError):
        return _unreadable(one)
    now = desk.clock.now()
    since = now - timedelta(days=desk.limits.forecast_days)
    calm = without_muted(query, channel.muted)
    newest = await _newest(desk, calm, one, since)
    if not newest:
        return Done(
            "Nothing to post",
            (f"No paper of the last {desk.limits.forecast_days} days matches #{one.number}.",),
        )
    alerts = []
    for paper in reversed(newest):
        words = explain(query.tree, paper).words
        reason = Reason(one.id, one.number, label(one), words)
        alerts.append(Alert(PostKey(paper.id), request.channel, paper.id, (reason,), now))
    queued = await desk.outbox.queue(alerts)
    return _posting(one, len(alerts), queued, channel)


async def _newest(
    desk: Desk, query: Query, one: Subscription, since: datetime
) -> tuple[Paper, ...]:
    """The newest papers of the subscription's types; counting all is for when a few do not do."""
    hits = await desk.archive.search(query, desk.clock.now(), SEARCHED, 0)
    wanted = [
        paper
        for paper in hits.papers
        if change_type(paper.announced) in one.types and paper.published_at >= since
    ][:POSTED_AT_ONCE]
    if len(wanted) == POSTED_AT_ONCE or not hits.more:
        return tuple(wanted)
    return (await desk.archive.sample(query, one.types, since, POSTED_AT_ONCE)).newest


def _posting(one: Subscription, found: int, queued: int, channel: Channel) -> Done:
    if not queued:
        return Done(
            "Nothing new to post", (f"The latest of #{one.number} were posted here before.",)
        )
    papers = "1 paper is" if queued == 1 else f"{queued} papers are"
    said = [f"{papers} on the way to this channel."]
    if queued < found:
        said.append(f"{found - queued} of the latest {found} had been posted here before.")
    return Done(f"Posting the latest of #{one.number}", (*said, *halted(channel)))


def _unreadable(one: Subscription) -> Problem:
    return Problem(
        f"#{one.number} cannot be read",
        ("Its query is not understood by this version. Write it anew.",),
        buttons=(Action("Edit", f"{PREFIX} edit {one.number} {one.query}", fill=True),),
    )
