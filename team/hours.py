"""When a workspace is open: spans of each weekday and holidays, by the clock on its wall. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from runtime.wall_clock import instant_of

DAY = 1440
DAYS_BACK = 400
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
Span = tuple[int, int]
"""From when to when, in minutes after midnight; an end that is not after the start lies on the next day."""


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """`week` holds each day's spans, Monday first; nothing begins on a holiday."""

    zone: str = "UTC"
    week: tuple[tuple[Span, ...], ...] = ((),) * 7
    holidays: tuple[date, ...] = ()


def is_open(hours: Hours, at: datetime) -> bool:
    """Say whether somebody is there at `at`; the end of a span is closed already."""
    today = at.astimezone(ZoneInfo(hours.zone)).date()
    days = (today - timedelta(days=1), today)
    return any(start <= at < end for day in days for start, end in spans_of(hours, day))


def closed_since(hours: Hours, at: datetime) -> datetime | None:
    """Return when the closed period around `at` began, LONG_AGO when it always was, None while open."""
    if is_open(hours, at):
        return None
    today = at.astimezone(ZoneInfo(hours.zone)).date()
    for back in range(DAYS_BACK):
        ends = [end for _, end in spans_of(hours, today - timedelta(days=back)) if end <= at]
        if ends:
            return max(ends)
    return LONG_AGO


def spans_of(hours: Hours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans that begin on a day of the wall's calendar, as instants."""
    if day in hours.holidays:
        return
    for start, end in hours.week[day.weekday()]:
        last = day if start < end < DAY else day + timedelta(days=1)
        begin = instant_of(datetime.combine(day, _clock(start)), hours.zone)
        yield begin, instant_of(datetime.combine(last, _clock(end)), hours.zone, later=True)


def _clock(minutes: int) -> time:
    return time(minutes % DAY // 60, minutes % 60)
