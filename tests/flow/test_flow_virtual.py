from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import virtual
from virtual import FakeChance, FakeClock


async def test_sleepers_wake_in_order() -> None:
    """Sleepers wake by their time, ties by who slept first, each with all it sets off."""
    clock = FakeClock()
    woken: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(f"{name}@{clock.monotonic():g}")
        await clock.sleep(1)
        woken.append(f"{name}@{clock.monotonic():g}")

    async with asyncio.TaskGroup() as group:
        for name, seconds in (("c", 3), ("a", 1), ("b", 1)):
            group.create_task(sleeper(name, seconds))
        await clock.advance(2.5)
        assert woken == ["a@1", "b@1", "a@2", "b@2"]
        await clock.run_until(clock.now() + timedelta(seconds=10))
    assert woken[4:] == ["c@3", "c@4"]
    assert clock.monotonic() == 12.5


def test_a_loop_on_the_clock() -> None:
    """On the virtual loop, sleeps and timeouts of hours pass at once."""
    clock = FakeClock()

    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await clock.sleep(10**6)
        return clock.monotonic()

    assert virtual.run(main, clock) == pytest.approx(3600)


def test_a_jump_wakes_nobody() -> None:
    """A corrected time of day moves neither sleepers nor deadlines."""
    clock = FakeClock()
    before = clock.now()
    clock.jump(3600)
    assert clock.now() - before == timedelta(hours=1)
    assert clock.monotonic() == 0


def test_chance_repeats_itself() -> None:
    """The same seed gives the same tokens and numbers."""
    one, other = FakeChance(7), FakeChance(7)
    assert [one.token(), one.token()] == [other.token(), other.token()]
    assert one.uniform() == other.uniform()
    assert len(one.token()) == 12
