"""Find a post whose answer was lost: read what the bot wrote, and look for the post's mark.

Discord shows an empty channel to who may not read its history (resources/message, "Get Channel
Messages"), so that nothing found is not nothing there until something else says that we can read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from discord.http import Route

from adapters.discord.ids import mark_in
from adapters.discord.outcomes import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE
from bot.model.alert import Receipt
from bot.ports import Found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.discord.call import Answer

PAGE_SIZE: Final = 100
PAGES_MAX: Final = 40
"""Pages read back for one lost answer: over 4,000 messages it is not known."""

THREADS_MAX: Final = 100
"""New threads of ours in one forum whose first message is looked at: over them it is not known."""

EPOCH_MS: Final = 1_420_070_400_000
"""Where ids begin to count (reference, "Snowflakes")."""


class Ask(Protocol):
    """Reads from Discord; TimeoutError when it cannot be read just now."""

    async def __call__(self, route: Route, **params: str) -> Answer:
        """What Discord answered: the thing, or that it may not be had."""
        ...


def id_at(at: datetime) -> int:
    """The smallest id that can have been given at a time or later."""
    return max(0, int(at.timestamp() * 1000) - EPOCH_MS) << 22


async def find_message(
    ask: Ask, channel: str, mark: str, me: str, since: datetime
) -> Receipt | Found:
    """The bot's message with that mark in a channel or thread, read from `since` on."""
    after, seen = id_at(since), False
    for _ in range(PAGES_MAX):
        page = await _messages(ask, channel, after=str(after), limit=str(PAGE_SIZE))
        if page is None:
            return Found.UNKNOWN
        if not page:
            readable = seen or await _is_readable(ask, channel, id_at(since))
            return Found.ABSENT if readable else Found.UNKNOWN
        seen = True
        for message in page:
            if _is_ours(message, me) and carries(message, mark):
                return Receipt(str(message["id"]))
        newest = max(_number(message) for message in page)
        if newest <= after:
            return Found.UNKNOWN
        after = newest
    return Found.UNKNOWN


async def _is_readable(ask: Ask, channel: str, after: int) -> bool:
    """Whether an empty page means that nothing is there: we see what is older, or there is none.

    False is not a certain no: where the last message was deleted, nobody says.
    """
    if await _messages(ask, channel, limit="1"):
        return True
    said = (await ask(_channel("/channels/{channel_id}", channel))).body
    if not isinstance(said, dict) or "last_message_id" not in said:
        return False
    last = said["last_message_id"]
    return last is None or (str(last).isdecimal() and int(last) < after)


async def _messages(ask: Ask, channel: str, **params: str) -> list[Mapping[str, Any]] | None:
    """A page of messages; None when the bot may not read them."""
    answer = await ask(_channel("/channels/{channel_id}/messages", channel), **params)
    if not isinstance(answer.body, list):
        return None
    return [one for one in answer.body if isinstance(one, dict) and _number(one)]


@dataclass(slots=True)
class Starters:
    """Marks of first messages that were read: an id's never changes. The oldest are dropped."""

    marks: dict[str, str | None] = field(default_factory=dict)
    most: int = 1000

    def keep(self, thread: str, mark: str | None) -> None:
        """Remember one."""
        self.marks[thread] = mark
        while len(self.marks) > self.most:
            del self.marks[next(iter(self.marks))]


async def find_thread(
    ask: Ask, guild: str, forum: str, mark: str, me: str, since: datetime, starters: Starters
) -> Receipt | Found:
    """The bot's thread in a forum whose first message has that mark."""
    looked, certain = 0, True
    async for thread in _threads(ask, guild, forum, since):
        if thread is None:
            certain = False
            continue
        if str(thread.get("owner_id")) != me or _number(thread) < id_at(since):
            continue
        number = str(thread["id"])
        if number not in starters.marks:
            looked += 1
            if looked > THREADS_MAX:
                return Found.UNKNOWN
            certain = await _looked(ask, number, me, starters) and certain
        if starters.marks.get(number) == mark:
            return Receipt(number)
    return Found.ABSENT if certain else Found.UNKNOWN


async def _looked(ask: Ask, thread: str, me: str, starters: Starters) -> bool:
    """Read a thread's first message, which has the thread's id; False when that is not allowed."""
    route = Route(
        "GET",
        "/channels/{channel_id}/messages/{message_id}",
        channel_id=thread,
        message_id=thread,
    )
    answer = await ask(route)
    if isinstance(answer.body, dict) and "author" in answer.body:
        ours = _is_ours(answer.body, me)
        starters.keep(thread, mark_in(answer.body) if ours else None)
        return True
    code = answer.body.get("code") if isinstance(answer.body, dict) else None
    return isinstance(code, int) and code in {UNKNOWN_CHANNEL, UNKNOWN_MESSAGE}


async def _threads(ask: Ask, guild: str, forum: str, since: datetime) -> Any:
    """Threads of the forum: the open ones, then those archived since; None for what is barred."""
    answer = await ask(Route("GET", "/guilds/{guild_id}/threads/active", guild_id=guild))
    for thread in _listed(answer, forum):
        yield thread
    before: dict[str, str] = {}
    for _ in range(PAGES_MAX):
        route = _channel("/channels/{channel_id}/threads/archived/public", forum)
        answer = await ask(route, limit=str(PAGE_SIZE), **before)
        oldest = None
        for thread in _listed(answer, forum):
            yield thread
            oldest = _archived_at(thread) or oldest
        more = isinstance(answer.body, dict) and answer.body.get("has_more") is True
        # what was archived before `since` was made before it
        if not more or oldest is None or oldest < since:
            return
        before = {"before": oldest.isoformat()}
    yield None


def _listed(answer: Answer, forum: str) -> Iterator[Mapping[str, Any] | None]:
    """Threads of an answer that belong to the forum."""
    found = answer.body.get("threads") if isinstance(answer.body, dict) else None
    if not isinstance(found, list):
        yield None
        return
    for thread in found:
        if isinstance(thread, dict) and str(thread.get("parent_id")) == forum and _number(thread):
            yield thread


def _archived_at(thread: Mapping[str, Any] | None) -> datetime | None:
    about = thread.get("thread_metadata") if thread is not None else None
    said = about.get("archive_timestamp") if isinstance(about, dict) else None
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at if at.tzinfo else None


def carries(message: Mapping[str, Any], mark: str) -> bool:
    """Whether a message has the mark, in its components or as the nonce that Discord kept."""
    return mark_in(message) == mark or str(message.get("nonce")) == mark


def _is_ours(message: Mapping[str, Any], me: str) -> bool:
    """Another bot may copy our custom ids."""
    author = message.get("author")
    return isinstance(author, dict) and str(author.get("id")) == me


def _number(found: Mapping[str, Any]) -> int:
    """The id as a number; 0 for what has none."""
    text = str(found.get("id"))
    return int(text) if text.isascii() and text.isdigit() else 0


def _channel(path: str, channel: str) -> Route:
    return Route("GET", path, channel_id=channel)
