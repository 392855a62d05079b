"""The roles of a run in processes of their own, on a Redis that somebody else runs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from processes import LoopbackSource, environment, eventually, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A redis-server on a free port of this machine, with a password."""
    binary = shutil.which("redis-server")
    if binary is None:
        assert os.environ.get("CI") != "true"
        pytest.skip("no redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    args = ["--port", str(port), "--bind", "127.0.0.1", "--requirepass", "pass-word", "--save", ""]
    server = subprocess.Popen(  # noqa: S603 - the system's own
        [binary, *args, "--appendonly", "yes", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        assert eventually(lambda: _answers(port), 20)
        yield f"redis://:pass-word@127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_one_process_asks_and_another_serves(redis_url: str, tmp_path: Path) -> None:
    """A paper taken and matched by one process is posted once on the page of the other."""
    entry = {
        "id": "2603.00031",
        "title": "Robots that fold laundry",
        "summary": "We study robots.",
        "authors": [{"name": "Ada Lovelace"}],
        "publishedAt": "2026-03-03T00:00:00.000Z",
        "upvotes": 12,
    }
    old = {**entry, "id": "2603.00001", "title": "Robots of before"}
    with LoopbackSource(daily=json.dumps([{"paper": old}]).encode()).serving() as source:
        env = environment(
            tmp_path / "data",
            redis_url=redis_url,
            arxiv_feed_url=source.url,
            arxiv_oai_url=source.url,
            huggingface_url=source.url,
            huggingface_poll_s="0.3",
        )
        (tmp_path / "worker").mkdir()
        asking = running("--role", "poll", "--role", "match", env=env, cwd=tmp_path / "worker")
        serving = running("--role", "deliver", "--role", "chat", env=env, cwd=tmp_path)
        with serving as page, asking as worker:
            assert page.say("/papers subscribe robots")["kind"] != "error"
            assert eventually(lambda: source.asked.count("/api/daily_papers") >= 2)
            assert page.alerts() == []

            source.daily = json.dumps([{"paper": old}, {"paper": entry}]).encode()
            assert page.until(lambda: page.alerts() == ["arxiv:2603.00031"])
            asked = source.asked.count("/api/daily_papers")
            assert eventually(lambda: source.asked.count("/api/daily_papers") >= asked + 2)
            assert page.alerts() == ["arxiv:2603.00031"]
            assert worker.stop() == 0
            assert page.stop() == 0
            logs = page.log.read_text(encoding="utf-8") + worker.log.read_text(encoding="utf-8")

    assert "pass-word" not in logs
