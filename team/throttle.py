"""Slows down guessing: each failure beyond a few makes the next try wait longer, never for long.

An address may belong to thousands of people behind one carrier NAT, so it gets many free failures and
short waits; one e-mail gets few. Nothing is ever locked, and a quarter of an hour of peace forgets all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from runtime.database import Connection, Pool

FORGET = timedelta(minutes=15)

WAITING = """
SELECT max(blocked_until) FROM throttle WHERE subject = ANY ($1::text[]) AND blocked_until > $2
"""
FAIL = """
INSERT INTO throttle (subject, failures, first_at, blocked_until) VALUES ($1, 1, $2, NULL)
ON CONFLICT (subject) DO UPDATE SET
  failures = CASE WHEN greatest(throttle.first_at, throttle.blocked_until) < $2 - $3::interval
    THEN 1 ELSE least(throttle.failures + 1, 1000) END,
  first_at = $2,
  blocked_until = CASE
    WHEN greatest(throttle.first_at, throttle.blocked_until) < $2 - $3::interval THEN NULL
    WHEN throttle.failures + 1 < $4 THEN NULL
    ELSE $2 + least(power(2, least(throttle.failures + 1 - $4, 20)), $5) * interval '1 second' END
"""


class Subject(msgspec.Struct, frozen=True):
    """Whom to slow: its key, how many failures are free, and the longest wait in seconds."""

    key: str
    free: int
    longest_s: float


def by_email(email: str) -> Subject:
    """Return the subject of one e-mail address."""
    return Subject(f"email:{email}"[:160], 5, 30.0)


def by_address(address: str) -> Subject:
    """Return the subject of one network address."""
    return Subject(f"address:{address}"[:160], 20, 8.0)


async def wait_s(pool: Pool, subjects: Sequence[Subject], now: datetime) -> int:
    """Return for how many whole seconds the next try must wait; 0 means go on."""
    until = await pool.fetchval(WAITING, [subject.key for subject in subjects], now)
    return 0 if until is None else max(1, int((until - now).total_seconds() + 0.999))


async def failed(tx: Connection | Pool, subjects: Sequence[Subject], now: datetime) -> None:
    """Count one failure of each subject."""
    for subject in sorted(subjects, key=lambda one: one.key):
        await tx.execute(FAIL, subject.key, now, FORGET, subject.free, subject.longest_s)


async def succeeded(tx: Connection | Pool, subject: Subject) -> None:
    """Forget the failures of `subject`."""
    await tx.execute("DELETE FROM throttle WHERE subject = $1", subject.key)
