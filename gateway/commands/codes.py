"""`tessera codes import COUPON FILE`: load a code pack from a CSV or XLSX file."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

from config.settings import Settings
from coupons.actions.import_open import NewBatch, move_batch, open_batch, require_pack
from coupons.actions.import_run import Importer
from coupons.batches import BatchView, batch, rejects
from coupons.importing.files import path_of, receive
from coupons.importing.problems import FILES, LINES
from gateway.commands._coupons import find_coupon
from gateway.site import Site, open_site
from runtime.cells import neutral
from runtime.errors import Invalid, NotFound
from runtime.ids import uuid7

BLOCK = 256 * 1024
SHOWN = 20


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    codes = choices.add_parser("codes", help="code packs: import")
    verbs = codes.add_subparsers(dest="verb", metavar="import", required=True)
    load = verbs.add_parser("import", help="load codes into a coupon from a CSV or XLSX file")
    load.add_argument("coupon", help="the coupon's id or exact name")
    load.add_argument("file", type=Path, help="CSV or XLSX, a row a claim, up to 100,000 rows")
    load.add_argument(
        "--add-check-digit", action="store_true", help="complete 12 digits to an EAN-13"
    )
    load.add_argument("--rejects", type=Path, metavar="FILE", help="write refused lines as CSV")
    load.add_argument("--json", action="store_true", help="print the result as one JSON object")
    load.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Load the codes; print what was refused, with line and reason, on standard error.

    Returns 1, or raises Invalid when that is to be read by a person, when not one was loaded.
    """
    async with open_site(settings) as site:
        coupon_id = await find_coupon(site, chosen.coupon)
        result = await _load(site, coupon_id, chosen.file, add_check=chosen.add_check_digit)
        await _tell_refused(site, result)
        if chosen.rejects is not None:
            await _write_rejects(site, result.id, chosen.rejects)
    if chosen.json:
        print(json.dumps(_facts(result), ensure_ascii=False))
    elif result.good:
        print(f"{result.good:,} imported, {result.rejected:,} rejected.")
    else:
        raise Invalid("file", f"None of {result.rejected:,} codes in {chosen.file} was imported")
    return 0 if result.good else 1


async def _load(site: Site, coupon_id: UUID, path: Path, *, add_check: bool) -> BatchView:
    """Rehearse and commit the file; raises Invalid when it cannot be used as a whole."""
    async with site.database.transaction() as tx:
        workspace_id = await require_pack(tx, coupon_id)
    batch_id, data_dir = uuid7(), site.settings.data_dir
    file_hash = await receive(_blocks(path), path_of(data_dir, batch_id))
    new = NewBatch(
        id=batch_id,
        coupon_id=coupon_id,
        source="command",
        file_name=path.name,
        file_hash=file_hash,
        add_check=add_check,
    )
    async with site.database.transaction() as tx:
        await open_batch(tx, new, site.clock.now())
    importer = Importer(site.database, data_dir, site.clock)
    rehearsed = await _until(importer, workspace_id, batch_id)
    if rehearsed.state == "refused" and rehearsed.problem != "empty":
        raise Invalid("file", f"{path.name}: {FILES[rehearsed.problem]}")
    if rehearsed.rows == rehearsed.counts.get("blank", 0):
        raise Invalid("file", f"{path} holds no code; write one a line")
    async with site.database.transaction() as tx:
        await move_batch(tx, workspace_id, batch_id, "committing", site.clock.now())
    return await _until(importer, workspace_id, batch_id)


async def _until(importer: Importer, workspace_id: UUID, batch_id: UUID) -> BatchView:
    """Carry the batch on, or wait for a running server that does; raises NotFound, Invalid."""
    await importer.finish(batch_id)
    found = await batch(importer.database.screens, workspace_id, batch_id)
    if found is None:
        raise NotFound("There is no such batch of codes")
    return found


async def _blocks(path: Path) -> AsyncIterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
    except OSError as error:
        raise Invalid("file", f"Cannot read {path}: {error.strerror}") from error


async def _tell_refused(site: Site, result: BatchView) -> None:
    shown = 0
    async for line, value, reason in rejects(site.database.screens, result.id):
        if shown == SHOWN:
            rest = result.rejected - shown
            print(f"… and {rest:,} more; --rejects FILE writes them all", file=sys.stderr)
            return
        print(f"line {line}: {value[:60]!r}: {LINES[reason]}", file=sys.stderr)
        shown += 1


async def _write_rejects(site: Site, batch_id: UUID, target: Path) -> None:
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "value", "reason"))
        async for line, value, reason in rejects(site.database.screens, batch_id):
            writer.writerow((line, neutral(value), reason))


def _facts(result: BatchView) -> dict[str, Any]:
    return {
        "batch": str(result.id),
        "file": result.file_name,
        "encoding": result.encoding,
        "rows": result.rows,
        "imported": result.good,
        "rejected": result.rejected,
        "reasons": dict(result.counts),
        "seen_before": result.twin_at.isoformat() if result.twin_at else None,
    }
