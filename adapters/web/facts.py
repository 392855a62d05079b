"""What the wiring tells the page about the rest of the program, as callables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.card.card import Card
    from bot.command.declare import Suggestion
    from bot.command.request import Request
    from bot.model.alert import PostKey
    from bot.model.channel import ChannelId
    from bot.model.paper import Paper


class SourceFacts(TypedDict):
    """How one source is doing. Times are ISO 8601 UTC ("Z"), None when not known.

    `state`: `waiting` was not asked yet, `up` answered last time, `down` did not. `name` is for
    people ("arXiv"), `reason` a few plain words for `down`.
    """

    name: str
    state: Literal["waiting", "up", "down"]
    reason: str | None
    succeeded_at: str | None
    retry_at: str | None


AnswerFn: TypeAlias = "Callable[[Request], Awaitable[Card]]"
CompleteFn: TypeAlias = "Callable[[ChannelId, str], Awaitable[Sequence[Suggestion]]]"
ListedFn: TypeAlias = "Callable[[ChannelId, PostKey], Awaitable[Sequence[Paper]]]"


@dataclass(frozen=True, slots=True)
class Facts:
    """Health, readiness, metrics, sources and completion.

    `health` and `ready` give None when all is well, otherwise one sentence. `metrics` gives the
    Prometheus text. `complete` gets a channel and the text before the caret. `listed` gives every
    paper of a list that was posted under a key (its card shows the first page only); without it,
    the JSON interface tells the first page.
    """

    health: Callable[[], Awaitable[str | None]]
    ready: Callable[[], Awaitable[str | None]]
    metrics: Callable[[], Awaitable[bytes]]
    sources: Callable[[], Awaitable[Sequence[SourceFacts]]]
    complete: CompleteFn
    listed: ListedFn | None = None
