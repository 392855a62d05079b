"""What Discord tells of people: commands, completion, pressed buttons, sent forms.

All of it comes as one event of the gateway and is read raw: a button then needs nothing that was
registered when it was made, so that one from before a restart, or of an older version, is heard
like any other. (discord.py's DynamicItem hears only what a template matches, leaves what it does
not know without an answer, and makes a view of the whole message first.)

An interaction is acknowledged before anything is done for it: where that comes too late, or
another process was first, nothing is done, just as the person is shown. A form has to be the first
answer, and what all shall see is an error sometimes, which only the asker shall: those two wait,
not long.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import discord
import structlog

from adapters.discord.aim import aim_of
from adapters.discord.choices import choices_for
from adapters.discord.forms import chooses, command_form, edits, form_of, opened, typed_in
from adapters.discord.ids import Pressed, Verb, unpack
from adapters.discord.refusals import (
    BROKEN,
    NO_CHANNEL,
    NO_FORM,
    NOT_HERE,
    NOT_KNOWN,
    NOT_NOW,
    TOO_OLD,
)
from adapters.discord.respond import First, Taken, first
from adapters.discord.show import Asked, acknowledge, refuse, share, show, tell
from adapters.discord.typed import chosen, typed
from adapters.discord.underway import Underway
from adapters.discord.who import Askers, forum_of, other_place, place_of, request_of, tags_of
from bot.model.channel import UserId
from bot.model.errors import StoreDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from adapters.discord.tree import Json
    from adapters.discord.who import Place
    from bot.card.card import Card
    from bot.command.declare import Names
    from bot.command.request import Request
    from bot.model.channel import Channel, ChannelId
    from bot.ports import ButtonTexts

    AnswerFn: TypeAlias = Callable[[Request], Awaitable[Card]]
    NamesFn: TypeAlias = Callable[[ChannelId, UserId], Awaitable[Names]]
    ReadFn: TypeAlias = Callable[[ChannelId], Awaitable[Channel]]

log = structlog.get_logger()

READ_S: Final = 1.2
"""For what is read before a first answer, which Discord takes within 3 s: twice, and the way."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What the listeners need.

    `names` gives what can be completed in a channel for a person, `channel` what is set there,
    `texts` what buttons say whose command is too long for them.
    """

    answer: AnswerFn
    names: NamesFn
    channel: ReadFn
    texts: ButtonTexts
    askers: Askers = field(default_factory=Askers)
    underway: Underway = field(default_factory=Underway)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """The event of discord.py. Never raises."""
        with self.underway.one(), self.askers.asking(interaction):
            try:
                await self._heard(interaction)
            except Exception as error:  # noqa: BLE001 - a supervisor: the next one must be heard
                await self.on_fault(error, interaction)

    async def on_fault(self, error: Exception, interaction: discord.Interaction) -> None:
        """A fault of ours: it is logged, and the person is told."""
        log.error("discord.fault", error=type(error).__name__, exc_info=error)
        if interaction.type is discord.InteractionType.autocomplete:
            await first(interaction, First.CHOICES, {"choices": []})
        elif await refuse(interaction, BROKEN) is Taken.TWICE:  # acknowledged before the fault
            await tell(interaction, BROKEN)

    async def _heard(self, interaction: discord.Interaction) -> None:
        data: Mapping[str, Any] = interaction.data or {}
        match interaction.type:
            case discord.InteractionType.application_command:
                await self._on_command(interaction, data)
            case discord.InteractionType.autocomplete:
                await self._on_completion(interaction, data)
            case discord.InteractionType.component:
                await self._on_press(interaction, data)
            case discord.InteractionType.modal_submit:
                await self._on_form(interaction, data)
            case _:
                pass

    async def _on_command(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        given = chosen(data)
        if given is None:
            await refuse(interaction, NOT_KNOWN)
            return
        asked = await _asked(interaction, typed(given), given.elsewhere)
        if asked is None:
            return
        if given.is_bare_edit:
            await self._open(asked)
        elif given.share:
            await self._share(asked)
        else:
            await self._carry_out(asked)

    async def _on_completion(
        self, interaction: discord.Interaction, data: Mapping[str, Any]
    ) -> None:
        """Never late and never an error: nothing is offered instead."""
        choices: list[Json] = []
        given = chosen(data)
        place = _place(interaction, given.elsewhere) if given is not None else None
        if given is not None and place is not None:
            try:
                async with asyncio.timeout(READ_S):
                    names = await self.names(place.id, UserId(str(interaction.user.id)))
                choices = choices_for(given, names, tags_of(interaction, place))
            except (StoreDown, TimeoutError) as error:
                log.warning("discord.no_completion", reason=type(error).__name__)
        await first(interaction, First.CHOICES, {"choices": choices})

    async def _on_press(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        """A button, or an option of a menu."""
        values = data.get("values") or ()
        pressed = unpack(str(values[0] if values else data.get("custom_id") or ""))
        if pressed is None:
            await refuse(interaction, NOT_KNOWN)
        elif pressed.verb in {Verb.FILL, Verb.SHARE}:
            await self._on_first(interaction, pressed)
        else:
            await self._on_run(interaction, pressed)

    async def _on_first(self, interaction: discord.Interaction, pressed: Pressed) -> None:
        """A button whose first answer depends on what it says."""
        found: str | Card = NOT_NOW
        try:
            async with asyncio.timeout(READ_S):
                found = await self._said(interaction, pressed)
        except TimeoutError:
            log.warning("discord.store_slow")
        if not isinstance(found, str):
            await refuse(interaction, found)
            return
        elsewhere, text = aim_of(found)
        asked = await _asked(interaction, text, elsewhere, _shown(interaction, pressed))
        if asked is None:
            return
        if pressed.verb is Verb.FILL:
            await self._open(asked)
        else:
            await self._share(asked)

    async def _on_run(self, interaction: discord.Interaction, pressed: Pressed) -> None:
        here = place_of(interaction)
        if here is None:
            await refuse(interaction, NOT_HERE)
            return
        shown = _shown(interaction, pressed)
        if not await acknowledge(Asked(interaction, here, "", None, shown)):
            return
        found = await self._said(interaction, pressed)
        if not isinstance(found, str):
            await tell(interaction, found)
            return
        elsewhere, text = aim_of(found)
        place = _place(interaction, elsewhere)
        if place is None:
            await tell(interaction, NO_CHANNEL)
            return
        asked = Asked(interaction, place, text, _if_other(here, place), shown)
        await show(asked, await self._card(asked), self.texts)

    async def _said(self, interaction: discord.Interaction, pressed: Pressed) -> str | Card:
        """The command of a button, or why there is none."""
        if pressed.command is not None:
            return pressed.command
        here = place_of(interaction)
        if here is None:
            return NOT_HERE
        try:
            return await self.texts.read(here.id, pressed.key or "") or TOO_OLD
        except StoreDown:
            return NOT_NOW

    async def _on_form(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        form = form_of(str(data.get("custom_id") or ""))
        if form is None:
            await refuse(interaction, NOT_KNOWN)
            return
        asked = await _asked(interaction, typed_in(form, data), form.elsewhere, form.shown)
        if asked is not None:
            await self._carry_out(asked)

    async def _open(self, asked: Asked) -> None:
        """Open the form in which a command is finished."""
        channel: Channel | None = None
        is_whole = chooses(asked.text)
        if is_whole or edits(asked.text) is not None:
            try:
                async with asyncio.timeout(READ_S):
                    here = asked.place.id
                    channel = await self.channel(here.whole if is_whole else here)
            except (StoreDown, TimeoutError) as error:
                log.warning("discord.bare_form", reason=type(error).__name__)
        user = str(asked.interaction.user.id)
        form = opened(asked.text, user, channel, asked.elsewhere, asked.shown)
        taken = await first(asked.interaction, First.FORM, form)
        if taken is Taken.REFUSED:  # a role that is gone cannot stand in a field, for one
            bare = command_form(asked.text, asked.elsewhere, asked.shown)
            taken = await first(asked.interaction, First.FORM, bare)
        if taken is Taken.REFUSED:
            await refuse(asked.interaction, NO_FORM)

    async def _share(self, asked: Asked) -> None:
        """For all to see, where the asker could say it to them, too."""
        here = place_of(asked.interaction)
        if here is not None and here.may_speak:
            await share(asked, lambda: self._card(asked), self.texts)
        else:
            await self._carry_out(asked)

    async def _carry_out(self, asked: Asked) -> None:
        if await acknowledge(asked):
            await show(asked, await self._card(asked), self.texts)

    async def _card(self, asked: Asked) -> Card:
        return await self.answer(request_of(asked.interaction, asked.place, asked.text))


async def _asked(
    interaction: discord.Interaction, text: str, elsewhere: str | None, shown: str = ""
) -> Asked | None:
    """Who asks what, where; refused where that is no place for it."""
    here, place = place_of(interaction), _place(interaction, elsewhere)
    if here is None or place is None:
        await refuse(interaction, NOT_HERE if here is None else NO_CHANNEL)
        return None
    return Asked(interaction, place, text, _if_other(here, place), shown)


def _place(interaction: discord.Interaction, elsewhere: str | None) -> Place | None:
    """Where the asker is, or the other channel that a command is about."""
    here = place_of(interaction)
    if elsewhere is None:
        elsewhere = forum_of(interaction)
    if here is None or elsewhere is None or elsewhere == here.id.channel:
        return here
    return other_place(interaction, elsewhere)


def _if_other(here: Place, place: Place) -> str | None:
    return None if place.id == here.id else place.id.channel


def _shown(interaction: discord.Interaction, pressed: Pressed) -> str:
    """The kind of card that the button stood in, where nobody else sees it."""
    message = interaction.message
    return pressed.kind if message is not None and message.flags.ephemeral else ""
