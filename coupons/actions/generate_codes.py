"""Codes we make ourselves: drawn at random, kept apart by the database, tried again when one is taken."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random, SystemRandom
from uuid import UUID

import msgspec

from coupons.rules.code_shape import Shape, make
from runtime.database import Connection

# At most half of all codes are ever made, so this many rounds fail once in 10^18 times.
ROUNDS = 60
SYSTEM = SystemRandom()

ADD = """
INSERT INTO code (workspace_id, coupon_id, batch_id, text, normalised)
SELECT $1, $2, $3, t, n FROM unnest($4::text[], $5::text[]) AS u (t, n) ORDER BY n
ON CONFLICT (workspace_id, normalised) DO NOTHING RETURNING id, text
"""


class Order(msgspec.Struct, frozen=True):
    """Whose codes are made, and what they look like."""

    workspace_id: UUID
    coupon_id: UUID
    shape: Shape
    batch_id: UUID | None = None


async def add_codes(
    tx: Connection,
    order: Order,
    count: int,
    rng: Random = SYSTEM,
    drawn: Sequence[str] = (),
) -> list[tuple[int, str]]:
    """Store `count` new codes and return (id, text) of each; fewer when none are left to be found.

    `drawn`: codes made beforehand, outside the transaction, to be tried first.
    """
    found: list[tuple[int, str]] = []
    waiting = list(drawn)
    for _ in range(ROUNDS):
        missing = count - len(found)
        if not missing:
            break
        tried = waiting[:missing] or draw(order.shape, missing, rng)
        del waiting[:missing]
        rows = await tx.fetch(
            ADD,
            order.workspace_id,
            order.coupon_id,
            order.batch_id,
            tried,
            [order.shape.key(code) for code in tried],
        )
        found += [(row["id"], row["text"]) for row in rows]
    return found


def draw(shape: Shape, count: int, rng: Random = SYSTEM) -> list[str]:
    """Return random codes, which the database may already hold."""
    return [make(shape, rng) for _ in range(count)]
