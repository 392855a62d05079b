from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bot.model.errors import SettingsError
from bot.settings import Settings, effective, load, markdown_table, require_token, unknown

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine that runs the tests counts."""
    for name in list(os.environ):
        if name.upper().startswith("PAPERWIRE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_anything_set_the_page_is_local_and_the_store_embedded() -> None:
    """The defaults need nothing and open nothing."""
    settings = load()

    assert (settings.host, settings.port, settings.token) == ("127.0.0.1", 8427, None)
    assert settings.redis_url is None
    assert settings.arxiv_categories == ()
    assert settings.is_loopback


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`.env` is read where one stands; the environment wins over it, options over both."""
    (tmp_path / ".env").write_text("PAPERWIRE_PORT=1111\nPAPERWIRE_ALERTS_PER_DAY=7\n")
    monkeypatch.setenv("PAPERWIRE_PORT", "2222")

    assert load().alerts_per_day == 7
    assert load().port == 2222
    assert load(port=3333).port == 3333


@pytest.mark.parametrize(
    ("value", "classes"),
    [
        ("all", ()),
        ("ALL", ()),
        ("cs.CL", ("cs.CL",)),
        ("cs.cl, STAT.ML  cs.CL", ("cs.CL", "stat.ML")),
        ("stat", ("stat.AP", "stat.CO", "stat.ME", "stat.ML", "stat.OT", "stat.TH")),
        ("", ()),
    ],
)
def test_classes_are_read_as_people_write_them(
    monkeypatch: pytest.MonkeyPatch, value: str, classes: tuple[str, ...]
) -> None:
    """Commas, spaces and case do not matter; `all` and nothing are all."""
    monkeypatch.setenv("PAPERWIRE_ARXIV_CATEGORIES", value)

    assert load().arxiv_categories == classes


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "abc", "PAPERWIRE_PORT must be a whole number from 0 to 65535."),
        ("PORT", "70000", "PAPERWIRE_PORT must be a whole number from 0 to 65535."),
        ("ARXIV_CATEGORIES", "cs.CK", "cs.CK is no class of arXiv; the nearest is"),
        ("ARXIV_FEED_URL", "rss.arxiv.org", "PAPERWIRE_ARXIV_FEED_URL must be a URL"),
        ("ARXIV_POLL_S", "0", "PAPERWIRE_ARXIV_POLL_S must be a number of seconds over 0."),
        ("ARXIV_POLL_S", "nan", "PAPERWIRE_ARXIV_POLL_S must be a number of seconds over 0."),
        ("REDIS_URL", "http://x", "PAPERWIRE_REDIS_URL must be a URL that begins with redis://"),
        ("TIMEZONE", "Mars/Base", "PAPERWIRE_TIMEZONE must be the name of a time zone"),
        ("TIMEZONE", "../etc/passwd", "PAPERWIRE_TIMEZONE must be the name of a time zone"),
        ("LOG_LEVEL", "loud", "PAPERWIRE_LOG_LEVEL must be one of debug, info"),
        ("DISCORD_TOKEN", "Bot a.b.c", "PAPERWIRE_DISCORD_TOKEN must be a bot token and nothing"),
        ("DISCORD_TOKEN", "a.b\nc.d", "PAPERWIRE_DISCORD_TOKEN must be a bot token and nothing"),
        ("CONTACT", "a\r\nX: y", "PAPERWIRE_CONTACT must be an e-mail address"),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    """The sentence names the variable and what a right value is."""
    monkeypatch.setenv(f"PAPERWIRE_{name}", value)

    with pytest.raises(SettingsError) as raised:
        load()
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("REDIS_URL", "hunter2://"), ("TOKEN", "hunter2"), ("DISCORD_TOKEN", "Bot hunter2")],
)
def test_a_wrong_secret_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """What was given for a secret appears in no error."""
    monkeypatch.setenv(f"PAPERWIRE_{name}", value)

    with pytest.raises(SettingsError) as raised:
        load()
    assert "hunter2" not in str(raised.value)
    assert f"PAPERWIRE_{name}" in str(raised.value)


def test_no_secret_is_among_the_effective_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are said to be set; user names and passwords in addresses are starred."""
    monkeypatch.setenv("PAPERWIRE_REDIS_URL", "redis://u:hunter2@host/0")
    monkeypatch.setenv("PAPERWIRE_TOKEN", "hunter2hunter2hunter2")
    monkeypatch.setenv("PAPERWIRE_HUGGINGFACE_URL", "http://u:hunter2@localhost:1/")
    settings = load()

    shown = {name: value for name, value, _ in effective(settings)}
    assert "hunter2" not in " ".join(shown.values())
    assert "hunter2" not in repr(settings).replace("http://u:hunter2@", "")
    assert shown["PAPERWIRE_TOKEN"] == "set (not shown)"
    assert shown["PAPERWIRE_HUGGINGFACE_URL"] == "http://***@localhost:1"


def test_a_page_that_others_reach_demands_a_token() -> None:
    """Loopback needs none; anything else does."""
    anywhere = "0.0.0.0"  # noqa: S104 - the very thing that is refused
    require_token(load(host="::1"))
    require_token(load(host=anywhere, token="x" * 12))
    for host in (anywhere, "::", "192.168.1.4", "somewhere"):
        with pytest.raises(SettingsError, match="PAPERWIRE_TOKEN"):
            require_token(load(host=host))


def test_a_stray_variable_is_named_with_the_nearest_known(tmp_path: Path) -> None:
    """A variable with our prefix that is no setting is told; the tests' own are not."""
    (tmp_path / ".env").write_text("PAPERWIRE_TOKNE=x\nOTHER=1\n")

    told = unknown({"PAPERWIRE_PROT": "1", "PAPERWIRE_TEST_DATA": "x", "PATH": ""})
    assert [line.split()[0] for line in told] == ["PAPERWIRE_PROT", "PAPERWIRE_TOKNE"]
    assert told[0].endswith("the nearest is PAPERWIRE_PORT.")
    assert told[1].endswith("the nearest is PAPERWIRE_TOKEN.")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """A damaged `.env` stops the start with a sentence."""
    (tmp_path / ".env").write_bytes(b"PAPERWIRE_PORT=\xff\xfe\n")

    with pytest.raises(SettingsError, match="cannot be read as UTF-8"):
        load()


def test_every_setting_has_a_line_with_default_and_words() -> None:
    """The README's table covers every field."""
    table = markdown_table()

    for name, field in Settings.model_fields.items():
        assert f"`PAPERWIRE_{name.upper()}`" in table
        assert field.description
    assert table.count("\n") == len(Settings.model_fields) + 2
