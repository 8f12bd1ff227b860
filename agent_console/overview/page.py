"""The overview's page, its two parts that keep themselves up to date, and its file of members."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.access import LEADERS, VIEWER
from agent_console.charts import trend_chart
from agent_console.overview.asked import ORDERS, PRESETS, Asked, asked
from agent_console.overview.people import HEADER, Line, cells, lines
from agent_console.render import page
from conversations.overview import Overview, figures, open_now
from coupons.claim_export import BOM, csv_text
from coupons.overview import coupon_sums, sent_by_members
from runtime.appkeys import CLOCK, DATABASE
from runtime.cells import neutral
from runtime.i18n import mark
from team.queries import member_names

SERIES = {"customers": mark("Customers"), "people": mark("Members"), "bot": mark("Bot")}
HOTTEST = 5
Context = dict[str, Any]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the whole page."""
    told = {**await _now(request), **await _figures(request)}
    return page(request, "overview/page.html", **told)


async def refresh_now(request: web.Request) -> web.StreamResponse:
    """Return the numbers of this moment alone."""
    return page(request, "overview/_now.html", **await _now(request), oob=True)


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the figures alone."""
    return page(request, "overview/_figures.html", **await _figures(request), oob=True)


async def as_csv(request: web.Request) -> web.StreamResponse:
    """Return the table of members as a file."""
    wanted = _asked(request)
    found = await _conversations(request, wanted)
    people = await _people(request, wanted, found)
    rows = [HEADER, *([neutral(one) for one in cells(line)] for line in people)]
    name = f"members-{wanted.span.first}-{wanted.span.last}.csv"
    return web.Response(
        body=BOM + csv_text(rows).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _leads(request: web.Request) -> bool:
    """Say whether the member sees how colleagues do; a marketer sees the coupons only."""
    return request[VIEWER].role in LEADERS


def _has_coupons(request: web.Request) -> bool:
    return "coupons" in request[VIEWER].features


def _asked(request: web.Request) -> Asked:
    zone = ZoneInfo(request[VIEWER].zone)
    return asked(request, request.config_dict[CLOCK].now().astimezone(zone).date())


async def _now(request: web.Request) -> Context:
    wanted, leads = _asked(request), _leads(request)
    database = request.config_dict[DATABASE].screens
    return {
        "asked": wanted,
        "leads": leads,
        "open_now": await open_now(database, request[VIEWER].workspace_id, wanted.channel)
        if leads
        else None,
    }


async def _figures(request: web.Request) -> Context:
    wanted, leads = _asked(request), _leads(request)
    found = await _conversations(request, wanted) if leads else None
    return {
        "asked": wanted,
        "leads": leads,
        "figures": found,
        "chart": trend_chart(found.trend, tuple(SERIES)) if found else None,
        "heat": _heat(found) if found else {},
        "people": await _people(request, wanted, found),
        "coupons": await _coupons(request, wanted),
        "presets": PRESETS,
        "orders": ORDERS,
        "series": SERIES,
    }


async def _conversations(request: web.Request, wanted: Asked) -> Overview | None:
    database = request.config_dict[DATABASE].screens
    return await figures(database, request[VIEWER].workspace_id, wanted.span, wanted.channel)


async def _people(request: web.Request, wanted: Asked, found: Overview | None) -> list[Line]:
    if found is None:
        return []
    database, house = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    days = wanted.span.first, wanted.span.last
    sent = (
        await sent_by_members(database, house, wanted.channel, days)
        if _has_coupons(request)
        else {}
    )
    return lines(await member_names(database, house), found.members, sent, wanted.order)


async def _coupons(request: web.Request, wanted: Asked) -> Context | None:
    if not _has_coupons(request):
        return None
    database, before = request.config_dict[DATABASE].screens, wanted.span.before
    now, then = await coupon_sums(
        database,
        request[VIEWER].workspace_id,
        wanted.channel,
        (wanted.span.first, wanted.span.last),
        (before.first, before.last),
    )
    return {"now": now, "before": then}


def _heat(found: Overview) -> dict[str, list[tuple[int, int]]]:
    """Return for each channel the number of each hour and how warm its cell is, from 0 to 5."""
    most = max((n for hours in found.hours.values() for n in hours), default=0)
    return {
        channel: [(n, -(-n * HOTTEST // most) if most else 0) for n in hours]
        for channel, hours in found.hours.items()
    }
