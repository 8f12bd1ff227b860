"""The codes of a coupon: files to import, what became of them, and finding one code."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from aiohttp import web

from agent_console import claims, codes_words
from agent_console.access import VIEWER
from agent_console.forms import fields, path_id
from agent_console.render import page
from coupons.actions.disable_code import disable_code
from coupons.actions.import_open import move_batch
from coupons.batches import BatchView, CouponCodes, batch, batches, coupon_codes, find_codes
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import NotFound

LONGEST_SEARCH = 100


async def show(request: web.Request) -> web.StreamResponse:
    """Show the page; `?code=` looks for one code."""
    return await listing(request)


async def refresh(request: web.Request) -> web.StreamResponse:
    """Answer the page's own question how far everything has come."""
    coupon = await find_coupon(request)
    rows = await _batches(request, coupon.id)
    return page(request, "coupons/codes_list.html", coupon=coupon, batches=rows, say=codes_words)


async def listing(request: web.Request, told: str = "", *, status: int = 200) -> web.Response:
    """Return the page; `told` stands at the form it is about."""
    coupon = await find_coupon(request)
    searched = request.query.get("code", "").strip()[:LONGEST_SEARCH]
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    found = (
        await find_codes(database.screens, viewer.workspace_id, coupon.id, searched)
        if searched
        else []
    )
    return page(
        request,
        "coupons/codes.html",
        status=status,
        listed=await claims.find_coupon(request),
        tab="codes",
        coupon=coupon,
        batches=await _batches(request, coupon.id),
        told=told,
        searched=searched,
        found=found,
        say=codes_words,
    )


async def commit(request: web.Request) -> web.StreamResponse:
    """Import what was checked."""
    return await _move(request, "committing")


async def discard(request: web.Request) -> web.StreamResponse:
    """Give a file up that was not imported."""
    return await _move(request, "discarding")


async def take_back(request: web.Request) -> web.StreamResponse:
    """Take back the codes of a file that nobody has."""
    return await _move(request, "taking_back")


async def add_check(request: web.Request) -> web.StreamResponse:
    """Check the file once more, completing 12 digits to EAN-13."""
    return await _move(request, "rehearsing", add_check=True)


async def disable(request: web.Request) -> web.StreamResponse:
    """Disable one code: nobody gets it any more, and nobody can redeem it."""
    coupon, entered = await find_coupon(request), await fields(request)
    key = entered.get("code_id", "")
    if not key.isdecimal() or len(key) > 18:
        raise NotFound("There is no such code")
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        text = await disable_code(tx, viewer.workspace_id, coupon.id, int(key), viewer.id, now)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"{page_path(coupon.id)}?code={quote(text, safe='')}#find")


async def _move(
    request: web.Request, state: str, *, add_check: bool | None = None
) -> web.StreamResponse:
    found = await find_batch(request)
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        await move_batch(
            tx,
            viewer.workspace_id,
            found.id,
            state,
            now,
            member_id=viewer.id,
            add_check=add_check,
        )
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"{page_path(found.coupon_id)}#batch-{found.id}")


async def find_coupon(request: web.Request) -> CouponCodes:
    """Return the coupon of the address; raises NotFound, also for another workspace's."""
    database, key = request.config_dict[DATABASE], path_id(request, "coupon")
    found = await coupon_codes(database.screens, request[VIEWER].workspace_id, key)
    if found is None:
        raise NotFound("There is no such coupon")
    return found


async def find_batch(request: web.Request) -> BatchView:
    """Return the batch of the address; raises NotFound unless it belongs to the address's coupon."""
    database, key = request.config_dict[DATABASE], path_id(request, "batch")
    found = await batch(database.screens, request[VIEWER].workspace_id, key)
    if found is None or found.coupon_id != path_id(request, "coupon"):
        raise NotFound("There is no such batch of codes")
    return found


def page_path(coupon_id: UUID) -> str:
    """Return the address of a coupon's codes page."""
    return f"/console/coupons/{coupon_id}/codes"


async def _batches(request: web.Request, coupon_id: UUID) -> list[BatchView]:
    database = request.config_dict[DATABASE]
    return await batches(database.screens, request[VIEWER].workspace_id, coupon_id)
