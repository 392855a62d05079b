"""DiscordPoster: one message in one channel or forum, and finding it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from discord.http import Route

from adapters.discord.call import Answer, NoAnswer, call
from adapters.discord.find import Starters, find_message, find_thread
from adapters.discord.forum import forum_payload, threads_of
from adapters.discord.naming import without_ids
from adapters.discord.nonce import nonce_of
from adapters.discord.outcomes import (
    NEEDS,
    NEEDS_FORUM,
    NEEDS_THREAD,
    NOT_TEXT,
    REFUSALS,
    is_token_refused,
    outcome_of,
)
from adapters.discord.places import Kind, Place, Places, asked, place_of
from adapters.discord.render import render_post
from bot.flow.next_step import SETTLE_S
from bot.ports import Busy, Fault, Found, Posted, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.discord.call import Asking, Watch
    from adapters.discord.invalid import Gate
    from bot.card.card import Card
    from bot.model.alert import PostKey, Receipt
    from bot.model.channel import ChannelId
    from bot.ports import ButtonTexts, Clock, Leases, Outcome

POST_S: Final = 12.0
"""For a whole post: below the 25 s in which the outbox wants an outcome, and so far below a
nonce's time that one more try, which comes 15 s later and may land late itself, is under it."""

NONCE_S: Final = 60.0
"""How long a nonce is sure to lead to the first message. Discord says "in the past few minutes"
(resources/message, "Create Message"), and nowhere how many."""

MARGIN_S: Final = 3.0

REPEAT_S: Final = NONCE_S - POST_S - SETTLE_S - MARGIN_S
"""How long after its first try a post may be begun once more."""

PACE: Final = "discord"
GAP_S: Final = 1 / 40
"""Seconds between requests of all processes: Discord takes 50 a second of one bot
(topics/rate-limits, "Global Rate Limit", 2026-08), and commands want some. discord.py keeps the
limits of channels, and learns of this one when it was passed, which counts against us."""

PACE_WAIT_MAX_S: Final = 3.0

TURN_S: Final = 0.1
"""So much later than Discord says: discord.py would wait a whole window when it is asked early."""

KEPT_MAX: Final = 10_000
"""Channels whose limit is used up, and posts whose answer was lost, kept in mind at once."""

NEEDED: Final = {Kind.FORUM: NEEDS_FORUM, Kind.THREAD: NEEDS_THREAD}

NO_CHANNEL: Final = "there is no such channel on this server"


@dataclass(slots=True)
class DiscordPoster:
    """The Poster of platform "discord".

    `rest` keeps Discord's limits and sends again what failed, under one nonce; `once` sends once,
    for forums. `watch` sees the requests of both. `leases` hold the pace of all processes.
    """

    rest: Asking
    once: Asking
    watch: Watch
    gate: Gate
    texts: ButtonTexts
    clock: Clock
    leases: Leases | None = None
    places: Places = field(init=False)
    platform: str = "discord"
    _free_at: dict[str, float] = field(default_factory=dict)
    _lost_at: dict[str, float] = field(default_factory=dict)
    _starters: Starters = field(default_factory=Starters)
    _me: str | None = None

    def __post_init__(self) -> None:
        self.places = Places(self.clock)

    async def post(self, card: Card, channel: ChannelId, key: PostKey) -> Outcome:
        """Post once. Busy while the channel or all of Discord may not be asked."""
        closed_s = self.gate.closed_s()
        if closed_s:
            return Busy(closed_s, platform_wide=True)
        wait_s = self._free_at.get(channel.channel, 0.0) - self.clock.monotonic()
        if wait_s > 0:
            return Busy(wait_s)
        began = self.clock.monotonic()
        place = await self._place(channel)
        if not isinstance(place, Place):
            return place
        mark = nonce_of(channel, key)
        outcome = await self._posted(without_ids(card), channel, place, mark, began + POST_S)
        is_lost = isinstance(outcome, Unreachable) and outcome.maybe_posted
        if is_lost and place.kind is not Kind.FORUM:
            remember(self._lost_at, mark, self._lost_at.get(mark, began), began - NONCE_S)
        elif isinstance(outcome, Posted):
            self._lost_at.pop(mark, None)
        return outcome

    def may_repeat(self, channel: ChannelId, key: PostKey) -> bool:
        """Whether the nonce still leads to the first message when one more post lands.

        Known of tries of this process alone, by its own clock: nobody else's can mislead it.
        """
        first = self._lost_at.get(nonce_of(channel, key))
        return first is not None and self.clock.monotonic() - first < REPEAT_S

    async def find(self, channel: ChannelId, key: PostKey, since: datetime) -> Receipt | Found:
        """The receipt of a post with the key; UNKNOWN where history may not be read.

        TimeoutError when it could not be read just now, so that it is asked again, not posted.
        """
        mark = nonce_of(channel, key)
        place = await self._place(channel)
        if isinstance(place, Refused):
            return Found.UNKNOWN
        if not isinstance(place, Place):
            raise TimeoutError("the channel cannot be read now")
        me = await self._who()
        if place.kind is Kind.FORUM:
            return await find_thread(
                self._ask, channel.tenant, channel.channel, mark, me, since, self._starters
            )
        return await find_message(self._ask, channel.channel, mark, me, since)

    # ---------------------------------------------------------------- posting

    async def _posted(
        self, card: Card, channel: ChannelId, place: Place, mark: str, until: float
    ) -> Outcome:
        keep = partial(self.texts.keep, channel)
        needs = NEEDED.get(place.kind, NEEDS)
        match place.kind:
            case Kind.NOTHING:
                return Refused(*REFUSALS[NOT_TEXT])
            case Kind.FORUM:
                made = await forum_payload(card, place, mark, keep)
                if isinstance(made, Refused):
                    self.places.forget(channel.channel)
                    return made
                sender, route = self.once, threads_of(channel.channel)
            case _:
                rendered = await render_post(card, mark, keep)
                made = {**rendered, "nonce": mark, "enforce_nonce": True}
                sender = self.rest
                path = "/channels/{channel_id}/messages"
                route = Route("POST", path, channel_id=channel.channel)
        left_s = max(1.0, until - self.clock.monotonic())
        answer = await self._call(sender, route, left_s, json=made)
        return self._outcome(answer, channel, needs)

    def _outcome(self, answer: Answer | NoAnswer, channel: ChannelId, needs: str) -> Outcome:
        """What became of a post."""
        if isinstance(answer, NoAnswer):
            if answer.wait_s is not None and not answer.maybe_arrived:
                return Busy(answer.wait_s, platform_wide=self.gate.closed_s() > 0)
            return Unreachable(answer.reason, answer.maybe_arrived)
        self._noted(answer)
        self._turn(channel.channel, answer.headers)
        outcome = outcome_of(answer.status, answer.body, answer.headers, needs)
        if isinstance(outcome, Refused):
            self.places.forget(channel.channel)
        if answer.doubtful and not isinstance(outcome, Posted | Unreachable):
            # what this answer is certain of says nothing of the try before it
            return Unreachable(f"its first answer was lost, the last was {answer.status}", True)
        return outcome

    def _turn(self, channel: str, headers: Mapping[str, str]) -> None:
        """Remember when the channel takes its next message, if it has had its share."""
        if headers.get("X-RateLimit-Remaining") != "0":
            return
        try:
            wait_s = min(float(headers.get("X-RateLimit-Reset-After", "")), 60.0)
        except ValueError:
            return
        now = self.clock.monotonic()
        remember(self._free_at, channel, now + wait_s + TURN_S, now)

    # ---------------------------------------------------------------- reading

    async def _place(self, channel: ChannelId) -> Place | Refused | Busy | Unreachable:
        """The channel, asked once; or why nothing can be posted there."""
        try:
            number = asked(channel.channel)
        except ValueError:
            return Refused(Fault.CHANNEL_GONE, NO_CHANNEL)
        known = self.places.known(number)
        if known is not None:
            return known
        closed_s = self.gate.closed_s()
        if closed_s:
            return Busy(closed_s, platform_wide=True)
        route = Route("GET", "/channels/{channel_id}", channel_id=number)
        answer = await self._call(self.rest, route, POST_S - 5)
        if isinstance(answer, Answer) and answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self._noted(answer)
            return self._kept(channel, answer.body)
        outcome = self._outcome(answer, channel, NEEDS)
        if isinstance(outcome, Posted | Unreachable):
            reason = outcome.reason if isinstance(outcome, Unreachable) else "Discord was unclear"
            return Unreachable(reason, maybe_posted=False)
        return outcome

    def _kept(self, channel: ChannelId, said: object) -> Place | Refused | Unreachable:
        place = place_of(said)
        if place is None:
            reason = "Discord's answer about the channel could not be read"
            return Unreachable(reason, maybe_posted=False)
        if place.guild != channel.tenant:
            # an id from elsewhere: nothing of one server goes to another
            return Refused(Fault.CHANNEL_GONE, NO_CHANNEL)
        self.places.keep(channel.channel, place)
        return place

    async def _call(
        self, sender: Asking, route: Route, deadline_s: float, **given: Any
    ) -> Answer | NoAnswer:
        """One request, at its turn among those of all processes."""
        wait_s = 0.0 if self.leases is None else await self.leases.pace(PACE, GAP_S)
        if wait_s > PACE_WAIT_MAX_S:
            return NoAnswer("too much is asked of Discord at once", False, wait_s)
        if wait_s > 0:
            await self.clock.sleep(wait_s)
        closed_s = self.gate.closed_s()
        if closed_s:
            # another request was told so while this one waited
            return NoAnswer("nothing is asked of Discord now", False, closed_s)
        return await call(sender, self.watch, route, max(1.0, deadline_s - wait_s), **given)

    async def _who(self) -> str:
        """Our own user's id."""
        if self._me is None:
            said = (await self._ask(Route("GET", "/users/@me"))).body
            if not isinstance(said, dict) or "id" not in said:
                raise TimeoutError("Discord did not say who we are")
            self._me = str(said["id"])
        return self._me

    async def _ask(self, route: Route, **params: str) -> Answer:
        """An answer that will not be another one in a minute; TimeoutError otherwise."""
        if self.gate.closed_s():
            raise TimeoutError("nothing is asked of Discord now")
        given: dict[str, Any] = {"params": params} if params else {}
        answer = await self._call(self.rest, route, POST_S, **given)
        if isinstance(answer, NoAnswer):
            raise TimeoutError(answer.reason)
        self._noted(answer)
        outcome = outcome_of(answer.status, answer.body, answer.headers)
        failed = answer.status >= HTTPStatus.BAD_REQUEST
        if failed and not isinstance(outcome, Refused | Posted):
            raise TimeoutError(f"Discord answered {answer.status}")
        return answer

    def _noted(self, answer: Answer) -> None:
        if is_token_refused(answer.status):
            self.gate.token_refused()
        elif answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self.gate.accepted()


def remember(times: dict[str, float], name: str, at: float, horizon: float) -> None:
    """Keep a time, and as few as possible that are older than the horizon."""
    if len(times) >= KEPT_MAX:
        for one in [one for one, then in times.items() if then <= horizon]:
            del times[one]
    if len(times) < KEPT_MAX:
        times[name] = at
