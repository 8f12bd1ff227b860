"""One coupon: its figures over any days, and its settings in words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.charts import share, trend_chart
from agent_console.claims import as_date, find_coupon
from agent_console.designer import words as names
from agent_console.designer.history import WHAT
from agent_console.designer.shown import money
from agent_console.paged import address
from agent_console.render import page
from coupons.design_queries import history, stored_coupon
from coupons.figures import Days, figures, first_day, last_week
from coupons.listing import Listed
from runtime.appkeys import CLOCK, DATABASE
from team.workspaces import store_rows

LONGEST = timedelta(days=3660)
# Shortcuts: so many days up to today.
SPANS = (7, 28, 90)
VERSIONS = 10
Context = dict[str, Any]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the coupon's figures."""
    coupon = await find_coupon(request)
    told = await _figures(request, coupon)
    return page(request, "coupons/detail.html", **told, tab="figures")


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the figures alone."""
    told = await _figures(request, await find_coupon(request))
    return page(request, "coupons/_figures.html", **told, oob=True)


async def settings(request: web.Request) -> web.StreamResponse:
    """Say in words how the coupon is set up."""
    coupon = await find_coupon(request)
    database, plan = request.config_dict[DATABASE].screens, coupon.design
    stored = await stored_coupon(database, plan.workspace_id, plan.id)
    chosen = stored.stores if stored is not None else ()
    stores = [one for one in await store_rows(database, plan.workspace_id) if one.id in chosen]
    return page(
        request,
        "coupons/settings.html",
        coupon=coupon,
        tab="settings",
        stores=stores,
        versions=await history(database, plan.workspace_id, plan.id, VERSIONS),
        names=names,
        what=WHAT,
        money=money,
    )


async def _figures(request: web.Request, coupon: Listed) -> Context:
    database = request.config_dict[DATABASE].screens
    today = request.config_dict[CLOCK].now().astimezone(ZoneInfo(coupon.design.zone)).date()
    whole = request.query.get("days", "") == "all"
    begun = await first_day(database, coupon.design.id) if whole else None
    days = Days(begun or today, today) if whole else _days(request, today)
    found = await figures(database, coupon.design.id, days)
    path = f"/console/coupons/{coupon.design.id}"
    asked = {"days": "all"} if whole else _asked(days)
    return {
        "coupon": coupon,
        "figures": found,
        "chart": trend_chart(found.trend),
        "share": share,
        "spans": [
            (count, address(path, _asked(Days(today - timedelta(days=count - 1), today))))
            for count in SPANS
        ],
        "span": None if whole else (days.last - days.first).days + 1,
        "to_today": days.last == today,
        "whole": whole,
        "all_url": address(path, {"days": "all"}),
        "refresh_url": address(f"{path}/figures", {} if days == last_week(today) else asked),
    }


def _days(request: web.Request, today: date) -> Days:
    """Return the days the address asks for: the last seven unless it makes sense."""
    first, last = as_date(request.query.get("from", "")), as_date(request.query.get("to", ""))
    if first is None and last is None:
        return last_week(today)
    last = last or today
    first = first or last - timedelta(days=6)
    return Days(max(first, last - LONGEST), last) if first <= last else last_week(today)


def _asked(days: Days) -> dict[str, str]:
    return {"from": days.first.isoformat(), "to": days.last.isoformat()}
