"""paperwire, for which it is later than it is: `python tests/later.py SECONDS run --port 0`.

What has to settle for most of a minute has settled by then; nothing else is changed.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from bot.cli import main
from bot.world import SystemClock

AHEAD = timedelta(seconds=float(sys.argv.pop(1)))


def _later(_: SystemClock) -> datetime:
    return datetime.now(UTC) + AHEAD  # noqa: TID251 - the clock itself


if __name__ == "__main__":
    SystemClock.now = _later  # type: ignore[method-assign, assignment]  # it lives then
    main()
