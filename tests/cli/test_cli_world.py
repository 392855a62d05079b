from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from bot.app.stopping import until
from bot.world import SystemChance, SystemClock, machine_timezone


def test_tokens_are_twelve_characters_that_any_platform_takes() -> None:
    """A token is 60 bits in a-z2-7, never the same twice."""
    chance = SystemChance()
    tokens = {chance.token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert all(re.fullmatch("[a-z2-7]{12}", token) for token in tokens)
    assert all(0 <= chance.uniform() < 1 for _ in range(100))


def test_the_clock_tells_aware_utc_and_never_runs_back() -> None:
    """Times carry their zone; the monotonic clock only rises."""
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


@pytest.mark.parametrize(
    ("set_to", "told"),
    [("Europe/Berlin", "Europe/Berlin"), (":Asia/Tokyo", "Asia/Tokyo"), ("Etc/UTC", "UTC")],
)
def test_the_time_zone_is_the_one_that_is_set(
    monkeypatch: pytest.MonkeyPatch, set_to: str, told: str
) -> None:
    """TZ wins; what is no zone's name is passed over for one that is."""
    monkeypatch.setenv("TZ", set_to)
    assert machine_timezone() == told

    monkeypatch.setenv("TZ", "../../etc/passwd")
    assert ZoneInfo(machine_timezone()).key == machine_timezone()


async def test_a_stop_breaks_off_what_may_be_repeated() -> None:
    """A loop that would wait for ever ends with the event, after its own cleaning up."""
    stop = asyncio.Event()
    done: list[str] = []

    async def loop() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            done.append("released")

    await asyncio.wait_for(until(stop, loop), 10)
    assert done == ["released"]


async def test_a_failure_of_the_loop_comes_through() -> None:
    """The supervisor hears of it."""

    async def loop() -> None:
        raise RuntimeError("broken")

    with pytest.raises(ExceptionGroup) as raised:
        await asyncio.wait_for(until(asyncio.Event(), loop), 10)
    assert raised.group_contains(RuntimeError, match="broken")


def test_log_lines_as_json_hold_the_fact_and_no_local_variables() -> None:
    """Each line is one object; a traceback in it does not print what variables held."""
    code = (
        "import structlog, json\n"
        "from bot.log import start_logging\n"
        "start_logging('info', '{form}')\n"
        "log = structlog.get_logger()\n"
        "def fail():\n"
        "    secret = 'hunter' + str(2)\n"
        "    raise ValueError('no')\n"
        "try:\n"
        "    fail()\n"
        "except ValueError:\n"
        "    log.exception('task.failed', task='x')\n"
        "log.debug('unseen')\n"
    )
    for form in ("json", "console"):
        ran = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code.replace("{form}", form)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert ran.stdout == ""
        assert "task.failed" in ran.stderr
        assert "hunter2" not in ran.stderr
        assert "unseen" not in ran.stderr
        assert (ran.stderr.count("\n") == 1) is (form == "json")
