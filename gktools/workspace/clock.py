"""The one legal time: the day and the time of day in China, whatever the machine's own clock is set to.

China has one time and no daylight saving, so a fixed offset is right and works without time zone data (Windows has
none). Nothing else in gktools asks a machine for its day.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def now() -> datetime:
    """Return the current time, in China. Tests replace this function to set the clock."""
    return at_seconds(time.time())


def at_seconds(seconds: float) -> datetime:
    """Return the time in China at so many seconds since 1970."""
    return datetime.fromtimestamp(seconds, BEIJING)


def today() -> date:
    """Return the current day in China."""
    return now().date()


def stored(at: datetime | None = None) -> str:
    """Return a time, by default the current one, as it is stored: ISO 8601 in UTC, to the second."""
    return (at or now()).astimezone(UTC).isoformat(timespec="seconds")


def local(at: str) -> datetime:
    """Return a stored time as it was in China. Raises ValueError for a text that is no time."""
    return datetime.fromisoformat(at).astimezone(BEIJING)


def shown(at: str) -> str:
    """Return a stored time as people read it: in China, to the minute; a text that is no time unchanged."""
    try:
        return local(at).strftime("%Y-%m-%d %H:%M")
    except ValueError:  # an entry that somebody has tampered with is shown too
        return at
