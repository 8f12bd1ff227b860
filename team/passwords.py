"""Passwords: argon2id, computed off the event loop and a few at a time."""

from __future__ import annotations

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from runtime.errors import Invalid
from team.common_passwords import COMMON, WAYS

SHORTEST = 10
LONGEST = 200
PARALLEL = 2
TOO_SHORT = "Use at least 10 characters"
TOO_LONG = "Use at most 200 characters"
TOO_COMMON = "This password is among those guessed first; choose another"
TOO_CLOSE = "Do not use your name, your e-mail address or the workspace's name as the password"

# OWASP's recommendation: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_turns = asyncio.Semaphore(PARALLEL)
# Checked when the e-mail is unknown, so that the time of the answer tells nothing.
_nobody = _hasher.hash("nobody has this password")


def require_acceptable(password: str, *about: str) -> None:
    """Raise Invalid, saying what to do, for a password that is too short, too long, common, or one of `about`.

    `about`: what strangers know of the person: e-mail address, name, workspace.
    """
    if len(password) < SHORTEST:
        raise Invalid("password", TOO_SHORT)
    if len(password) > LONGEST:
        raise Invalid("password", TOO_LONG)
    bare = plain(password)
    if is_common(bare):
        raise Invalid("password", TOO_COMMON)
    known = {plain(part) for fact in about for part in (fact, fact.partition("@")[0])}
    if bare in known - {""}:
        raise Invalid("password", TOO_CLOSE)


def plain(text: str) -> str:
    """Return the letters and digits of `text` in lower case: what is compared with known words."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


def is_common(bare: str) -> bool:
    """Say whether a guesser tries `bare` (see `plain`) early: a known one, one sign repeated, a way along the keys."""
    if bare in COMMON or (bare and len(set(bare)) <= 2):
        return True
    return any(bare and (bare in way or bare[::-1] in way) for way in WAYS)


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
