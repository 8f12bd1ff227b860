"""When a claim may be used. Instants are UTC; spans are half-open, so the end instant is already over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

Phase = Literal["before", "during", "after"]


class Span(msgspec.Struct, frozen=True):
    """From `start` up to, not including, `end`; None leaves that side open."""

    start: datetime | None = None
    end: datetime | None = None

    def phase(self, now: datetime) -> Phase:
        """Say where `now` lies. An empty span is over before it begins."""
        if self.end is not None and now >= self.end:
            return "after"
        if self.start is not None and now < self.start:
            return "before"
        return "during"

    def within(self, other: Span) -> Span:
        """Return what both spans share."""
        starts = [start for start in (self.start, other.start) if start is not None]
        ends = [end for end in (self.end, other.end) if end is not None]
        return Span(max(starts, default=None), min(ends, default=None))


class Validity(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon's rule. `mode` fixed: `outer` itself. claim, open: from that instant for `lasts_minutes`
    exactly, or for calendar days of the workspace's `zone`, the first counted, starting `starts_after_days`
    days later at midnight (0: at once); never beyond `outer`.
    """

    mode: str
    outer: Span = Span()
    starts_after_days: int = 0
    lasts_days: int | None = None
    lasts_minutes: int | None = None
    zone: str = "UTC"


def midnight(instant: datetime, zone: str, days_later: int = 0) -> datetime:
    """Return 00:00 of the day, in `zone`, that lies `days_later` days after `instant`'s, in UTC."""
    place = ZoneInfo(zone)
    day = instant.astimezone(place).date() + timedelta(days=days_later)
    return datetime.combine(day, time(), place).astimezone(UTC)


def usable(
    validity: Validity, issued_at: datetime, first_opened_at: datetime | None
) -> Span | None:
    """Return when the claim may be used; None while that waits for the first opening."""
    if validity.mode == "fixed":
        return validity.outer
    begin = issued_at if validity.mode == "claim" else first_opened_at
    if begin is None:
        return None
    return _from(validity, begin).within(validity.outer)


def _from(validity: Validity, begin: datetime) -> Span:
    if validity.starts_after_days > 0:
        begin = midnight(begin, validity.zone, validity.starts_after_days)
    if validity.lasts_minutes is not None:
        return Span(begin, begin + timedelta(minutes=validity.lasts_minutes))
    if validity.lasts_days is not None:
        return Span(begin, midnight(begin, validity.zone, validity.lasts_days))
    return Span(begin)
