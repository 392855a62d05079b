"""The network, against a loopback server that misbehaves."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
from sources_kit import serve
from yarl import URL

from adapters.sources import client as module
from adapters.sources.client import Client, user_agent
from adapters.sources.http import Answer, Failure
from adapters.sources.reach import is_public

MB = 1_000_000


def head(status: str = "200 OK", **headers: str) -> bytes:
    """A response's head; `content_length` becomes Content-Length."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close", "", ""]).encode()


async def test_a_plain_answer_comes_whole_with_lower_case_headers(client: Client) -> None:
    """Status, headers and body arrive; we say who we are, ask for gzip only, keep no cookie."""
    seen: list[bytes] = []

    async def speak(request: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(request)
        writer.write(head(ETag='"a"', Set_Cookie="a=b", Content_Length="5") + b"hello")

    async with serve(speak) as base:
        await client.get(f"{base}/x%2By?q=a%3Db", {}, 5, MB)
        got = await client.get(f"{base}/x", {"If-None-Match": '"a"'}, 5, MB)

    assert isinstance(got, Answer)
    assert (got.status, got.body, got.headers["etag"]) == (200, b"hello", '"a"')
    assert seen[0].startswith(b"GET /x%2By?q=a%3Db HTTP/1.1\r\n")
    assert b"User-Agent: paperwire/test (+tests@example.org)" in seen[1]
    assert b"Accept-Encoding: gzip\r\n" in seen[1]
    assert b'If-None-Match: "a"' in seen[1]
    assert b"cookie" not in seen[1].lower()


async def test_gzip_is_read_and_its_bounds_are_kept(client: Client) -> None:
    """Gzip is decompressed; a bomb, a wrong encoding and damage are refused with the reason."""
    text = b"".join(b"paper %d on topic %d; " % (n, n * 7919 % 1009) for n in range(9_000))
    bomb = zlib.compressobj(9, wbits=31)
    packed = bomb.compress(bytes(1_900_000)) + bomb.flush()
    bodies = {
        "/good": ("gzip", gzip.compress(text)),
        "/two": ("gzip", gzip.compress(text[:500]) + gzip.compress(text[500:])),
        "/bomb": ("gzip", packed),
        "/members": ("gzip", gzip.compress(b"") * 2_000),
        "/half": ("gzip", gzip.compress(text)[:2_000]),
        "/rubbish": ("gzip", b"no gzip at all"),
        "/br": ("br", b"x"),
        "/large": ("identity", bytes(3 * MB)),
    }

    async def speak(request: bytes, writer: asyncio.StreamWriter) -> None:
        encoding, body = bodies[request.split()[1].decode()]
        writer.write(head(Content_Encoding=encoding, Content_Length=str(len(body))) + body)

    async with serve(speak) as base:
        got = {path: await client.get(base + path, {}, 5, 2 * MB) for path in bodies}

    answers = {path: answer.body for path, answer in got.items() if isinstance(answer, Answer)}
    refused = {path: answer.reason for path, answer in got.items() if isinstance(answer, Failure)}
    assert {"/good": text, "/two": text} == answers
    prefix = "the answer was not read: "
    assert {
        "/bomb": prefix + "it is compressed more than 100 times, as bombs are",
        "/members": prefix + "it is joined of more than 16 gzip members",
        "/half": prefix + "its compression ends in the middle",
        "/rubbish": prefix + "its compression is damaged",
        "/br": prefix + "it is encoded as 'br'; only gzip was asked for",
        "/large": prefix + "it is larger than 2 MB",
    } == refused


async def test_a_slow_drip_ends_at_the_deadline(client: Client) -> None:
    """A server that sends a byte now and then is left at the deadline of the whole."""
    over = asyncio.Event()

    async def speak(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(head(Content_Length="100000"))
        while not over.is_set() and not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            try:
                await asyncio.wait_for(over.wait(), 0.01)
            except TimeoutError:
                continue

    async with serve(speak) as base:
        got = await client.get(base, {}, 0.15, MB)
        over.set()

    assert Failure("no whole answer within 0.15 seconds") == got


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "the connection was closed before the answer"),
        (head(Content_Length="100") + b"half", "the answer was cut short"),
        (head(Transfer_Encoding="chunked") + b"5\r\nhel", "the answer was cut short"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the exchange failed (ClientResponseError)"),
    ],
)
async def test_a_broken_exchange_is_a_reason(client: Client, said: bytes, reason: str) -> None:
    """Whatever the server does to the connection, a Failure says it in words."""

    async def speak(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with serve(speak) as base:
        assert Failure(reason) == await client.get(base, {}, 5, MB)


async def test_a_reset_and_a_refusal_are_reasons(client: Client) -> None:
    """A reset connection and a closed port are told apart from answers."""

    async def speak(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with serve(speak) as base:
        reset = await client.get(base, {}, 5, MB)
    refused = await client.get(base, {}, 5, MB)

    assert Failure("the connection was closed before the answer") == reset
    assert Failure("no connection could be made") == refused


async def test_redirects_are_followed_three_times_on_the_same_host(client: Client) -> None:
    """Three redirects lead to the answer, a fourth is refused."""

    async def speak(request: bytes, writer: asyncio.StreamWriter) -> None:
        left = int(request.split()[1].strip(b"/"))
        to = {"Location": f"/{left - 1}"} if left else {}
        writer.write(head("302 Found" if left else "200 OK", Content_Length="0", **to))

    async with serve(speak) as base:
        followed = await client.get(f"{base}/3", {}, 5, MB)
        refused = await client.get(f"{base}/4", {}, 5, MB)

    assert isinstance(followed, Answer)
    assert Failure("it redirects more than 3 times") == refused


INSIDE_REASON = "it redirects to an address that is not on the public internet"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("ftp://127.0.0.1/x", "it redirects from http to ftp"),
        ("file:///etc/passwd", "it redirects from http to file"),
        ("http://user:pw@127.0.0.1/", "it redirects to an address with a user name"),
        ("http://example.org:6379/", "it redirects to nowhere, or to an unusual port"),
        ("", "it redirects to nowhere, or to an unusual port"),
        ("http://[::1", "it redirects to what is no address"),
        ("http://10.0.0.1/", INSIDE_REASON),
        ("http://127.0.0.1:6379/", "it redirects to nowhere, or to an unusual port"),
        ("http://2130706433/", "its address cannot be used"),
        ("http://[::ffff:127.0.0.1]/", INSIDE_REASON),
        ("http://①⓪.0.0.1/", INSIDE_REASON),
        ("http://169.254.169.254/latest", INSIDE_REASON),
        ("http://localhost/", INSIDE_REASON),
    ],
)
async def test_a_redirect_leads_nowhere_inside(client: Client, location: str, reason: str) -> None:
    """Another scheme or port, or an address inside, is refused, however it is written."""

    async def speak(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n")
        writer.write(f"Location: {location}\r\n\r\n".encode())

    async with serve(speak) as base:
        got = await client.get(base, {}, 5, MB)

    assert isinstance(got, Failure)
    assert reason == got.reason


def test_https_never_leads_to_http_but_http_to_https_may() -> None:
    """The scheme of a redirect may only become safer."""
    secure, plain = URL("https://rss.arxiv.org/rss/cs.CL"), URL("http://rss.arxiv.org/rss/cs.CL")

    assert isinstance(module._allowed(secure, "http://rss.arxiv.org/rss/cs.CL"), Failure)
    assert URL("https://rss.arxiv.org/x") == module._allowed(plain, "https://rss.arxiv.org/x")
    assert URL("https://rss.arxiv.org/y") == module._allowed(secure, "/y")


INSIDE = [
    "0.0.0.0",  # noqa: S104 - nothing is bound
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", [*INSIDE, "", "localhost", "1.2.3", "0x7f.1"])
def test_inside_addresses_are_not_public(address: str) -> None:
    """Private, local, translated, multicast and unreadable addresses are inside."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "151.101.1.42", "2606:4700::1111", "::ffff:8.8.8.8"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """Ordinary addresses may be redirected to."""
    assert is_public(address)


def test_the_contact_stands_in_the_user_agent_without_breaking_it() -> None:
    """Line ends and parentheses of a contact cannot become headers or comments of their own."""
    assert user_agent("1.0", None) == "paperwire/1.0"
    assert user_agent("1.0", "a@b.org") == "paperwire/1.0 (+a@b.org)"
    assert user_agent("1.0", "a)\r\nX: y é") == "paperwire/1.0 (+aX:y)"
