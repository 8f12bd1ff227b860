"""A coupon's life from the console: publish, pause, resume, end, delete, void, duplicate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from agent_console.access import VIEWER, local_path
from agent_console.designer.found import find
from agent_console.designer.page import overtaken, unready
from agent_console.forms import fields
from agent_console.render import translate
from coupons.actions.begin_publishing import begin_publishing
from coupons.actions.design import move
from coupons.actions.duplicate import duplicate as duplicate_coupon
from coupons.actions.edit import ChangedMeanwhile, NotAccepted
from coupons.actions.unit_jobs import run_step
from coupons.actions.void_remaining import begin_voiding, void_step
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid
from runtime.i18n import mark

CONFIRM = mark("Confirm it first: this cannot be undone.")
COPY = mark("Copy of %(name)s")


async def publish(request: web.Request) -> web.StreamResponse:
    """Begin to publish; up to 10,000 units are made before the answer, the rest beside it."""
    stored, viewer, entered = await find(request), request[VIEWER], await fields(request)
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    typed = entered.get("version", "")
    version = int(typed) if typed.isdecimal() and len(typed) < 10 else None
    try:
        async with database.transaction() as tx:
            await begin_publishing(
                tx, viewer.workspace_id, stored.id, now, version=version, by=viewer.id
            )
    except NotAccepted as lacking:
        return await unready(request, stored, lacking.problems)
    except ChangedMeanwhile as meanwhile:
        return await overtaken(request, meanwhile.stored)
    await run_step(database, stored.id, now)
    return done(request, stored.id, entered.get("next", ""))


def mover(
    state: str, *, confirmed: bool = False
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the handler that moves a coupon to `state`; `confirmed`: only with a confirmation."""

    async def handle(request: web.Request) -> web.StreamResponse:
        stored, entered = await find(request), await fields(request)
        if confirmed and entered.get("confirm") != "yes":
            raise Invalid("confirm", CONFIRM)
        database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
        async with database.transaction() as tx:
            await move(tx, stored.id, state, now, by=request[VIEWER].id)
        default = "/console/coupons" if state == "archived" else ""
        return done(request, stored.id, entered.get("next", default))

    return handle


pause, resume = mover("paused"), mover("published")
end, archive = mover("ended", confirmed=True), mover("archived", confirmed=True)


async def void(request: web.Request) -> web.StreamResponse:
    """Revoke what is not redeemed, after a confirmation: 500 claims before the answer, the rest beside it."""
    stored, viewer, entered = await find(request), request[VIEWER], await fields(request)
    if entered.get("confirm") != "yes":
        raise Invalid("confirm", CONFIRM)
    now = request.config_dict[CLOCK].now()
    database = request.config_dict[DATABASE]
    async with database.transaction() as tx:
        await begin_voiding(tx, viewer.workspace_id, stored.id, viewer.id, now)
    await void_step(database, stored.id, now)
    return done(request, stored.id, entered.get("next", ""))


async def duplicate(request: web.Request) -> web.StreamResponse:
    """Open a draft like this coupon."""
    stored, viewer = await find(request), request[VIEWER]
    name = translate(request, COPY, name=stored.plan.name)
    now = request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        key = await duplicate_coupon(tx, viewer.workspace_id, stored.id, name, viewer.id, now)
    return done(request, key, "")


def done(request: web.Request, coupon_id: UUID, wanted: str) -> web.StreamResponse:
    """Wake the live feed and lead on: to `wanted` inside the console, else to the designer."""
    request.config_dict[LIVE].committed()
    default = f"/console/coupons/{coupon_id}/edit"
    raise web.HTTPSeeOther(local_path(wanted) if wanted else default)
