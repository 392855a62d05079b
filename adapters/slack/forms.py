"""The two forms, finishing a command and a new subscription, and reading them as commands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.slack.words import one_line, visible_lines
from bot.card.card import Para, Preformatted, Row
from bot.card.paper import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.slack.buttons import Json
    from adapters.slack.who import Asker
    from bot.card.card import Card

COMMAND_FORM: Final = "papers.command"
SUBSCRIBE_FORM: Final = "papers.subscribe"

INPUT_MAX: Final = 3000
"""Characters of an input (docs.slack.dev/reference/block-kit/block-elements)."""

NAME_MAX: Final = 60
ERROR_MAX: Final = 150
"""Characters of an error under an input; the whole answer follows where there is more."""

TYPES: Final = {"new": "New papers", "cross": "Cross-lists", "replace": "New versions"}
TYPES_FIRST: Final = ("new", "cross")

CALLED: Final = {"none": "Nobody", "me": "Me"}
"""Slack has no field for user groups."""

_QUOTES: Final = str.maketrans(dict.fromkeys('"“”„‟＂', "'"))
"""A name stands in double quotes in the command that the form makes."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form was opened, kept in the form itself by Slack."""

    channel: str
    url: str | None

    def text(self) -> str:
        """What `origin_of` reads."""
        return json.dumps({"channel": self.channel, "url": self.url})


def origin_of(view: Mapping[str, Any]) -> Origin | None:
    """Where the form was opened; None when it is not one of ours."""
    try:
        kept = json.loads(view.get("private_metadata") or "")
        return Origin(str(kept["channel"]), kept["url"])
    except (ValueError, KeyError, TypeError):
        return None


def command_form(command: str, asker: Asker) -> Json:
    """A form with the command in it, for the person to finish."""
    text = command.removeprefix(PREFIX).lstrip()[:INPUT_MAX]
    element = _input("plain_text_input", "text", max_length=INPUT_MAX, multiline=True)
    if text:
        element["initial_value"] = text
    field = _field("text", "Command", element, hint=f"What stands behind {PREFIX}.")
    return _form(COMMAND_FORM, "Finish the command", "Send", asker, field)


def subscribe_form(asker: Asker) -> Json:
    """A form for a new subscription: query, name, announcement types, whom it calls."""
    query = _input("plain_text_input", "query", max_length=INPUT_MAX, multiline=True)
    query["placeholder"] = _plain('"diffusion model" -medical')
    name = _input("plain_text_input", "name", max_length=NAME_MAX)
    options = _options(TYPES)
    types = _input("checkboxes", "types", options=list(options.values()))
    types["initial_options"] = [options[value] for value in TYPES_FIRST]
    called = _options(CALLED)
    whom = _input("radio_buttons", "mention", options=list(called.values()))
    whom["initial_option"] = called["none"]
    hint = "Words, phrases in quotes, OR, a minus to leave out, cat:cs.CL, au:name."
    group = f"To call a user group, type {PREFIX} subscribe, the query and --mention @group."
    return _form(
        SUBSCRIBE_FORM,
        "Subscribe",
        "Subscribe",
        asker,
        _field("query", "Papers to post in this channel", query, hint=hint),
        _field("name", "Name", name, optional=True),
        _field("types", "What counts", types),
        _field("mention", "Whom each alert calls", whom, hint=group),
    )


def typed_in(view: Mapping[str, Any]) -> str:
    """The command that a form's fields make; options first, so that no quote can swallow them."""
    fields = (view.get("state") or {}).get("values") or {}
    if view.get("callback_id") == COMMAND_FORM:
        return _value(fields, "text")
    chosen = (fields.get("types") or {}).get("types") or {}
    types = ",".join(one["value"] for one in chosen.get("selected_options") or ())
    name = " ".join(_value(fields, "name").translate(_QUOTES).split())
    called = (fields.get("mention") or {}).get("mention") or {}
    whom = (called.get("selected_option") or {}).get("value")
    said = ["subscribe"]
    said += ["--mention me"] if whom == "me" else []
    said += [f"--types {types}"] if types else []
    said += [f'--name "{name}"'] if name else []
    return " ".join([*said, _value(fields, "query")])


def first_field(view: Mapping[str, Any]) -> str:
    """The field under which an error is shown."""
    return "text" if view.get("callback_id") == COMMAND_FORM else "query"


def error_text(card: Card) -> str:
    """An error's words for the line under an input."""
    said = [card.title]
    for part in card.parts:
        match part:
            case Para(runs) | Row(runs):
                said.append("".join(run.text for run in runs))
            case Preformatted(text):
                said.append(visible_lines(text))
            case _:
                pass
    return one_line(". ".join(one.rstrip(".") for one in said if one), ERROR_MAX) or "…"


def _value(fields: Mapping[str, Any], name: str) -> str:
    return str(((fields.get(name) or {}).get(name) or {}).get("value") or "")


def _form(callback_id: str, title: str, submit: str, asker: Asker, *blocks: Json) -> Json:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": _plain(title),
        "submit": _plain(submit),
        "close": _plain("Cancel"),
        "private_metadata": Origin(asker.channel, asker.url).text(),
        "blocks": list(blocks),
    }


def _field(
    name: str, label: str, element: Json, *, hint: str | None = None, optional: bool = False
) -> Json:
    shown: Json = {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": element,
        "optional": optional,
    }
    return shown if hint is None else {**shown, "hint": _plain(hint)}


def _options(labels: Mapping[str, str]) -> dict[str, Json]:
    return {value: {"text": _plain(label), "value": value} for value, label in labels.items()}


def _input(kind: str, action_id: str, **more: Any) -> Json:
    return {"type": kind, "action_id": action_id, **more}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}
