"""The wire log: what was sent, how it was signed, what came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.text import clean

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

KEPT = 500
LONGEST = 20_000


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `direction` is webhook (we called) or api (we were called)."""

    direction: str
    method: str
    url: str
    request: str
    status: int
    answer: str
    signature: str = ""


async def record(
    conn: asyncpg.Connection | asyncpg.Pool, account_id: int, exchange: Exchange, at: datetime
) -> None:
    """Write one line of the log; the account keeps its newest ones."""
    row = await conn.fetchval(
        "WITH changed AS (UPDATE simulator.account SET version = version + 1 WHERE id = $1)"
        " INSERT INTO simulator.wire (account_id, at, direction, method, url, signature, request, status, answer)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        account_id,
        at,
        exchange.direction,
        exchange.method,
        clean(exchange.url),
        exchange.signature,
        clean(exchange.request)[:LONGEST],
        exchange.status,
        clean(exchange.answer)[:LONGEST],
    )
    if row % 50 == 0:
        await conn.execute(
            "DELETE FROM simulator.wire WHERE account_id = $1 AND id < ("
            " SELECT min(id) FROM (SELECT id FROM simulator.wire WHERE account_id = $1"
            " ORDER BY id DESC LIMIT $2) newest)",
            account_id,
            KEPT,
        )
