"""`tessera claims export COUPON`: a coupon's claims as CSV or XLSX."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from config.settings import Settings
from coupons.claim_export import BOM, csv_bytes, write_xlsx
from coupons.records import RecordFilter, all_records
from gateway.commands._coupons import find_coupon
from gateway.site import open_site
from runtime.errors import Invalid

PLACE = """
SELECT c.workspace_id, c.name, w.zone FROM coupon c JOIN workspace w ON w.id = c.workspace_id WHERE c.id = $1
"""


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    claims = choices.add_parser("claims", help="claims: export")
    verbs = claims.add_subparsers(dest="verb", metavar="export", required=True)
    export = verbs.add_parser("export", help="print a coupon's claims as CSV, newest first")
    export.add_argument("coupon", help="the coupon's id or exact name")
    export.add_argument("--xlsx", type=Path, metavar="FILE", help="write a workbook instead")
    export.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Stream the claims to standard output, or into the workbook; the zone stands in the header."""
    async with open_site(settings) as site:
        coupon = await find_coupon(site, chosen.coupon)
        place = await site.database.screens.fetchrow(PLACE, coupon)
        which = RecordFilter(coupon_id=coupon, workspace_id=place["workspace_id"])
        records = all_records(site.database.screens, which, site.clock.now())
        zone = ZoneInfo(place["zone"])
        if chosen.xlsx is None:
            async for piece in csv_bytes(records, zone):
                # For programs: the mark that spreadsheets want would be part of the first name.
                sys.stdout.write(piece.removeprefix(BOM).decode())
            return 0
        try:
            await write_xlsx(chosen.xlsx, records, zone, place["name"])
        except OSError as error:
            raise Invalid("xlsx", f"Cannot write {chosen.xlsx}: {error.strerror}") from error
    return 0
