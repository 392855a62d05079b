"""The settings of a command: the environment, `.env`, and the options that were given."""

from __future__ import annotations

from bot.cli.say import note
from bot.log import start_logging
from bot.settings import Settings, load, unknown


def settings_of(**given: object) -> Settings:
    """The settings, after a word about variables that are none. None means: not given."""
    settings = load(None, **{name: value for name, value in given.items() if value is not None})
    for sentence in unknown():
        note(f"Note: {sentence}")
    return settings


def quiet_settings() -> Settings:
    """The settings of a command that ends by itself: its log holds warnings only."""
    settings = settings_of()
    start_logging("warning", settings.log_format)
    return settings
