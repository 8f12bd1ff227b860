"""Whole journeys: a keyword in, a coupon card accepted by a stub platform; the limit and the product.

    python -m benchmarks.journey [--rate 1000] [--seconds 60]

The stub and the generator share a core, the server and PostgreSQL the other. Open loop at the stated
rate of journeys and at half of it; every fifth call more is a redelivery. The books: every event that was
acknowledged brought exactly one card and one claim. Of the product it is told, too, how far search and figures were
behind at the end, and when they had caught up.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shlex
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import uvloop

from benchmarks import following, stand, stub
from benchmarks.lag import watched
from benchmarks.load import Result, Run
from benchmarks.traffic import REDELIVERED, Traffic, check_books
from conversations.channel import Account
from coupons.actions.design import create, publish_coupon
from coupons.actions.new_coupon import NewCoupon
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.ids import uuid7
from runtime.postgres import EmbeddedPostgres

SIDES = ("limit", "product")
CONNECTIONS = 64
KEYWORD = b"latte"
TOKEN = b'"replyToken":"'
TO = b'"to":"U'
TOKEN_LENGTH = 32
WARM_UP_S = 3.0
CATCH_UP_S, FOLLOW_S = 20.0, 120.0
MOST_MS = 250.0


@dataclass
class Cards:
    """When each journey was asked for and when its card was accepted."""

    asked: dict[bytes, float] = field(default_factory=dict)
    taken: dict[bytes, float] = field(default_factory=dict)
    times: Counter[bytes] = field(default_factory=Counter)

    def ask(self, call: bytes) -> None:
        """Note a call that goes out; a redelivery starts no new journey."""
        self.asked.setdefault(number_in(call), time.perf_counter())

    def accept(self, body: bytes, at: float) -> None:
        """Note a send that the platform took."""
        number = number_in(body)
        self.times[number] += 1
        self.taken.setdefault(number, at)

    def latencies(self) -> list[float]:
        """Return the seconds of each whole journey."""
        return [at - self.asked[number] for number, at in self.taken.items()]


@dataclass
class Side:
    """The limit or the product on a database of its own."""

    name: str
    dsn: str
    account: Account
    server: stand.Server


def number_in(text: bytes) -> bytes:
    """Return the journey a call or a send belongs to: its reply token, or the customer of a push."""
    at = text.find(TOKEN)
    start = at + len(TOKEN) if at >= 0 else text.find(TO) + len(TO)
    return text[start : start + TOKEN_LENGTH]


async def seed(dsn: str, account: Account, units: int) -> tuple[UUID, UUID]:
    """Add the account, a coupon with so many units, and the rule; return coupon and rule."""
    await stand.add_account(dsn, account)
    now, rule = SystemClock().now(), uuid7()
    database = await Database(dsn, APPS).open()
    try:
        new = NewCoupon(
            name="Spring tea",
            purpose="marketing",
            fixed_code="LATTE",
            quantity=units,
            per_contact_limit=1,
            card_text="A cup of tea on us",
        )
        async with database.transaction() as tx:
            coupon = await create(tx, account.workspace_id, new, now)
            await tx.execute(
                "INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, coupon_id, text,"
                " refusal_texts, active) VALUES ($1, $2, 0, 'keyword', $3, false, $4, '', '{}', true)",
                rule,
                account.workspace_id,
                ["latte"],
                coupon,
            )
        await publish_coupon(database, coupon, now)
        await database.screens.execute("ANALYZE")
    finally:
        await database.close()
    return coupon, rule


async def start(
    stack: contextlib.AsyncExitStack, server: EmbeddedPostgres, name: str, base: str, units: int
) -> Side:
    """Start one of the two on a seeded database."""
    dsn, account = await stand.database(server, name), stand.line_account(base)
    coupon, rule = await seed(dsn, account, units)
    if name == "product":
        started = await stack.enter_async_context(stand.tessera(dsn, "all"))
        return Side(name, dsn, account, started)
    facts = {
        "workspace": str(account.workspace_id),
        "account": str(account.id),
        "secret": account.secret,
        "destination": account.external_id,
        "coupon": str(coupon),
        "rule": str(rule),
        "base": base,
    }
    own = [
        "--dsn",
        dsn,
        "--port",
        "{port}",
        "--facts",
        json.dumps(facts).replace("{", "{{").replace("}", "}}"),
    ]
    started = await stack.enter_async_context(stand.serving("benchmarks.bare_journey", own))
    return Side(name, dsn, account, started)


async def measure(side: Side, number: int, rate: float, seconds: float, cards: Cards) -> None:
    """Run journeys at a rate, wait for the last card, print, and check the books."""
    for known in (cards.asked, cards.taken, cards.times):
        known.clear()
    traffic = Traffic(side.account, number, KEYWORD, contacts=0)

    def source() -> tuple[bytes, object]:
        call, note = traffic.next()
        cards.ask(call)
        return call, note

    connection = await asyncpg.connect(side.dsn)
    try:
        await connection.execute("CHECKPOINT")
        before = await connection.fetchval("SELECT coalesce(max(id), 0) FROM inbox")
        claims = await connection.fetchval("SELECT count(*) FROM claim")
        spent = await stand.processor_time(connection, side.server)
        run = Run(source, traffic.told)
        await run.connect("127.0.0.1", side.server.port, CONNECTIONS)
        async with watched(side.dsn) as lags:
            result = await run.at_rate(rate * REDELIVERED / (REDELIVERED - 1), seconds)
            await all_taken(cards, len(traffic.acknowledged))
            after = await stand.processor_time(connection, side.server)
            report(side, cards, max(lags.seen), after - spent)
            if side.name == "product":
                late, took = (
                    await following.behind(connection),
                    await following.caught_up(connection, FOLLOW_S),
                )
                spent = await stand.processor_time(connection, side.server) - spent
                print(
                    f"           search and figures {late:.1f} s behind, caught up {took:.1f} s later:"
                    f" {spent / max(1, len(cards.taken)) * 1e6:.0f} us of processor each by then"
                )
        told = await check_books(connection, traffic, before, result)
        claims = await connection.fetchval("SELECT count(*) FROM claim") - claims
    finally:
        await connection.close()
    settle_cards(cards, len(traffic.acknowledged), claims)
    print(
        f"           answers in {result.percentile(0.99):.0f} ms (p99); {told}; {claims} claims, one card each"
    )


async def all_taken(cards: Cards, wanted: int) -> None:
    """Wait until every journey has its card, within reason."""
    deadline = time.perf_counter() + CATCH_UP_S
    while len(cards.taken) < wanted and time.perf_counter() < deadline:  # noqa: ASYNC110 (cards come one by one)
        await asyncio.sleep(0.02)


def report(side: Side, cards: Cards, lag: float, spent: float) -> None:
    """Print one run."""
    whole = Result(latencies=cards.latencies())
    last = max(cards.taken.values(), default=0.0) - min(cards.asked.values(), default=0.0)
    print(
        f"  {side.name:8}{len(cards.taken) / last if last else 0:7,.0f} journeys/s"
        f"  p50 {whole.percentile(0.5):7.1f}  p99 {whole.percentile(0.99):7.1f} ms"
        f"  greatest lag {lag * 1000:.0f} ms  {spent / max(1, len(cards.taken)) * 1e6:.0f} us of processor each"
        f"  memory {side.server.memory_mib():.0f} MiB"
    )


def settle_cards(cards: Cards, acknowledged: int, claims: int) -> None:
    """Exit when an event brought no card, or two, or the claims differ from the cards."""
    repeated = [number for number, times in cards.times.items() if times > 1]
    if len(cards.taken) != acknowledged or claims != acknowledged or repeated:
        sys.exit(
            f"THE BOOKS DO NOT BALANCE: {acknowledged} events, {len(cards.taken)} cards,"
            f" {claims} claims, {len(repeated)} cards sent twice"
        )


async def main(options: argparse.Namespace) -> None:
    """Set everything up, measure, tear down."""
    print("$ python -m benchmarks.journey " + shlex.join(sys.argv[1:]))
    cards = Cards()
    async with stand.postgres() as server, contextlib.AsyncExitStack() as stack:
        print(await stand.describe(server))
        platform, port = await stub.start(cards.accept)
        stack.callback(platform.close)
        base = f"http://127.0.0.1:{port}"
        units = int(options.rate * options.seconds * 2) + 10_000
        names = options.side or SIDES
        sides = [await start(stack, server, name, base, units) for name in names]
        for number, side in enumerate(sides):
            await measure(side, 1 + number, min(100.0, options.rate), WARM_UP_S, cards)
        for number, rate in enumerate((options.rate, options.rate / 2)):
            print(f"open loop, {rate:,.0f} journeys/s for {options.seconds:g} s")
            for place, side in enumerate(sides):
                run = 10 + 10 * number + place
                await measure(side, run, rate, options.seconds, cards)
        print(
            f"targets: lag under {MOST_MS:.0f} ms at the full rate, p99 under {MOST_MS:.0f} ms at half of it"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", choices=SIDES, action="append", help="only this one")
    parser.add_argument("--rate", type=float, default=1000.0, help="journeys a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    uvloop.run(main(parser.parse_args()))
