"""Token buckets under a clock that moves only when told."""

from __future__ import annotations

import pytest

from gateway.pacing import Bucket, Pacer
from runtime.ids import uuid7


class Seconds:
    """A clock in seconds."""

    now = 0.0

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture
def seconds():
    """A clock at zero."""
    return Seconds()


def test_a_second_never_holds_more_calls_than_the_rate_and_one_burst(seconds):
    bucket, taken = Bucket(80, seconds), 0
    for step in range(1000):
        seconds.now = step / 1000
        calls = bucket.room()
        bucket.take(calls)
        taken += calls
    assert 80 <= taken <= 88


def test_slow_accounts_send_one_call_at_a_time(seconds):
    bucket = Bucket(1, seconds)
    assert bucket.room() == 1
    bucket.take(1)
    assert bucket.room() == 0
    assert bucket.wait_s() == pytest.approx(1)
    seconds.now = 1.0
    assert bucket.room() == 1


def test_broadcasts_leave_a_share_to_people_and_bots(seconds):
    bucket = Bucket(80, seconds)
    bucket.take(bucket.room(reserve=True))
    assert bucket.room(reserve=True) == 0
    assert bucket.room() == 2


def test_an_account_rests_when_the_platform_asks_for_it(seconds):
    bucket = Bucket(80, seconds)
    bucket.hold(5)
    assert bucket.room() == 0
    assert bucket.wait_s() == pytest.approx(5)
    seconds.now = 5.0
    assert bucket.room() == 8


def test_every_account_has_a_bucket_of_its_own_and_a_new_rate_makes_a_new_one(seconds):
    pacer, first = Pacer(seconds), uuid7()
    bucket = pacer.bucket(first, 80)
    assert pacer.bucket(first, 80) is bucket
    assert pacer.bucket(uuid7(), 80) is not bucket
    assert pacer.bucket(first, 40).rate == 40
