"""Claims on one hot coupon: the limit and the product side by side, in interleaved rounds.

    python -m benchmarks.claims [--rounds 3] [--seconds 3] [--workers 1] [--case NAME]

Callers ask as fast as they are answered: 1, 8 or 32 at once, then 32 while stock, a member's quota or the
customers' own limit run out. PostgreSQL has one core, the callers with their queue the other, for limit
and product alike. The books of every coupon are checked after every round.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shlex
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import uvloop

from benchmarks import stand
from benchmarks.bare_claims import Bare, Facts
from benchmarks.load import Result
from channels import registry
from coupons import claim_queue
from coupons.actions.design import create, publish_coupon
from coupons.actions.new_coupon import NewCoupon
from coupons.audit import audit
from coupons.claim_queue import ClaimQueue, Setting
from coupons.requests import ClaimRequest
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.ids import uuid7
from runtime.live import LiveFeed
from runtime.postgres import EmbeddedPostgres
from runtime.tasks import Supervisor

SIDES = ("limit", "product")
CONTACTS = 20_000
ENDLESS = 2**31 - 2
CLOCK = SystemClock()
ADD_CONTACTS = "INSERT INTO contact (id, workspace_id, created_at) SELECT id, $1, $2 FROM unnest($3::uuid[]) AS u (id)"
ADD_MEMBER = (
    "INSERT INTO member (id, workspace_id, email, name, role, password_hash, language, active, created_at)"
    " VALUES ($1, $2, 'sue@bench.example', 'Sue', 'service_agent', '', '', true, $3)"
)
TAKEN = """
SELECT (SELECT count(*) FROM claim WHERE coupon_id = $1) AS claims,
  (SELECT count(*) FROM unit WHERE coupon_id = $1 AND state = 'issued') AS units,
  (SELECT coalesce(sum(count), 0) FROM limit_row WHERE coupon_id = $1 AND subject LIKE 'c:%') AS contacts,
  (SELECT coalesce(sum(count), 0) FROM limit_row WHERE coupon_id = $1 AND subject LIKE 'm:%') AS members,
  (SELECT count(*) FROM feed f JOIN claim k ON k.id = f.subject WHERE k.coupon_id = $1) AS told
"""


@dataclass(frozen=True)
class Case:
    """One situation. `most`: how many claims there can be (0: no end)."""

    name: str
    callers: int
    quantity: int = 20_000
    contacts: int = CONTACTS
    per_contact: int = ENDLESS
    quota: int | None = None
    most: int = 0


CASES = (
    Case("1 caller", 1),
    Case("8 callers", 8),
    Case("32 callers", 32),
    Case("stock runs out", 32, quantity=300, most=300),
    Case("quota runs out", 32, quota=300, most=300),
    Case("contact limit", 32, contacts=100, per_contact=3, most=300),
)
Claim = Callable[[UUID, str], Awaitable[bool]]


@dataclass
class Side:
    """The limit or the product; both use one database, each round a coupon of its own."""

    name: str
    database: Database
    workspace: UUID
    member: UUID
    contacts: list[UUID]
    numbers: Iterator[int] = field(default_factory=itertools.count)


@dataclass
class Round:
    """What one round came to. `claims` were made, `refused` were not; `wal` is bytes a refusal cost."""

    seconds: float
    claims: int
    refused: int
    latencies: list[float]
    spent: float
    wal: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return (self.claims + self.refused) / self.seconds


@asynccontextmanager
async def prepared(server: EmbeddedPostgres) -> AsyncIterator[list[Side]]:
    """Make a workspace, a member and customers, and yield both sides."""
    dsn, account = await stand.database(server, "claims"), stand.line_account()
    await stand.add_account(dsn, account)
    database = await Database(dsn, APPS).open()
    member, contacts = uuid7(), [uuid7() for _ in range(CONTACTS)]
    try:
        now = CLOCK.now()
        await database.screens.execute(ADD_CONTACTS, account.workspace_id, now, contacts)
        await database.screens.execute(ADD_MEMBER, member, account.workspace_id, now)
        yield [Side(name, database, account.workspace_id, member, contacts) for name in SIDES]
    finally:
        await database.close()


async def publish(side: Side, case: Case) -> UUID:
    """Make the coupon of one round."""
    new = NewCoupon(
        name="Spring tea",
        purpose="service",
        fixed_code="LATTE",
        quantity=case.quantity,
        per_contact_limit=None if case.per_contact == ENDLESS else case.per_contact,
        default_quota=case.quota,
    )
    async with side.database.transaction() as tx:
        coupon = await create(tx, side.workspace, new, CLOCK.now())
    await publish_coupon(side.database, coupon, CLOCK.now())
    await side.database.screens.execute("ANALYZE unit, coupon, contact")
    return coupon


def product(side: Side, case: Case, coupon: UUID, supervisor: Supervisor) -> Claim:
    """Start the product's queue."""
    live = LiveFeed(side.database.dsn, side.database.screens, supervisor)
    setting = Setting(channels=registry.load(), clock=CLOCK, base_url="https://shop.example")
    queue = ClaimQueue(side.database, supervisor, live, setting)
    queue.start()

    async def claim(contact: UUID, key: str) -> bool:
        request = ClaimRequest(
            workspace_id=side.workspace,
            coupon_id=coupon,
            contact_id=contact,
            member_id=None if case.quota is None else side.member,
            source="api",
            key=key,
            trigger="api",
            arrived_at=CLOCK.now(),
        )
        return (await queue.claim(request)).claim is not None

    return claim


def limit(side: Side, case: Case, coupon: UUID, supervisor: Supervisor) -> Claim:
    """Start the bare queue."""
    member = None if case.quota is None else side.member
    bare = Bare(Facts(side.workspace, coupon, case.per_contact, member, case.quota))
    bare.start(side.database.dsn, claim_queue.WORKERS, supervisor)
    return bare.claim


async def measure(side: Side, case: Case, seconds: float) -> Round:
    """Run one round and check the books."""
    coupon = await publish(side, case)
    supervisor = Supervisor()
    begin = product if side.name == "product" else limit
    claim = begin(side, case, coupon, supervisor)
    connection = await asyncpg.connect(side.database.dsn)
    try:
        await connection.execute("CHECKPOINT")
        contacts = itertools.cycle(side.contacts[: case.contacts])
        await ask(side, case, claim, contacts, 0.3)
        before = await database_time(connection) + time.process_time()
        first = await asked(connection, coupon)
        result, got = await ask(side, case, claim, contacts, seconds)
        spent = await database_time(connection) + time.process_time() - before
        refused = len(result.latencies) - got
        one = Round(result.seconds, got, refused, result.latencies, spent)
        if case.most:
            one.wal = await refusals(side, case, claim, contacts, connection)
        await check(side, case, coupon, connection, first + got)
    finally:
        await connection.close()
        await supervisor.stop(0.1)
    return one


async def ask(
    side: Side, case: Case, claim: Claim, contacts: Iterator[UUID], seconds: float
) -> tuple[Result, int]:
    """Let the callers ask for some seconds; return their latencies, and how many got one."""
    begun = time.perf_counter()
    result, got = Result(), 0

    async def caller() -> None:
        nonlocal got
        while (now := time.perf_counter()) < begun + seconds:
            got += await claim(next(contacts), f"{side.name} {next(side.numbers)}")
            result.latencies.append(time.perf_counter() - now)

    await asyncio.gather(*(caller() for _ in range(case.callers)))
    result.seconds = time.perf_counter() - begun
    return result, got


async def refusals(
    side: Side,
    case: Case,
    claim: Claim,
    contacts: Iterator[UUID],
    connection: asyncpg.Connection,
) -> float:
    """Return the bytes of write-ahead log a refusal costs once everything is gone."""
    while (await ask(side, case, claim, contacts, 0.1))[1]:
        pass
    start = await connection.fetchval("SELECT pg_current_wal_insert_lsn()")
    result, _ = await ask(side, case, claim, contacts, 0.5)
    written = await connection.fetchval(
        "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)::float8", start
    )
    return float(written) / len(result.latencies)


async def asked(connection: asyncpg.Connection, coupon: UUID) -> int:
    """Return how many claims there are."""
    return int(await connection.fetchval("SELECT count(*) FROM claim WHERE coupon_id = $1", coupon))


async def database_time(connection: asyncpg.Connection) -> float:
    """Return the seconds of processor time of the database's connections."""
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return sum(stand.cpu_seconds(row["pid"]) for row in rows)


async def check(
    side: Side, case: Case, coupon: UUID, connection: asyncpg.Connection, least: int
) -> None:
    """Exit unless claims, units, counts and feed agree, and nothing was given out twice."""
    row = await connection.fetchrow(TAKEN, coupon)
    claims = row["claims"]
    wanted = {"units": claims, "contacts": claims, "told": claims}
    wanted["members"] = 0 if case.quota is None else claims
    wrong = {name: row[name] for name, count in wanted.items() if row[name] != count}
    short = claims < least if not case.most else claims != case.most
    faults = [fault for book in await audit(side.database.screens) for fault in book.faults]
    if wrong or short or faults:
        sys.exit(f"THE BOOKS DO NOT BALANCE ({side.name}, {case.name}): {dict(row)}, {faults}")


def told(case: Case, rounds: dict[str, list[Round]]) -> str:
    """Return a case in words: medians of the rounds, and of the ratios of each pair of rounds."""
    lines = []
    for name, runs in rounds.items():
        latencies = Result(latencies=[one for run in runs for one in run.latencies])
        answers = sum(run.claims + run.refused for run in runs)
        spent = sum(run.spent for run in runs) / answers * 1e6
        wal = f"  {statistics.median(run.wal for run in runs):.0f} bytes logged a refusal"
        lines.append(
            f"  {case.name:15}{name:8}{statistics.median(run.rate for run in runs):8,.0f}/s"
            f"  p50 {latencies.percentile(0.5):6.1f}  p99 {latencies.percentile(0.99):6.1f} ms"
            f"  {spent:5.0f} us of processor each{wal if case.most else ''}"
        )
    if len(rounds) == len(SIDES):
        pairs = zip(*(rounds[name] for name in SIDES), strict=True)
        ratio = statistics.median(ours.rate / bare.rate for bare, ours in pairs)
        lines.append(f"  {'':15}product to limit: {ratio:.2f} in pairs of rounds")
    return "\n".join(lines)


async def main(options: argparse.Namespace) -> None:
    """Set everything up, measure, tear down."""
    print("$ python -m benchmarks.claims " + shlex.join(sys.argv[1:]))
    claim_queue.WORKERS = options.workers
    async with stand.postgres() as server, prepared(server) as both:
        print(await stand.describe(server) + f"; {options.workers} workers")
        sides = [side for side in both if side.name in (options.side or SIDES)]
        for case in CASES:
            if options.case and case.name not in options.case:
                continue
            rounds: dict[str, list[Round]] = {side.name: [] for side in sides}
            for number in range(options.rounds):
                for side in sides if number % 2 else sides[::-1]:
                    rounds[side.name].append(await measure(side, case, options.seconds))
            print(told(case, rounds), flush=True)
        print(
            "target: at least 0.8 of the limit with one caller and with 32; a refusal writes nothing"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", choices=SIDES, action="append", help="only this one")
    parser.add_argument("--case", choices=[case.name for case in CASES], action="append")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--workers", type=int, default=claim_queue.WORKERS)
    uvloop.run(main(parser.parse_args()))
