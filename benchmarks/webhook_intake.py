"""Webhook intake, durable before the 200: the limit and the product side by side.

    python -m benchmarks.webhook_intake [--rounds 15] [--seconds 2] [--soak 60 --share 0.45] [--role all]

Closed loop over 32 connections in interleaved rounds; with --soak, open loop at a share of the limit
just measured (or at --rate). A fifth of the calls are redeliveries. The books are checked after every
run: nothing lost, nothing twice.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shlex
import statistics
import sys
from dataclasses import dataclass, field

import asyncpg
import uvloop

from benchmarks import stand, stub
from benchmarks.lag import watched
from benchmarks.load import Result, Run
from benchmarks.traffic import Traffic, check_books
from conversations.channel import Account
from runtime.postgres import EmbeddedPostgres

CONNECTIONS = 32
HALF_OF_QUIET = 6_500
WARM_UP_S = 1.0
CATCH_UP_S = 10.0
TARGETS = {"web": 0.8, "intake": 0.8, "all": 0.45}


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

    def forget(self) -> None:
        """Drop the figures so far: they were a warm-up."""
        for figures in (self.rates, self.p99s, self.costs):
            figures.clear()

    def medians(self) -> tuple[float, float, float]:
        """Return the medians of rate, p99 and processor time a call."""
        return (
            statistics.median(self.rates),
            statistics.median(self.p99s),
            statistics.median(self.costs),
        )


async def closed_run(side: Side, number: int, seconds: float, ahead: int) -> Result:
    """Load one side over busy connections, the calls made before the clock runs."""
    traffic = Traffic(side.account, number)
    traffic.prepare(int(seconds * ahead))

    async def load(run: Run) -> Result:
        return await run.as_fast_as_possible(seconds)

    return await measure(side, traffic, load)


async def measure(side: Side, traffic: Traffic, load: stand.Load) -> Result:
    """Make one run, check its books and print it."""
    connection = await asyncpg.connect(side.dsn)
    try:
        await connection.execute("CHECKPOINT")
        before = await connection.fetchval("SELECT coalesce(max(id), 0) FROM inbox")
        spent = await stand.processor_time(connection, side.server)
        run = Run(traffic.next, traffic.told)
        await run.connect("127.0.0.1", side.server.port, CONNECTIONS)
        result = await load(run)
        spent = await stand.processor_time(connection, side.server) - spent
        cost = spent / max(1, len(result.latencies)) * 1e6
        print(f"  {side.name:8}{stand.told(result)}  {cost:4.0f} us of processor a call")
        print(
            f"           memory {side.server.memory_mib():.0f} MiB;"
            f" {await check_books(connection, traffic, before, result)}"
        )
    finally:
        await connection.close()
    side.rates.append(result.rate)
    side.p99s.append(result.percentile(0.99))
    side.costs.append(cost)
    return result


async def closed_loop(sides: list[Side], options: argparse.Namespace) -> None:
    """Interleave rounds of both and print medians and the ratio."""
    print(f"closed loop, {CONNECTIONS} connections, {options.rounds} rounds of {options.seconds} s")
    for number in range(options.rounds + 1):
        for side in sides if number % 2 else sides[::-1]:
            warm_up = number == 0
            await closed_run(side, number, WARM_UP_S if warm_up else options.seconds, options.ahead)
            if warm_up:
                side.forget()
    (limit, limit_p99, limit_cost), (rate, p99, cost) = (side.medians() for side in sides)
    pairs = [mine / theirs for theirs, mine in zip(sides[0].rates, sides[1].rates, strict=True)]
    print(
        f"medians: limit {limit:,.0f}/s, product {rate:,.0f}/s: ratio {rate / limit:.2f}, of the pairs of"
        f" each round {statistics.median(pairs):.2f} (target {TARGETS[options.role]});"
        f" p99 {limit_p99:.1f} and {p99:.1f} ms: {p99 / limit_p99:.2f} times (target under 3);"
        f" processor a call {limit_cost:.0f} and {cost:.0f} us: {limit_cost / cost:.2f}"
    )
    if limit < HALF_OF_QUIET:
        print(
            f"NOTE: the limit itself stays under {HALF_OF_QUIET:,}/s, half of what engine 2 measured on a"
            " quiet machine: others were using this one, so only ratios and processor times mean something"
        )


async def open_loop(sides: list[Side], options: argparse.Namespace) -> None:
    """Run both at a stated rate, watching the product's inbox."""
    rate = options.rate or options.share * sides[0].medians()[0]
    print(f"open loop, {rate:,.0f} calls/s for {options.soak:g} s, timed from when each was due")

    async def load(run: Run) -> Result:
        return await run.at_rate(rate, options.soak)

    for number, side in enumerate(sides):
        async with watched(side.dsn) as lags:
            await measure(side, Traffic(side.account, 900 + number), load)
            if side.name == "product" and options.role == "all":
                print(f"  greatest lag {max(lags.seen):.2f} s (target under 1)")
                await asyncio.sleep(CATCH_UP_S)
                print(f"  lag {CATCH_UP_S:g} s later: {await lags.now():.2f} s (target 0)")


async def start(
    stack: contextlib.AsyncExitStack, server: EmbeddedPostgres, name: str, role: str
) -> Side:
    """Start one of the two servers on a database of its own, its platform being a stub."""
    platform, port = await stub.start()
    stack.callback(platform.close)
    dsn = await stand.database(server, name)
    account = stand.line_account(f"http://127.0.0.1:{port}")
    await stand.add_account(dsn, account)
    own = ["--dsn", dsn, "--port", "{port}"]
    if name == "limit":
        known = ["--account", str(account.id), "--secret", account.secret]
        own += [*known, "--destination", account.external_id]
        started = await stack.enter_async_context(stand.serving("benchmarks.bare_intake", own))
    elif role == "intake":
        own += ["--secret-key", stand.SECRET_KEY]
        started = await stack.enter_async_context(stand.serving("benchmarks.product_web", own))
    else:
        started = await stack.enter_async_context(stand.tessera(dsn, role))
    return Side(name, dsn, account, started)


async def main(options: argparse.Namespace) -> None:
    """Set everything up, measure, tear down."""
    print("$ python -m benchmarks.webhook_intake " + shlex.join(sys.argv[1:]))
    async with stand.postgres() as server, contextlib.AsyncExitStack() as stack:
        print(await stand.describe(server))
        sides = [await start(stack, server, name, options.role) for name in ("limit", "product")]
        await closed_loop(sides, options)
        if options.soak:
            await open_loop(sides, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--role",
        choices=tuple(TARGETS),
        default="web",
        help="web or all: bin/tessera serve in that role; intake: nothing but the intake",
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round")
    parser.add_argument("--ahead", type=int, default=9000, help="calls made ahead for each second")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds of open-loop load")
    parser.add_argument("--share", type=float, default=0.45, help="of the limit, with --soak")
    parser.add_argument("--rate", type=float, default=0.0, help="calls a second, with --soak")
    uvloop.run(main(parser.parse_args()))
