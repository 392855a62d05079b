"""Help in words, made from the declarations; and how queries are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.card.card import Action, Card, CardKind, Fact, Facts, Mark, Para, Part, Row, Run
from bot.card.paper import PREFIX
from bot.command.platforms import platform_of
from bot.command.spelling import example_on, option_usage_on, said_on, usage_on

if TYPE_CHECKING:
    from bot.command.declare import Command
    from bot.command.reply import Helped

FIRST_STEPS: Final = (
    ('/papers subscribe "diffusion model"', "follow a phrase"),
    (
        "/papers subscribe cat:cs.CL au:manning -survey",
        "a category, an author, and without a word",
    ),
    ('/papers search "chain of thought" since:7d', "search the papers seen so far"),
)

QUERY_FACTS: Final = (
    ("diffusion model", "both words, in the title or the abstract"),
    ('"diffusion model"', "side by side; finds diffusion models too"),
    ("GAN OR diffusion", "either one; AND binds tighter, brackets group"),
    ("diffusion -medical", "without a word; NOT medical is the same"),
    ("diffus*", "words that begin so, from three letters on"),
    ("=RAG", "exactly as written, case and all"),
    ("title:agent", "in the title; also abstract:, comment:, journal:, all:"),
    ('au:"Kaiming He"', "one author; initials and accents agree"),
    ("cat:cs.CV", "a category; cat:cs is all of it, cat:=cs.CV only the primary one"),
    ("has:code upvotes:>=20", "facts: code is known, votes on Hugging Face"),
    ("type:new", "also cross and replace"),
    ("since:7d until:2026-03-01", "for search only"),
)


def say_helped(reply: Helped) -> Card:
    """The answer to help."""
    if reply.command is not None:
        return _command(reply.command, reply.platform)
    if reply.topic is not None:
        return _queries()
    return _overview(reply.commands, reply.platform)


def _overview(commands: tuple[Command, ...], platform: str) -> Card:
    lead = "Tell this channel about new papers. Begin with one of these:"
    parts: list[Part] = [Para((Run(lead),))]
    for text, does in FIRST_STEPS:
        shown = example_on(text, platform)
        runs = (Run(shown, Mark.CODE), Run(f" {does}", Mark.QUIET))
        parts.append(Row(runs, (Action("Try", text, fill=True),)))
    parts.append(Para((Run("All commands", Mark.STRONG),)))
    usages = (Fact(usage_on(command, platform), command.summary) for command in commands)
    parts.append(Facts(tuple(usages)))
    return Card(
        CardKind.HELP,
        "Help",
        tuple(parts),
        f"Help. {lead} {example_on(FIRST_STEPS[0][0], platform)}",
        (
            Action("How queries are written", f"{PREFIX} help queries"),
            Action("List", f"{PREFIX} list"),
            Action("Status", f"{PREFIX} status"),
        ),
    )


def _command(command: Command, platform: str) -> Card:
    usage = usage_on(command, platform)
    parts: list[Part] = [
        Para((Run(usage, Mark.CODE),)),
        Para((Run(said_on(f"{command.summary}. {command.detail}", platform)),)),
    ]
    if command.options:
        options = [
            Fact(
                option_usage_on(option, platform),
                option.help + (f" Without it: {option.default}." if option.default else ""),
            )
            for option in command.options
        ]
        parts.append(Facts(tuple(options)))
    parts += [
        Row((Run(example_on(example, platform), Mark.CODE),), (Action("Try", example, fill=True),))
        for example in command.examples
    ]
    if command.platforms is not None:
        titles = sorted(platform_of(name).title for name in command.platforms)
        parts.append(Para((Run(f"Only on {' and '.join(titles)}.", Mark.QUIET),)))
    if command.mutating:
        line = "Only for those who may manage the channel."
        parts.append(Para((Run(line, Mark.QUIET),)))
    return Card(
        CardKind.HELP,
        f"Help: {command.name}",
        tuple(parts),
        f"{usage}. {command.summary}.",
        (Action("All commands", f"{PREFIX} help"),),
    )


def _queries() -> Card:
    lead = (
        "The same language for subscriptions and for search. Words side by side must all be there."
    )
    parts: list[Part] = [
        Para((Run(lead),)),
        Facts(tuple(Fact(text, does) for text, does in QUERY_FACTS)),
        Para(
            (
                Run(
                    "Only whole words match: RAG does not find fragment. Plurals, hyphens, "
                    "accents, and British and American spelling count as the same."
                ),
            )
        ),
    ]
    return Card(
        CardKind.HELP,
        "Help: queries",
        tuple(parts),
        f"Help: queries. {lead}",
        (
            Action("Try one", f"{PREFIX} search ", primary=True, fill=True),
            Action("All commands", f"{PREFIX} help"),
        ),
    )
