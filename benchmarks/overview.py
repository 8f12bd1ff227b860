"""The overview over a day and over a year: how long each part takes, and how many statements it runs.

    python -m benchmarks.overview [--conversations 20000] [--messages 3000000] [--coupons 20] [--rounds 30]

A year of messages is put in (benchmarks/overview_seed.py) and counted by the product's own rebuild. Then the
page's reads run in turn, all spans once a round, so that whatever else the machine does falls on all of them.
The books: the audit's recount finds no difference, and the year holds every message.
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import sys
import time
from datetime import timedelta
from uuid import UUID

import msgspec
import uvloop

from benchmarks import overview_seed, stand
from conversations.overview import Span, figures, open_now
from conversations.recount import faults
from conversations.rollups import rebuild
from coupons.overview import coupon_sums, sent_by_members
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Connection, Database
from team.actions.add_member import NewMember, add_member
from team.queries import member_names

MEMBERS = 50
SPANS = (1, 7, 30, 90, 365)
WARM_UP = 3


async def furnish(db: Database, dsn: str) -> tuple[UUID, list[UUID]]:
    """Make four accounts and fifty members; returns the workspace and the members."""
    account = stand.line_account()
    await stand.add_account(dsn, account)
    house = account.workspace_id
    for channel in ("messenger", "instagram", "whatsapp"):
        await db.screens.execute(
            "INSERT INTO channel_account SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(),"
            " 'channel', $2::text, 'external_id', $2::text))).* FROM channel_account a WHERE workspace_id = $1"
            " AND channel = 'line'",
            *(house, channel),
        )
    now, members = SystemClock().now(), []
    for n in range(MEMBERS):
        new = NewMember(
            workspace_id=house, email=f"a{n}@bench.example", name=f"Agent {n}", role="service_agent",
            password="only for the benchmark", language="en",  # noqa: S106 (throw-away)
        )  # fmt: skip
        members.append(await add_member(db, new, now))
    return house, members


async def look(connection: Connection, house: UUID, span: Span) -> None:
    """Read what the page shows of a span."""
    await open_now(connection, house)
    await figures(connection, house, span)
    both = (span.first, span.last), (span.before.first, span.before.last)
    await coupon_sums(connection, house, "", *both)
    await sent_by_members(connection, house, "", both[0])
    await member_names(connection, house)


async def measure(db: Database, house: UUID, rounds: int) -> dict[int, tuple[list[float], int]]:
    """Return for each span the milliseconds of every round, and the number of statements."""
    last = SystemClock().now().date()
    took: dict[int, list[float]] = {days: [] for days in SPANS}
    statements = dict.fromkeys(SPANS, 0)
    async with db.screens.acquire() as connection:
        for number in range(WARM_UP + rounds):
            for days in SPANS:
                seen: list[str] = []
                span = Span(last - timedelta(days=days - 1), last)
                began = time.perf_counter()
                with connection.query_logger(lambda record, seen=seen: seen.append(record.query)):
                    await look(connection, house, span)
                if number >= WARM_UP:
                    took[days].append((time.perf_counter() - began) * 1000)
                    statements[days] = len(seen)
    return {days: (took[days], statements[days]) for days in SPANS}


async def main(options: argparse.Namespace) -> None:
    """Set everything up, measure, check the books."""
    print("$ python -m benchmarks.overview " + shlex.join(sys.argv[1:]))
    async with stand.postgres() as server:
        print(await stand.describe(server))
        dsn = await stand.database(server, "overview")
        db = await Database(dsn, APPS).open()
        house, members = await furnish(db, dsn)
        began = time.perf_counter()
        size = options.conversations, options.messages, options.coupons
        async with db.screens.acquire() as connection:
            rows = await overview_seed.seed(connection, house, members, size, SystemClock().now())
        seeded = time.perf_counter()
        await rebuild(db, SystemClock().now())
        counted = time.perf_counter()
        await db.screens.execute("VACUUM ANALYZE", timeout=3600)
        print(
            f"{rows:,} rows in {options.conversations:,} conversations: put in in {seeded - began:.0f} s,"
            f" counted in {counted - seeded:.0f} s ({rows / (counted - seeded):,.0f}/s)"
        )
        done = await measure(db, house, options.rounds)
        wrong = await faults(db.screens, house)
        last = SystemClock().now().date()
        year = await figures(db.screens, house, Span(last - timedelta(days=366), last))
        await db.close()
    for days, (took, statements) in done.items():
        print(
            f"  {days:4} days: median {statistics.median(took):6.1f} ms  p95"
            f" {statistics.quantiles(took, n=20)[-1]:6.1f} ms  {statements} statements"
        )
    print(f"load after {os.getloadavg()[0]:.2f}")
    told = msgspec.to_builtins(year.now.messages) if year else {}
    if wrong or sum(told.values()) != rows // overview_seed.ROUND * (overview_seed.ROUND - 1):
        raise SystemExit(f"the books are wrong: {wrong} {told}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=3_000_000)
    parser.add_argument("--coupons", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=30)
    uvloop.run(main(parser.parse_args()))
