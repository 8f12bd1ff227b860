"""The designer's page: a new coupon, a stored one, and saving either without losing a typed word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.designer.context import Draft, context
from agent_console.designer.entered import Entered, entered, read
from agent_console.designer.found import EMPTY, find
from agent_console.designer.preview import looks
from agent_console.designer.shown import values_of
from agent_console.render import page
from coupons.actions.design import create
from coupons.actions.edit import ChangedMeanwhile, Edit, NotAccepted, edit
from coupons.design_queries import Stored
from coupons.rules.plan import NewCoupon
from coupons.rules.problems import Problem
from runtime.appkeys import CLOCK, DATABASE, LIVE

TEMPLATE = "coupons/designer/page.html"


async def show_new(request: web.Request) -> web.StreamResponse:
    """Show an empty form."""
    values = values_of(EMPTY, request[VIEWER].zone)
    return await _page(request, Draft(values=values, plan=EMPTY))


async def show(request: web.Request) -> web.StreamResponse:
    """Show a stored coupon."""
    stored = await find(request)
    return await _page(request, _draft(stored, ()))


async def save_new(request: web.Request) -> web.StreamResponse:
    """Store a draft, or show the form again with what was typed and what is wrong."""
    viewer, form = request[VIEWER], await entered(request)
    plan, wrong = read(form.values, viewer.zone, EMPTY)
    if wrong:
        return await _again(request, form, plan, wrong)
    now = request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        key = await create(tx, viewer.workspace_id, plan, now, stores=form.stores, by=viewer.id)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"/console/coupons/{key}/edit?saved")


async def save(request: web.Request) -> web.StreamResponse:
    """Save a changed coupon; the second of two editors is told what the first one did."""
    viewer, form, stored = request[VIEWER], await entered(request), await find(request)
    plan, wrong = read(form.values, stored.zone, stored.plan)
    if wrong:
        return await _again(request, form, plan, wrong, stored=stored)
    change = Edit(
        workspace_id=viewer.workspace_id,
        coupon_id=stored.id,
        plan=plan,
        stores=form.stores,
        version=form.version,
        by=viewer.id,
    )
    now = request.config_dict[CLOCK].now()
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await edit(tx, change, now)
    except NotAccepted as refused:
        return await _again(request, form, plan, refused.problems, stored=stored)
    except ChangedMeanwhile as refused:
        return await _again(request, form, plan, (), stored=refused.stored, status=409)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"/console/coupons/{stored.id}/edit?saved")


async def unready(
    request: web.Request, stored: Stored, lacking: Sequence[Problem]
) -> web.StreamResponse:
    """Show a coupon that cannot be published yet, and why."""
    return await _page(request, _draft(stored, lacking), status=422, unready=True)


async def overtaken(request: web.Request, stored: Stored) -> web.StreamResponse:
    """Show a coupon that somebody else has saved since it was opened."""
    return await _page(request, _draft(stored, ()), status=409, overtaken=True)


def _draft(stored: Stored, wrong: Sequence[Problem]) -> Draft:
    values = values_of(stored.plan, stored.zone)
    return Draft(
        values=values, plan=stored.plan, stores=stored.stores, stored=stored, wrong=tuple(wrong)
    )


async def _again(
    request: web.Request,
    form: Entered,
    plan: NewCoupon,
    wrong: Sequence[Problem],
    *,
    stored: Stored | None = None,
    status: int = 422,
) -> web.Response:
    draft = Draft(
        values=form.values, plan=plan, stores=form.stores, stored=stored, wrong=tuple(wrong)
    )
    return await _page(request, draft, status=status, overtaken=status == 409)


async def _page(
    request: web.Request, draft: Draft, *, status: int = 200, **more: object
) -> web.Response:
    shared: dict[str, Any] = {"unready": False, "overtaken": False}
    known = await context(request, draft) | looks(request, draft.plan)
    return page(request, TEMPLATE, status=status, **(known | shared | more))
