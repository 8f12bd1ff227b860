"""Guessing passwords is slowed: by e-mail soon, by address late, and never for long."""

from __future__ import annotations

from datetime import timedelta

from team import throttle
from team.throttle import by_address, by_email

SUE, ADDRESS = by_email("sue@tea.example"), by_address("203.0.113.7")


async def fail(db, clock, subject, times):
    for _ in range(times):
        await throttle.failed(db.screens, [subject], clock.now())


async def test_the_first_failures_cost_nothing(db, clock):
    await fail(db, clock, SUE, 4)
    assert await throttle.wait_s(db.screens, [SUE], clock.now()) == 0


async def test_each_further_failure_waits_twice_as_long_up_to_half_a_minute(db, clock):
    await fail(db, clock, SUE, 4)
    waits = []
    for _ in range(8):
        await fail(db, clock, SUE, 1)
        waits.append(await throttle.wait_s(db.screens, [SUE], clock.now()))
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_an_address_shared_by_thousands_waits_late_and_little(db, clock):
    await fail(db, clock, ADDRESS, 19)
    assert await throttle.wait_s(db.screens, [ADDRESS], clock.now()) == 0
    await fail(db, clock, ADDRESS, 500)
    assert await throttle.wait_s(db.screens, [ADDRESS], clock.now()) == 8


async def test_a_quarter_of_an_hour_of_peace_forgets_all(db, clock):
    await fail(db, clock, SUE, 9)
    clock.advance(timedelta(minutes=16))
    await fail(db, clock, SUE, 1)
    assert await throttle.wait_s(db.screens, [SUE], clock.now()) == 0


async def test_signing_in_forgets_the_failures(db, clock):
    await fail(db, clock, SUE, 9)
    await throttle.succeeded(db.screens, SUE)
    assert await throttle.wait_s(db.screens, [SUE], clock.now()) == 0
