"""A claim's page: the limit and the product side by side, on one database.

    python -m benchmarks.claim_page [--rounds 5] [--seconds 5] [--claims 400]

The limit is bare aiohttp with the same read and the same template, its values made beforehand. Closed loop
over 32 connections in interleaved rounds. The books: every answer was the page, nothing was written.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import shlex
import statistics
import sys
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import uvloop

from benchmarks import stand
from benchmarks.load import Run
from channels import registry
from coupons.actions.claim import settle
from coupons.actions.design import create, publish_coupon
from coupons.actions.new_coupon import NewCoupon
from coupons.requests import ClaimRequest
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.ids import uuid7

CONNECTIONS = 32
WARM_UP_S = 2.0
TARGET = 0.6
LARGEST = 60_000
CONTACT = "INSERT INTO contact (id, workspace_id, name, language, created_at) VALUES ($1, $2, 'Mei', 'en', $3)"
STORE = """
INSERT INTO store (id, workspace_id, name, address, phone) VALUES ($1, $2, $3, '11 Songgao Rd', '+88622720001')
"""
OPENED = "UPDATE claim SET first_opened_at = issued_at"
WRITTEN = """
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables
WHERE relname IN ('claim', 'coupon', 'unit', 'contact', 'redemption', 'feed', 'throttle')
"""


@dataclass
class Side:
    """The limit or the product."""

    name: str
    server: stand.Server
    rates: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)


async def seed(dsn: str, count: int) -> list[str]:
    """Add a published coupon, two stores and so many opened claims; return their tokens."""
    account, now = stand.line_account(), SystemClock().now()
    await stand.add_account(dsn, account)
    database = await Database(dsn, APPS).open()
    try:
        for name in ("Xinyi", "Daan"):
            await database.screens.execute(STORE, uuid7(), account.workspace_id, name)
        new = NewCoupon(
            name="Latte 50",
            purpose="marketing",
            fixed_code="TEA50",
            validity_mode="claim",
            lasts_days=30,
            card_text="Any latte for half the price",
            rules="One cup a visit. Not with other offers.",
        )
        async with database.transaction() as tx:
            coupon = await create(tx, account.workspace_id, new, now)
        await publish_coupon(database, coupon, now)
        for _ in range(count):
            await _claim(database, account.workspace_id, coupon)
        await database.screens.execute(OPENED)
        await database.screens.execute("ANALYZE")
        return [row["token"] for row in await database.screens.fetch("SELECT token FROM claim")]
    finally:
        await database.close()


async def _claim(database: Database, workspace_id: UUID, coupon_id: UUID) -> None:
    now, contact = SystemClock().now(), uuid7()
    async with database.transaction() as tx:
        await tx.execute(CONTACT, contact, workspace_id, now)
        request = ClaimRequest(
            workspace_id=workspace_id,
            coupon_id=coupon_id,
            contact_id=contact,
            source="bench",
            key=str(contact),
            arrived_at=now,
        )
        await settle(tx, [request], registry.load(), "https://shop.example", now)


async def measure(dsn: str, side: Side, tokens: list[str], seconds: float) -> None:
    """Make one run, check its books and print it."""
    calls = itertools.cycle(
        f"GET /c/{token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for token in tokens
    )
    connection = await asyncpg.connect(dsn)
    try:
        before = await _written(connection)
        spent = await stand.processor_time(connection, side.server)
        run = Run(lambda: (next(calls), None), lambda _, __: None)
        await run.connect("127.0.0.1", side.server.port, CONNECTIONS)
        result = await run.as_fast_as_possible(seconds)
        spent = await stand.processor_time(connection, side.server) - spent
        changed = await _written(connection) - before
    finally:
        await connection.close()
    cost = spent / max(1, len(result.latencies)) * 1e6
    print(f"  {side.name:8}{stand.told(result)}  {cost:4.0f} us of processor a call")
    if set(result.statuses) != {200} or result.lost or changed:
        raise SystemExit(f"the books are wrong: {result.statuses}, {changed} rows changed")
    side.rates.append(result.rate)
    side.p99s.append(result.percentile(0.99))
    side.costs.append(cost)


async def _written(connection: asyncpg.Connection) -> int:
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return int(await connection.fetchval(WRITTEN))


async def weight(side: Side, token: str) -> int:
    """Return the bytes of a page as it comes over the wire, its headers included."""
    reader, writer = await asyncio.open_connection("127.0.0.1", side.server.port)
    writer.write(f"GET /c/{token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return len(answer)


async def rounds(
    dsn: str, sides: list[Side], tokens: list[str], options: argparse.Namespace
) -> None:
    """Interleave rounds of both and print medians and the ratio."""
    print(f"closed loop, {CONNECTIONS} connections, {options.rounds} rounds of {options.seconds} s")
    for number in range(options.rounds + 1):
        for side in sides if number % 2 else sides[::-1]:
            await measure(dsn, side, tokens, options.seconds if number else WARM_UP_S)
            if not number:
                side.rates, side.p99s, side.costs = [], [], []
    limit, product = sides
    pairs = [mine / theirs for theirs, mine in zip(limit.rates, product.rates, strict=True)]
    print(
        f"medians: limit {statistics.median(limit.rates):,.0f}/s, product"
        f" {statistics.median(product.rates):,.0f}/s: of the pairs {statistics.median(pairs):.2f}"
        f" (target {TARGET}); processor a call {statistics.median(limit.costs):.0f} and"
        f" {statistics.median(product.costs):.0f} us:"
        f" {statistics.median(limit.costs) / statistics.median(product.costs):.2f};"
        f" p99 {statistics.median(limit.p99s):.1f} and {statistics.median(product.p99s):.1f} ms"
    )


async def main(options: argparse.Namespace) -> None:
    """Set everything up, measure, tear down."""
    print("$ python -m benchmarks.claim_page " + shlex.join(sys.argv[1:]))
    async with stand.postgres() as server, contextlib.AsyncExitStack() as stack:
        print(await stand.describe(server))
        dsn = await stand.database(server, "pages")
        tokens = await seed(dsn, options.claims)
        bare = stand.serving("benchmarks.bare_claim_page", ["--dsn", dsn, "--port", "{port}"])
        limit = Side("limit", await stack.enter_async_context(bare))
        started = await stack.enter_async_context(stand.tessera(dsn, "web"))
        product = Side("product", started)
        print(f"  a page is {await weight(product, tokens[0]):,} bytes (target under {LARGEST:,})")
        await rounds(dsn, [limit, product], tokens, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--claims", type=int, default=400, help="different pages asked for")
    uvloop.run(main(parser.parse_args()))
