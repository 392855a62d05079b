"""The middlewares: every request is checked, every answer carries the page's headers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web.desk import Declined, reply
from adapters.web.guard import Ask, cookie_value, denial, is_token
from bot.model.errors import PaperwireError, StoreDown

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from adapters.web.options import WebOptions

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "paperwire",
}

COOKIE_DAYS = 30
"""How long a login lasts."""

_LOGIN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>paperwire</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/style.css"><body class="login"><main><h1>paperwire</h1>
<p>{sentence}</p><form action="/" method="get">
<input autocomplete="username" value="paperwire" hidden>
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required>
<button class="button primary" type="submit">Open the page</button></form></main></body></html>
"""


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Set on every answer, errors too."""
    response.headers.update(HEADERS)


def guarded(options: WebOptions) -> Middleware:
    """Turn away who may not ask; take the login link."""
    cookie = f"paperwire_{options.port}"

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        # who asks for an open path is checked by what answers there
        is_open = request.path in options.open_paths
        refused = None if is_open else denial(_ask(request, cookie), options)
        if refused is None:
            if request.path == "/" and "token" in request.query:  # out of the address line
                return web.Response(status=303, headers={"Location": "/"})
            return await handler(request)
        if refused.status != HTTPStatus.UNAUTHORIZED or request.path not in {"/", "/style.css"}:
            return reply({"error": refused.sentence}, refused.status)
        if request.path == "/style.css":
            return await handler(request)  # the login form wears it, and it tells nothing
        return _login(request, options.token or "", cookie)

    return guard


@web.middleware
async def plain_errors(  # noqa: PLR0911 - one a kind of error
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Errors as JSON with one sentence."""
    try:
        return await handler(request)
    except Declined as declined:
        return reply({"error": declined.sentence}, declined.status)
    except StoreDown:
        sentence = "The store cannot be reached right now. Try again in a moment."
        return reply({"error": sentence}, 503)
    except PaperwireError as error:  # a record of the store that cannot be read: it says which
        return reply({"error": str(error)}, 503)
    except web.RequestPayloadError:
        return reply({"error": "The request's body cannot be read."}, 400)
    except ConnectionError:
        if not request.transport or request.transport.is_closing():
            return reply({"error": "The client went away."}, 400)  # to nobody
        raise
    except web.HTTPRequestEntityTooLarge:
        return reply({"error": "The request is too long."}, 413)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        answer = reply({"error": _SENTENCES.get(error.status, f"{error.reason}.")}, error.status)
        answer.headers.update({k: v for k, v in error.headers.items() if k == "Allow"})
        return answer


_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}


def _ask(request: web.Request, cookie: str) -> Ask:
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return Ask(
        method=request.method,
        path=request.path,
        host=request.headers.get("Host"),
        origin=request.headers.get("Origin"),
        fetch_site=request.headers.get("Sec-Fetch-Site"),
        content_type=request.content_type,
        bearer=bearer.strip() if kind.lower() == "bearer" else None,
        cookie=request.cookies.get(cookie),
    )


def _login(request: web.Request, token: str, cookie: str) -> web.Response:
    """The form, or the way in when the link's token is right."""
    given = request.query.get("token")
    if given is not None and is_token(given, token):
        inside = web.Response(status=303, headers={"Location": "/"})
        inside.set_cookie(
            cookie,
            cookie_value(token),
            max_age=COOKIE_DAYS * 86_400,
            httponly=True,
            secure=request.secure,
            samesite="Lax",  # Strict would not come along behind the link that logs in
        )
        return inside
    wrong = "That token is not right. " if given is not None else ""
    page = _LOGIN.format(sentence=wrong + "Enter the token that was set as PAPERWIRE_TOKEN.")
    return web.Response(text=page, status=401, content_type="text/html")
