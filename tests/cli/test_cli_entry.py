from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def paperwire(*args: str, env: dict[str, str] | None = None, cwd: Path) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command in a folder without `.env`."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("PAPERWIRE_")}
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", *args],
        env={**kept, **(env or {})},
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["tidy"], "No such command 'tidy'. See: paperwire --help"),
        (["--loud"], "No such option '--loud'. See: paperwire --help"),
        (["run", "--port", "many"], "Invalid value for '--port'"),
        (["run", "--role", "sing"], "Invalid value for '--role'"),
        (["run", "--port", "70000"], "PAPERWIRE_PORT must be a whole number from 0 to 65535."),
        (["run", "--host", "0.0.0.0"], "PAPERWIRE_HOST is 0.0.0.0, which others can reach"),  # noqa: S104
        (["run", "--host", "192.0.2.1", "--port", "0"], "PAPERWIRE_HOST is 192.0.2.1"),
        (["ingest", "--source", "papers", "no.jsonl"], "no.jsonl is no file that can be read."),
        (["ingest", "no.jsonl"], "Missing option '--source'"),
        (["search", "au:"], ""),
        (["search", "--limit", "0", "x"], "Invalid value for '--limit'"),
        (["match", "a"], "Missing argument 'PAPERS...'. See: paperwire match --help"),
        (["match", "a", "b"], "a cannot be read: No such file or directory."),
        (["restore"], "Name the backup's FILE. See: paperwire restore --help"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(tmp_path: Path, args: list[str], says: str) -> None:
    """Status 2, nothing on stdout, and what to do on stderr."""
    status, out, err = paperwire(*args, cwd=tmp_path)

    assert (status, out) == (2, "")
    assert err.startswith(says)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_told_before_anything_starts(tmp_path: Path) -> None:
    """The variable is named; nothing is made on disk."""
    env = {"PAPERWIRE_ARXIV_POLL_S": "often"}

    status, out, err = paperwire("run", env=env, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert err == "PAPERWIRE_ARXIV_POLL_S must be a number of seconds over 0.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """The sentence names the folder and the setting."""
    (tmp_path / "file").write_text("")
    env = {"PAPERWIRE_DATA_DIR": str(tmp_path / "file" / "data")}

    status, _, err = paperwire("search", "x", env=env, cwd=tmp_path)
    assert status == 2
    assert "PAPERWIRE_DATA_DIR" in err


def test_a_stray_variable_is_told_and_does_not_stop(tmp_path: Path) -> None:
    """A slip in a name is noted with the nearest known one."""
    env = {"PAPERWIRE_DATADIR": "x"}

    status, out, err = paperwire("doctor", "--offline", env=env, cwd=tmp_path)
    assert status == 0
    assert "PAPERWIRE_DATADIR is no setting of paperwire" in err
    assert "PAPERWIRE_DATA_DIR" in err
    assert out.endswith("All is well.\n")


def test_help_is_shown_without_a_command(tmp_path: Path) -> None:
    """`paperwire` alone explains itself, and every command has help."""
    status, out, _ = paperwire(cwd=tmp_path)

    assert status == 0
    for name in ("run", "match", "query", "ingest", "search", "doctor", "backup", "restore"):
        assert f"  {name} " in out
    assert paperwire("restore", "--help", cwd=tmp_path)[0] == 0


def test_ctrl_c_ends_a_command_with_130(tmp_path: Path) -> None:
    """An interrupted command says so; a running page ends in order with 0."""
    started = threading.Event()
    (tmp_path / "s.jsonl").write_text('{"id": 1, "query": "x"}\n')
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "match", "s.jsonl", "-"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as waiting:
        started.wait(3)
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=30)

    assert (waiting.returncode, err) == (130, b"Stopped.\n")


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="only where everything must be there")
@pytest.mark.parametrize("tool", ["chromium", "redis-server"])
def test_what_other_tests_need_is_there(tool: str) -> None:
    """In CI no test of the browser or of another store is skipped for want of it."""
    assert shutil.which(tool) is not None


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_traceback(tmp_path: Path, closed: str) -> None:
    """A service manager may close any of the three; the command works all the same."""
    command = f'"{sys.executable}" -m bot query "vision (" {closed}; echo $? > status'
    ran = subprocess.run(  # noqa: S602 - the shell is what closes streams
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert "Traceback" not in ran.stderr
    assert (tmp_path / "status").read_text().strip() == "2"
