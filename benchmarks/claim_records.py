"""Claim records of one coupon with 100,000 claims: pages, searches, filters, all of it as files, and voiding.

python -m benchmarks.claim_records --rounds 20
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from benchmarks.import_codes import resident
from benchmarks.stand import database, describe, insert_account, line_account, postgres
from coupons.actions.design import create
from coupons.actions.new_coupon import NewCoupon
from coupons.actions.void_remaining import begin_voiding, void_step
from coupons.claim_export import csv_bytes, write_xlsx
from coupons.records import RecordFilter, all_records, record_page
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.ids import uuid7

CLAIMS = 100_000
PAGE = 50
TAIPEI = ZoneInfo("Asia/Taipei")
# Twelve characters, another for every n, that no other n's begins with.
MADE = "upper(translate(left(md5(%s || n), 5), '01', 'XY')) || lpad(n::text, 7, '2')"
NUMBER, CODE = MADE % "'number'", MADE % "'code'"
# Every statement takes the same three values, used or not.
USED = "WITH given AS (SELECT $1::uuid, $2::uuid, $3::int)"
SEED = (
    """INSERT INTO member (id, workspace_id, email, name, role, password_hash, language, active, created_at)
  VALUES (uuidv7(), $1, 'ann@tea.example', 'Ann', 'admin', '', '', true, now())""",
    """INSERT INTO store (id, workspace_id, name, address, phone)
  SELECT uuidv7(), $1, 'Store ' || n, '', '' FROM generate_series(1, 20) n""",
    """INSERT INTO contact (id, workspace_id, name, phone, created_at)
  SELECT uuidv7(), $1, 'Customer ' || md5(n::text), '+8869' || lpad((n * 37 % 99999999)::text, 8, '0'), now()
  FROM generate_series(1, $3::int) n""",
    f"""INSERT INTO claim (id, workspace_id, coupon_id, contact_id, number, token, code, source, key, request_hash,
    trigger, state, issued_at, first_opened_at, redeemed_at)
  SELECT uuidv7(), $1, $2, c.id, {NUMBER}, md5(n::text), {CODE}, 'flow',
    n::text, '', 'keyword: latte', CASE WHEN n % 5 = 0 THEN 'redeemed' ELSE 'issued' END, now(), now(),
    CASE WHEN n % 5 = 0 THEN now() END
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM contact WHERE workspace_id = $1) c""",  # noqa: S608 (constants)
    """INSERT INTO code (workspace_id, coupon_id, text, normalised, claim_id)
  SELECT $1, $2, k.code, k.code, k.id FROM claim k""",
    """INSERT INTO redemption (id, workspace_id, claim_id, kind, key, via, who, store_id, store_name, at)
  SELECT uuidv7(), $1, k.id, 'redeem', k.key, 'pin', 'Ray', s.id, s.name, now()
  FROM claim k JOIN (SELECT id, name, row_number() OVER (ORDER BY id) - 1 AS place FROM store) s
    ON k.key::int / 5 % 20 = s.place WHERE k.state = 'redeemed'""",
)


async def seed(opened: Database) -> RecordFilter:
    """Make the workspace, the coupon and its claims."""
    account = line_account()
    facts: dict[str, Any] = {"purpose": "marketing", "code_mode": "random"}
    async with opened.transaction() as tx:
        await insert_account(tx, account)
        plan = NewCoupon(name="Latte", **facts)
        coupon = await create(tx, account.workspace_id, plan, SystemClock().now())
    for statement in SEED:
        await opened.screens.execute(f"{USED} {statement}", account.workspace_id, coupon, CLAIMS)
    await opened.screens.execute("ANALYZE")
    return RecordFilter(coupon_id=coupon, workspace_id=account.workspace_id)


async def cases(opened: Database) -> Mapping[str, dict[str, Any]]:
    """Return what is asked for, by name."""
    row = await opened.screens.fetchrow(
        "SELECT k.code, k.number, c.name, c.phone FROM claim k JOIN contact c ON c.id = k.contact_id"
        " WHERE k.key = '50000'"
    )
    store: UUID = await opened.screens.fetchval("SELECT id FROM store ORDER BY id LIMIT 1")
    return {
        "first page": {},
        "a whole code": {"text": row["code"]},
        "the beginning of a code": {"text": row["code"][:9]},
        "a number": {"text": row["number"]},
        "a whole name": {"text": f'"{row["name"]}"'},
        "part of a name": {"text": row["name"][12:24]},
        "part of a phone number": {"text": row["phone"][5:]},
        "nothing found": {"text": "no such customer"},
        "two letters": {"text": "ab"},
        "state": {"state": "redeemed"},
        "store": {"store_id": store},
        "store, nothing found": {"store_id": uuid7()},
        "member, nothing found": {"member_id": uuid7()},
    }


async def measure(opened: Database, which: RecordFilter, rounds: int) -> None:
    """Time each case, all of them in turn."""
    asked = await cases(opened)
    times: dict[str, list[float]] = {name: [] for name in asked}
    found: dict[str, int] = {}
    for _ in range(rounds):
        for name, facts in asked.items():
            began = time.perf_counter()
            page = await record_page(
                opened.screens, msgspec.structs.replace(which, **facts), SystemClock().now(), PAGE
            )
            times[name].append((time.perf_counter() - began) * 1000)
            found[name] = len(page.rows)
    for name, taken in times.items():
        worst = sorted(taken)[int(0.95 * (len(taken) - 1))]
        print(
            f"{name:26} {found[name]:3} rows  median {statistics.median(taken):8.1f}  p95 {worst:8.1f} ms"
        )


async def files(opened: Database, which: RecordFilter) -> None:
    """Write everything as CSV and as XLSX; the greatest memory so far tells what each took."""
    now, size = SystemClock().now(), 0
    before, began = resident("VmHWM"), time.perf_counter()
    async for piece in csv_bytes(all_records(opened.screens, which, now), TAIPEI):
        size += len(piece)
    tell("CSV", began, size, before)
    before, began = resident("VmHWM"), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.xlsx"
        await write_xlsx(path, all_records(opened.screens, which, now), TAIPEI, "Latte")
        tell("XLSX", began, path.stat().st_size, before)


async def void_all(opened: Database, which: RecordFilter) -> None:
    """Revoke everything that is not redeemed, step by step."""
    now, steps = SystemClock().now(), [time.perf_counter()]
    async with opened.transaction() as tx:
        ann = await tx.fetchval("SELECT id FROM member")
        await begin_voiding(tx, which.workspace_id, which.coupon_id, ann, now)
    while await void_step(opened, which.coupon_id, now):
        steps.append(time.perf_counter())
    steps.append(time.perf_counter())
    voided = await opened.screens.fetchval("SELECT count(*) FROM claim WHERE state = 'voided'")
    longest = max(after - before for before, after in pairwise(steps))
    print(f"void  {steps[-1] - steps[0]:6.1f} s {voided:,} claims, longest step {longest:.2f} s")


def tell(what: str, began: float, size: int, before: float) -> None:
    """Print what a file took."""
    more = resident("VmHWM") - before
    print(
        f"{what:5} {time.perf_counter() - began:6.1f} s {size / 1e6:6.1f} MB {more:6.1f} MiB more"
    )


async def run(rounds: int) -> None:
    """Seed and measure."""
    async with postgres() as server:
        print(await describe(server))
        opened = await Database(await database(server, "records"), APPS).open()
        try:
            which = await seed(opened)
            await measure(opened, which, rounds)
            await files(opened, which)
            await void_all(opened, which)
        finally:
            await opened.close()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    asyncio.run(run(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
