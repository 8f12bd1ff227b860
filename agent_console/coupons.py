"""The list of coupons, with what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from agent_console import coupon_words
from agent_console.access import VIEWER
from agent_console.paged import GAP, SIZES, USUAL, address, ends, place, stream
from agent_console.render import page
from coupons.listing import STATES, ListFilter, all_coupons, coupon_page
from runtime.appkeys import DATABASE

PATH = "/console/coupons"
Context = dict[str, Any]


async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of the list, or stream all of it."""
    which, kept = _filter(request)
    if place(request).size is None:
        rows = all_coupons(request.config_dict[DATABASE].screens, which)
        context = {**_context(which, kept), "rows": (), "gap": GAP}
        return await stream(request, "coupons/list.html", "coupons/_rows.html", rows, context)
    return page(request, "coupons/list.html", **await _page(request))


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the rows alone."""
    return page(request, "coupons/_table.html", **await _page(request), oob=True)


async def _page(request: web.Request) -> Context:
    which, kept = _filter(request)
    at = place(request)
    found = await coupon_page(
        request.config_dict[DATABASE].screens,
        which,
        at.size or int(USUAL),
        after=at.after,
        before=at.before,
    )
    ids = [row.design.id for row in found.rows]
    turns = ends(PATH, kept, ids, older=found.older, newer=found.newer)
    here = {"after": str(at.after or ""), "before": str(at.before or "")}
    return {**_context(which, kept, **here), "rows": found.rows, **turns}


def _filter(request: web.Request) -> tuple[ListFilter, dict[str, str]]:
    state, purpose = request.query.get("state", ""), request.query.get("purpose", "")
    size = request.query.get("size", USUAL)
    which = ListFilter(
        workspace_id=request[VIEWER].workspace_id,
        text=request.query.get("q", "")[:200],
        state=state if state in STATES else "",
        purpose=purpose if purpose in coupon_words.PURPOSES else "",
    )
    kept = {
        "q": which.text,
        "state": which.state,
        "purpose": which.purpose,
        "size": size if size in SIZES and size != USUAL else "",
    }
    return which, kept


def _context(which: ListFilter, kept: dict[str, str], **here: str) -> Context:
    return {
        "which": which,
        "size": kept["size"] or USUAL,
        "sizes": _sizes(kept),
        "refresh_url": address(f"{PATH}/rows", kept, **here),
        "gap": None,
        "older": "",
        "newer": "",
    }


def _sizes(kept: dict[str, str]) -> Sequence[tuple[str, str]]:
    return [(size, address(PATH, kept, size=size)) for size in SIZES]
