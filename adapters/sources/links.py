r"""Links to code and to a project's page, out of a paper's text and out of a source's fields.

A link to code is written again from its parts: https, a host that is on the list, plain path
segments. Whatever else an address can hold (user names, ports, other schemes, look-alike hosts,
queries) is not carried over. Texts may be TeX: a brace ends an address, `\_` is an underscore.
"""

from __future__ import annotations

import re

CODE_LINKS_MAX = 5
"""A paper that names more is a survey or a list; five are enough for a card."""

_SEGMENTS = {
    "anonymous.4open.science": 2,
    "bitbucket.org": 2,
    "codeberg.org": 2,
    "gist.github.com": 2,
    "gitee.com": 2,
    "github.com": 2,
    "gitlab.com": 8,
    "huggingface.co": 2,
}
"""Hosts of code, and how many segments of the path name a repository (GitLab's groups nest).

Zenodo and OSF are left out: most of what papers link there is data.
"""

_ALIASES = {"www.github.com": "github.com", "hf.co": "huggingface.co"}
_HOSTS = "|".join(re.escape(host) for host in (*_SEGMENTS, *_ALIASES))
_CODE = re.compile(
    rf"(?<![\w@.:/-])(?:https?://)?({_HOSTS})/((?:[A-Za-z0-9._~/-]|\\_|%5F){{1,300}})",
    re.IGNORECASE | re.ASCII,
)
_PAGE = re.compile(
    r"(?<![\w@./-])(?:https?://)?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.(?:github|gitlab)\.io)"
    r"((?:/(?:[A-Za-z0-9._~-]|\\_){1,100}){0,6})(?!\.?[a-z0-9@:-])",
    re.IGNORECASE | re.ASCII,
)
_ANY_PAGE = re.compile(
    r"https://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24})"
    r"(?:/[A-Za-z0-9._~+=,%@-]*){0,20}(?:[?#][!#-;=?-\[\]_a-z~]{0,500})?",
    re.ASCII | re.IGNORECASE,
)
_PAGE_LINK_MAX = 1_000
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._~-]{0,99}", re.ASCII)
_HF_KINDS = frozenset({"collections", "datasets", "spaces"})
"""First segments at Hugging Face that have a repository's two segments behind them."""

_NO_REPOSITORY = {
    "github.com": frozenset({"about", "apps", "features", "login", "orgs", "sponsors", "topics"}),
    "huggingface.co": frozenset({"blog", "chat", "docs", "models", "papers", "posts", "tasks"}),
}
"""First segments of pages that are no repository."""


def code_links(text: str) -> tuple[str, ...]:
    """The repositories that a text names, as https links, each once, in order."""
    if "/" not in text:
        return ()
    unique: dict[str, str] = {}
    for match in _CODE.finditer(text):
        link = _repository(match[1], match[2])
        if link is not None:
            unique.setdefault(link.lower(), link)
    return tuple(unique.values())[:CODE_LINKS_MAX]


def project_page(text: str) -> str | None:
    """The first project page (`*.github.io`) that a text names."""
    match = _PAGE.search(text) if ".io" in text else None
    if match is None:
        return None
    path = match[2].replace("\\_", "_").rstrip(".,;")
    return f"https://{match[1].lower()}{path or '/'}"


def code_url(value: object) -> str | None:
    """A source's own link to code (Hugging Face's githubRepo), if it is one."""
    match = _CODE.match(value.strip()) if isinstance(value, str) else None
    return _repository(match[1], match[2]) if match else None


def page_url(value: object) -> str | None:
    """A source's link to a page as it is: https, a plain host name; no IDN, IP, user or port."""
    text = value.strip() if isinstance(value, str) else ""
    match = _ANY_PAGE.fullmatch(text) if len(text) <= _PAGE_LINK_MAX else None
    if match is None or any(label.startswith("xn--") for label in match[1].lower().split(".")):
        return None
    return text


def _repository(host: str, path: str) -> str | None:
    """The link, or None where the path names no repository."""
    host = _ALIASES.get(host.lower(), host.lower())
    path = re.sub(r"\\_|%5F", "_", path, flags=re.IGNORECASE).partition("/-/")[0]
    segments = [segment for segment in path.split("/") if segment]
    of_kind = host == "huggingface.co" and bool(segments) and segments[0] in _HF_KINDS
    least = 3 if of_kind else 2
    segments = segments[: max(least, _SEGMENTS[host])]
    if segments:
        segments[-1] = segments[-1].rstrip(".-~").removesuffix(".git")
    if len(segments) < least or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        return None
    if segments[0].lower() in _NO_REPOSITORY.get(host, frozenset()):
        return None
    return f"https://{host}/{'/'.join(segments)}"
