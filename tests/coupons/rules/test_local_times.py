"""Dates and times in a zone: half-open instants over clock changes and month ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from coupons.rules.local_times import end_fields, end_instant, start_fields, start_instant
from coupons.rules.validity import Span, Validity, usable

NEW_YORK, BERLIN, TAIPEI, BEIRUT = "America/New_York", "Europe/Berlin", "Asia/Taipei", "Asia/Beirut"


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


STARTS = [
    # zone, day, clock, the instant in UTC
    (TAIPEI, "2026-05-31", None, "2026-05-30T16:00"),
    (TAIPEI, "2026-05-31", "13:00", "2026-05-31T05:00"),
    (NEW_YORK, "2026-03-08", None, "2026-03-08T05:00"),
    (NEW_YORK, "2026-03-08", "02:30", "2026-03-08T07:30"),  # skipped: 03:30 on the new clock
    (NEW_YORK, "2026-11-01", "01:30", "2026-11-01T05:30"),  # twice: the first
    (BERLIN, "2026-03-29", "02:30", "2026-03-29T01:30"),
    (BERLIN, "2026-10-25", "02:30", "2026-10-25T00:30"),
    (BEIRUT, "2026-03-29", None, "2026-03-28T22:00"),  # midnight itself is skipped
]
ENDS = [
    (TAIPEI, "2026-05-31", None, "2026-05-31T16:00"),
    (TAIPEI, "2026-02-28", None, "2026-02-28T16:00"),
    (TAIPEI, "2028-02-29", None, "2028-02-29T16:00"),
    (TAIPEI, "2026-12-31", None, "2026-12-31T16:00"),
    (NEW_YORK, "2026-03-08", None, "2026-03-09T04:00"),  # a day of 23 hours
    (NEW_YORK, "2026-11-01", None, "2026-11-02T05:00"),  # a day of 25 hours
    (NEW_YORK, "2026-11-01", "01:30", "2026-11-01T06:30"),  # twice: the second
    (NEW_YORK, "2026-03-08", "02:30", "2026-03-08T07:30"),
    (BERLIN, "2026-10-25", "02:30", "2026-10-25T01:30"),
    (BEIRUT, "2026-03-28", None, "2026-03-28T22:00"),
]


def day_and_time(day, clock):
    return date.fromisoformat(day), time.fromisoformat(clock) if clock else None


@pytest.mark.parametrize(("zone", "day", "clock", "instant"), STARTS)
def test_a_start_is_the_first_instant_its_words_can_mean(zone, day, clock, instant):
    """S0-08, S1-14, S1-15, S2-07: fixed dates begin in the workspace's zone."""
    assert start_instant(*day_and_time(day, clock), zone) == utc(instant)


@pytest.mark.parametrize(("zone", "day", "clock", "instant"), ENDS)
def test_an_end_names_its_last_day_and_takes_nothing_away(zone, day, clock, instant):
    """S0-08, S0-12, S1-14, S1-15, S2-07: until 31 May is over where 1 June begins."""
    assert end_instant(*day_and_time(day, clock), zone) == utc(instant)


@pytest.mark.parametrize(("zone", "day", "clock", "instant"), STARTS)
def test_a_start_is_written_as_it_was_typed(zone, day, clock, instant):
    fields = start_fields(utc(instant), zone)
    assert start_instant(*fields, zone) == utc(instant)


@pytest.mark.parametrize(("zone", "day", "clock", "instant"), ENDS)
def test_an_end_is_written_as_it_was_typed(zone, day, clock, instant):
    fields = end_fields(utc(instant), zone)
    assert end_instant(*fields, zone) == utc(instant)
    if clock is None:
        assert fields == day_and_time(day, None)


PERIODS = [
    # zone, mode, fields, claimed at, starts, ends (UTC)
    (TAIPEI, {"lasts_minutes": 180}, "2026-05-04T05:00", "2026-05-04T05:00", "2026-05-04T08:00"),
    (TAIPEI, {"lasts_days": 1}, "2026-05-04T05:00", "2026-05-04T05:00", "2026-05-04T16:00"),
    (TAIPEI, {"lasts_days": 2}, "2026-01-31T05:00", "2026-01-31T05:00", "2026-02-01T16:00"),
    (
        TAIPEI,
        {"starts_after_days": 1, "lasts_days": 7},
        "2026-02-27T05:00",
        "2026-02-27T16:00",
        "2026-03-06T16:00",
    ),
    (
        TAIPEI,
        {"starts_after_days": 3, "lasts_days": 1},
        "2028-02-27T05:00",
        "2028-02-29T16:00",
        "2028-03-01T16:00",
    ),
    (NEW_YORK, {"lasts_days": 1}, "2026-03-08T06:00", "2026-03-08T06:00", "2026-03-09T04:00"),
    (NEW_YORK, {"lasts_minutes": 60}, "2026-03-08T06:30", "2026-03-08T06:30", "2026-03-08T07:30"),
    (NEW_YORK, {"lasts_minutes": 1440}, "2026-11-01T05:00", "2026-11-01T05:00", "2026-11-02T05:00"),
    (
        NEW_YORK,
        {"starts_after_days": 1, "lasts_days": 1},
        "2026-10-31T20:00",
        "2026-11-01T04:00",
        "2026-11-02T05:00",
    ),
    (
        BERLIN,
        {"starts_after_days": 1, "lasts_days": 1},
        "2026-03-28T12:00",
        "2026-03-28T23:00",
        "2026-03-29T22:00",
    ),
    (
        BERLIN,
        {"lasts_minutes": 23 * 60},
        "2026-10-24T22:00",
        "2026-10-24T22:00",
        "2026-10-25T21:00",
    ),
]


@pytest.mark.parametrize("mode", ["claim", "open"])
@pytest.mark.parametrize(("zone", "fields", "at", "starts", "ends"), PERIODS)
def test_days_are_calendar_days_and_hours_exact_over_clock_changes(
    mode, zone, fields, at, starts, ends
):
    """S1-16, S1-17, S2-08, S2-09: from the claim or the opening; the last instant itself is over."""
    rule = Validity(mode=mode, zone=zone, **fields)
    span = usable(rule, utc(at), utc(at))
    assert span == Span(utc(starts), utc(ends))
    assert span.phase(utc(ends)) == "after"
    assert span.phase(utc(starts)) == "during"


def test_a_claim_of_three_hours_at_one_is_over_at_four():
    """S1-16: 13:00 and three hours, looked at 16:00, is expired."""
    span = usable(Validity(mode="claim", lasts_minutes=180), utc("2026-05-04T05:00"), None)
    assert span.phase(utc("2026-05-04T07:59")) == "during"
    assert span.phase(utc("2026-05-04T08:00")) == "after"


def test_opening_starts_the_clock_only_where_it_should():
    """S1-17: nothing runs before the first opening."""
    assert usable(Validity(mode="open", lasts_minutes=30), utc("2026-05-04T05:00"), None) is None
