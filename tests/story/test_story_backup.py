"""A store carried from one folder to another by `backup` and `restore`, with real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from processes import environment, running

if TYPE_CHECKING:
    from pathlib import Path


def command(*args: str, env: dict[str, str], cwd: Path) -> tuple[int, str, str]:
    """Exit status, stdout and stderr."""
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", *args],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


def unreachable(data_dir: Path) -> dict[str, str]:
    """An environment whose sources are not there."""
    nowhere = "http://127.0.0.1:9"
    return environment(
        data_dir, arxiv_feed_url=nowhere, arxiv_oai_url=nowhere, huggingface_url=nowhere
    )


def test_what_people_set_comes_back_and_nothing_is_posted_unasked(tmp_path: Path) -> None:
    """Subscriptions and what was posted return, paused; --resume lets them go on; none twice."""
    here, there = unreachable(tmp_path / "here"), unreachable(tmp_path / "there")
    paper = {"title": "A diffusion model", "authors": ["Ada Lovelace"], "published": "2026-03-05"}
    for number in (1, 2):
        line = json.dumps({**paper, "id": f"2603.0000{number}"})
        (tmp_path / f"{number}.jsonl").write_text(line + "\n")
    with running(env=here, cwd=tmp_path) as it:
        assert it.say("/papers subscribe diffusion")["kind"] != "error"
        command("ingest", "--source", "papers", "1.jsonl", env=here, cwd=tmp_path)
        assert it.until(lambda: it.alerts() == ["arxiv:2603.00001"])
        status, out, _ = command("backup", "saved.gz", env=here, cwd=tmp_path)
        assert status == 0
        assert out.startswith("saved.gz holds ")
    assert (tmp_path / "saved.gz").stat().st_mode & 0o077 == 0

    status, out, _ = command("restore", "saved.gz", env=there, cwd=tmp_path)
    assert status == 0
    assert "All channels are paused" in out
    status, _, err = command("restore", "saved.gz", env=there, cwd=tmp_path)
    assert status == 2
    assert "is not empty" in err

    with running(env=there, cwd=tmp_path) as it:
        command("ingest", "--source", "papers", "2.jsonl", env=there, cwd=tmp_path)
        assert it.until(lambda: "2603.00002" in json.dumps(it.say("/papers show 2603.00002")))
        assert it.alerts() == ["arxiv:2603.00001"]

        status, out, _ = command("restore", "--resume", env=there, cwd=tmp_path)
        assert (status, out[:19]) == (0, "All channels go on;")
        assert it.until(lambda: len(it.alerts()) == 2)
        assert it.alerts() == ["arxiv:2603.00001", "arxiv:2603.00002"]


def test_a_file_that_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    """It is refused with a sentence; the store stays empty."""
    env = unreachable(tmp_path / "data")
    (tmp_path / "other").write_text("hello\n")

    status, out, err = command("restore", "other", env=env, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert err == "Line 1 of the backup is no JSON.\n"
    assert command("restore", env=env, cwd=tmp_path)[0] == 2
