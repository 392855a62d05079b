"""Showing an answer: where it stands, who sees it, and in how many messages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from adapters.discord.aim import aimed, aimed_card
from adapters.discord.naming import with_names
from adapters.discord.refusals import BROKEN
from adapters.discord.render import render_answer
from adapters.discord.respond import PRIVATE, First, Taken, edit, first, follow, say
from bot.card.card import CardKind
from bot.model.errors import StoreDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import discord

    from adapters.discord.tree import Json
    from adapters.discord.who import Place
    from bot.card.card import Card
    from bot.model.channel import ChannelId
    from bot.ports import ButtonTexts

    Working: TypeAlias = Callable[[], Awaitable[Card]]

SHARED_S: Final = 1.2
"""How long an answer for all is waited for, so that an error is shown to the asker alone. With
what a button reads before, that is within the 3 s of a first answer."""

LOST_KEY: Final = "a" * 16
"""What a button holds whose command could not be kept: pressing it says that it is too old."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that came in: from where, about which channel, and where its answer may stand.

    `elsewhere` is the channel that it is about, where that is another. `shown` is the kind of the
    card that the button stood in, where the asker alone sees it: the answer may take its place.
    """

    interaction: discord.Interaction
    place: Place
    text: str
    elsewhere: str | None = None
    shown: str = ""


async def acknowledge(asked: Asked) -> bool:
    """Say that an answer comes; False where that came too late, or another process was first."""
    if asked.shown:
        return (await first(asked.interaction, First.LATER_THERE)).goes_on
    return (await first(asked.interaction, First.LATER, {"flags": PRIVATE})).goes_on


async def show(asked: Asked, card: Card, texts: ButtonTexts) -> None:
    """Show the asker an answer that was acknowledged.

    It takes the place of what it may take the place of if both are of one kind: pages follow each
    other in one place.
    """
    payloads = await _rendered(asked, card, texts, share=True)
    if asked.shown in {"", card.kind}:
        await _place(asked.interaction, payloads[0])
        payloads = payloads[1:]
    for payload in payloads:
        await _add(asked.interaction, payload, private=True)


async def share(asked: Asked, answer: Working, texts: ButtonTexts) -> None:
    """Show everyone an answer that was not acknowledged yet.

    Whether all shall see it is settled by the first answer, and is not before it is known to be no
    error: nothing is changed by what can be shared, so that it may be asked first.
    """
    interaction = asked.interaction
    async with asyncio.TaskGroup() as group:
        working = group.create_task(_carried_out(answer))
        await asyncio.wait({working}, timeout=SHARED_S)
        in_time = working.done()
        if not in_time and not (await first(interaction, First.LATER)).goes_on:
            working.cancel()
            return
    card = working.result()
    private = in_time and card.kind is CardKind.ERROR
    payloads = await _rendered(asked, card, texts, share=False)
    if in_time:
        taken = await say(interaction, payloads[0], private=private)
        if taken is Taken.REFUSED:
            await refuse(interaction, BROKEN)
        if not taken.goes_on:
            return
    else:
        await _place(interaction, payloads[0])
    for payload in payloads[1:]:
        await _add(interaction, payload, private=private)


async def refuse(interaction: discord.Interaction, card: Card) -> Taken:
    """Say a sentence of the adapter's own as the first answer."""
    return await say(interaction, await _alone(card), private=True)


async def tell(interaction: discord.Interaction, card: Card) -> None:
    """Say it after the acknowledgement."""
    await follow(interaction, await _alone(card), private=True)


async def _carried_out(answer: Working) -> Card:
    return await answer()


async def _place(interaction: discord.Interaction, payload: Json) -> None:
    """Put a message where one is waited for; if Discord does not take it, a sentence instead."""
    if await edit(interaction, payload) is Taken.REFUSED:
        await edit(interaction, await _alone(BROKEN))


async def _add(interaction: discord.Interaction, payload: Json, *, private: bool) -> None:
    """The same for one more message."""
    if await follow(interaction, payload, private=private) is Taken.REFUSED:
        await tell(interaction, BROKEN)


async def _rendered(
    asked: Asked, card: Card, texts: ButtonTexts, *, share: bool
) -> Sequence[Json]:
    again = asked.text if share else ""
    card = with_names(card, asked.interaction)
    if asked.elsewhere is not None:
        card = aimed_card(card, asked.elsewhere, asked.place.name)
        again = again and aimed(again, asked.elsewhere)
    return await render_answer(card, partial(_keep, texts, asked.place.id), asked=again)


async def _alone(card: Card) -> Json:
    return (await render_answer(card, _lost))[0]


async def _keep(texts: ButtonTexts, channel: ChannelId, command: str) -> str:
    try:
        return await texts.keep(channel, command)
    except (StoreDown, ValueError):  # a ValueError: longer than anything that is typed
        return LOST_KEY


async def _lost(_: str) -> str:
    return LOST_KEY
