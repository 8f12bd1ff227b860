"""A coupon's ledger: every redemption and undoing, and whether its books balance."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from agent_console.claims import find_coupon
from agent_console.paged import SIZES, USUAL, address, ends, place
from agent_console.render import page
from coupons.audit import audit
from coupons.ledger import ledger_page
from runtime.appkeys import DATABASE

# Everything at once would be every redemption there ever was: the records' file is for that.
MOST = 50


async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of the ledger; with `check=1` add the books up and say what does not balance."""
    coupon = await find_coupon(request)
    database = request.config_dict[DATABASE].screens
    at = place(request)
    plan = coupon.design
    found = await ledger_page(
        database,
        (plan.workspace_id, plan.id),
        at.size or MOST,
        after=at.after,
        before=at.before,
    )
    checked = request.query.get("check") == "1"
    books = await audit(database, plan.id) if checked else []
    size = str(at.size or MOST)
    path = f"/console/coupons/{plan.id}/ledger"
    kept = {"size": size if size != USUAL else ""}
    turns: dict[str, Any] = {}
    turns |= ends(path, kept, [row.id for row in found.rows], older=found.older, newer=found.newer)
    return page(
        request,
        "coupons/ledger.html",
        coupon=coupon,
        tab="ledger",
        rows=found.rows,
        books=books[0] if books else None,
        checked=checked,
        check_url=address(path, kept, check="1"),
        size=size,
        sizes=[(one, address(path, kept, size=one)) for one in SIZES if one != "all"],
        **turns,
    )
