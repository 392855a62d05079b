"""Who may open the page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from web_client import client

from adapters.web.door import HEADERS
from adapters.web.guard import Ask, cookie_value, denial
from adapters.web.options import WebOptions, checked, is_loopback
from bot.model.errors import SettingsError

HERE = "/api/channels/general"
TOKEN = "a2b3c4d5e6f7"
LOCAL = WebOptions()
OPEN = WebOptions(host="0.0.0.0", token=TOKEN)  # noqa: S104 - what is tested
ASK = Ask(
    "GET", f"{HERE}/messages", "127.0.0.1:8080", None, None, "application/octet-stream", None, None
)
POST = replace(ASK, method="POST", path=f"{HERE}/commands", content_type="application/json")


def status(ask: Ask, options: WebOptions = LOCAL) -> int | None:
    """The status that the request is turned away with."""
    found = denial(ask, options)
    return found.status if found else None


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "localhost.", "[::1]:8080", "127.8.9.1"]
)
def test_this_machine_is_answered(host: str) -> None:
    """Any loopback name and any port: a forwarded port is still this machine."""
    assert status(replace(ASK, host=host)) is None


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example@127.0.0.1",
        "192.168.1.7:8080",
        "[::1",
        "127.0.0.1:8080/x",
        "①27.0.0.1",
    ],
)
def test_a_foreign_host_name_is_refused(host: str | None) -> None:
    """DNS rebinding brings the attacker's name along."""
    assert status(replace(ASK, host=host)) == 403


def test_names_that_are_set_are_answered() -> None:
    """A proxy's name, when the operator lists it."""
    options = replace(LOCAL, hosts=frozenset({"papers.example"}))

    assert status(replace(ASK, host="papers.example"), options) is None


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        ("https://evil.example", None),
        ("http://localhost:9999", None),
        ("http://127.0.0.1:8081", "same-site"),
        ("null", None),
        (None, "cross-site"),
        (None, "same-site"),
        ("file://", None),
        ("ftp://127.0.0.1:8080", None),
    ],
)
def test_other_sites_may_not_ask(origin: str | None, site: str | None) -> None:
    """Neither posts nor reads of the interface; another port is another site."""
    for ask in (POST, ASK):
        assert status(replace(ask, origin=origin, fetch_site=site)) == 403


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        (None, None),
        ("http://127.0.0.1:8080", "same-origin"),
        ("https://127.0.0.1:8080", None),
        (None, "none"),
    ],
)
def test_the_page_itself_and_programs_may_ask(origin: str | None, site: str | None) -> None:
    """Same origin, or no browser at all."""
    for ask in (POST, ASK):
        assert status(replace(ask, origin=origin, fetch_site=site)) is None


def test_a_link_from_elsewhere_opens_the_page() -> None:
    """Opening is reading only, and the page's answers stay with it."""
    assert status(replace(ASK, path="/", fetch_site="cross-site")) is None


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_post_must_say_json(kind: str) -> None:
    """Forms of other sites cannot say JSON without asking first."""
    assert status(replace(POST, content_type=kind)) == 415


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "papers.example"])  # noqa: S104
def test_listening_elsewhere_needs_a_token(host: str) -> None:
    """Without one the page is not served at all."""
    with pytest.raises(SettingsError, match="PAPERWIRE_TOKEN"):
        checked(WebOptions(host=host))
    with pytest.raises(SettingsError, match="too short"):
        checked(WebOptions(host=host, token="short"))

    assert checked(WebOptions(host=host, token=TOKEN)).token == TOKEN


@pytest.mark.parametrize(
    ("bearer", "cookie", "expected"),
    [
        (None, None, 401),
        ("", "", 401),
        ("wrong", None, 401),
        (TOKEN[:-1], None, 401),
        ("tökén\udcff", "ü", 401),
        (None, TOKEN, 401),
        (TOKEN, None, None),
        (None, cookie_value(TOKEN), None),
    ],
)
def test_the_token_lets_in(bearer: str | None, cookie: str | None, expected: int | None) -> None:
    """As Authorization: Bearer, or as the cookie of the login link, which is not the token."""
    ask = replace(ASK, host="192.168.1.7:8080", bearer=bearer, cookie=cookie)

    assert status(ask, OPEN) == expected


def test_probes_need_no_token_but_metrics_do() -> None:
    """Who asks /healthz has no token; it tells nothing."""
    ask = replace(ASK, host="10.0.0.1")

    assert status(replace(ask, path="/healthz"), OPEN) is None
    assert status(replace(ask, path="/readyz"), OPEN) is None
    assert status(replace(ask, path="/metrics"), OPEN) == 401


def test_a_foreign_name_is_refused_even_with_the_token() -> None:
    """Listening elsewhere, addresses are answered, names must be listed."""
    ask = replace(ASK, bearer=TOKEN, host="evil.example")

    assert status(ask, OPEN) == 403


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("", False)],  # noqa: S104
)
def test_loopback_is_told(host: str, expected: bool) -> None:
    """Names are not looked up."""
    assert is_loopback(host) is expected


async def test_every_answer_carries_the_headers() -> None:
    """Also errors and refusals."""
    async with client() as (_, http):
        answers = [
            await http.get("/"),
            await http.get("/api/status"),
            await http.get("/api/nothing"),
            await http.get("/api/status", headers={"Host": "evil.example"}),
            await http.post("/api/channels", data=b"x"),
        ]

    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert [answer.status for answer in answers] == [200, 200, 404, 403, 415]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


async def test_the_login_link_leaves_a_cookie_and_no_token_behind() -> None:
    """The link sets the cookie and leads on to the bare address."""
    async with client(WebOptions(token=TOKEN, port=8123)) as (_, http):
        outside = await http.get("/")
        api = await http.get("/api/status")
        wrong = await http.get("/?token=wrong-wrong-wrong")
        link = await http.get(f"/?token={TOKEN}", allow_redirects=False)
        inside = await http.get("/api/status")
        again = await http.get(f"/?token={TOKEN}", allow_redirects=False)
        form = await outside.text()

    assert (outside.status, api.status, wrong.status) == (401, 401, 401)
    assert "Token" in form
    assert TOKEN not in form
    assert (link.status, link.headers["Location"]) == (303, "/")
    cookie = link.headers["Set-Cookie"]
    assert TOKEN not in cookie
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert inside.status == 200
    assert (again.status, again.headers["Location"]) == (303, "/")


async def test_a_cross_site_post_changes_nothing() -> None:
    """Refused before the core is asked."""
    async with client() as (stub, http):
        headers = {"Origin": "https://evil.example"}
        answer = await http.post(f"{HERE}/commands", json={"text": "help"}, headers=headers)

    assert (answer.status, stub.asked) == (403, [])
