from __future__ import annotations

import json
import subprocess
import sys

import pytest


def query(*args: str, stdin: str = "") -> tuple[int, str, str]:
    """Exit status, stdout and stderr of `paperwire query`, in a process of its own."""
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", "query", *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        input=stdin,
        check=False,
        timeout=60,
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_a_good_query_prints_its_canonical_form() -> None:
    """The canonical form goes to stdout, and nothing else does."""
    status, out, err = query("a  OR  b c")

    assert (status, out, err) == (0, "a OR b c\n", "")


def test_a_warning_does_not_stop_a_query() -> None:
    """Warnings go to stderr, or into the JSON; the status stays 0."""
    status, out, err = query("cats and dogs")
    assert (status, out) == (0, "cats and dogs\n")
    assert err.startswith("Note: ")

    status, out, _ = query("cats and dogs", "--json")
    answer = json.loads(out)
    assert (status, answer["query"], len(answer["warnings"])) == (0, "cats and dogs", 1)


def test_a_bad_query_shows_the_place_and_ends_with_2() -> None:
    """The message, the query and carets under the fault go to stderr."""
    status, out, err = query("cats autor:he")

    lines = err.splitlines()
    assert (status, out) == (2, "")
    assert lines[1:] == ["  cats autor:he", "       ^^^^^^"]
    assert "author" in lines[0]


def test_a_bad_query_as_json_counts_code_points() -> None:
    """Start and end are code points, half open; the status is 2 and stderr stays empty."""
    status, out, err = query("--json", "\U0001d4b3 cats autor:he")

    error = json.loads(out)["error"]
    assert (status, err) == (2, "")
    assert (error["start"], error["end"]) == (7, 13)
    assert set(error) == {"message", "start", "end"}


@pytest.mark.parametrize(
    "args",
    [
        ["-robotics"],
        ["--", "-robotics"],
        ["-robotics", "--json"],
        ["--json", "-robotics"],
        ["--json", "--", "-robotics"],
    ],
)
def test_a_query_that_begins_with_a_minus_is_no_option(args: list[str]) -> None:
    """It is parsed, and refused as a query: a lone NOT would hold for every paper."""
    status, out, err = query(*args)

    assert status == 2
    assert "option" not in (out + err).lower()
    if "--json" in args:
        assert json.loads(out)["error"]["start"] == 0
    else:
        assert "-robotics" in err


def test_a_minus_inside_is_a_not() -> None:
    """Words after a leading minus are part of the query."""
    assert query("-robotics", "gan")[:2] == (0, "-robotics gan\n")
    assert query("-robotics gan", "--json")[1].startswith('{"query": "-robotics gan"')


@pytest.mark.parametrize("text", ["", "   ", "\udcff\udcfe", "\x1b[31m(", "(" * 2000, '"'])
def test_no_text_brings_a_traceback(text: str) -> None:
    """Whatever bytes are given, the answer is a sentence and status 2."""
    raw = text.encode("utf-8", "surrogateescape")
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", "query", raw],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 2
    assert b"Traceback" not in ran.stderr
    assert b"\x1b" not in ran.stderr
    assert ran.stderr.strip()


def test_no_query_at_all_is_told() -> None:
    """Without an argument one sentence names it and says where help is."""
    status, out, err = query()

    assert (status, out) == (2, "")
    assert err == "Missing argument 'QUERY'. See: paperwire query --help\n"


def test_a_query_is_checked_without_loading_what_it_does_not_need() -> None:
    """The command imports no network, chat or store library: it answers at once."""
    code = (
        "import sys\n"
        "from bot.cli.entry import paperwire\n"
        "paperwire.main(['query', 'gan'], standalone_mode=False)\n"
        "heavy = {'aiohttp', 'discord', 'slack_bolt', 'redis', 'rich', 'numpy', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert ran.stdout == "gan\n[]\n"
