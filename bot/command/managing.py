"""managers: which roles may manage all channels of their tenant, besides who may anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.change import Changed, manage, short
from bot.command.commit import commit
from bot.command.platforms import DISCORD, platform_of
from bot.command.reply import Managed, Problem

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.model.channel import Channel

ROLES_MAX: Final = 10

_CHOOSE: Final = Action("Choose", f"{PREFIX} managers ", fill=True)


async def do_managers(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Choose, or say what is chosen; never by a role, lest one that was chosen chooses more."""
    here = platform_of(request.channel.platform)
    if request.channel.platform != DISCORD:
        return Problem("Not by this command here", (here.managers,) if here.managers else ())
    roles = _read(request, typed.argument)
    if isinstance(roles, Problem):
        return roles
    if roles is None:
        return Managed((await desk.channels.read(request.channel.whole)).managers)
    if not request.manages_tenant:
        return _may_not()

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        changed = manage(channels[1], roles)
        if isinstance(changed, Changed):
            # with the channel that was asked, so that it stands in its log and can be undone there
            return Changed((channels[0], *changed.channels), changed.what)
        return Problem("Nothing to change", ("It is so already.",), buttons=(_CHOOSE,))

    committed = await commit(desk, request, decide, others=(request.channel.whole,))
    if isinstance(committed, Problem):
        return committed
    return Managed(roles, committed.change_id, chosen=True)


def _read(request: Request, text: str) -> tuple[str, ...] | Problem | None:
    """The roles by their ids, sorted; None when nothing was said, none for `none`."""
    said = text.replace(",", " ").split()
    if not said:
        return None
    if [word.casefold() for word in said] == ["none"]:
        return ()
    here = platform_of(request.channel.platform)
    found: set[str] = set()
    for word in said:
        role = here.role.fullmatch(word) if here.role is not None else None
        if word.casefold() == "@everyone" or (role and role[1] == request.channel.tenant):
            return Problem(
                "Everyone is no role to choose",
                ("Then every member could change what is posted. Nothing was changed.",),
                buttons=(_CHOOSE,),
            )
        if role is None:
            return Problem(
                "Which role?",
                (
                    f"{short(word)} names none for certain. Nothing was changed.",
                    "Choose it from the list that opens behind an @, or write none.",
                ),
                buttons=(_CHOOSE,),
            )
        found.add(role[1])
    if len(found) > ROLES_MAX:
        return Problem(
            "Too many roles",
            (f"At most {ROLES_MAX} can be chosen; these are {len(found)}. Nothing was changed.",),
        )
    return tuple(sorted(found))


def _may_not() -> Problem:
    return Problem(
        "You may not do that here",
        (
            "managers lets others change what is posted, which takes the right to manage all.",
            "A role that was chosen so does not suffice. Ask someone who has it.",
        ),
        buttons=(Action("List", f"{PREFIX} list"), Action("Help", f"{PREFIX} help managers")),
    )
