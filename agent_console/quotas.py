"""Who may send how many of a coupon: the table, and the form that changes many lines at once."""

from __future__ import annotations

from aiohttp import web

from agent_console import words
from agent_console.access import VIEWER
from agent_console.claims import find_coupon
from agent_console.forms import path_id
from agent_console.render import page, translate
from coupons.actions.set_quota import MOST, clear_quotas, set_quotas
from coupons.quota_table import QuotaTable, quota_table
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid
from runtime.forms import posted
from runtime.words import Words, mark

MOST_LINES = 1_000
DIGITS = 8


async def show(request: web.Request) -> web.StreamResponse:
    """Show the table."""
    return await _table(request)


async def change(request: web.Request) -> web.StreamResponse:
    """Set the ticked lines to one value, or give them back to what holds without their own."""
    coupon_id = path_id(request, "coupon")
    form = await posted(request)
    ticked = [who for who in form.getall("who", []) if isinstance(who, str)][:MOST_LINES]
    typed = str(form.get("value", "")).strip()
    await _read(request)
    if not ticked:
        return await _table(request, problem=translate(request, words.TICK_FIRST), typed=typed)
    try:
        await _apply(request, ticked, None if form.get("do") == "clear" else typed)
    except Invalid as error:
        return await _table(
            request,
            problem=translate(request, error.words),
            ticked=ticked,
            typed=typed,
        )
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"/console/coupons/{coupon_id}/quotas")


async def _apply(request: web.Request, ticked: list[str], typed: str | None) -> None:
    """Change the ticked lines; `typed` None gives them back, "" means no limit."""
    coupon_id, by = path_id(request, "coupon"), request[VIEWER].id
    now = request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        if typed is None:
            await clear_quotas(tx, coupon_id, ticked, now, by=by)
        else:
            await set_quotas(tx, coupon_id, dict.fromkeys(ticked, value_of(typed)), now, by=by)


WHOLE_NUMBER = mark("Write a whole number from 0 to %(most)s, or leave it empty")


def value_of(typed: str) -> int | None:
    """Return the quota that was typed, None for "": no limit. Raises Invalid."""
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= DIGITS):
        raise Invalid("value", Words(WHOLE_NUMBER, most=f"{MOST:,}"))
    return int(typed)


async def _read(request: web.Request) -> QuotaTable:
    """Read the coupon's table; NotFound for another workspace's."""
    return await quota_table(
        request.config_dict[DATABASE].screens,
        request[VIEWER].workspace_id,
        path_id(request, "coupon"),
        request.config_dict[CLOCK].now(),
    )


async def _table(
    request: web.Request, *, problem: str = "", ticked: list[str] | None = None, typed: str = ""
) -> web.StreamResponse:
    return page(
        request,
        "quotas/page.html",
        status=422 if problem else 200,
        coupon=await find_coupon(request),
        tab="quotas",
        table=await _read(request),
        problem=problem,
        ticked=frozenset(ticked or ()),
        typed=typed,
    )
