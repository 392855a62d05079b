"""The commands that ask for papers and help, and those that only buttons say."""

from __future__ import annotations

from typing import Final

from bot.command.declare import Command, Option, OptionKind, Takes
from bot.command.platforms import DISCORD, SLACK

TYPES = Option(
    "types",
    OptionKind.TYPES,
    "new,cross,replace",
    "Which announcements count: new papers, cross-lists, new versions.",
    default="new,cross",
)
LIMIT = Option("limit", OptionKind.NUMBER, "N", "How many to show.", default="5", high=20)
_PAGE = Option("page", OptionKind.NUMBER, "N", "Which page to show.", default="1", high=1000)

PAPER_COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "search",
        "QUERY",
        "Search the papers seen so far, newest first",
        "The same language as subscriptions, and since: and until: besides.",
        ('/papers search "chain of thought" since:7d', "/papers search au:hinton --limit 10"),
        Takes.QUERY,
        (LIMIT, _PAGE),
    ),
    Command(
        "latest",
        "[NUMBER]",
        "Show the newest papers, of all or of one subscription",
        "Nothing is posted in the channel.",
        ("/papers latest", "/papers latest 3 --limit 10"),
        Takes.SUBSCRIPTION,
        (LIMIT, _PAGE),
    ),
    Command(
        "preview",
        "QUERY",
        "Show what a query would have posted, without subscribing",
        "A subscription's number works too.",
        ('/papers preview "world model"', "/papers preview 3"),
        Takes.QUERY,
        (TYPES,),
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
        lacking=(
            (SLACK, "it is for a first look, before anything is set up"),
            (DISCORD, "it is for a first look, before anything is set up"),
        ),
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
        "more",
        "ID",
        "Show what else can be asked of a paper",
        "Menus of posts say this.",
        (),
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
