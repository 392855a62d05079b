from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import platform_table
import pytest

from bot.card.card import Card, CardKind, Mark, PaperPart
from bot.cli.entry import COMMANDS
from bot.command import spec
from bot.command.platforms import PLATFORMS
from bot.query.ast import Query
from bot.query.parse import Use, parse
from bot.settings import Settings, markdown_table

if TYPE_CHECKING:
    from bot.command.declare import Command, Option

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("settings", markdown_table()),
        ("commands", spec.markdown_table()),
        ("platforms", platform_table.table()),
    ],
)
def test_tables_are_what_the_code_says(name: str, table: str) -> None:
    """The generated tables stand there as generated; `make readme` writes them."""
    found = re.search(rf"<!-- {name}:[^>]*-->\n(.*?)<!-- /{name} -->", README, re.DOTALL)

    assert found is not None
    assert found[1].strip() == table.strip()


def test_no_platform_lacks_anything_without_a_reason() -> None:
    """Of each command, option and button, every platform has it or says why not."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in platform_table.table().splitlines()
    ]
    bare = [row for row in rows for cell in row if cell in {"", "no", "no:"}]

    assert {len(row) for row in rows} == {4}
    assert bare == []
    assert any(cell.startswith("no: ") for row in rows for cell in row)


def test_the_reasons_are_those_of_platforms_that_lack_it() -> None:
    """A command or option is offered on a platform or has a reason for it, never both."""
    for command in platform_table.shown_commands():
        everything: list[Command | Option] = [command, *command.options]
        for one in everything:
            missing = {name for name in PLATFORMS if not platform_table.is_there(one, name)}
            assert dict(one.lacking).keys() == missing, one.name


def test_every_button_that_the_code_names_is_in_the_table() -> None:
    """A label that is written in the core stands in the table, and so on some card."""
    table = platform_table.table()
    labels = {
        str(call.args[0].value)
        for file in (ROOT / "bot").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"Action", "Link"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }

    assert len(labels) > 40
    assert [label for label in sorted(labels) if f"*{label}*" not in table] == []


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
