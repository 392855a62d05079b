"""The commands that set up a channel: what it follows, mutes and posts, and who may say so."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.command.declare import Command, Option, OptionKind, Takes
from bot.command.platforms import DISCORD, SLACK, WEB
from bot.command.spec_papers import LIMIT, TYPES

_NAME = Option(
    "name", OptionKind.TEXT, "NAME", 'A name to call it by, such as "Image generation".'
)
_MENTION = Option(
    "mention",
    OptionKind.MENTION,
    "me|none|ROLE",
    "Whom each alert calls: you, or a role or group. Without it, nobody is called.",
    platforms=frozenset({SLACK, DISCORD}),
    lacking=((WEB, "nobody else is there to be called"),),
)
_TAG = Option(
    "tag",
    OptionKind.TAG,
    "NAME",
    "Tags that its posts in a forum get, up to five, with commas between them.",
    platforms=frozenset({DISCORD}),
    lacking=((WEB, "there are no forums"), (SLACK, "there are no forums")),
)
_TYPES_OF_ONE = replace(TYPES, default="")
_LOG_LIMIT = replace(LIMIT, default="10")

CHANNEL_COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "subscribe",
        "QUERY",
        "Post new papers that match a query in this channel",
        "The answer shows how the query was read, when the next papers are due, and what it would "
        "have posted over the last 14 days; where that is very much, it asks first. A paper is "
        "posted here once, however many subscriptions it matches. Without --types, new papers and "
        "cross-lists count; with replace among them, each new version of a paper does too.",
        (
            '/papers subscribe "diffusion model" -medical',
            '/papers subscribe cat:cs.CL (RAG OR "retrieval augmented") --name "Retrieval"',
            '/papers subscribe au:"Kaiming He" --types new,cross,replace',
        ),
        Takes.QUERY,
        (_NAME, TYPES, _MENTION, _TAG),
        mutating=True,
    ),
    Command(
        "subscribe-anyway",
        "QUERY",
        "Post new papers that match a query in this channel, however many",
        "As subscribe, which asks first where that would be very many; its button says this.",
        ("/papers subscribe-anyway cat:cs.LG",),
        Takes.QUERY,
        (_NAME, TYPES, _MENTION, _TAG),
        mutating=True,
        shown=False,
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
        "Change a subscription's query, name, types or whom it calls",
        'What you leave out stays as it is. --name "" takes the name away.',
        ('/papers edit 3 "diffusion model" -medical', '/papers edit 3 --name "Image generation"'),
        Takes.EDIT,
        (_NAME, _TYPES_OF_ONE, _MENTION, _TAG),
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
        "managers",
        "[ROLE|none]",
        "Choose which roles may manage all channels besides those who may anyway",
        "Takes the right to manage the server. People with one of the roles may subscribe, edit, "
        "mute and so on in every channel that they can see; they cannot change this. Say several "
        "roles at once, or none. Without a word, the answer says which are chosen.",
        ("/papers managers", "/papers managers none"),
        Takes.ROLES,
        mutating=True,
        platforms=frozenset({DISCORD}),
        lacking=(
            (WEB, "one person uses it, who may do everything"),
            (SLACK, "`PAPERWIRE_SLACK_MANAGERS` says it for the whole workspace"),
        ),
    ),
)
