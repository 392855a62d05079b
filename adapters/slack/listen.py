"""The Bolt app: `/papers`, pressed buttons, forms and the app's removal.

Everything is acknowledged before anything is done, so that Slack never waits; a form alone waits
up to two of its three seconds, because what is wrong with a query belongs under its field.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from adapters.slack.buttons import ACTION_ID, Verb, press_of
from adapters.slack.client import NoAnswer, call, web_client
from adapters.slack.client import log as sdk_log
from adapters.slack.forms import (
    COMMAND_FORM,
    SUBSCRIBE_FORM,
    command_form,
    error_text,
    first_field,
    origin_of,
    subscribe_form,
    typed_in,
)
from adapters.slack.render import render_answer
from adapters.slack.respond import answer_for_all, answer_privately
from adapters.slack.said import BROKEN, NOT_INSTALLED, NOT_NOW, ORGANISATION
from adapters.slack.who import as_typed, asker_of, full_members, is_for_organisation, request_of
from adapters.slack.workspace import Workspace
from bot.card.card import CardKind
from bot.card.paper import PREFIX

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from slack_bolt.context.ack.async_ack import AsyncAck

    from adapters.slack.buttons import Json
    from adapters.slack.who import Asker, MayManage
    from adapters.slack.workspace import Workspaces
    from bot.card.card import Card
    from bot.command.request import Request

    AnswerFn: TypeAlias = Callable[[Request], Awaitable[Card]]
    Removed: TypeAlias = Callable[[str, datetime | None], Awaitable[None]]
    Hear: TypeAlias = Callable[[AsyncAck, Json], Awaitable[None]]

log = structlog.get_logger()

FORM_WAIT_S: Final = 2.0
"""Slack takes an error under a field within 3 s; one is left for the way."""


TIME_MAX_S: Final = 1 << 35
"""A thousand years: later than any event."""


@dataclass(slots=True)
class Underway:
    """How many events are being worked on, so that a stop can wait for them."""

    count: int = 0
    none_left: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def one(self) -> Iterator[None]:
        """While this lasts, one more."""
        self.count += 1
        self.none_left.clear()
        try:
            yield
        finally:
            self.count -= 1
            if not self.count:
                self.none_left.set()

    async def idle(self) -> None:
        """Wait until nothing is worked on."""
        while self.count:
            await self.none_left.wait()


@dataclass(frozen=True, slots=True)
class Listener:
    """What the listeners need. `removed` is told which workspace took the app out, and when."""

    answer: AnswerFn
    workspaces: Workspaces
    removed: Removed
    may_manage: MayManage = full_members
    underway: Underway = field(default_factory=Underway)

    async def on_command(self, ack: AsyncAck, body: Json) -> None:
        """`/papers …`."""
        with self.underway.one():
            await ack()
            asker = asker_of(body)
            text = as_typed(str(body.get("text") or ""))
            workspace = await self._workspace(asker, body)
            if asker is None or workspace is None:
                return
            if (
                text.strip().casefold() == "subscribe"
                and await self.may_manage(asker)
                and await self._opened(workspace, asker, subscribe_form(asker))
            ):
                return
            card = await self._ask(asker, text)
            await answer_privately(asker, workspace, render_answer(card, text), replace=False)

    async def on_press(self, ack: AsyncAck, body: Json) -> None:
        """A button, or an option of a menu."""
        with self.underway.one():
            await ack()
            asker = asker_of(body)
            press = _pressed(body)
            if press is None:  # a link: the browser has gone there already
                return
            workspace = await self._workspace(asker, body)
            if asker is None or workspace is None:
                return
            shown, value = press
            pressed = press_of(value)
            form = command_form(pressed.command, asker)
            if pressed.verb is Verb.FILL and await self._opened(workspace, asker, form):
                return
            card = await self._ask(asker, pressed.command)
            if (
                pressed.verb is Verb.SHARE
                and await self.may_manage(asker)
                and await answer_for_all(asker, render_answer(card)[0])
            ):
                return
            replace = _is_private(body) and shown == card.kind
            messages = render_answer(card, pressed.command)
            await answer_privately(asker, workspace, messages, replace=replace)

    async def on_form(self, ack: AsyncAck, body: Json) -> None:
        """A form that was sent."""
        with self.underway.one():
            view: Json = body.get("view") or {}
            origin = origin_of(view)
            if origin is None:
                await ack()
                return
            asker = asker_of(body, origin.channel, origin.url)
            async with asyncio.TaskGroup() as group:
                working = group.create_task(self._form_answered(asker, body, typed_in(view)))
                await asyncio.wait({working}, timeout=FORM_WAIT_S)
                card = working.result() if working.done() else None
                if card is not None and card.kind is CardKind.ERROR:
                    errors = {first_field(view): error_text(card)}
                    await ack(response_action="errors", errors=errors)
                    return
                await ack()
                card = await working
            if asker is not None and card is not None:
                workspace = await self._workspace(asker, body)
                messages = render_answer(card, typed_in(view))
                await answer_privately(asker, workspace, messages, replace=False)

    async def on_removed(self, body: Json) -> None:
        """The app was taken out of a workspace, or its token taken back; in any order."""
        event = body.get("event") or {}
        revoked = event.get("tokens") or {}
        if event.get("type") == "tokens_revoked" and not revoked.get("bot"):
            return
        team = body.get("team_id")
        if isinstance(team, str) and team:
            log.warning("slack.removed", tenant=team, by=event.get("type"))
            with self.underway.one():
                await self.removed(team, _time(body.get("event_time")))

    async def on_fault(
        self, error: Exception, body: Json, response: BoltResponse | None
    ) -> BoltResponse | None:
        """A fault of ours: it is logged, the person is told, Slack gets its acknowledgement."""
        log.error("slack.fault", error=type(error).__name__, exc_info=error)
        view = body.get("view")
        origin = origin_of(view) if isinstance(view, dict) else None
        asker = asker_of(body, origin.channel, origin.url) if origin else asker_of(body)
        if asker is not None:
            await answer_privately(asker, None, render_answer(BROKEN), replace=False)
        return BoltResponse(status=200) if response is not None else None

    async def _ask(self, asker: Asker, text: str) -> Card:
        may_manage = await self.may_manage(asker)
        return await self.answer(request_of(asker, text, may_manage=may_manage))

    async def _form_answered(self, asker: Asker | None, body: Json, text: str) -> Card | None:
        if asker is None or await self._workspace(asker, body) is None:
            return None
        return await self._ask(asker, text)

    async def _opened(self, workspace: Workspace, asker: Asker, form: Json) -> bool:
        """Whether the form is open; its trigger is good for three seconds."""
        body = {"trigger_id": asker.trigger, "view": form}
        answer = await call(workspace.client, "views.open", body)
        reason = answer.reason if isinstance(answer, NoAnswer) else answer.error
        if reason is not None:
            log.warning("slack.form_refused", error=reason)
        return reason is None

    async def _workspace(self, asker: Asker | None, body: Json) -> Workspace | None:
        """The installation that was asked; where there is none, the person is told so."""
        if asker is None:
            return None
        refused = ORGANISATION if is_for_organisation(body) else None
        found = await self.workspaces.of(asker.team) if refused is None else None
        if isinstance(found, Workspace):
            return found
        if refused is None:
            refused = NOT_NOW if isinstance(found, NoAnswer) else NOT_INSTALLED
        await answer_privately(asker, None, render_answer(refused), replace=False)
        return None


def bolt_app(listener: Listener) -> AsyncApp:
    """The Bolt app that hears for the listener.

    It verifies nothing: Socket Mode needs no signature, and `door` verifies what comes by HTTP.
    """
    app = AsyncApp(
        name="paperwire",
        client=web_client(None),
        authorize=_authorize,
        request_verification_enabled=False,
        logger=sdk_log,
    )
    app.command(PREFIX)(_guarded(listener.on_command, listener))
    app.action(re.compile(f"^{ACTION_ID}:"))(_guarded(listener.on_press, listener))
    forms = re.compile(f"^({COMMAND_FORM}|{SUBSCRIBE_FORM})$")
    app.view(forms)(_guarded(listener.on_form, listener))
    app.event("app_uninstalled")(listener.on_removed)
    app.event("tokens_revoked")(listener.on_removed)
    app.error(listener.on_fault)
    return app


def _guarded(hear: Hear, listener: Listener) -> Hear:
    """Keeps a fault after the acknowledgement from Bolt, which would forget that it was given."""

    async def heard(ack: AsyncAck, body: Json) -> None:
        try:
            await hear(ack, body)
        except Exception as error:
            if ack.response is None:
                raise
            await listener.on_fault(error, body, None)

    return heard


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Let every event through to the listeners, which ask for the installation themselves."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


def _pressed(body: Json) -> tuple[str, str] | None:
    """The kind of card that the button stood in, and its value; None for a link."""
    action: dict[str, Any] = next(iter(body.get("actions") or ()), {})
    option = action.get("selected_option") or {}
    value = option.get("value") or action.get("value")
    if not isinstance(value, str) or not value:
        return None
    kind = str(action.get("action_id", "")).split(":")[1:2]
    return (kind[0] if kind else ""), value


def _time(seconds: object) -> datetime | None:
    """Slack's time of an event, where it gives one that is one."""
    if not isinstance(seconds, int) or not 0 < seconds < TIME_MAX_S:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _is_private(body: Json) -> bool:
    return (body.get("container") or {}).get("is_ephemeral") is True
