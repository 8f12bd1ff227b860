"""Dates and times as people write them in the workspace's zone, and the instants they mean.

An end names its last day: "until 31 May" ends where 1 June begins. A time the clocks skip means as long
after the change as it stands after the gap's begin; a time that happens twice means the first of them
for a start and the second for an end, so nobody loses an hour that was promised.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from runtime.wall_clock import instant_of


def start_instant(day: date, clock: time | None, zone: str) -> datetime:
    """Return when something begins: at `clock`, or with the day."""
    return instant_of(datetime.combine(day, clock or time()), zone)


def end_instant(day: date, clock: time | None, zone: str) -> datetime:
    """Return when something is over: at `clock`, or with the end of the day."""
    if clock is None:
        return instant_of(datetime.combine(day + timedelta(days=1), time()), zone)
    return instant_of(datetime.combine(day, clock), zone, later=True)


def start_fields(instant: datetime, zone: str) -> tuple[date, time | None]:
    """Return the day and time that `start_instant` reads back; None when it begins with the day."""
    local = instant.astimezone(ZoneInfo(zone))
    whole = start_instant(local.date(), None, zone) == instant
    return local.date(), None if whole else _clock(local)


def end_fields(instant: datetime, zone: str) -> tuple[date, time | None]:
    """Return the last day and the time that `end_instant` reads back; None when it is the day's end."""
    local = instant.astimezone(ZoneInfo(zone))
    before = local.date() - timedelta(days=1)
    if end_instant(before, None, zone) == instant:
        return before, None
    return local.date(), _clock(local)


def _clock(local: datetime) -> time:
    return local.time().replace(tzinfo=None, fold=0)
