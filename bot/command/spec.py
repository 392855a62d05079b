"""Every command, declared once: help, README's table, completion and options come from here."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from bot.command.complete import suggestions
from bot.command.declare import Command, Names, Option, OptionKind, Suggestion, Takes

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = Option(
    "name", OptionKind.TEXT, "NAME", "A name to call it by; quotes around several words."
)
_TYPES = Option(
    "types",
    OptionKind.TYPES,
    "new,cross,replace",
    "Which announcements count: new papers, cross-lists, new versions.",
    default="new,cross",
)
_TYPES_OF_ONE = replace(_TYPES, default="")
_LIMIT = Option("limit", OptionKind.NUMBER, "N", "How many to show.", default="5", high=20)
_LOG_LIMIT = replace(_LIMIT, default="10")
_PAGE = Option("page", OptionKind.NUMBER, "N", "Which page to show.", default="1", high=1000)

COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "subscribe",
        "QUERY",
        "Post new papers that match a query in this channel",
        "The answer shows how the query was read, when the next papers are due, and what it would "
        "have posted over the last 14 days. A paper is posted here once, however many "
        "subscriptions it matches. Without --types, new papers and cross-lists count; with "
        "replace among them, each new version of a paper does too.",
        (
            '/papers subscribe "diffusion model" -medical',
            '/papers subscribe cat:cs.CL (RAG OR "retrieval augmented") --name "Retrieval"',
            '/papers subscribe au:"Kaiming He" --types new,cross,replace',
        ),
        Takes.QUERY,
        (_NAME, _TYPES),
        mutating=True,
    ),
    Command(
        "unsubscribe",
        "NUMBER",
        "Remove a subscription, by its number, name or query",
        "Alerts that already wait are still posted. A removal can be undone for 30 days.",
        ("/papers unsubscribe 3", "/papers unsubscribe Retrieval"),
        Takes.SUBSCRIPTION,
        mutating=True,
    ),
    Command(
        "list",
        "",
        "Show this channel's subscriptions, pauses and muted words",
        "Each subscription has buttons to pause, edit and remove it.",
        ("/papers list",),
    ),
    Command(
        "edit",
        "NUMBER [QUERY]",
        "Change a subscription's query, name or types",
        'What you leave out stays as it is. --name "" takes the name away.',
        ('/papers edit 3 "diffusion model" -medical', '/papers edit 3 --name "Image generation"'),
        Takes.EDIT,
        (_NAME, _TYPES_OF_ONE),
        mutating=True,
    ),
    Command(
        "move",
        "#CHANNEL",
        "Move all subscriptions and waiting alerts to another channel",
        "They get new numbers there. Both channels must belong to the same workspace.",
        ("/papers move #reading-group",),
        Takes.CHANNEL,
        mutating=True,
    ),
    Command(
        "mute",
        "WORD",
        "Never post papers that have a word or phrase, in this channel",
        "A word, a phrase in quotes, or a field such as cat:cs.CR or au:name. Queries stay as "
        "they are; /papers list shows what is muted.",
        ("/papers mute robotics", '/papers mute "position paper"'),
        Takes.WORD,
        mutating=True,
    ),
    Command(
        "unmute",
        "WORD",
        "Take a word off the muted ones",
        "Papers that came while it was muted are not posted later.",
        ("/papers unmute robotics",),
        Takes.MUTED,
        mutating=True,
    ),
    Command(
        "log",
        "",
        "Show who changed what in this channel",
        "The newest change first, each with a button that takes it back.",
        ("/papers log", "/papers log --limit 20"),
        options=(_LOG_LIMIT,),
    ),
    Command(
        "undo",
        "[CHANGE]",
        "Take back the last change, or one from the log",
        "Works for 30 days. A change that a later one built on is left alone, and the answer "
        "says which one stands in the way.",
        ("/papers undo",),
        Takes.CHANGE,
        mutating=True,
    ),
    Command(
        "pause",
        "[NUMBER]",
        "Post nothing for now, in the channel or from one subscription",
        "What matches while the channel is paused is kept and comes after /papers resume; what "
        "matches a paused subscription is not posted later.",
        ("/papers pause", "/papers pause 3"),
        Takes.SUBSCRIPTION,
        mutating=True,
    ),
    Command(
        "resume",
        "[NUMBER]",
        "Go on after a pause",
        "Also tries again where the platform had refused posts.",
        ("/papers resume", "/papers resume 3"),
        Takes.SUBSCRIPTION,
        mutating=True,
    ),
    Command(
        "ambiguous",
        "[resend|hold]",
        "Choose what becomes of a post whose answer was lost",
        "It matters only where paperwire may not read the channel, and so cannot see whether the "
        "post is there. resend posts it again, so that it may be there twice; hold puts it aside, "
        "so that it may be missing. Without a word, the answer says what is chosen.",
        ("/papers ambiguous", "/papers ambiguous hold"),
        Takes.CHOICE,
        mutating=True,
    ),
    Command(
        "search",
        "QUERY",
        "Search the papers seen so far, newest first",
        "The same language as subscriptions, and since: and until: besides.",
        ('/papers search "chain of thought" since:7d', "/papers search au:hinton --limit 10"),
        Takes.QUERY,
        (_LIMIT, _PAGE),
    ),
    Command(
        "latest",
        "[NUMBER]",
        "Show the newest papers, of all or of one subscription",
        "Nothing is posted in the channel.",
        ("/papers latest", "/papers latest 3 --limit 10"),
        Takes.SUBSCRIPTION,
        (_LIMIT, _PAGE),
    ),
    Command(
        "preview",
        "QUERY",
        "Show what a query would have posted, without subscribing",
        "A subscription's number works too.",
        ('/papers preview "world model"', "/papers preview 3"),
        Takes.QUERY,
        (_TYPES,),
    ),
    Command(
        "show",
        "ID",
        "Show one paper: an arXiv id, a DOI or an address",
        "Versions are ignored. Addresses of arxiv.org, doi.org and huggingface.co are read.",
        ("/papers show 2401.00001", "/papers show https://arxiv.org/abs/2401.00001v2"),
        Takes.PAPER,
    ),
    Command(
        "why",
        "ID",
        "Say why a paper was posted here, or why not",
        "For each subscription of the channel: the words that matched, or the part of the query "
        "that did not hold.",
        ("/papers why 2401.00001",),
        Takes.PAPER,
    ),
    Command(
        "cite",
        "ID",
        "Give a paper's BibTeX",
        "Ready to paste; the key is the first author, the year and a word of the title.",
        ("/papers cite 2401.00001",),
        Takes.PAPER,
    ),
    Command(
        "status",
        "",
        "Show whether papers are coming, and when the next are due",
        "Each source's last success and last batch, arXiv's next announcement, weekends and "
        "holidays by name, and what waits to be posted.",
        ("/papers status",),
    ),
    Command(
        "help",
        "[TOPIC]",
        "Explain a command, or how queries are written",
        "Topics: any command, and queries.",
        ("/papers help", "/papers help queries", "/papers help subscribe"),
        Takes.TOPIC,
    ),
    Command(
        "sample",
        "",
        "Play the built-in sample day: papers arrive over a minute",
        "For a first look, or when no source can be reached.",
        ("/papers sample",),
        mutating=True,
        local=True,
    ),
    Command(
        "post-latest",
        "NUMBER",
        "Post the latest papers of a subscription now",
        "Papers that were posted here before are left out.",
        ("/papers post-latest 3",),
        Takes.SUBSCRIPTION,
        mutating=True,
        shown=False,
    ),
    Command(
        "mute-from",
        "ID",
        "Offer a paper's words to mute, and what each would have removed",
        "Choose a word; nothing is muted before you do.",
        ("/papers mute-from 2401.00001",),
        Takes.PAPER,
        shown=False,
    ),
    Command(
        "page",
        "LIST NUMBER",
        "Show a page of a list that was posted here",
        "The buttons of a list say this.",
        (),
        shown=False,
    ),
)

BY_NAME: Final[Mapping[str, Command]] = {command.name: command for command in COMMANDS}


OTHER_WORDS: Final[Mapping[str, str]] = {
    word: name
    for name, words in {
        "subscribe": "add follow watch track",
        "unsubscribe": "remove rm delete del unfollow unwatch drop cancel",
        "list": "ls subscriptions subs",
        "edit": "change modify rename update",
        "mute": "ignore block hide exclude",
        "unmute": "unblock unhide unignore",
        "log": "history changes audit",
        "undo": "revert restore",
        "pause": "stop disable",
        "resume": "continue enable unpause",
        "search": "find",
        "latest": "recent newest",
        "preview": "forecast",
        "show": "paper info view",
        "cite": "bib bibtex citation",
        "status": "health",
    }.items()
    for word in words.split()
}
"""What people call the commands elsewhere: not taken, but answered with the right one."""

PREFIX_MIN: Final = 3


def nearest_command(word: str) -> str | None:
    """The command that a wrong word likely means: its other name, its beginning, a slip in it."""
    if word in OTHER_WORDS:
        return OTHER_WORDS[word]
    names = [command.name for command in COMMANDS if command.shown]
    begun = [name for name in names if len(word) >= PREFIX_MIN and name.startswith(word)]
    if len(begun) == 1:
        return begun[0]
    near = get_close_matches(word, [*names, *OTHER_WORDS], n=1, cutoff=0.6)
    return OTHER_WORDS.get(near[0], near[0]) if near else None


def offered(*, local: bool) -> tuple[Command, ...]:
    """The commands that people are told of; `local` ones only where there is a sample day."""
    return tuple(c for c in COMMANDS if c.shown and (local or not c.local))


def complete(text: str, names: Names | None = None) -> tuple[Suggestion, ...]:
    """Ways to go on with an input, the likeliest first, at most 25. Never raises."""
    names = names or Names()
    return suggestions(offered(local=names.local), text, names)


def markdown_table() -> str:
    """README's table of commands."""
    rows = [
        f"| `{command.usage.replace('|', chr(92) + '|')}` | {command.summary} |"
        for command in offered(local=True)
    ]
    return "\n".join(["| command | what it does |", "|---|---|", *rows]) + "\n"
