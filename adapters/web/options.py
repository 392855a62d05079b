"""Where the page listens, and who may open it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from bot.model.errors import SettingsError

TOKEN_MIN = 12
"""Characters of the shortest token taken: 60 bits when made by the Chance port."""


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How the page is served.

    `hosts` are further names that the page may be asked by (behind a proxy, in a local network).
    `token` is what the login link carries; it must be there when `host` is not this machine's own.
    `open_paths` are checked by what answers there (a chat service's signed requests).
    """

    host: str = "127.0.0.1"
    port: int = 8080
    hosts: frozenset[str] = frozenset()
    token: str | None = None
    channels_max: int = 200
    streams_max: int = 500
    heartbeat_s: float = 15.0
    open_paths: frozenset[str] = frozenset()


def is_loopback(host: str) -> bool:
    """The name or address is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def checked(options: WebOptions) -> WebOptions:
    """The same options; SettingsError when they would open the page to everyone."""
    if options.token is None and not is_loopback(options.host):
        raise SettingsError(
            f"The page would be open to everyone on {options.host}: set PAPERWIRE_TOKEN, "
            "or listen on 127.0.0.1."
        )
    if options.token is not None and len(options.token) < TOKEN_MIN:
        raise SettingsError(f"PAPERWIRE_TOKEN is too short: use {TOKEN_MIN} characters.")
    return options
