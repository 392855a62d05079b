"""ambiguous: what becomes of a post whose answer was lost, where it cannot be looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.change import Changed, choose, short
from bot.command.commit import commit
from bot.command.reply import Done, Problem
from bot.model.channel import Ambiguous

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.model.channel import Channel

_SAID: Final = {
    Ambiguous.RESEND: "It is posted again: it may be in the channel twice.",
    Ambiguous.HOLD: "It is put aside and counted in /papers status: it may be missing here.",
}
_WHEN: Final = (
    "This matters when a post's answer is lost and paperwire may not read the channel to look."
)


async def do_ambiguous(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Choose, or say what is chosen."""
    text = typed.argument.strip().casefold()
    if not text:
        channel = await desk.channels.read(request.channel)
        return Done(
            f"Chosen: {channel.ambiguous.value}",
            (_SAID[channel.ambiguous], _WHEN),
            buttons=(_other(channel.ambiguous),),
        )
    if text not in set(Ambiguous):
        return Problem(
            "resend or hold?",
            (f"{short(typed.argument.strip())} is neither. Nothing was changed.", _WHEN),
            buttons=tuple(_button(one) for one in Ambiguous),
        )
    chosen = Ambiguous(text)

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        changed = choose(channels[0], chosen)
        if isinstance(changed, Changed):
            return changed
        return Problem(
            f"Chosen already: {chosen.value}", (_SAID[chosen],), buttons=(_other(chosen),)
        )

    committed = await commit(desk, request, decide)
    if isinstance(committed, Problem):
        return committed
    return Done(f"Chosen: {chosen.value}", (_SAID[chosen], _WHEN), undo=committed.change_id)


def _button(one: Ambiguous) -> Action:
    return Action(one.value.capitalize(), f"{PREFIX} ambiguous {one.value}")


def _other(one: Ambiguous) -> Action:
    return _button(Ambiguous.HOLD if one is Ambiguous.RESEND else Ambiguous.RESEND)
