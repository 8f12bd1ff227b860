"""Passwords: argon2id, computed off the event loop and a few at a time."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from runtime.errors import Invalid

SHORTEST = 10
LONGEST = 200
PARALLEL = 2

# OWASP's recommendation: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_turns = asyncio.Semaphore(PARALLEL)
# Checked when the e-mail is unknown, so that the time of the answer tells nothing.
_nobody = _hasher.hash("nobody has this password")


def require_acceptable(password: str) -> None:
    """Raise Invalid when `password` is too short or too long."""
    if len(password) < SHORTEST:
        raise Invalid("password", f"Use at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise Invalid("password", f"Use at most {LONGEST} characters")


async def hash_password(password: str) -> str:
    """Return the argon2id hash of `password`."""
    async with _turns:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(stored: str, password: str) -> bool:
    """Say whether `password` is the one behind `stored`; "" (nobody) takes as long and never matches."""
    async with _turns:
        fits = await asyncio.to_thread(_check, stored or _nobody, password[: LONGEST + 1])
    return fits and stored != ""


def is_outdated(stored: str) -> bool:
    """Say whether `stored` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _check(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False
