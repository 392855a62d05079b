"""Forms (modals): a subscription in fields of its own, or any command to be finished; and back.

Nothing about an open form is remembered here: its custom id says what it makes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, assert_never

from adapters.discord.fields import (
    LABEL_MAX,
    checkboxes,
    label,
    mention_field,
    roles_field,
    sent_fields,
    text_input,
)
from adapters.discord.tree import NONE
from adapters.discord.typed import mention, quoted, written
from bot.card.paper import PREFIX
from bot.command.declare import OptionKind
from bot.command.managing import ROLES_MAX
from bot.command.platforms import DISCORD
from bot.command.read import Typed, read
from bot.command.seek import read_number
from bot.command.spec import BY_NAME
from bot.model.subscription import DEFAULT_TYPES, MentionKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.discord.tree import Json
    from bot.command.declare import Option
    from bot.command.values import Options
    from bot.model.channel import Channel
    from bot.model.subscription import Mention, Subscription

INPUT_MAX: Final = 4000
"""Characters of a text input."""

FIELDS_MAX: Final = 5
"""Labels of a form."""

NAME_MAX: Final = 60
TAGS_MAX: Final = 200

TYPES: Final = {"new": "New papers", "cross": "Cross-lists", "replace": "New versions"}


_FORM: Final = re.compile(r"pf:([csem]):([0-9]{0,9}):([0-9]{0,20}):([a-z]{0,20})")
_MENTION: Final = re.compile(r"<@(&?)!?([0-9]{1,20})>")


class Makes(StrEnum):
    """What a form makes."""

    COMMAND = "c"
    SUBSCRIBE = "s"
    EDIT = "e"
    MANAGERS = "m"


@dataclass(frozen=True, slots=True)
class Form:
    """What a form's custom id says.

    `number` is the subscription's that is edited; `elsewhere` is the channel that it is about,
    where that is another; `shown` is the kind of card that the button stood in.
    """

    makes: Makes
    number: int | None = None
    elsewhere: str | None = None
    shown: str = ""

    @property
    def custom_id(self) -> str:
        """What `form_of` reads."""
        number = "" if self.number is None else self.number
        return f"pf:{self.makes}:{number}:{self.elsewhere or ''}:{self.shown}"


def form_of(custom_id: str) -> Form | None:
    """What a form makes; None for one that is not ours."""
    found = _FORM.fullmatch(custom_id)
    if found is None:
        return None
    makes, number, elsewhere, shown = found.groups()
    return Form(Makes(makes), int(number) if number else None, elsewhere or None, shown)


def edits(text: str) -> int | None:
    """The number of the subscription that a command edits; None for any other command."""
    found = read(text)
    if not isinstance(found, Typed) or found.command.name != Makes.EDIT.name.lower():
        return None
    return read_number(found.argument.partition(" ")[0])


def chooses(text: str) -> bool:
    """Whether a command chooses the roles that may manage all channels."""
    found = read(text)
    return isinstance(found, Typed) and found.command.name == Makes.MANAGERS.name.lower()


def opened(
    text: str, user: str, channel: Channel | None, elsewhere: str | None = None, shown: str = ""
) -> Json:
    """The form in which a command is finished: in fields where it makes a subscription.

    `channel` is what is set there, for the fields of a subscription that is edited; for the roles
    that are chosen, what is set for all channels.
    """
    found = read(text)
    if isinstance(found, Typed) and found.command.name == "subscribe":
        form = Form(Makes.SUBSCRIBE, None, elsewhere, shown)
        return _subscription_form(form, "Subscribe", found.argument, found.options, None, user)
    if channel is not None and chooses(text):
        roles = channel.managers
        return _managers_form(Form(Makes.MANAGERS, None, elsewhere, shown), roles)
    number = edits(text)
    known = channel.subscriptions if channel is not None else ()
    old = next((one for one in known if one.number == number), None)
    if isinstance(found, Typed) and old is not None:
        form = Form(Makes.EDIT, number, elsewhere, shown)
        query = found.argument.partition(" ")[2].strip() or old.query
        title = f"Edit subscription #{number}"
        return _subscription_form(form, title, query, found.options, old, user)
    return command_form(text, elsewhere, shown)


def command_form(text: str, elsewhere: str | None = None, shown: str = "") -> Json:
    """A form with the whole command in it."""
    said = text.removeprefix(PREFIX).lstrip()[:INPUT_MAX]
    if said in BY_NAME:
        said += " "  # people go on typing behind it
    field = text_input("text", said, long=True, size_max=INPUT_MAX, required=True)
    shown_field = label("Command", f"What stands behind {PREFIX}", field)
    form = Form(Makes.COMMAND, None, elsewhere, shown)
    return _form(form, "Finish the command", [shown_field])


def typed_in(form: Form, data: Mapping[str, Any]) -> str:
    """The command that the fields of a sent form make."""
    given = dict(sent_fields(data.get("components") or ()))
    match form.makes:
        case Makes.COMMAND:
            return _first(given, "text").strip()
        case Makes.SUBSCRIBE:
            return _made("subscribe", _first(given, "query"), given, data, empty=False)
        case Makes.EDIT:
            argument = f"{form.number} {_first(given, 'query').strip()}".strip()
            return _made("edit", argument, given, data, empty=True)
        case Makes.MANAGERS:
            roles = " ".join(mention(one, is_role=True) for one in given.get("role", ()))
            return written("managers", roles or NONE, [])
        case _ as never:
            assert_never(never)


def _made(
    name: str,
    argument: str,
    given: Mapping[str, Sequence[str]],
    data: Mapping[str, Any],
    *,
    empty: bool,
) -> str:
    """The command of a form with fields; `empty` ones say that something is taken away."""
    roles = (data.get("resolved") or {}).get("roles") or {}
    options = [
        (option.name, value)
        for option in _options(name)
        if option.name in given
        and (value := _value(option, given[option.name], roles, empty=empty)) is not None
    ]
    return written(name, argument.strip(), options)


def _options(name: str) -> tuple[Option, ...]:
    return BY_NAME[name].on(DISCORD).options


def _value(
    option: Option, values: Sequence[str], roles: Mapping[str, Any], *, empty: bool
) -> str | None:
    said = ",".join(values).strip()
    match option.kind:
        case OptionKind.TEXT | OptionKind.TAG:
            return quoted(said) if said or empty else None
        case OptionKind.MENTION:
            if said:
                return mention(said, is_role=said in roles)
            return NONE if empty else None
        case OptionKind.TYPES | OptionKind.NUMBER:
            return said or None
        case _ as never:
            assert_never(never)


def _subscription_form(
    form: Form, title: str, query: str, given: Options, old: Subscription | None, user: str
) -> Json:
    said = "Words, phrases in quotes, OR, a minus to leave out, cat:cs.CL, author:name"
    field = text_input("query", query[:INPUT_MAX], long=True, size_max=INPUT_MAX, required=True)
    fields = [label("Papers to post", said, field)]
    name = "subscribe" if old is None else "edit"
    fields += [_option_field(option, given, old, user) for option in _options(name)]
    return _form(form, title, fields[:FIELDS_MAX])


def _managers_form(form: Form, roles: Sequence[str]) -> Json:
    said = "People with one of them may subscribe, edit and mute in every channel that they see."
    return _form(
        form, "Who may manage", [label("Roles", said, roles_field("role", roles, ROLES_MAX))]
    )


def _option_field(option: Option, given: Options, old: Subscription | None, user: str) -> Json:
    title = option.name.capitalize()
    match option.kind:
        case OptionKind.TEXT | OptionKind.NUMBER:
            name = given.name if given.name is not None else (old.name if old else None)
            return label(
                title, option.help, text_input(option.name, name or "", size_max=NAME_MAX)
            )
        case OptionKind.TAG:
            tags = given.tags if given.tags is not None else (old.tags if old else ())
            field = text_input(option.name, ", ".join(tags), size_max=TAGS_MAX)
            return label(title, option.help, field)
        case OptionKind.MENTION:
            calls = _called(given.mention, old.mention if old else None, user)
            return label(title, option.help, mention_field(option.name, calls))
        case OptionKind.TYPES:
            types = given.types or (old.types if old else DEFAULT_TYPES)
            checked = [
                {"label": title, "value": value, "default": value in types}
                for value, title in TYPES.items()
            ]
            return label("What counts", option.help, checkboxes(option.name, checked))
        case _ as never:
            assert_never(never)


def _called(said: str | None, old: Mention | None, user: str) -> tuple[str, str] | None:
    """Kind and id of whom a subscription calls, as Discord's field takes them."""
    if said is None:
        if old is None:
            return None
        return ("role" if old.kind is MentionKind.ROLE else "user"), old.id
    if said.strip().casefold() == "me":
        return "user", user
    found = _MENTION.fullmatch(said.strip())
    return None if found is None else ("role" if found[1] else "user", found[2])


def _first(given: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(given.get(name) or ()), "")


def _form(form: Form, title: str, fields: Sequence[Json]) -> Json:
    return {"custom_id": form.custom_id, "title": title[:LABEL_MAX], "components": list(fields)}
