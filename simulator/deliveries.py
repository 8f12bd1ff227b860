"""Webhook calls: queued in the database, so that a kill loses none, and repeated as each platform repeats."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import asyncpg

from simulator import accounts, calls, faults, wire

if TYPE_CHECKING:
    from simulator.accounts import Account
    from simulator.world import World

BATCH = 64
LEADER_LOCK = 0x51_4D_DE_11
HOLD = timedelta(seconds=3)
OVERTAKEN = timedelta(milliseconds=300)
AGAIN = timedelta(seconds=1)
KEPT = timedelta(days=1)


async def enqueue(
    conn: asyncpg.Connection,
    world: World,
    account: Account,
    chat: str,
    event: dict[str, Any],
    url: str = "",
) -> None:
    """Queue one event for `url` (none: the account's webhook, wherever that is by then), bent by its faults.

    Runs in the caller's transaction; ring `world.bell` after it committed.
    """
    on = await faults.read(conn, account.id)
    now = world.clock.now()
    due, held = now + on.delay, False
    if "reorder" in on:
        overtaken = await conn.execute(
            "UPDATE simulator.delivery SET held = false, due_at = $2"
            " WHERE account_id = $1 AND state = 'pending' AND held",
            account.id,
            due + OVERTAKEN,
        )
        if overtaken == "UPDATE 0":
            due, held = due + HOLD, True
    for _ in range(2 if "duplicate" in on else 1):
        await conn.execute(
            "INSERT INTO simulator.delivery (account_id, chat, event, url, due_at, held)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            account.id,
            chat,
            event,
            url,
            due,
            held,
        )


async def deliver_due(world: World) -> int:
    """Make every webhook call that is due, chats side by side, each chat in order; return how many."""
    rows = await world.pool.fetch(
        "SELECT * FROM simulator.delivery WHERE state = 'pending' AND due_at <= $1"
        " ORDER BY due_at, id LIMIT $2",
        world.clock.now(),
        BATCH,
    )
    known = {account.id: account for account in await accounts.every(world.pool)}
    lanes: dict[tuple[int, str], list[asyncpg.Record]] = {}
    for row in rows:
        lanes.setdefault((row["account_id"], row["chat"]), []).append(row)
    async with asyncio.TaskGroup() as group:
        for (account_id, _), lane in lanes.items():
            group.create_task(_drain(world, known[account_id], lane))
    if rows:
        world.bell.ring()
    return len(rows)


async def _drain(world: World, account: Account, lane: list[asyncpg.Record]) -> None:
    for row in lane:
        await _deliver(world, account, row)


async def _deliver(world: World, account: Account, row: asyncpg.Record) -> None:
    url = row["url"] or account.webhook_url
    call = calls.build(
        account,
        row["event"],
        calls.Attempt(
            url,
            row["attempt"] > 0 or row["redelivered"],
            world.clock.now(),
            await faults.read(world.pool, account.id),
        ),
    )
    try:
        async with world.http.post(
            call.url,
            data=call.body,
            headers=call.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=call.patience),
        ) as answer:
            status, said = (
                answer.status,
                (await answer.content.read(wire.LONGEST)).decode(errors="replace"),
            )
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        status, said = 0, f"no answer: {type(error).__name__}: {error}"
    await _settle(world, account, row, status)
    exchange = wire.Exchange("webhook", "POST", call.url, call.shown, status, said, call.signature)
    await wire.record(world.pool, account.id, exchange, world.clock.now())


async def _settle(world: World, account: Account, row: asyncpg.Record, status: int) -> None:
    now = world.clock.now()
    state, due, redelivered = "done", now, row["redelivered"]
    if 200 <= status < 300:
        if not redelivered and "redeliver" in await faults.read(world.pool, account.id):
            state, due, redelivered = "pending", now + AGAIN, True
    else:
        pause = next(
            itertools.islice(
                calls.pauses(account.channel, row["url"] or account.webhook_url, status),
                row["attempt"],
                None,
            ),
            None,
        )
        state, due = (
            ("given_up", now) if pause is None else ("pending", now + timedelta(seconds=pause))
        )
    await world.pool.execute(
        "UPDATE simulator.delivery SET state = $2, due_at = $3, redelivered = $4, held = false,"
        " attempt = attempt + 1, last_status = $5 WHERE id = $1",
        row["id"],
        state,
        due,
        redelivered,
        status,
    )


async def run(world: World) -> None:
    """Deliver until the world closes. Of several processes on one database only one does; its death frees the post."""
    async with world.pool.acquire() as conn:
        try:
            while not world.closing.is_set():
                if await conn.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
                    await _forget(world)
                    await _lead(world, conn)
                if not world.closing.is_set():
                    await world.bell.wait(1)
        finally:
            if not conn.is_closed():
                await conn.execute("SELECT pg_advisory_unlock_all()")


async def _forget(world: World) -> None:
    """Drop what a day has made useless: finished calls and dead reply tokens."""
    yesterday = world.clock.now() - KEPT
    await world.pool.execute(
        "DELETE FROM simulator.delivery WHERE state <> 'pending' AND due_at < $1", yesterday
    )
    await world.pool.execute("DELETE FROM simulator.reply_token WHERE issued_at < $1", yesterday)


async def _lead(world: World, conn: asyncpg.Connection) -> None:
    # The lock lives as long as its connection: once that is dead another process may lead.
    while not world.closing.is_set() and not conn.is_closed():
        if not await deliver_due(world):
            await world.bell.wait(0.25)
