"""`tessera audit`: do the books of every coupon balance, and the figures of conversations equal a recount?"""

from __future__ import annotations

import argparse
import sys

import msgspec

from config.settings import Settings
from conversations.recount import audit_figures
from coupons.audit import audit
from coupons.figure_totals import audit_totals
from gateway.commands._shared import add_json, show
from gateway.site import open_site


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    check = choices.add_parser("audit", help="check that stock, claims, limits and figures balance")
    add_json(check)
    check.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Print the books of every coupon and, below, what does not add up; exit 1 when something does not."""
    async with open_site(settings) as site:
        books = await audit(site.database.screens)
        totals = await audit_totals(site.database.screens)
        talks = await audit_figures(site.database.screens)
    rows = [{**msgspec.to_builtins(book), "faults": len(book.faults)} for book in books]
    if chosen.json:
        rows = [msgspec.to_builtins(book) for book in books]
    show(rows, as_json=chosen.json, empty="No coupon has been published yet.")
    faults = [f"{book.name}: {fault}" for book in books for fault in book.faults]
    faults += [f"coupons of {name}: {fault}" for name, fault in totals]
    faults += [f"conversations of {name}: {fault}" for name, fault in talks]
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults and not chosen.json:
        print("The books balance.")
    return 1 if faults else 0
