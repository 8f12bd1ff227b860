"""What counts as unusual silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conversations.health import is_too_silent

START = datetime(2026, 5, 4, tzinfo=UTC)


def shop_days(days):
    """A sighting every quarter of an hour from 10:00 to 22:00."""
    return [
        START + timedelta(days=day, hours=10, minutes=15 * step)
        for day in range(days)
        for step in range(49)
    ]


def test_a_night_like_every_night_is_not_unusual():
    assert not is_too_silent(shop_days(5), START + timedelta(days=5, hours=9, minutes=59))


def test_a_silence_half_as_long_again_is():
    assert is_too_silent(shop_days(5), START + timedelta(days=5, hours=16, minutes=1))


def test_a_busy_account_may_be_quiet_for_an_hour():
    seen = [START + timedelta(minutes=minute) for minute in range(2000)]
    assert not is_too_silent(seen, seen[-1] + timedelta(minutes=60))
    assert is_too_silent(seen, seen[-1] + timedelta(minutes=61))


def test_too_few_sightings_say_nothing():
    assert not is_too_silent([], START)
    assert not is_too_silent(shop_days(1)[:20], START + timedelta(days=3))
