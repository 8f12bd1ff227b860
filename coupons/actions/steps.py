"""What long work on a coupon's stock is cut into: steps, each a short transaction of its own."""

from __future__ import annotations

from uuid import UUID

import msgspec

from runtime.database import Connection

STEP = 10_000


class Step(msgspec.Struct, frozen=True):
    """How many rows a step added (negative: took away), and whether more is to do."""

    rows: int = 0
    more: bool = False


def affected(status: str) -> int:
    """Read the number of rows from a command's status, such as `INSERT 0 10`."""
    return int(status.rsplit(" ", 1)[-1])


async def withdraw(
    tx: Connection, statements: tuple[str, str], coupon_id: UUID, surplus: int
) -> Step:
    """Withdraw up to STEP of `surplus` free units. `statements`: the one that does ($1 the coupon, $2 how
    many), and one that says whether any is free: what only a rival's transaction holds is met again.
    """
    if surplus <= 0:
        return Step()
    command, any_free = statements
    done = affected(await tx.execute(command, coupon_id, min(surplus, STEP)))
    more = done < surplus and bool(await tx.fetchval(any_free, coupon_id))
    return Step(-done, more=more)
