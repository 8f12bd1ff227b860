"""`tessera figures rebuild`: count the coupons' figures anew from their claims."""

from __future__ import annotations

import argparse

from config.settings import Settings
from coupons.rollups import rebuild
from gateway.commands._coupons import find_coupon
from gateway.site import open_site


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    figures = choices.add_parser("figures", help="coupons' figures: rebuild")
    verbs = figures.add_subparsers(dest="verb", metavar="rebuild", required=True)
    anew = verbs.add_parser("rebuild", help="count them anew; the server may run meanwhile")
    anew.add_argument("coupon", nargs="?", help="the coupon's id or exact name (all by default)")
    anew.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Count, and say how many claims were counted."""
    async with open_site(settings) as site:
        coupon = await find_coupon(site, chosen.coupon) if chosen.coupon else None
        claims = await rebuild(site.database, site.clock.now(), coupon)
    print(f"{claims:,} claims counted.")
    return 0
