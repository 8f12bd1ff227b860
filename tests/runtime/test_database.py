"""Pools and transactions."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from runtime.database import plain


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


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "阿明 😀", "n": 1, "deep": [[{"a": null}]]}',
        "[123456789012345678901234567890, -99999999999999999999]",
        "[1e22, 1E5, 0.1, -0.0, 12345678901234567890.5]",
        "1e400",
        '"\\ud800 and \\ud83d\\ude00 and \\u0000"',
        '{"a": 1, "a": 2}',
        " true ",
    ],
)
async def test_json_of_the_database_reads_as_pythons_own_reader_reads_it(db, text):
    assert repr(plain(text)) == repr(json.loads(text))
    stored = await db.screens.fetchval("SELECT $1::text::json", text)
    assert repr(stored) == repr(json.loads(text))
