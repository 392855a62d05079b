"""For stories with real processes: a loopback source, a running paperwire and its interface."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE_S = 60
"""Some turns at arXiv's pace of 3 s, on a machine with other work."""

START_S = 30
"""How long a process may take to print its address."""


@dataclass
class LoopbackSource:
    """Answers of arXiv and Hugging Face, set by the test; counts who asked for what."""

    rss: dict[str, bytes] = field(default_factory=dict)
    daily: bytes = b"[]"
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body of a request."""
        self.asked.append(path)
        where, _, _ = path.partition("?")
        if where.startswith("/rss/") and where.removeprefix("/rss/") in self.rss:
            return HTTPStatus.OK, self.rss[where.removeprefix("/rss/")]
        if where == "/api/daily_papers":
            return HTTPStatus.OK, self.daily
        return HTTPStatus.SERVICE_UNAVAILABLE, b"not here"

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """On a free port of this machine while the context lasts."""
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = source.answer(self.path)
                tag = f'"{hashlib.sha256(body).hexdigest()}"'
                if status == HTTPStatus.OK and self.headers.get("If-None-Match") == tag:
                    status, body = HTTPStatus.NOT_MODIFIED, b""
                self.send_response(status)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def eventually(met: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    """Whether it came true in time."""
    pause = threading.Event()
    for _ in range(int(within_s / 0.1)):
        if met():
            return True
        pause.wait(0.1)
    return met()


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a command: no setting of this machine, and those given."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("PAPERWIRE_")}
    own = {f"PAPERWIRE_{name.upper()}": value for name, value in settings.items()}
    return {**kept, "PAPERWIRE_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **own}


@dataclass
class Running:
    """A paperwire that serves; `log` is what it wrote to stderr so far."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def get(self, path: str) -> Any:
        """The JSON that a GET answers."""
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def say(self, text: str, channel: str = "general") -> dict[str, Any]:
        """The card that answers a command."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.url}/api/channels/{channel}/commands",
            data=json.dumps({"text": text}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            card: dict[str, Any] = json.load(answer)
        return card

    def alerts(self, channel: str = "general") -> list[str]:
        """Ids of the papers of all messages of a channel, in order."""
        messages = self.get(f"/api/channels/{channel}/messages")
        return [paper["paper_id"] for message in messages for paper in message["papers"]]

    def until(self, met: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
        """Whether it came true in time, while this process lives."""
        return eventually(lambda: self.process.poll() is None and met(), within_s)

    def stop(self) -> int:
        """Ask it to stop; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(15)


@contextmanager
def running(*args: str, env: dict[str, str], cwd: Path, command: str = "run") -> Iterator[Running]:
    """A paperwire on a free port; killed at the end if the test did not stop it."""
    log = cwd / "stderr.log"
    with log.open("a", encoding="utf-8") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "bot", command, "--port", "0", *args],
            env=env,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    timer = threading.Timer(START_S, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        timer.cancel()
        assert line.startswith("paperwire is running: "), log.read_text(encoding="utf-8")
        yield Running(process, line.split()[-1], log)
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
        process.wait(15)
        if process.stdout is not None:
            process.stdout.close()
