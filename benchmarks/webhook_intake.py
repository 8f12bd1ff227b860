"""Webhook intake, durable before the 200: the limit and the product side by side.

    python -m benchmarks.webhook_intake [--rounds 5] [--seconds 5] [--soak 60 --rate 5000]

Closed loop over 32 connections in interleaved rounds; with --soak, open loop at a stated rate. A fifth of
the calls are redeliveries. The books are checked after every run: nothing lost, nothing twice.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import hmac
import itertools
import random
import shlex
import statistics
import sys
from dataclasses import dataclass, field

import asyncpg
import uvloop

from benchmarks import stand
from benchmarks.load import Result, Run
from conversations.channel import Account
from runtime.postgres import EmbeddedPostgres

CONNECTIONS = 32
REDELIVERED = 5  # one call in so many
CONTACTS = 5000
EVENT = (
    b'{"destination":"%(destination)s","events":[{"type":"message","message":{"type":"text",'
    b'"id":"%(number)020d","quoteToken":"q3Plxr4AgKd0_tHIT-sWuq-cLkn5DZmH","text":"latte, please"},'
    b'"webhookEventId":"%(key)s","deliveryContext":{"isRedelivery":false},"timestamp":1795310000000,'
    b'"source":{"type":"user","userId":"U%(contact)032x"},"replyToken":"%(number)032x","mode":"active"}]}'
)


class Traffic:
    """Signed LINE calls, made ahead of the run; it remembers which of its events were acknowledged."""

    def __init__(self, account: Account, run: int, path: str = "/webhooks/line/bench") -> None:
        self._account = account
        self._run = run
        self._path = path
        self._numbers = itertools.count()
        self._choose = random.Random(run)  # noqa: S311 (no secret)
        self._sent: list[tuple[bytes, bytes]] = []
        self._ready: list[tuple[bytes, bytes]] = []
        self.acknowledged: set[bytes] = set()

    def prepare(self, calls: int) -> None:
        """Make calls before the clock runs."""
        self._ready = [self._make() for _ in range(calls)]
        self._ready.reverse()

    def next(self) -> tuple[bytes, object]:
        """Return the next call."""
        return self._ready.pop() if self._ready else self._make()

    def told(self, note: object, status: int) -> None:
        """Note an answer."""
        if status == 200 and isinstance(note, bytes):
            self.acknowledged.add(note)

    def _make(self) -> tuple[bytes, bytes]:
        number = next(self._numbers)
        if number % REDELIVERED == REDELIVERED - 1:
            return self._choose.choice(self._sent[-2000:])
        key = b"01KB%06dR%015d" % (self._run, number)
        body = EVENT % {
            b"destination": self._account.external_id.encode(),
            b"number": number,
            b"key": key,
            b"contact": self._choose.randrange(CONTACTS),
        }
        mac = base64.b64encode(hmac.digest(self._account.secret.encode(), body, "sha256"))
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: LineBotWebhook/2.0\r\n"
            f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            f"x-line-signature: {mac.decode()}\r\n\r\n"
        )
        call = (head.encode() + body, hashlib.sha256(key).digest()[:16])
        self._sent.append(call)
        return call


@dataclass
class Side:
    """The limit or the product: its database, server and figures."""

    name: str
    dsn: str
    account: Account
    server: stand.Server
    rates: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)


async def measure(side: Side, run: int, options: argparse.Namespace, rate: float = 0.0) -> Result:
    """Make one run and check its books; raises SystemExit when they do not balance."""
    traffic = Traffic(side.account, run)
    traffic.prepare(int(options.seconds * options.ahead) if not rate else 0)
    connection = await asyncpg.connect(side.dsn)
    try:
        await connection.execute("CHECKPOINT")
        before = await connection.fetchval("SELECT coalesce(max(id), 0) FROM inbox")
        spent = await processor_time(connection, side)
        load = Run(traffic.next, traffic.told)
        await load.connect("127.0.0.1", side.server.port, CONNECTIONS)
        if rate:
            result = await load.at_rate(rate, options.soak)
        else:
            result = await load.as_fast_as_possible(options.seconds)
        spent = await processor_time(connection, side) - spent
        side.costs.append(spent / max(1, len(result.latencies)) * 1e6)
        await check_books(connection, traffic, before, result)
    finally:
        await connection.close()
    return result


async def processor_time(connection: asyncpg.Connection, side: Side) -> float:
    """Return the seconds of processor time used by the server and its database connections.

    On a machine that others use too, this is steadier than any rate.
    """
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    pids = [side.server.process.pid, *(row["pid"] for row in rows)]
    return sum(stand.cpu_seconds(pid) for pid in pids)


async def check_books(
    connection: asyncpg.Connection, traffic: Traffic, before: int, result: Result
) -> None:
    """Compare what was acknowledged with what is stored."""
    rows = await connection.fetch("SELECT key_hash, xmin FROM inbox WHERE id > $1", before)
    stored = [row["key_hash"] for row in rows]
    commits = len({row["xmin"] for row in rows})
    lost = traffic.acknowledged - set(stored)
    twice = len(stored) - len(set(stored))
    unasked = set(stored) - traffic.acknowledged
    refused = sum(n for status, n in result.statuses.items() if status != 200)
    if lost or twice or result.lost or len(unasked) > refused:
        sys.exit(
            f"THE BOOKS DO NOT BALANCE: {len(lost)} lost, {twice} twice, {len(unasked)} without answer, "
            f"{result.lost} connections cut; answers {result.statuses}"
        )
    print(
        f"    books: {sum(result.statuses.values())} calls {result.statuses}, "
        f"{len(stored)} rows in {commits} commits, nothing lost, nothing twice"
    )


def tell(side: Side, result: Result) -> None:
    """Print one run."""
    slow = "  GENERATOR SATURATED" if result.busy > 0.9 else ""
    print(
        f"  {side.name:8} {result.rate:8,.0f}/s  p50 {result.percentile(0.5):6.2f} ms"
        f"  p99 {result.percentile(0.99):6.2f} ms  {side.costs[-1]:4.0f} us of processor a call"
        f"  memory {side.server.memory_mib():.0f} MiB"
        f"  generator {result.busy:.0%}{slow}"
    )


async def closed_loop(sides: list[Side], options: argparse.Namespace) -> None:
    """Interleave rounds of both and print medians and the ratio."""
    print(f"closed loop, {CONNECTIONS} connections, {options.rounds} rounds of {options.seconds} s")
    for side in sides:
        await measure(side, 1, argparse.Namespace(seconds=1.0, ahead=5000))
    for number in range(options.rounds):
        for side in sides if number % 2 == 0 else sides[::-1]:
            result = await measure(side, 100 + number, options)
            tell(side, result)
            side.rates.append(result.rate)
            side.p99s.append(result.percentile(0.99))
    bare, product = sides
    limit, reached = statistics.median(bare.rates), statistics.median(product.rates)
    print(
        f"median: limit {limit:,.0f}/s, product {reached:,.0f}/s, ratio {reached / limit:.2f} "
        f"(target 0.80); p99 {statistics.median(bare.p99s):.2f} and {statistics.median(product.p99s):.2f} ms, "
        f"{statistics.median(product.p99s) / statistics.median(bare.p99s):.2f} times (target under 3); "
        f"processor a call {statistics.median(bare.costs):.0f} and {statistics.median(product.costs):.0f} us"
    )


async def open_loop(sides: list[Side], options: argparse.Namespace) -> None:
    """Run both at a stated rate."""
    print(
        f"open loop, {options.rate:,.0f} calls/s for {options.soak} s, timed from when each was due"
    )
    for side in sides:
        tell(side, await measure(side, 900, options, options.rate))


async def main(options: argparse.Namespace) -> None:
    """Set everything up, measure, tear down."""
    print("$ python -m benchmarks.webhook_intake " + shlex.join(sys.argv[1:]))
    async with stand.postgres() as server, contextlib.AsyncExitStack() as stack:
        print(await stand.describe(server))
        sides = [await start(stack, server, name) for name in ("limit", "product")]
        await closed_loop(sides, options)
        if options.soak:
            await open_loop(sides, options)


async def start(stack: contextlib.AsyncExitStack, server: EmbeddedPostgres, name: str) -> Side:
    """Start one of the two servers on a database of its own."""
    dsn, account = await stand.database(server, name), stand.line_account()
    connection = await asyncpg.connect(dsn)
    await stand.add_account(connection, account)
    await connection.close()
    if name == "limit":
        module = "benchmarks.bare_intake"
        arguments = ["--account", str(account.id), "--secret", account.secret]
        arguments += ["--destination", account.external_id]
    else:
        module, arguments = "benchmarks.product_web", ["--secret-key", stand.SECRET_KEY]
    started = await stack.enter_async_context(stand.serving(module, ["--dsn", dsn, *arguments]))
    return Side(name, dsn, account, started)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--ahead", type=int, default=9000, help="calls made ahead for each second")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds of open-loop load")
    parser.add_argument("--rate", type=float, default=4000.0, help="calls a second with --soak")
    uvloop.run(main(parser.parse_args()))
