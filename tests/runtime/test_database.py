"""Pools and transactions."""

from __future__ import annotations

import asyncio
import contextlib


async def test_a_task_cancelled_at_any_step_of_a_transaction_leaves_no_transaction_behind(db):
    await db.screens.execute("CREATE TABLE note (n int)")

    async def write(n: int) -> None:
        async with db.transaction(db.sends) as tx:
            await tx.execute("INSERT INTO note VALUES ($1)", n)

    await write(0)
    for steps in range(40):
        task = asyncio.ensure_future(write(1))
        for _ in range(steps % 10):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await db.screens.execute("DELETE FROM note")
    for _ in range(5):
        await write(2)
    assert await db.screens.fetchval("SELECT count(*) FROM note WHERE n = 2") == 5
