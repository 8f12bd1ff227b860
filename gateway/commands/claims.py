"""`tessera claims export COUPON`: a coupon's claims as CSV."""

from __future__ import annotations

import argparse
import csv
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from config.settings import Settings
from gateway.commands._coupons import find_coupon
from gateway.site import open_site
from runtime.cells import neutral

CLAIMS = """
SELECT c.number, c.code, c.state, p.name AS contact, c.trigger, m.email AS member, c.issued_at, c.first_opened_at,
  c.redeemed_at, w.zone
FROM claim c JOIN contact p ON p.id = c.contact_id JOIN workspace w ON w.id = c.workspace_id
LEFT JOIN member m ON m.id = c.member_id WHERE c.coupon_id = $1 AND NOT c.test ORDER BY c.id
"""
COLUMNS = ("number", "code", "state", "contact", "trigger", "member")
TIMES = ("issued_at", "first_opened_at", "redeemed_at")


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    claims = choices.add_parser("claims", help="claims: export")
    verbs = claims.add_subparsers(dest="verb", metavar="export", required=True)
    export = verbs.add_parser("export", help="print a coupon's claims as CSV")
    export.add_argument("coupon", help="the coupon's id or exact name")
    export.set_defaults(run=run)


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """Return an instant in the workspace's zone, "" when there is none."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if instant else ""


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Stream the claims to standard output; the zone stands in the header."""
    async with open_site(settings) as site:
        coupon = await find_coupon(site, chosen.coupon)
        writer = csv.writer(sys.stdout)
        async with site.database.transaction() as tx:
            zone = ZoneInfo(
                await tx.fetchval(
                    "SELECT w.zone FROM coupon c JOIN workspace w ON w.id = c.workspace_id WHERE c.id = $1",
                    coupon,
                )
            )
            writer.writerow([*COLUMNS, *(f"{name} ({zone.key})" for name in TIMES)])
            async for row in tx.cursor(CLAIMS, coupon):
                cells = [neutral(row[name]) for name in COLUMNS]
                writer.writerow([*cells, *(local(row[name], zone) for name in TIMES)])
    return 0
