"""Who may call: the bearer token, its scope, and how often."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from functools import wraps
from uuid import UUID

import msgspec
from aiohttp import web

from api.problems import Problem
from runtime.appkeys import CLOCK, DATABASE, SETTINGS
from team import throttle
from team.tokens import PREFIX, Bearer, Scope, bearer

Handler = Callable[[web.Request, Bearer], Awaitable[web.Response]]
Plain = Callable[[web.Request], Awaitable[web.StreamResponse]]
LONGEST_SECRET = 100
BURST_S = 2
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="tessera"'}


class Bucket(msgspec.Struct):
    """What one token may still ask for at once, and when that was last counted."""

    left: float
    at: datetime


class Buckets:
    """Token buckets in memory, one a bearer: `rate` requests a second, twice that at once."""

    def __init__(self) -> None:
        self._found: MutableMapping[UUID, Bucket] = {}

    def take(self, key: UUID, rate: float, now: datetime) -> float:
        """Take one request of `key`; return 0, or for how many seconds to wait."""
        most = rate * BURST_S
        bucket = self._found.setdefault(key, Bucket(most, now))
        passed = max((now - bucket.at).total_seconds(), 0.0)
        bucket.left, bucket.at = min(most, bucket.left + passed * rate), now
        if bucket.left < 1:
            return (1 - bucket.left) / rate
        bucket.left -= 1
        return 0.0


BUCKETS: web.AppKey[Buckets] = web.AppKey("buckets", Buckets)


def require(scope: Scope, handler: Handler) -> Plain:
    """Return `handler` for callers with a live token of that scope, within their rate."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.Response:
        who = await _identify(request)
        _pace(request, who)
        require_scope(who, scope)
        return await handler(request, who)

    return guarded


def require_scope(who: Bearer, scope: Scope) -> None:
    """Raise Problem 403 unless the token has `scope`."""
    if scope not in who.scopes:
        detail = f"This token lacks the scope {scope}; ask an admin for one that has it"
        raise Problem(403, "insufficient_scope", detail, more={"scope": scope})


async def _identify(request: web.Request) -> Bearer:
    pool = request.config_dict[DATABASE].screens
    now = request.config_dict[CLOCK].now()
    subject = throttle.by_address(f"api {request.remote or ''}")
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret:
        detail = "Send the header Authorization: Bearer and a token"
        raise Problem(401, "unauthorized", detail, headers=CHALLENGE)
    possible = secret.isascii() and secret.startswith(PREFIX) and len(secret) <= LONGEST_SECRET
    found = await bearer(pool, secret, now) if possible else None
    if found is not None:
        return found
    # Only strangers are slowed: a till with a good token shares its shop's address with anybody.
    wait = await throttle.wait_s(pool, [subject], now)
    if wait:
        raise too_many(wait)
    await throttle.failed(pool, [subject], now)
    raise Problem(401, "unauthorized", "This token is unknown or revoked", headers=CHALLENGE)


def _pace(request: web.Request, who: Bearer) -> None:
    rate = request.config_dict[SETTINGS].api_rate
    wait = request.config_dict[BUCKETS].take(who.id, rate, request.config_dict[CLOCK].now())
    if wait:
        raise too_many(math.ceil(wait))


def too_many(wait_s: int) -> Problem:
    """Return the problem that tells when to come again."""
    detail = f"Try again in {wait_s} s"
    return Problem(429, "throttled", detail, headers={"Retry-After": str(wait_s)})
