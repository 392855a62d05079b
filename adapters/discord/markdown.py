"""Runs of a card as Discord's Markdown: each word plain, links that lead where they say."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from adapters.discord.ids import units
from adapters.discord.words import (
    UNSEEN,
    code,
    code_block,
    escaped,
    fitted,
    host_of,
    is_maskable,
    line,
    linkable,
    says_other_host,
    visible,
    visible_lines,
)
from bot.card.card import Mark, PaperPart, Run
from bot.model.subscription import MentionKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.card.card import Fact
    from bot.model.subscription import Mention

PARA_MAX: Final = 1900
"""Units of one paragraph: half of what the text of a message of components may have."""

LINE_EXTRA: Final = 2
"""Units of what may yet be put in: a backslash at a line's beginning, a break between marks."""

FACT_MAX: Final = 900
LABEL_MAX: Final = 24
"""Characters of a label beside its value: half of a phone's line."""

TITLE_MAX: Final = 300
ABSTRACT_MAX: Final = 3000
TIGHT_TITLE: Final = 120
TIGHT_AUTHORS: Final = 60
"""Units of a title, of a whole abstract, and of both where many papers share one message."""

FENCES: Final = 7
"""Units by which a code block is longer than a line of it and its end."""

_OPEN: Final = re.compile(r"(?:\*\*|:[\w+~-]*|@\w*|\]|https?|discord)\Z", re.IGNORECASE)
"""Where the next run could go on with what this one began: bold, an emoji, an address."""

READ_MAX: Final = 40_000
"""Characters of a text that are looked at: more than all messages of an answer could show."""

ID_MAX: Final = 20
"""Digits of a snowflake (64 bits)."""

SELF: Final = "you"
"""What the core calls the asker, who needs no name."""


def marked(runs: Iterable[Run], size_max: int = PARA_MAX) -> str:
    """The runs as one line of Markdown of at most so many units."""
    shown = ""
    for run in _joined(runs):
        text = run.text if shown else run.text.lstrip()
        write = _writer(run)
        left = size_max - units(shown) - LINE_EXTRA
        more = fitted(text, left, write)
        if more and not more[0].isspace() and _OPEN.search(shown):
            more = UNSEEN + more
        shown += more
        if not more.endswith(write(text)):
            break
    return line(shown.rstrip())


def quiet(runs: Sequence[Run]) -> bool:
    """Whether all of it is set quietly."""
    return bool(runs) and all(run.mark is Mark.QUIET and run.url is None for run in runs)


def facts_lines(facts: Sequence[Fact]) -> Iterator[str]:
    """`**Label** value`, one line a fact; where most labels are long, values stand under them."""
    below = 2 * sum(len(fact.label) > LABEL_MAX for fact in facts) > len(facts)
    for fact in facts:
        label = marked((Run(fact.label, Mark.STRONG),), FACT_MAX)
        value = marked((Run(fact.value),), FACT_MAX)
        if label or value:
            yield f"{label}\n{value}" if below and label and value else f"{label} {value}".strip()


def blocks_of(text: str) -> Iterator[str]:
    """Lines whose columns matter, as code blocks; many of them take several, none is lost."""
    held: list[str] = []
    size = 0
    for one in visible_lines(text[:READ_MAX]).splitlines():
        shown = fitted(one, PARA_MAX // 2, str)
        more = units(code_block(shown))
        if held and size + more > PARA_MAX:
            yield from _filled(held)
            held, size = [], 0
        held.append(shown)
        size += more - FENCES
    yield from _filled(held)


def _filled(lines: Sequence[str]) -> Iterator[str]:
    text = "\n".join(lines)
    if text.strip():
        yield code_block(text)


def paper_head(part: PaperPart, title_max: int = TITLE_MAX) -> str:
    """The linked title."""
    title = visible(part.title).strip() or "Untitled"
    return marked((Run(fitted(title, title_max, str), Mark.STRONG, part.url),))


def paper_lines(part: PaperPart, *, tight: bool) -> str:
    """A paper of a posted list: linked title, authors and facts, why it is there."""
    authors = visible(part.authors).strip()
    if tight:
        return f"{paper_head(part, TIGHT_TITLE)}\n{marked((Run(authors),), TIGHT_AUTHORS)}"
    below = " · ".join(one for one in (authors, *facts_of(part)) if one)
    lines = (paper_head(part), marked((Run(below),), FACT_MAX), marked(part.reason, FACT_MAX))
    return "\n".join(one for one in lines if one)


def paper_texts(part: PaperPart) -> tuple[str, str]:
    """A paper of an answer, with its facts in fine print, and its abstract."""
    facts = marked((Run(" · ".join(facts_of(part))),), FACT_MAX)
    lines = (
        paper_head(part),
        marked((Run(part.authors),), FACT_MAX // 2),
        f"-# {facts}" if facts else "",
        marked(part.reason, FACT_MAX),
    )
    return "\n".join(one for one in lines if one), marked((Run(part.abstract),), ABSTRACT_MAX)


def facts_of(part: PaperPart) -> tuple[str, ...]:
    """`cs.CV, cs.LG`, `2 March 2026`, `new version 3`, `12 upvotes`: those that are known."""
    version = f" {part.version}" if part.version > 1 else ""
    said = (
        ", ".join(part.categories),
        f"{part.day.day} {part.day:%B %Y}",
        part.announced + version,
        _counted(part.upvotes, "upvote"),
        _counted(part.stars, "star"),
    )
    return tuple(one for one in said if one)


def _counted(count: int | None, what: str) -> str:
    if count is None:
        return ""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def mention_text(who: Mention) -> str | None:
    """What Discord shows as a name; None for an id that is none."""
    if not (who.id.isascii() and who.id.isdigit() and len(who.id) <= ID_MAX):
        return None
    match who.kind:
        case MentionKind.USER:
            return f"<@{who.id}>"
        case MentionKind.ROLE:
            return f"<@&{who.id}>"
        case _ as never:
            assert_never(never)


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Visible text, neighbours that are set alike as one: `**a****b**` is not read as bold."""
    held: Run | None = None
    for run in runs:
        text = visible(run.text[: 4 * PARA_MAX])
        if not text:
            continue
        if held is not None and _is_alike(held, run):
            held = replace(held, text=held.text + text)
            continue
        if held is not None:
            yield held
        held = replace(run, text=text)
    if held is not None:
        yield held


def _is_alike(one: Run, other: Run) -> bool:
    """Whether they are written alike: `:ta` and `da:` apart would be an emoji together."""
    bare = all(run.url is None and run.who is None for run in (one, other))
    plain = {one.mark, other.mark} <= {Mark.PLAIN, Mark.QUIET}
    return bare and (plain or one.mark is other.mark)


def _writer(run: Run) -> Callable[[str], str]:
    """How a run's text is written; spaces at its ends stay outside of what marks it."""

    def write(text: str) -> str:
        core = text.strip()
        if not core:
            return text
        at = text.index(core)
        return text[:at] + _core(core, run) + text[at + len(core) :]

    return write


def _core(text: str, run: Run) -> str:
    named = mention_text(run.who) if run.who is not None and text.lower() != SELF else None
    if named is not None:
        return named
    url = linkable(run.url)
    if url is not None:
        return _link(text, url, run)
    match run.mark:
        case Mark.STRONG:
            return f"**{escaped(text)}**"
        case Mark.CODE:
            return code(text)
        case Mark.PLAIN | Mark.QUIET:
            return escaped(text)
        case _ as never:
            assert_never(never)


def _link(text: str, url: str, run: Run) -> str:
    """A masked link; words that none can hold stand beside one that says where it leads."""
    bold = "**" if run.mark is Mark.STRONG else ""
    if says_other_host(text, url) or not is_maskable(text):
        # a title may name any host: it never becomes the text of a link to another one
        return f"{bold}{escaped(text)}{bold} ([{host_of(url)}]({url}))"
    return f"{bold}[{text}]({url}){bold}"
