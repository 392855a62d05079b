"""Card <-> JSON: the one form of a card in the store, in the JSON interface and on the page.

Every part carries its kind in `part`: para, preformatted, facts, paper, row; every button in
`button`: action, link. Texts are plain. Reading raises ValueError for what writing never gives.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from bot.card.card import (
    Action,
    Card,
    CardKind,
    Fact,
    Facts,
    Link,
    Mark,
    PaperPart,
    Para,
    Part,
    Preformatted,
    Row,
    Run,
)
from bot.model.paper import PaperId
from bot.model.subscription import Mention, MentionKind

if TYPE_CHECKING:
    from collections.abc import Iterable

JsonObject: TypeAlias = dict[str, Any]


def card_json(card: Card) -> JsonObject:
    """The card as plain dicts, lists, texts, numbers and None."""
    return {
        "kind": card.kind.value,
        "title": card.title,
        "parts": [_part_json(part) for part in card.parts],
        "fallback": card.fallback,
        "buttons": [_button_json(button) for button in card.buttons],
        "more": [_button_json(button) for button in card.more],
        "private": card.private,
        "mentions": [_mention_json(one) for one in card.mentions],
        "tags": list(card.tags),
    }


def card_from_json(found: JsonObject) -> Card:
    """What card_json was given; ValueError when it is not of that form."""
    try:
        return Card(
            kind=CardKind(found["kind"]),
            title=found["title"],
            parts=tuple(_part(part) for part in found["parts"]),
            fallback=found["fallback"],
            buttons=tuple(_button(button) for button in found["buttons"]),
            more=tuple(_button(button) for button in found["more"]),
            private=found["private"],
            mentions=tuple(_mention(one) for one in found.get("mentions", ())),
            tags=tuple(found.get("tags", ())),  # cards stored before there were tags have none
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a card: {error}") from error


def _part_json(part: Part) -> JsonObject:
    match part:
        case Para(runs):
            return {"part": "para", "runs": _runs_json(runs)}
        case Preformatted(text):
            return {"part": "preformatted", "text": text}
        case Facts(facts):
            shown = [{"label": fact.label, "value": fact.value} for fact in facts]
            return {"part": "facts", "facts": shown}
        case PaperPart():
            return _paper_json(part)
        case Row(runs, actions):
            buttons = [_button_json(action) for action in actions]
            return {"part": "row", "runs": _runs_json(runs), "actions": buttons}
    assert_never(part)


def _part(found: JsonObject) -> Part:
    match found["part"]:
        case "para":
            return Para(_runs(found["runs"]))
        case "preformatted":
            return Preformatted(found["text"])
        case "facts":
            return Facts(tuple(Fact(fact["label"], fact["value"]) for fact in found["facts"]))
        case "paper":
            return _paper(found)
        case "row":
            return Row(_runs(found["runs"]), tuple(_action(one) for one in found["actions"]))
        case other:
            raise ValueError(f"no such part: {other!r}")


def _paper_json(part: PaperPart) -> JsonObject:
    return {
        "part": "paper",
        "paper_id": part.paper_id,
        "title": part.title,
        "url": part.url,
        "authors": part.authors,
        "categories": list(part.categories),
        "day": part.day.isoformat(),
        "announced": part.announced,
        "version": part.version,
        "abstract": part.abstract,
        "reason": _runs_json(part.reason),
        "pdf_url": part.pdf_url,
        "code_url": part.code_url,
        "project_url": part.project_url,
        "upvotes": part.upvotes,
        "stars": part.stars,
    }


def _paper(found: JsonObject) -> PaperPart:
    return PaperPart(
        paper_id=PaperId(found["paper_id"]),
        title=found["title"],
        url=found["url"],
        authors=found["authors"],
        categories=tuple(found["categories"]),
        day=date.fromisoformat(found["day"]),
        announced=found["announced"],
        version=found["version"],
        abstract=found["abstract"],
        reason=_runs(found["reason"]),
        pdf_url=found["pdf_url"],
        code_url=found["code_url"],
        project_url=found["project_url"],
        upvotes=found["upvotes"],
        stars=found["stars"],
    )


def _runs_json(runs: Iterable[Run]) -> list[JsonObject]:
    return [_run_json(run) for run in runs]


def _run_json(run: Run) -> JsonObject:
    found: JsonObject = {"text": run.text, "mark": run.mark.value, "url": run.url}
    return found if run.who is None else {**found, "who": _mention_json(run.who)}


def _runs(found: Iterable[JsonObject]) -> tuple[Run, ...]:
    return tuple(Run(one["text"], Mark(one["mark"]), one["url"], _who(one)) for one in found)


def _who(run: JsonObject) -> Mention | None:
    return _mention(run["who"]) if "who" in run else None


def _mention_json(one: Mention) -> JsonObject:
    return {"kind": one.kind.value, "id": one.id}


def _mention(found: JsonObject) -> Mention:
    return Mention(MentionKind(found["kind"]), found["id"])


def _button_json(button: Action | Link) -> JsonObject:
    match button:
        case Action():
            return {
                "button": "action",
                "label": button.label,
                "command": button.command,
                "primary": button.primary,
                "fill": button.fill,
            }
        case Link():
            return {"button": "link", "label": button.label, "url": button.url}
    assert_never(button)


def _button(found: JsonObject) -> Action | Link:
    if found["button"] == "link":
        return Link(found["label"], found["url"])
    return _action(found)


def _action(found: JsonObject) -> Action:
    return Action(found["label"], found["command"], found["primary"], found["fill"])
