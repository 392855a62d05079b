from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from bot.card.card import Card, CardKind, Mark, PaperPart
from bot.cli.entry import COMMANDS
from bot.command import spec
from bot.query.ast import Query
from bot.query.parse import Use, parse
from bot.settings import Settings, markdown_table

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "table"), [("settings", markdown_table()), ("commands", spec.markdown_table())]
)
def test_tables_are_what_the_code_says(name: str, table: str) -> None:
    """The generated tables stand there as generated; `make readme` writes them."""
    found = re.search(rf"<!-- {name}:[^>]*-->\n(.*?)<!-- /{name} -->", README, re.DOTALL)

    assert found is not None
    assert found[1].strip() == table.strip()


def test_links_lead_to_files_that_exist() -> None:
    """Every relative link and picture is there."""
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    missing = [
        target
        for target in targets
        if not target.startswith(("http://", "https://")) and not (ROOT / target).exists()
    ]

    assert len(targets) >= 3
    assert missing == []


def test_every_variable_named_is_a_setting() -> None:
    """No sentence speaks of a setting that is not there."""
    known = {f"PAPERWIRE_{name.upper()}" for name in Settings.model_fields}

    assert set(re.findall(r"PAPERWIRE_[A-Z_]+", README)) <= known


def test_every_command_of_the_command_line_is_described() -> None:
    """The table of the command line has each command, and no other."""
    section = README.partition("## The command line")[2].partition("\n## ")[0]
    named = set(re.findall(r"`paperwire ([a-z]+)", section))

    assert named == set(COMMANDS)


def test_queries_given_as_examples_are_queries() -> None:
    """What the table of the query language shows parses, in search at least."""
    section = README.partition("## What a query can say")[2].partition("\n## ")[0]
    cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    queries = [text for cell in cells for text in re.findall(r"`([^`]+)`", cell)]
    whole = [text for text in queries if "…" not in text]

    assert len(whole) >= 20
    for text in whole:
        assert isinstance(parse(text, Use.SEARCH), Query), text


def test_the_example_of_an_error_is_what_the_command_says() -> None:
    """The shown command line is run, and its answer is the one that is shown."""
    shown = re.search(r"\n\$ (paperwire query .*)\n((?:.+\n)+)```", README)
    assert shown is not None
    ran = subprocess.run(  # noqa: S603 - our own command, as the README has it
        [sys.executable, "-m", "bot", *shlex.split(shown[1])[1:]],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.stderr == shown[2]


def test_the_make_targets_that_are_named_exist() -> None:
    """`make x` in a sentence is a target."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`make ([a-z]+)`", README)) <= targets


def test_every_kind_of_card_and_field_of_a_paper_is_described() -> None:
    """The JSON interface leaves out no value of `kind` and no field of a paper part."""
    section = README.partition("## The page and its JSON interface")[2].partition("\n## ")[0]

    words = set(re.findall(r"`([a-z_-]+)`", section))
    assert {kind.value for kind in CardKind} <= words
    assert {mark.value for mark in Mark} <= words
    assert {field.name for field in fields(PaperPart)} <= words
    assert {field.name for field in fields(Card)} <= words
