"""When a shop is open, by the clock on its wall, also where that clock is put forward or back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from team.hours import LONG_AGO, Hours, closed_since, is_open

NINE_TO_SIX = ((540, 720), (780, 1080))  # 09:00-12:00, 13:00-18:00
WEEKDAYS = (NINE_TO_SIX,) * 5 + ((), ())
TAIPEI = Hours(zone="Asia/Taipei", week=WEEKDAYS, holidays=(date(2026, 5, 1),))


def wall(text, zone="Asia/Taipei", fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "is_there"),
    [
        ("2026-05-04 08:59:59", False),
        ("2026-05-04 09:00", True),
        ("2026-05-04 11:59:59", True),
        ("2026-05-04 12:00", False),
        ("2026-05-04 13:00", True),
        ("2026-05-04 18:00", False),
        ("2026-05-02 10:00", False),  # a Saturday
        ("2026-05-01 10:00", False),  # a holiday
    ],
)
def test_a_shop_is_open_within_its_spans(at, is_there):
    assert is_open(TAIPEI, wall(at)) == is_there


def test_a_night_that_ends_on_the_next_day_belongs_to_the_day_it_began():
    bar = Hours(zone="Asia/Taipei", week=((), (), (), (), ((1080, 120),), (), ()))
    assert is_open(bar, wall("2026-05-08 23:00"))
    assert is_open(bar, wall("2026-05-09 01:59"))
    assert not is_open(bar, wall("2026-05-09 02:00"))
    closed = Hours(zone=bar.zone, week=bar.week, holidays=(date(2026, 5, 8),))
    assert not is_open(closed, wall("2026-05-09 01:59"))


def test_an_end_at_midnight_is_the_end_of_the_day_and_twice_the_same_time_is_all_of_it():
    late = Hours(zone="Asia/Taipei", week=(((1080, 0),),) + ((),) * 6)
    assert is_open(late, wall("2026-05-04 23:59"))
    assert not is_open(late, wall("2026-05-05 00:00"))
    always = Hours(zone="Asia/Taipei", week=(((0, 0),),) * 7)
    assert all(is_open(always, wall(f"2026-05-{day:02} {day:02}:30")) for day in range(1, 24))


@pytest.mark.parametrize(
    ("at", "fold", "is_there"),
    [
        # Clocks go from 02:00 to 03:00: the span from 02:30 begins as long after the change.
        ("2026-03-29 01:59", 0, False),
        ("2026-03-29 03:29", 0, False),
        ("2026-03-29 03:30", 0, True),
        # Clocks go from 03:00 back to 02:00: 02:30 comes twice, the span begins with the first of them.
        ("2026-10-25 02:29", 0, False),
        ("2026-10-25 02:30", 0, True),
        ("2026-10-25 02:15", 1, True),
        ("2026-10-25 05:59", 0, True),
        ("2026-10-25 06:00", 0, False),
    ],
)
def test_a_change_of_the_clocks_neither_shuts_nor_repeats_a_span(at, fold, is_there):
    berlin = Hours(zone="Europe/Berlin", week=((),) * 6 + (((150, 360),),))
    assert is_open(berlin, wall(at, "Europe/Berlin", fold)) == is_there


@pytest.mark.parametrize(
    ("at", "since"),
    [
        ("2026-05-04 10:00", None),
        ("2026-05-04 12:30", "2026-05-04 12:00"),
        ("2026-05-04 18:00", "2026-05-04 18:00"),
        ("2026-05-04 08:00", "2026-04-30 18:00"),  # over the holiday and the weekend
    ],
)
def test_a_closed_period_has_a_beginning(at, since):
    assert closed_since(TAIPEI, wall(at)) == (wall(since) if since else None)


def test_who_never_opens_has_been_closed_for_ever():
    assert closed_since(Hours(), wall("2026-05-04 10:00")) == LONG_AGO
