"""What a source asks of the network: one bounded GET."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. Header names are lower case; the body is decompressed and whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """No usable answer, and why, in words for the operator."""

    reason: str


Got: TypeAlias = Answer | Failure


class Http(Protocol):
    """The network. Never raises for what a network or a server can do."""

    async def get(
        self, url: str, headers: Mapping[str, str], deadline_s: float, body_max_bytes: int
    ) -> Got:
        """The answer to one GET, redirects included, within `deadline_s` in all."""
        ...
