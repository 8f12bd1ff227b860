"""Import 100,000 codes beside 1,000,000: a bare COPY + INSERT … ON CONFLICT, and the product's whole path.

The limit stores the same rows under the same constraints: codes and units, in one transaction. The product
checks the file first and commits it in steps, in a process of its own, which tells its memory and progress.

    python -m benchmarks.import_codes --rounds 3
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.stand import database, describe, insert_account, line_account, postgres
from coupons.actions.design import create
from coupons.actions.import_open import NewBatch, move_batch, open_batch
from coupons.actions.import_run import Importer
from coupons.actions.new_coupon import NewCoupon
from coupons.batches import batch
from coupons.importing.files import path_of
from coupons.rules.codes import ean13_check
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Connection, Database
from runtime.ids import uuid7

BESIDE = 1_000_000
SIZE = 100_000
MEMORY_MIB = 64
TARGET = 2.0

SEED = """
INSERT INTO code (workspace_id, coupon_id, text, normalised)
SELECT $1, $2, 'SEED' || n, 'SEED' || n FROM generate_series(1, $3::int) AS n
"""
STAGING = "CREATE TEMP TABLE line (place int, text text, normalised text) ON COMMIT DROP"
CODES = """
WITH added AS (
  INSERT INTO code (workspace_id, coupon_id, batch_id, text, normalised)
  SELECT $1, $2, $3, text, normalised FROM line ORDER BY place
  ON CONFLICT (workspace_id, normalised) DO NOTHING RETURNING 1
) SELECT count(*) FROM added
"""
UNITS = """
INSERT INTO unit (coupon_id, seq, state, code_id)
SELECT $1, (SELECT coalesce(max(seq), 0) FROM unit WHERE coupon_id = $1) + row_number() OVER (ORDER BY id),
  'free', id FROM code WHERE batch_id = $2
"""


@dataclass
class Place:
    """Where the codes go: a pack for the limit and one for the product, in one workspace."""

    dsn: str
    folder: Path
    workspace: UUID
    limit: UUID
    product: UUID
    times: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, seconds: float) -> None:
        """Keep a time."""
        self.times.setdefault(what, []).append(seconds)

    def median(self, what: str) -> float:
        """Return the median time of what was noted."""
        return statistics.median(self.times[what])


def ean13s(first: int) -> list[str]:
    """Return SIZE codes."""
    return [f"{n:012}{ean13_check(f'{n:012}')}" for n in range(first, first + SIZE)]


async def seed(dsn: str, folder: Path) -> Place:
    """Make the workspace, both packs and the codes beside which the import happens."""
    account, now = line_account(), SystemClock().now()
    opened = await Database(dsn, APPS).open()
    try:
        async with opened.transaction() as tx:
            await insert_account(tx, account)
            facts: dict[str, Any] = {
                "purpose": "marketing",
                "code_mode": "pack",
                "code_format": "ean_13",
            }
            keys = [
                await create(tx, account.workspace_id, NewCoupon(name=name, **facts), now)
                for name in ("limit", "product", "beside")
            ]
        await opened.screens.execute(SEED, account.workspace_id, keys[2], BESIDE)
        await opened.screens.execute("ANALYZE")
    finally:
        await opened.close()
    return Place(dsn, folder, account.workspace_id, keys[0], keys[1])


async def run_limit(place: Place, codes: Sequence[str]) -> None:
    """COPY, INSERT … ON CONFLICT, and the units, in one transaction."""
    connection = await asyncpg.connect(place.dsn)
    try:
        began = time.perf_counter()
        async with connection.transaction():
            await _copy(connection, place, codes)
        place.note("limit", time.perf_counter() - began)
    finally:
        await connection.close()


async def _copy(connection: Connection, place: Place, codes: Sequence[str]) -> None:
    began, key = time.perf_counter(), uuid7()
    await connection.execute(STAGING)
    records = ((place_of, code, code) for place_of, code in enumerate(codes))
    await connection.copy_records_to_table("line", records=records)
    await connection.fetchval(CODES, place.workspace, place.limit, key)
    place.note("codes alone", time.perf_counter() - began)
    await connection.execute(UNITS, place.limit, key)


async def run_product(place: Place, codes: Sequence[str]) -> dict[str, float]:
    """Import a file through the product's own path in a process of its own; return what it tells."""
    key = uuid7()
    path = path_of(place.folder, key)
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{code}\r\n" for code in codes), "utf-8-sig")
    arguments = (place.dsn, str(place.folder), str(place.workspace), str(place.product), str(key))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.import_codes", "--child", *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    if process.returncode:
        raise SystemExit("the import failed; its message stands above")
    found: dict[str, float] = json.loads(told)
    place.note("product", found["seconds"])
    place.note("checking", found["checking"])
    return found


def resident(name: str) -> float:
    """Return VmRSS (now) or VmHWM (the most so far) of this process in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


async def child(dsn: str, folder: str, workspace: str, coupon: str, key: str) -> None:
    """Check and commit one file; print times, memory and how often progress was told."""
    opened = await Database(dsn, APPS).open()
    told: list[int] = []
    importer = Importer(opened, Path(folder), SystemClock(), lambda: told.append(1))
    before, began = resident("VmRSS"), time.perf_counter()
    new = NewBatch(id=UUID(key), coupon_id=UUID(coupon), source="command", file_name="pack.csv")
    async with opened.transaction() as tx:
        await open_batch(tx, new, SystemClock().now())
    await importer.run(UUID(key))
    checking = time.perf_counter() - began
    async with opened.transaction() as tx:
        await move_batch(tx, UUID(workspace), UUID(key), "committing", SystemClock().now())
    await importer.run(UUID(key))
    seconds = time.perf_counter() - began
    found = await batch(opened.screens, UUID(workspace), UUID(key))
    await opened.close()
    facts = {
        "seconds": seconds,
        "checking": checking,
        "memory": resident("VmHWM") - before,
        "steps": len(told),
        "good": found.good if found else 0,
    }
    print(json.dumps(facts))


async def check_books(place: Place, rounds: int) -> None:
    """End with an error unless every code and every unit is there, once."""
    connection = await asyncpg.connect(place.dsn)
    try:
        for coupon in (place.limit, place.product):
            codes = await connection.fetchval(
                "SELECT count(*) FROM code WHERE coupon_id = $1", coupon
            )
            units = await connection.fetchval(
                "SELECT count(*) FROM unit WHERE coupon_id = $1 AND state = 'free'", coupon
            )
            if (codes, units) != (rounds * SIZE, rounds * SIZE):
                raise SystemExit(f"books: {codes:,} codes and {units:,} units of {coupon}")
    finally:
        await connection.close()


async def main(rounds: int) -> None:
    """Run limit and product in turns and print both."""
    async with postgres() as server:
        dsn = await database(server, "codes")
        print(await describe(server))
        with tempfile.TemporaryDirectory(prefix="tessera-bench-") as folder:
            place = await seed(dsn, Path(folder))
            memory, steps = 0.0, 0.0
            for turn in range(rounds):
                await run_limit(place, ean13s(2 * turn * SIZE))
                found = await run_product(place, ean13s((2 * turn + 1) * SIZE))
                memory, steps = max(memory, found["memory"]), found["steps"]
                print(
                    f"round {turn + 1}: limit {place.times['limit'][-1]:.2f} s, product"
                    f" {found['seconds']:.2f} s (checking {found['checking']:.2f} s)"
                )
            await check_books(place, rounds)
    limit, product = place.median("limit"), place.median("product")
    pairs = zip(place.times["product"], place.times["limit"], strict=True)
    ratio = statistics.median(mine / bare for mine, bare in pairs)
    print(f"{SIZE:,} codes beside {BESIDE:,}, medians of {rounds} rounds, books balance")
    print(f"limit   {limit:6.2f} s  (codes alone {place.median('codes alone'):.2f} s)")
    print(f"product {product:6.2f} s  (checking {place.median('checking'):.2f} s)")
    print(f"ratio   {ratio:6.2f}    (target at most {TARGET:.0f})")
    print(
        f"extra memory {memory:.0f} MiB (target under {MEMORY_MIB}); progress told {steps:.0f} times"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=5, metavar="X", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        asyncio.run(child(*chosen.child))
    else:
        asyncio.run(main(chosen.rounds))
