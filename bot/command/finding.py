"""search, latest, show, why, cite, page: questions about papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.card.alert import PAGE_SIZE, page_ids
from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.card.post import PaperList
from bot.card.why import explained_page
from bot.command.bibtex import bibtex
from bot.command.due import zone_of
from bot.command.look import look_up
from bot.command.reply import Asked, Cited, Explained, Found, Opened, Problem, Shown, Verdict
from bot.command.seek import find_subscription, read_query
from bot.match.explain import explain
from bot.match.mute import muted
from bot.match.texts import Texts
from bot.model.alert import Alert, PostKey
from bot.model.subscription import change_type
from bot.query.ast import And, Node, QueryError, Since, Until
from bot.query.parse import Use, parse
from bot.query.show import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.match.explain import Miss
    from bot.model.paper import Paper
    from bot.model.subscription import Subscription

LIMIT: Final = 5


async def do_search(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Papers seen so far that a query matches, newest first."""
    query = read_query(desk, typed.argument, Use.SEARCH)
    if isinstance(query, Problem):
        return query
    limit, page = typed.options.limit or LIMIT, typed.options.page or 1
    now = desk.clock.now()
    hits = await desk.archive.search(query, now, limit, (page - 1) * limit)
    if desk.recent is not None and page == 1:
        await desk.recent.add(request.channel, request.user, query.canonical)
    follow = _to_follow(desk, query.tree)
    command = f"{PREFIX} subscribe {follow}"
    return Found(
        title=f"Search: {query.canonical}",
        papers=hits.papers,
        command=f"{PREFIX} search {query.canonical} --limit {limit}",
        page=page,
        more=hits.more,
        empty="No paper seen so far matches. Fewer words, or a word* find more."
        if page == 1
        else "No papers on this page: the last one comes before it.",
        buttons=(Action("Subscribe this channel", command),) if follow else (),
        notes=query.warnings,
    )


def _to_follow(desk: Desk, tree: Node) -> str | None:
    """The query as a subscription, without since: and until:; None when it cannot be one."""
    parts = tree.parts if isinstance(tree, And) else (tree,)
    lasting = [part for part in parts if not isinstance(part, Since | Until)]
    if not lasting:
        return None
    text = show(lasting[0] if len(lasting) == 1 else And(tuple(lasting), lasting[0].span))
    query = parse(text, Use.SUBSCRIPTION, desk.sources)
    return None if isinstance(query, QueryError) else query.canonical


async def do_latest(desk: Desk, request: Request, typed: Typed) -> Reply:
    """The newest papers, of all or of one subscription."""
    limit, page = typed.options.limit or LIMIT, typed.options.page or 1
    offset = (page - 1) * limit
    if not typed.argument.strip():
        hits = await desk.archive.latest(limit, offset)
        return Found(
            title="The newest papers",
            papers=hits.papers,
            command=f"{PREFIX} latest --limit {limit}",
            page=page,
            more=hits.more,
            empty="No papers were seen yet. /papers status says when they are due.",
        )
    one = find_subscription(desk, await desk.channels.read(request.channel), typed.argument)
    if isinstance(one, Problem):
        return one
    query = read_query(desk, one.query, Use.SUBSCRIPTION)
    if isinstance(query, Problem):
        return query
    hits = await desk.archive.search(query, desk.clock.now(), limit, offset)
    return Found(
        title=f"The newest of #{one.number}: {one.name or one.query}",
        papers=hits.papers,
        command=f"{PREFIX} latest {one.number} --limit {limit}",
        page=page,
        more=hits.more,
        empty="No paper seen so far matches it.",
    )


async def do_show(desk: Desk, request: Request, typed: Typed) -> Reply:
    """One paper, whole."""
    del request
    paper = await look_up(desk, typed.argument)
    return paper if isinstance(paper, Problem) else Shown(paper)


async def do_cite(desk: Desk, request: Request, typed: Typed) -> Reply:
    """A paper's BibTeX."""
    del request
    paper = await look_up(desk, typed.argument)
    return paper if isinstance(paper, Problem) else Cited(paper, bibtex(paper))


async def do_why(desk: Desk, request: Request, typed: Typed) -> Reply:
    """What made each subscription match, or what did not hold; and whether it was posted."""
    paper = await look_up(desk, typed.argument)
    if isinstance(paper, Problem):
        return paper
    channel = await desk.channels.read(request.channel)
    texts = Texts(paper)
    verdicts = [_verdict(desk, one, paper, texts) for one in channel.subscriptions]
    verdicts.sort(key=lambda one: (not one.matched, one.wrong_type))
    key = PostKey(paper.id)
    post = await desk.outbox.posted(request.channel, key)
    version = PostKey(f"{paper.id}#v{paper.version}")
    if post is None and paper.version > 1:
        post, key = await desk.outbox.posted(request.channel, version), version
    return Explained(
        paper=paper,
        verdicts=tuple(verdicts),
        muted=muted(channel.muted, paper, texts),
        queued_at=post.queued_at if isinstance(post, Alert) else None,
        posted_at=await desk.outbox.posted_at(request.channel, key) if post else None,
        channel_paused=channel.pause is not None,
        zone=zone_of(desk, request)[0],
    )


def _verdict(desk: Desk, one: Subscription, paper: Paper, texts: Texts) -> Verdict:
    query = parse(one.query, Use.SUBSCRIPTION, desk.sources)
    if isinstance(query, QueryError):
        return Verdict(one, matched=False)
    explained = explain(query.tree, paper, None, texts)
    if not explained.holds:
        return Verdict(one, matched=False, missing=_missing(explained.misses))
    wrong_type = change_type(paper.announced) not in one.types
    return Verdict(one, matched=True, words=explained.words, wrong_type=wrong_type)


def _missing(misses: Sequence[Miss]) -> str:
    """The clauses that did not hold, in a line; a NOT tells what it found."""
    told = []
    for miss in misses[:3]:
        found = ", ".join(dict.fromkeys(hit.words for hit in miss.against[:2]))
        told.append(f"{miss.text} (the paper has {found})" if found else miss.text)
    more = f" and {len(misses) - 3} more" if len(misses) > 3 else ""  # noqa: PLR2004 - one line
    return "; ".join(told) + more


async def do_more(desk: Desk, request: Request, typed: Typed) -> Reply:
    """What else can be asked of a paper, for menus that need an answer of their own."""
    del request
    paper = await look_up(desk, typed.argument)
    return paper if isinstance(paper, Problem) else Asked(paper)


async def do_page(desk: Desk, request: Request, typed: Typed) -> Reply:
    """A page of a list that was posted in this channel."""
    key, _, number = typed.argument.strip().rpartition(" ")
    post = await desk.outbox.posted(request.channel, PostKey(key.strip())) if key else None
    if not isinstance(post, PaperList) or not number.isascii() or not number.isdigit():
        return Problem(
            "That list is gone",
            (
                "Lists can be opened for 60 days, in the channel that they were posted to.",
                "/papers search finds their papers.",
            ),
        )
    page = min(int(number[:6]), -(-len(post.alerts) // PAGE_SIZE))
    ids = page_ids(post, page)
    records = await desk.papers.known(list(ids))
    papers = {key: record.paper for key, record in records.items() if record.paper is not None}
    for paper_id in ids:
        if paper_id not in papers:
            paper = await desk.archive.get(paper_id)
            if paper is not None:
                papers[paper_id] = paper
    channel = await desk.channels.read(request.channel)
    return Opened(explained_page(post, papers, channel, page), papers, page)
