"""What a component's custom id carries: what pressing it does, the post it stands on, a command.

`pw:` verb [mark] `:` rest. The mark is there on posts alone; on answers the kind of card may stand
in its place, so that a page takes the place of a page. The rest is the command without
`/papers `, or `@` and the key under which the store keeps a command that does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.card.paper import PREFIX

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

CUSTOM_ID_MAX: Final = 100
"""Characters of a custom id (Discord, components/reference). Whether it counts UTF-16 units or
code points is not documented, so units are counted: they are never fewer."""

TWIN_MAX: Final = 3
"""Room that is left for `~2`, which tells apart buttons that say the same."""

KEY: Final = "@"

_ID: Final = re.compile(r"pw:([rfms])(?:([a-z2-7]{24})|([a-z]{1,16}))?:(.+)", re.DOTALL)
_TWIN: Final = re.compile(r"~[0-9]{1,2}\Z")


class Verb(StrEnum):
    """What pressing does with the command."""

    RUN = "r"
    FILL = "f"
    """Open a form in which the person finishes it."""
    MORE = "m"
    """Show what else can be asked; the rest is the command that answers with it."""
    SHARE = "s"
    """Give the same answer again, for all in the channel to see."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a custom id says. `mark` names the post that the component stands on.

    `kind` is the kind of card of the answer that it stands on, where that was told.
    """

    verb: Verb
    mark: str | None
    rest: str
    kind: str = ""

    @property
    def key(self) -> str | None:
        """Where the command is kept (ports.ButtonTexts), when it did not fit."""
        return self.rest.removeprefix(KEY) if self.rest.startswith(KEY) else None

    @property
    def command(self) -> str | None:
        """The command as if typed; None when it is kept under `key`."""
        return None if self.rest.startswith(KEY) else f"{PREFIX} {self.rest}"


async def pack(
    verb: str, command: str, mark: str | None, keep: Callable[[str], Awaitable[str]]
) -> str:
    """The custom id of a component; `keep` is asked for a key where the command does not fit.

    `mark` is a post's mark, or for an answer the kind of its card, or None.
    Spaces around a command mean nothing and are not kept. Half a character, which no JSON reader
    takes, is a question mark.
    """
    whole = command.encode("utf-8", "replace").decode().strip()
    head = f"pw:{Verb(verb)}{mark or ''}:"
    rest = whole.removeprefix(f"{PREFIX} ").lstrip()
    if not _fits(head, rest):
        rest = KEY + await keep(f"{PREFIX} {rest}")
    return head + rest


def unpack(custom_id: str) -> Pressed | None:
    """What `pack` made of it; None for a custom id that is not ours."""
    found = _ID.fullmatch(_TWIN.sub("", custom_id))
    if found is None:
        return None
    verb, mark, kind, rest = found.groups()
    return Pressed(Verb(verb), mark, rest, kind or "")


def told_apart(custom_id: str, taken: Iterable[str]) -> str:
    """The custom id, with `~2` and so on behind it while the message has the same one already."""
    used, name, count = set(taken), custom_id, 2
    while name in used:
        name, count = f"{custom_id}~{count}", count + 1
    return name


def mark_in(message: Mapping[str, Any]) -> str | None:
    """The mark that a message's components carry; None when it is no post of ours."""
    for custom_id in _custom_ids(message.get("components")):
        pressed = unpack(custom_id)
        if pressed is not None and pressed.mark is not None:
            return pressed.mark
    return None


def units(text: str) -> int:
    """Length in UTF-16 units, the most that Discord could count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fits(head: str, rest: str) -> bool:
    return (
        bool(rest)
        and units(head + rest) <= CUSTOM_ID_MAX - TWIN_MAX
        and rest.isprintable()
        and not rest.startswith(KEY)
        and not _TWIN.search(rest)
    )


def _custom_ids(found: object) -> Iterator[str]:
    """Every custom id in components, however deep they lie."""
    waiting = [found]
    while waiting:
        match waiting.pop():
            case list() as several:
                waiting.extend(reversed(several))
            case Mapping() as one:
                if isinstance(one.get("custom_id"), str):
                    yield one["custom_id"]
                waiting += [one.get("accessory"), one.get("components")]
