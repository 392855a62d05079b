"""Every knob: its unit, its default, and where the default comes from.

Read once, at the start, from the environment and from `.env` in the working directory (the
environment wins). A wrong value raises SettingsError, whose text names the variable.
"""

from __future__ import annotations

import difflib
import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.model.errors import SettingsError
from bot.query.categories import CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.config import JsonDict
    from pydantic.fields import FieldInfo

PREFIX: Final = "PAPERWIRE_"

TEST_PREFIX: Final = "PAPERWIRE_TEST_"
"""Variables that only the tests read; nobody is warned about them."""

REDIS_SCHEMES: Final = frozenset({"redis", "rediss", "unix", "redis+cluster", "rediss+cluster"})


def _list(value: object) -> object:
    """A text of names between commas or spaces as a tuple."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in re.split(r"[,\s]+", value) if part)


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(value)
    return value.rstrip("/")


def _ws_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise ValueError(value)
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in REDIS_SCHEMES or not (parts.hostname or parts.path):
        raise ValueError("no redis url")
    return value


def _classes(value: tuple[str, ...]) -> tuple[str, ...]:
    """Classes as arXiv spells them, an archive's name for all of its own; empty for all."""
    if [part.lower() for part in value] == ["all"]:
        return ()
    spelled = {name.lower(): name for name in CLASSES}
    found: list[str] = []
    for part in value:
        name = part.lower()
        own = [spelled[name]] if name in spelled else _classes_of(name.removesuffix(".*"))
        found.extend(own)
        if not own:
            near = difflib.get_close_matches(part.lower(), spelled, n=1, cutoff=0)
            raise ValueError(f"{part} is no class of arXiv; the nearest is {spelled[near[0]]}")
    return tuple(dict.fromkeys(found))


def _classes_of(archive: str) -> list[str]:
    return [name for name in CLASSES if name.partition(".")[0].lower() == archive]


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(value) from error
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError(value)
    return value


def _one_word(value: SecretStr) -> SecretStr:
    """It goes into a header, which a line's end within would break at every request."""
    word = value.get_secret_value().strip()
    if not (word.isascii() and word.isprintable() and " " not in word):
        raise ValueError("not one word")
    return SecretStr(word)


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < TOKEN_MIN:
        raise ValueError("too short")
    return value


TOKEN_MIN: Final = 12
"""Characters of an access token: 12 random ones (60 bits) cannot be guessed over a network."""

HttpUrl = Annotated[str, AfterValidator(_http_url)]
WsUrl = Annotated[str, AfterValidator(_ws_url)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)]


def _knob(default: object, wants: str, says: str, shown: str | None = None) -> Any:
    """A setting: what a right value is, what it does, and its default in words."""
    extra: JsonDict = {"wants": wants, "shown": shown if shown is not None else f"`{default}`"}
    return Field(default=default, description=says, json_schema_extra=extra)


class Settings(BaseSettings):
    """The effective settings, all valid."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # a secret among them would be repeated
    )

    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = _knob(
        None,
        "a URL that begins with redis://, rediss://, unix:// or redis+cluster://",
        "The Redis (7.0 or newer) or Valkey to use. Unset: paperwire runs its own Valkey in the "
        "data folder.",
        "unset",
    )
    data_dir: Path = _knob(
        Path("paperwire-data"),
        "the path of a folder",
        "The folder that holds everything paperwire keeps: the embedded store and the archive.",
        "`./paperwire-data`",
    )
    host: Annotated[str, AfterValidator(_one_line)] = _knob(
        "127.0.0.1",
        "an address or name of this machine",
        "The address that the page listens on. The default is reachable from this machine only.",
    )
    port: Annotated[int, Field(ge=0, le=65535)] = _knob(
        8427,
        "a whole number from 0 to 65535",
        "The port of the page; 0 takes any free one. No well-known service uses the default.",
    )
    token: Annotated[SecretStr, AfterValidator(_long_enough)] | None = _knob(
        None,
        f"a text of at least {TOKEN_MIN} characters",
        "The access token of the page. Demanded when `PAPERWIRE_HOST` is not this machine's "
        "loopback address.",
        "unset",
    )
    allowed_hosts: Names = _knob(
        (),
        "host names between commas",
        "Further names under which the page may be asked for (the Host header), for a proxy in "
        "front of it. Loopback names are always allowed.",
        "none",
    )
    arxiv_feed_url: HttpUrl = _knob(
        "https://rss.arxiv.org",
        "a URL that begins with http:// or https://",
        "Where arXiv's daily feeds are, asked as `/rss/<class>`. arXiv's own address.",
    )
    arxiv_categories: Annotated[Names, AfterValidator(_classes)] = _knob(
        (),
        "`all`, or classes of arXiv such as cs.CL between commas",
        "The classes of arXiv to watch, or whole archives (`cs`). `all`: every class, those that "
        "subscriptions name first.",
        "`all`",
    )
    arxiv_poll_s: Annotated[float, Field(gt=0, le=604_800)] | None = _knob(
        None,
        "a number of seconds over 0",
        "Seconds between polls of a class. Unset: after each of arXiv's announcements, until the "
        "batch has changed. Requests to arXiv stay 3 s apart whatever is set (its terms of use).",
        "unset",
    )
    arxiv_oai_url: HttpUrl = _knob(
        "https://oaipmh.arxiv.org/oai",
        "a URL that begins with http:// or https://",
        "arXiv's OAI-PMH service, asked once for the last 14 days of a newly watched class.",
    )
    huggingface_url: HttpUrl = _knob(
        "https://huggingface.co",
        "a URL that begins with http:// or https://",
        "Where the Hugging Face daily papers are, asked as `/api/daily_papers`.",
    )
    huggingface_poll_s: Annotated[float, Field(gt=0, le=604_800)] = _knob(
        1800.0,
        "a number of seconds over 0",
        "Seconds between polls of Hugging Face. Its list fills during the day; half an hour is a "
        "thousandth of what it allows.",
        "`1800`",
    )
    slack_bot_token: SecretStr | None = _knob(
        None,
        "a bot token, which begins with xoxb-",
        "The Bot User OAuth Token of your Slack app. Set: paperwire works in that workspace.",
        "unset",
    )
    slack_app_token: SecretStr | None = _knob(
        None,
        "an app-level token, which begins with xapp-",
        "The app-level token (`connections:write`) for Socket Mode: no public address is needed.",
        "unset",
    )
    slack_signing_secret: SecretStr | None = _knob(
        None,
        "the signing secret of the Slack app",
        "For HTTP mode: Slack posts to `/slack/events` on the page's port.",
        "unset",
    )
    slack_managers: Literal["members", "managers"] = _knob(
        "members",
        "members or managers",
        "Who may change what is posted in Slack: every full member, or administrators and a "
        "channel's maker (needs the scopes users:read, channels:read, groups:read).",
    )
    slack_api_url: HttpUrl = _knob(
        "https://slack.com/api",
        "a URL that begins with http:// or https://",
        "Where Slack's Web API is. Slack's own address.",
    )
    discord_token: Annotated[SecretStr, AfterValidator(_one_word)] | None = _knob(
        None,
        "a bot token and nothing else: three texts between dots, in one word",
        "The token of your Discord app's bot. Set: paperwire works in every server that it was "
        "invited to.",
        "unset",
    )
    discord_api_url: HttpUrl = _knob(
        "https://discord.com/api/v10",
        "a URL that begins with http:// or https://",
        "Where Discord's REST interface is. Discord's own address, and the version that "
        "paperwire speaks.",
    )
    discord_gateway_url: WsUrl = _knob(
        "wss://gateway.discord.gg/",
        "a URL that begins with ws:// or wss://",
        "Where Discord's gateway is. Discord's own address.",
    )
    grace_days: Annotated[int, Field(ge=0, le=3650)] = _knob(
        7,
        "a whole number from 0 to 3650",
        "Days for which all is kept of a Slack workspace or Discord server that removed the app, "
        "in case it comes back; 0 erases at once.",
    )
    contact: Annotated[str, AfterValidator(_one_line), Field(max_length=200)] | None = _knob(
        None,
        "an e-mail address or URL in one line",
        "An address of yours that is sent to arXiv and Hugging Face in the user agent, so that "
        "they can write instead of block.",
        "unset",
    )
    alerts_per_day: Annotated[int, Field(ge=1, le=10_000)] = _knob(
        30,
        "a whole number from 1 to 10000",
        "Single alerts a channel gets in one day (UTC). The rest of a batch becomes one list "
        "card: nothing is dropped. 30 is what a person still reads.",
    )
    subscriptions_per_channel: Annotated[int, Field(ge=1, le=10_000)] = _knob(
        50,
        "a whole number from 1 to 10000",
        "Subscriptions that one channel may hold; more are rarely topics and mostly mistakes.",
    )
    subscriptions_per_tenant: Annotated[int, Field(ge=1, le=1_000_000)] = _knob(
        1000,
        "a whole number from 1 to 1000000",
        "Subscriptions that one workspace, server or page may hold in all its channels.",
    )
    timezone: Annotated[str, AfterValidator(_timezone)] | None = _knob(
        None,
        "the name of a time zone such as Europe/Berlin",
        "The time zone in which times are told. Unset: this machine's.",
        "unset",
    )
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v),
    ] = _knob(
        "info",
        "one of debug, info, warning, error",
        "The least level that is logged. `info` is one line a decision.",
    )
    log_format: Annotated[
        Literal["console", "json"],
        BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v),
    ] = _knob(
        "console",
        "console or json",
        "How log lines look: for eyes or for a log store.",
    )

    @property
    def is_loopback(self) -> bool:
        """Whether the page can be reached from this machine only."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def load(env_file: Path | None = None, **given: object) -> Settings:
    """The settings of the environment and `.env`; `given` (from options) wins over both."""
    file = env_file if env_file is not None else Path(".env")
    try:
        read: dict[str, Any] = {"_env_file": file, "_env_file_encoding": "utf-8", **given}
        return Settings(**read)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read as UTF-8 text: {error}") from error


def require_token(settings: Settings) -> None:
    """Refuse a page that anyone on the network could use."""
    if not settings.is_loopback and settings.token is None:
        raise SettingsError(
            f"PAPERWIRE_HOST is {settings.host}, which others can reach: set PAPERWIRE_TOKEN to a "
            f"secret text of at least {TOKEN_MIN} characters, or listen on 127.0.0.1."
        )


def _sentence(error: ValidationError) -> str:
    """The first fault in one sentence; a secret's value is not repeated."""
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    field = Settings.model_fields[name]
    reason = str(first.get("ctx", {}).get("error", ""))
    if name == "arxiv_categories" and " is no class of arXiv" in reason:
        return f"{PREFIX}{name.upper()} has a name that is wrong: {reason}."
    return f"{PREFIX}{name.upper()} must be {_extra(field, 'wants')}."


def _extra(field: FieldInfo, key: str) -> str:
    extra = field.json_schema_extra
    return str(extra[key]) if isinstance(extra, dict) else ""


def unknown(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> list[str]:
    """A sentence for each PAPERWIRE_ variable that is no setting, with the nearest that is."""
    names = set(os.environ if environ is None else environ)
    file = env_file if env_file is not None else Path(".env")
    if file.is_file():
        names |= set(dotenv_values(file, encoding="utf-8"))
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    strays = sorted(
        name
        for name in {name.upper() for name in names}
        if name.startswith(PREFIX) and name not in known and not name.startswith(TEST_PREFIX)
    )
    return [
        f"{name} is no setting of paperwire and was ignored; the nearest is "
        f"{difflib.get_close_matches(name, known, n=1, cutoff=0)[0]}."
        for name in strays
    ]


def effective(settings: Settings) -> list[tuple[str, str, bool]]:
    """Each variable, its value without secrets, and whether it was set by the person."""
    return [
        (
            PREFIX + name.upper(),
            _shown(getattr(settings, name)) or _extra(field, "shown").strip("`"),
            name in settings.model_fields_set,
        )
        for name, field in Settings.model_fields.items()
    ]


def _shown(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, SecretStr):
        return "set (not shown)"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return re.sub(r"(?<=//)[^/@]*@", "***@", str(value))


def markdown_table() -> str:
    """The README's table of settings."""
    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(
            f"| `{PREFIX}{name.upper()}` | {_extra(field, 'shown')} | {field.description} |"
        )
    return "\n".join(lines) + "\n"
