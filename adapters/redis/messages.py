"""Messages: the local page's channels and what was posted there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.redis import keys
from adapters.redis.codec import Unreadable, dump_card, from_us, load_card, us
from adapters.redis.link import BLOCK_S, Call, script
from bot.model.alert import PostKey
from bot.model.channel import ChannelId
from bot.ports import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from adapters.redis.link import Link
    from bot.card.card import Card

_APPEND = script("append")
_CREATE = script("create")
_LOCAL: Final = ChannelId("web", "local", "")
_SHOWN: Final = f"{keys.tenant_of(_LOCAL)}shown"
_WAITED: Final = 100
"""Messages that one wait gives at most."""
_PAGE: Final = 100
"""Messages read at once, some 10 ms of work."""


class RedisMessages:
    """The Messages port."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def append(self, channel: ChannelId, key: PostKey, card: Card, now: datetime) -> str:
        """As Messages.append."""
        names = (_stream(channel), _keys(channel), _SHOWN)
        args = (channel.channel, key, us(now), dump_card(card), keys.MESSAGES_MAX)
        return f"{int(await self._link.call(Call(_APPEND, names, args))):012d}"

    async def after(
        self, channel: ChannelId, message_id: str | None, count: int
    ) -> Sequence[Message]:
        """As Messages.after."""
        messages: list[Message] = []
        start = f"({_number(message_id)}-0"
        for size in _pages(count):
            found = await self._link.command("XRANGE", _stream(channel), start, "+", "COUNT", size)
            messages += _messages(channel, found)
            if len(found) < size:
                break
            start = f"({found[-1][0].decode()}"
        return messages

    async def newest(self, channel: ChannelId, count: int) -> Sequence[Message]:
        """As Messages.newest."""
        messages: list[Message] = []
        end = "+"
        for size in _pages(count):
            found = await self._link.command(
                "XREVRANGE", _stream(channel), end, "-", "COUNT", size
            )
            messages = _messages(channel, reversed(found)) + messages
            if len(found) < size:
                break
            end = f"({found[-1][0].decode()}"
        return messages

    async def wait(
        self, channel: ChannelId, message_id: str | None, wait_s: float
    ) -> Sequence[Message]:
        """As Messages.wait; in turns of BLOCK_S."""
        left_s = wait_s
        while True:
            turn_s = max(0.001, min(left_s, BLOCK_S))  # 0 would be for ever
            answer = await self._link.wait(
                "XREAD",
                "COUNT",
                _WAITED,
                "BLOCK",
                int(turn_s * 1000),
                "STREAMS",
                _stream(channel),
                f"{_number(message_id)}-0",
            )
            left_s -= turn_s
            if answer:
                return _messages(channel, answer[0][1])
            if left_s <= 0:
                return []

    async def channels(self) -> Sequence[str]:
        """As Messages.channels."""
        names = await self._link.command("ZRANGE", _SHOWN, 0, -1)
        return [name.decode(errors="replace") for name in names]

    async def create(self, name: str) -> bool:
        """As Messages.create."""
        return bool(await self._link.call(Call(_CREATE, (_SHOWN,), (name,))))


def _pages(count: int) -> Iterator[int]:
    """How many to read at once: others run while the next ones are fetched."""
    for start in range(0, count, _PAGE):
        yield min(_PAGE, count - start)


def _stream(channel: ChannelId) -> str:
    return f"{keys.tenant_of(channel)}messages:{keys.quoted(channel.channel)}"


def _keys(channel: ChannelId) -> str:
    return f"{keys.tenant_of(channel)}keys:{keys.quoted(channel.channel)}"


def _number(message_id: str | None) -> int:
    """The number of an id; 0, the beginning, for what never was one."""
    return int(message_id) if message_id and message_id.isascii() and message_id.isdigit() else 0


def _messages(channel: ChannelId, entries: Iterable[Any]) -> list[Message]:
    messages = []
    for entry in entries:
        fields = dict(zip(entry[1][::2], entry[1][1::2], strict=True))
        number = int(entry[0].partition(b"-")[0])
        try:
            card = load_card(fields[b"c"])
            key = PostKey(fields[b"k"].decode())
            at = from_us(int(fields[b"t"]))
        except (Unreadable, KeyError, ValueError, OverflowError):
            continue
        messages.append(Message(f"{number:012d}", channel, key, at, card))
    return messages
