"""Requests for more quota: those who decide see them wait, whoever asked is told how it ended."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from agent_console import quota_words
from agent_console.access import VIEWER, is_partial
from agent_console.forms import fields, path_id
from agent_console.render import page, translate
from coupons.actions.decline_quota import decline_quota
from coupons.actions.grant_quota import grant_quota
from coupons.actions.settle_request import Decision
from coupons.quota_requests import count_open, open_requests, requests_of
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import NotFound

DIGITS = 6
PATH = "/console/quotas/requests"


async def show(request: web.Request) -> web.StreamResponse:
    """Show what waits for a decision."""
    return page(request, "quotas/requests.html", **await _waiting(request))


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the list alone."""
    return page(request, "quotas/_requests.html", **await _waiting(request), oob=True)


async def count(request: web.Request) -> web.StreamResponse:
    """Return how many wait, for the mark in the rail."""
    pool = request.config_dict[DATABASE].screens
    waiting = await count_open(pool, request[VIEWER].workspace_id)
    return page(request, "quotas/_count.html", waiting=waiting, oob=True)


async def grant(request: web.Request) -> web.StreamResponse:
    """Let the member send that many more."""
    entered = await fields(request)
    decision, amount = _decision(request, entered), entered.get("amount", "")
    wanted = int(amount) if amount.isdecimal() and len(amount) <= DIGITS else 0
    async with request.config_dict[DATABASE].transaction() as tx:
        await grant_quota(tx, decision, wanted, request.config_dict[CLOCK].now())
    return await _done(request)


async def decline(request: web.Request) -> web.StreamResponse:
    """Say no, and why."""
    decision = _decision(request, await fields(request))
    async with request.config_dict[DATABASE].transaction() as tx:
        await decline_quota(tx, decision, request.config_dict[CLOCK].now())
    return await _done(request)


async def outcome(request: web.Request) -> web.StreamResponse:
    """Tell the viewer in a sentence how their own request ended."""
    viewer, key = request[VIEWER], path_id(request, "request")
    pool, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    mine = (await requests_of(pool, viewer.id, now)).values()
    ended = next((one for one in mine if one.id == key and one.state != "open"), None)
    if ended is None:
        raise NotFound("There is no such request")
    said = quota_words.GRANTED if ended.state == "granted" else quota_words.DECLINED
    facts = {"count": ended.granted, "coupon": ended.coupon_name, "words": ended.reply}
    return web.Response(text=translate(request, said, **facts))


def _decision(request: web.Request, entered: dict[str, str]) -> Decision:
    return Decision(
        workspace_id=request[VIEWER].workspace_id,
        request_id=path_id(request, "request"),
        by=request[VIEWER].id,
        words=entered.get("words", "").strip(),
    )


async def _done(request: web.Request) -> web.StreamResponse:
    request.config_dict[LIVE].committed()
    if not is_partial(request):
        raise web.HTTPSeeOther(PATH)
    return await refresh(request)


async def _waiting(request: web.Request) -> dict[str, Any]:
    pool, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    return {"requests": await open_requests(pool, request[VIEWER].workspace_id, now)}
