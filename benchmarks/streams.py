"""From webhook to the agents' screens: many live streams, a steady flow of events, and when each stream has them.

    python -m benchmarks.streams [--streams 200] [--rate 200] [--seconds 30]

One process (`--role all`) serves everything. Each stream is a signed-in browser's connection to /console/live. A
customer's message is signed, posted, stored, worked on in a block and told to every stream; the time counts from
the instant its call was due to the instant the stream has its event. The books: every stream saw every message.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shlex
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
import asyncpg
import uvloop

from benchmarks import stand
from benchmarks.inbox import PASSWORD, sign_in
from benchmarks.load import Result, Run
from benchmarks.traffic import REDELIVERED, Traffic, check_books
from conversations.channel import Account
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.tasks import spawn
from team.actions.add_member import NewMember, add_member

TARGET_MS = 150.0
CONNECTIONS = 16
CATCH_UP_S = 20.0
SETTLE_S = 2.0
# A process's first events also load the vendors' libraries and prepare statements: they are in the books only.
WARM_UP_S = 4.0
EVENT = re.compile(rb'"kind":"message".*?"message":"([0-9a-f-]{36})"')


@dataclass
class Screens:
    """What the streams have seen: by message, when each stream had it."""

    seen: dict[bytes, list[float]] = field(default_factory=dict)
    open: int = 0

    async def follow(
        self, base: str, cookie: Mapping[str, str], connector: aiohttp.BaseConnector
    ) -> None:
        """Be one browser until cancelled."""
        async with (
            aiohttp.ClientSession(
                headers=cookie, connector=connector, connector_owner=False, read_bufsize=2**16
            ) as browser,
            browser.get(
                base + "/console/live", timeout=aiohttp.ClientTimeout(total=None)
            ) as stream,
        ):
            self.open += 1
            rest = b""
            async for chunk in stream.content.iter_any():
                now, (whole, _, rest) = time.perf_counter(), (rest + chunk).rpartition(b"\n")
                for found in EVENT.finditer(whole):
                    self.seen.setdefault(found[1], []).append(now)


async def seed(dsn: str, account: Account) -> None:
    """Add the account and the member who looks."""
    await stand.add_account(dsn, account)
    database = await Database(dsn, APPS).open()
    try:
        new = NewMember(
            workspace_id=account.workspace_id,
            email="agent7@bench.example",
            name="Agent 7",
            role="admin",
            password=PASSWORD,
            language="en",
        )
        await add_member(database, new, SystemClock().now())
    finally:
        await database.close()


async def when_due(dsn: str, dues: Mapping[bytes, float]) -> dict[bytes, float]:
    """Return for each message when its call was due."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT id, external_id FROM message WHERE direction = 'in'")
    finally:
        await connection.close()
    return {
        str(row["id"]).encode(): dues[key]
        for row in rows
        if (key := row["external_id"].encode()) in dues
    }


async def flow(run: Run, options: argparse.Namespace, screens: Screens, traffic: Traffic) -> Result:
    """Post at the rate and wait, within reason, until every stream has everything."""
    seconds = WARM_UP_S + options.seconds
    result = await run.at_rate(options.rate * REDELIVERED / (REDELIVERED - 1), seconds)
    until = time.perf_counter() + CATCH_UP_S
    wanted = len(traffic.acknowledged) * options.streams
    while sum(map(len, screens.seen.values())) < wanted and time.perf_counter() < until:  # noqa: ASYNC110 (they come one by one)
        await asyncio.sleep(0.05)
    return result


async def measure(
    running: stand.Server, dsn: str, account: Account, options: argparse.Namespace
) -> None:
    """Open the streams, let events flow, print and check."""
    base = f"http://127.0.0.1:{running.port}"
    cookie, screens, empty = await sign_in(base), Screens(), running.memory_mib()
    traffic = Traffic(account, 1)
    dues: dict[bytes, float] = {}

    def source() -> tuple[bytes, object]:
        call, note = traffic.next()
        number = re.search(rb'"id":"(\d+)"', call)
        if number:
            dues.setdefault(number[1], time.perf_counter())
        return call, note

    connector = aiohttp.TCPConnector(limit=0)
    tasks = [
        spawn(screens.follow(base, cookie, connector), f"stream {n}")
        for n in range(options.streams)
    ]
    connection = await asyncpg.connect(dsn)
    try:
        while screens.open < options.streams:  # noqa: ASYNC110 (they open one by one)
            await asyncio.sleep(0.05)
        await asyncio.sleep(SETTLE_S)
        each = (running.memory_mib() - empty) * 1024 / options.streams
        spent = await stand.processor_time(connection, running)
        run = Run(source, traffic.told)
        await run.connect("127.0.0.1", running.port, CONNECTIONS)
        counts_from = time.perf_counter() + WARM_UP_S
        result = await flow(run, options, screens, traffic)
        spent = await stand.processor_time(connection, running) - spent
        books = await check_books(connection, traffic, 0, result)
    finally:
        await connection.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await connector.close()
    each_us = spent / max(1, len(traffic.acknowledged)) * 1e6
    print(f"  {each_us:.0f} us of processor a message; generator busy {result.busy:.0%}")
    counted = {key: due for key, due in dues.items() if due > counts_from}
    report(screens, await when_due(dsn, counted), options)
    print(f"  memory {running.memory_mib():.0f} MiB, {each:.0f} KiB a stream; {books}")


def report(screens: Screens, due: Mapping[bytes, float], options: argparse.Namespace) -> None:
    """Print the latencies; exit when a stream missed a message."""
    whole = Result(
        latencies=[
            at - due[key] for key, times in screens.seen.items() if key in due for at in times
        ]
    )
    print(
        f"  {len(due):,} messages at {options.streams} streams:  p50 {whole.percentile(0.5):.0f}  p95"
        f" {whole.percentile(0.95):.0f}  p99 {whole.percentile(0.99):.0f} ms (target p95 under {TARGET_MS:.0f});"
        f"  load after {os.getloadavg()[0]:.2f}"
    )
    missed = Counter(len(screens.seen.get(key, ())) for key in due)
    short = {times: count for times, count in missed.items() if times < options.streams}
    if short:
        sys.exit(f"THE BOOKS DO NOT BALANCE: seen by so many streams: {short}")


async def main(options: argparse.Namespace) -> None:
    """Set everything up, measure, tear down."""
    print("$ python -m benchmarks.streams " + shlex.join(sys.argv[1:]))
    async with stand.postgres() as server:
        print(await stand.describe(server))
        dsn, account = await stand.database(server, "streams"), stand.line_account()
        await seed(dsn, account)
        async with stand.tessera(dsn, "all") as running:
            await measure(running, dsn, account, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=float, default=200.0, help="new messages a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    uvloop.run(main(parser.parse_args()))
