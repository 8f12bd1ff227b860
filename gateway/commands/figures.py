"""`tessera figures rebuild`: count the figures anew, of coupons from their claims, of conversations from messages."""

from __future__ import annotations

import argparse

from config.settings import Settings
from conversations import rollups as chats
from coupons.rollups import rebuild
from gateway.commands._coupons import find_coupon
from gateway.site import open_site


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    figures = choices.add_parser("figures", help="figures of coupons and conversations: rebuild")
    verbs = figures.add_subparsers(dest="verb", metavar="rebuild", required=True)
    anew = verbs.add_parser("rebuild", help="count them anew; the server may run meanwhile")
    anew.add_argument("coupon", nargs="?", help="only this coupon's: its id or exact name")
    anew.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Count, and say how much was counted."""
    async with open_site(settings) as site:
        coupon = await find_coupon(site, chosen.coupon) if chosen.coupon else None
        claims = await rebuild(site.database, site.clock.now(), coupon)
        if coupon is None:
            talks = await chats.rebuild(site.database, site.clock.now())
            if talks is None:
                print("Conversations are being counted by the server already.")
            else:
                print(f"{talks:,} conversations counted.")
    if claims is None:
        print("Claims are being counted by the server already.")
    else:
        print(f"{claims:,} claims counted.")
    return 0
