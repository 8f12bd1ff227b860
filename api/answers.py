"""Whole answers, kept for a day: the same key brings the same answer, and the work is done once.

The work itself is idempotent under the same key, so a process killed between the work and the keeping of its
answer does no harm: the repeated request finds the work done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web

from api.problems import MEDIA_TYPE, Problem, as_problem
from runtime.appkeys import CLOCK, DATABASE
from runtime.database import Pool
from runtime.errors import TesseraError
from team.tokens import Bearer

KEEP = timedelta(hours=24)
PASSING = frozenset({429, 500, 503})

FIND = """
SELECT request_hash, status, body FROM api_answer
WHERE token_id = $1 AND endpoint = $2 AND key = $3 AND at > $4
"""
STORE = """
INSERT INTO api_answer (token_id, endpoint, key, request_hash, status, body, at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (token_id, endpoint, key) DO UPDATE
SET request_hash = EXCLUDED.request_hash, status = EXCLUDED.status, body = EXCLUDED.body, at = EXCLUDED.at
WHERE api_answer.at <= $8
"""
FORGET = """
WITH gone AS (DELETE FROM api_answer WHERE id IN (SELECT id FROM api_answer WHERE at <= $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
Work = Callable[[str], Awaitable[tuple[int, Any]]]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A request that must have one effect: who asks, where, under which key, with which body."""

    who: Bearer
    endpoint: str
    key: str
    body: bytes

    @property
    def hash(self) -> bytes:
        """What tells another request under the same key."""
        return hashlib.sha256(self.body).digest()

    @property
    def domain_key(self) -> str:
        """The key under which the domain remembers the effect."""
        told = hashlib.sha256(f"{self.endpoint} {self.key}".encode()).hexdigest()[:40]
        return f"{self.who.id.hex}:{told}"


async def once(request: web.Request, wish: Wish, work: Work) -> web.Response:
    """Answer as before when the wish was answered before, else do `work(domain_key)` and keep its answer.

    Problems are kept too, except those that pass. Raises Problem 409 for another request under the key.
    """
    pool = request.config_dict[DATABASE].screens
    now = request.config_dict[CLOCK].now()
    earlier = await pool.fetchrow(FIND, wish.who.id, wish.endpoint, wish.key, now - KEEP)
    if earlier is not None:
        if earlier["request_hash"] != wish.hash:
            detail = "This Idempotency-Key was used for another request; use a new one"
            raise Problem(409, "idempotency_conflict", detail)
        return _response(earlier["status"], earlier["body"], replayed=True)
    try:
        status, told = await work(wish.domain_key)
        body = msgspec.json.encode(told)
    except (Problem, TesseraError) as error:
        problem = as_problem(error)
        if problem.status in PASSING:
            raise
        status, body = problem.status, problem.body()
    await _store(pool, wish, status, body, now)
    return _response(status, body, replayed=False)


async def _store(pool: Pool, wish: Wish, status: int, body: bytes, now: datetime) -> None:
    names = (wish.who.id, wish.endpoint, wish.key, wish.hash)
    await pool.execute(STORE, *names, status, body, now, now - KEEP)


def _response(status: int, body: bytes, *, replayed: bool) -> web.Response:
    kind = "application/json" if status < 400 else MEDIA_TYPE
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return web.Response(status=status, body=body, content_type=kind, headers=headers)


async def forget(pool: Pool, now: datetime, most: int) -> int:
    """Delete up to `most` answers that are past their day and return how many went."""
    return int(await pool.fetchval(FORGET, now - KEEP, most))
