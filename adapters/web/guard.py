"""Who may ask: Host, Origin and token, decided without any I/O.

Host keeps out DNS rebinding (a foreign name that resolves to this machine), Origin and
Sec-Fetch-Site keep out posts from other sites, the token keeps out other people.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.web.options import is_loopback

if TYPE_CHECKING:
    from adapters.web.options import WebOptions

PROBES = frozenset({"/healthz", "/readyz"})
"""Asked by machines that have no token; they tell nothing but well or not."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request says of itself; None where the header is missing."""

    method: str
    path: str
    host: str | None
    origin: str | None
    fetch_site: str | None
    content_type: str
    bearer: str | None
    cookie: str | None


@dataclass(frozen=True, slots=True)
class Denial:
    """The status and the sentence that a request is turned away with."""

    status: int
    sentence: str


def denial(ask: Ask, options: WebOptions) -> Denial | None:
    """Why the request is turned away, or None."""
    if not _host_allowed(ask.host, options):
        return Denial(
            403,
            "This page does not answer to that host name. Open it by the address that paperwire "
            "printed, or add the name to PAPERWIRE_ALLOWED_HOSTS.",
        )
    if _is_foreign(ask):
        return Denial(403, "Requests from other sites are refused.")
    if options.token is not None and ask.path not in PROBES and not _is_known(ask, options.token):
        return Denial(
            401, "A token is needed: enter it on the page, or send it as a Bearer token."
        )
    if ask.method == "POST" and ask.content_type != "application/json":
        return Denial(415, "Send JSON: the content type must be application/json.")
    return None


def cookie_value(token: str) -> str:
    """What the login cookie holds: proof of the token, not the token.

    Cookies are shared by all ports of a host, so another program there may read it.
    """
    return hmac.digest(token.encode(), b"paperwire page", "sha256").hex()


def is_token(given: str, token: str) -> bool:
    """The two are the same, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _is_known(ask: Ask, token: str) -> bool:
    by_bearer = ask.bearer is not None and is_token(ask.bearer, token)
    return by_bearer or (ask.cookie is not None and is_token(ask.cookie, cookie_value(token)))


def _host_allowed(host: str | None, options: WebOptions) -> bool:
    name = _name(host)
    if name is None:
        return False
    if is_loopback(name) or name == options.host.lower() or name in options.hosts:
        return True
    return not is_loopback(options.host) and _is_address(name)  # rebinding needs a name


def _name(host: str | None) -> str | None:
    """The host name of a Host header, without port, dot and brackets; None when it is no host."""
    if not host or "@" in host or "/" in host:
        return None
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".") or None
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_foreign(ask: Ask) -> bool:
    """Another site's page sent it. Opening the page itself from a link elsewhere is fine."""
    if ask.method in {"GET", "HEAD"} and not ask.path.startswith("/api/"):
        return False
    if ask.fetch_site not in {None, "same-origin", "none"}:
        return True
    if ask.origin is None:
        return False
    scheme, _, origin_host = ask.origin.partition("://")
    return scheme not in {"http", "https"} or origin_host.lower() != (ask.host or "").lower()
