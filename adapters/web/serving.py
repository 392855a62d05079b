"""Puts the application on a port of this machine."""

from __future__ import annotations

import errno
import logging
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.model.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BACKLOG: Final = 128

SHUTDOWN_S: Final = 2.0
"""How long requests may take to end when the program stops; streams end at once."""


IDLE_MAX_S: Final = 20.0
"""How long a connection may say nothing, or not end its request's head, before it is closed."""


class _Ours(logging.Filter):
    """Leaves out what is the sender's fault: a malformed request is answered, not logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


_log = logging.getLogger("aiohttp.server")
_log.addFilter(_Ours())


def listening(host: str, port: int) -> socket.socket:
    """A socket that holds the port (0: any free one); SettingsError says why there is none."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            "127.0.0.1" if host == "localhost" else host,
            port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_PASSIVE,
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        raise SettingsError(_why(host, port, error)) from error


def _why(host: str, port: int, error: OSError | UnicodeError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken by another program, perhaps by a paperwire that runs "
            "already: stop it, or choose another port with --port or PAPERWIRE_PORT."
        )
    if number in {errno.EACCES, errno.EPERM}:
        return (
            f"Port {port} may not be opened by this user: choose one over 1023 with --port or "
            "PAPERWIRE_PORT."
        )
    return f"{host} is no address of this machine: choose another with --host or PAPERWIRE_HOST."


def page_url(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{name}]' if ':' in name and not name.startswith('[') else name}:{port}"


@asynccontextmanager
async def served(app: web.Application, on: socket.socket) -> AsyncIterator[None]:
    """The application answers on the socket while the context lasts."""
    # no access log: the login link carries the token in its query
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN_S,
        keepalive_timeout=IDLE_MAX_S,
        logger=_log,
    )
    await runner.setup()
    try:
        await web.SockSite(runner, on).start()
        yield
    finally:
        await runner.cleanup()
