from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PAPERS = (
    {"id": "arxiv:2401.00001", "title": "Diffusion models for molecules", "abstract": "", "x": 1},
    {"id": "no arXiv id at all", "title": "A survey", "abstract": "of graph networks"},
    {
        "id": 7,
        "title": "Graphs and diffusion",
        "authors": ["He, Kaiming"],
        "categories": ["cs.CV"],
    },
)
SUBSCRIPTIONS = (
    {"id": "z", "query": "diffusion"},
    {"id": 3, "query": 'au:"Kaiming He" cat:cs'},
    {"id": "a", "query": "graph -survey"},
)


def match(*args: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
    """Exit status, stdout and stderr of `paperwire match`, in a process of its own."""
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", "match", *args],
        capture_output=True,
        input=stdin,
        check=False,
        timeout=60,
    )
    assert b"Traceback" not in ran.stderr
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


def lines(records: object) -> bytes:
    """Records as JSON Lines."""
    assert isinstance(records, tuple | list)
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Subscriptions and papers on disk."""
    subscriptions, papers = tmp_path / "subs.jsonl", tmp_path / "papers.jsonl"
    subscriptions.write_bytes(lines(SUBSCRIPTIONS))
    papers.write_bytes(lines(PAPERS))
    return subscriptions, papers


EXPECTED = (
    '{"paper": "arxiv:2401.00001", "subscriptions": ["z"]}\n'
    '{"paper": 7, "subscriptions": ["z", 3, "a"]}\n'
)


def test_papers_come_in_their_order_and_ids_in_the_order_of_their_file(
    files: tuple[Path, Path],
) -> None:
    """A line for each paper with a match; ids as they were given; nothing on stderr."""
    assert match(*files) == (0, EXPECTED, "")


def test_gzip_is_known_by_its_content(files: tuple[Path, Path], tmp_path: Path) -> None:
    """The name says nothing: plain text may be called .gz, and gzip anything."""
    subscriptions = tmp_path / "plain.gz"
    subscriptions.write_bytes(files[0].read_bytes())
    packed = tmp_path / "packed.txt"
    packed.write_bytes(gzip.compress(files[1].read_bytes()))

    assert match(subscriptions, packed) == (0, EXPECTED, "")


def test_one_file_may_be_standard_input(files: tuple[Path, Path]) -> None:
    """`-` is standard input, packed or not, for either file but not for both."""
    packed = gzip.compress(files[1].read_bytes())

    assert match(files[0], "-", stdin=packed) == (0, EXPECTED, "")
    assert match("-", files[1], stdin=files[0].read_bytes()) == (0, EXPECTED, "")
    assert match("-", "-") == (2, "", "Only one of the files can be standard input.\n")


@pytest.mark.parametrize("number", ["1.10", "1e3", "-0", "12345678901234567890123", "0.1e1"])
def test_a_number_is_given_back_as_it_was_written(
    files: tuple[Path, Path], tmp_path: Path, number: str
) -> None:
    """Neither rounding nor another spelling: the id is the reader's, not ours."""
    papers = tmp_path / "numbers.jsonl"
    papers.write_text(f'{{"id": {number}, "title": "diffusion"}}\n')

    status, out, _ = match(files[0], papers)
    assert (status, out) == (0, f'{{"paper": {number}, "subscriptions": ["z"]}}\n')


def test_a_bad_query_stops_with_file_line_and_caret(tmp_path: Path) -> None:
    """The message names the file and the line, shows the query and the place in it."""
    subscriptions, papers = tmp_path / "s.jsonl", tmp_path / "p.jsonl"
    subscriptions.write_bytes(lines([*SUBSCRIPTIONS, {"id": "bad", "query": "a autor:b"}]))
    papers.write_bytes(lines(PAPERS))

    status, out, err = match(subscriptions, papers)
    told = err.splitlines()
    assert (status, out) == (2, "")
    assert told[0].startswith(f"{subscriptions}, line 4: ")
    assert told[1:] == ["  a autor:b", "    ^^^^^^"]


def test_bad_lines_are_skipped_and_counted_when_asked(tmp_path: Path) -> None:
    """With --skip-bad the rest goes on as if the bad lines were not there."""
    subscriptions, papers = tmp_path / "s.jsonl", tmp_path / "p.jsonl"
    bad = b'{"id": "bad", "query": "("}\n{"id": "z", "query": "again"}\nnot json\n[]\n'
    subscriptions.write_bytes(bad[:28] + lines(SUBSCRIPTIONS) + bad[28:])
    papers.write_bytes(b'{"id": 1}\n\xff\n\n' + lines(PAPERS) + b'{"id": true, "title": "x"}\n')

    status, out, err = match("--skip-bad", subscriptions, papers)
    assert (status, out) == (0, EXPECTED)
    assert err == "Skipped 4 bad subscriptions.\nSkipped 3 bad papers.\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "line 1: is not JSON: "),
        (b"[1]", "line 1: is no JSON object."),
        (b'{"query": "x"}', 'line 1: has no "id", a text or a number.'),
        (b'{"id": null, "query": "x"}', 'line 1: has no "id", a text or a number.'),
        (b'{"id": "a"}', 'line 1: has no "query" that is a text.'),
        (b'{"id": "a", "query": "\xff"}', "line 1: is not UTF-8 (byte 23)."),
        (b'{"id": NaN, "query": "x"}', "line 1: is not JSON: NaN is no JSON value."),
        (b"[" * 100_000, "line 1: is nested too deeply."),
        (b'{"id": 1, "query": "x"}\n{"id": 1, "query": "y"}', "line 2: the id 1 stands in line 1"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: bytes, says: str) -> None:
    """One sentence with the file, the line and what is wrong; status 2."""
    subscriptions, papers = tmp_path / "s.jsonl", tmp_path / "p.jsonl"
    subscriptions.write_bytes(line + b"\n")
    papers.write_bytes(lines(PAPERS))

    status, out, err = match(subscriptions, papers)
    assert (status, out) == (2, "")
    assert err.startswith(f"{subscriptions}, {says}")
    assert err.count("\n") == 1


def test_files_that_cannot_be_read_are_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A missing file, a folder, and a gzip that ends too early each get a sentence."""
    torn = tmp_path / "torn.gz"
    torn.write_bytes(gzip.compress(files[1].read_bytes() * 100)[:-30])
    missing = tmp_path / "missing.jsonl"

    assert match(files[0], missing)[::2] == (
        2,
        f"{missing} cannot be read: No such file or directory.\n",
    )
    assert match(files[0], tmp_path)[::2] == (2, f"{tmp_path} cannot be read: Is a directory.\n")
    status, _, err = match(files[0], torn)
    assert status == 2
    assert "the gzip file is damaged" in err


def test_a_reader_that_goes_away_ends_it_with_a_sentence(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    """A closed pipe is told in one sentence, without a traceback."""
    many = tmp_path / "many.jsonl"
    many.write_bytes(files[1].read_bytes() * 5000)
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", "match", files[0], many],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        err = running.stderr.read()

    assert err == b"The reader of the output went away before its end.\n"
    assert running.returncode == 2


def test_queries_with_lone_surrogates_do_no_harm(tmp_path: Path) -> None:
    """Half a character in JSON is read as one that is missing."""
    subscriptions, papers = tmp_path / "s.jsonl", tmp_path / "p.jsonl"
    subscriptions.write_bytes(b'{"id": "\\ud800", "query": "diffusion \\udfff"}\n')
    papers.write_bytes(lines(PAPERS))

    status, _, err = match(subscriptions, papers)
    assert status in {0, 2}
    assert "Traceback" not in err
