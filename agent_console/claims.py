"""Claim records of a coupon: searched, filtered, paged, streamed whole, and taken away as files."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import as_id, path_id
from agent_console.paged import GAP, SIZES, USUAL, address, ends, place, stream
from agent_console.render import page
from coupons.claim_export import csv_bytes, write_xlsx
from coupons.listing import Listed, one_coupon
from coupons.records import (
    INSTANTS,
    STATES,
    RecordFilter,
    all_records,
    choices,
    record_page,
)
from runtime.appkeys import CLOCK, DATABASE
from runtime.downloads import send_once
from runtime.errors import NotFound

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Context = dict[str, Any]


async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of the records, or stream all of them."""
    coupon = await find_coupon(request)
    which, kept = _filter(request, coupon)
    database, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    offered = await choices(database, which.workspace_id, which.coupon_id)
    shared: Context = {"choices": offered, "tab": "claims"}
    if place(request).size is None:
        context = {**_context(coupon, which, kept), **shared, "rows": (), "gap": GAP}
        chunks = all_records(database, which, now)
        return await stream(request, "claims/page.html", "claims/_rows.html", chunks, context)
    return page(request, "claims/page.html", **await _page(request, coupon), **shared)


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the rows alone."""
    found = await _page(request, await find_coupon(request))
    return page(request, "claims/_table.html", **found, oob=True)


async def as_csv(request: web.Request) -> web.StreamResponse:
    """Stream the filtered records as CSV."""
    coupon = await find_coupon(request)
    which, _ = _filter(request, coupon)
    records = all_records(
        request.config_dict[DATABASE].screens, which, request.config_dict[CLOCK].now()
    )
    response = web.StreamResponse(headers=_file_headers(request, coupon, "csv"))
    response.content_type, response.charset = "text/csv", "utf-8"
    await response.prepare(request)
    async for piece in csv_bytes(records, ZoneInfo(coupon.design.zone)):
        await response.write(piece)
    await response.write_eof()
    return response


async def as_xlsx(request: web.Request) -> web.StreamResponse:
    """Write the filtered records into a temporary XLSX file and send it."""
    coupon = await find_coupon(request)
    which, _ = _filter(request, coupon)
    records = all_records(
        request.config_dict[DATABASE].screens, which, request.config_dict[CLOCK].now()
    )
    with tempfile.TemporaryDirectory(prefix="tessera-export-") as folder:
        path = Path(folder) / "claims.xlsx"
        await write_xlsx(path, records, ZoneInfo(coupon.design.zone), coupon.design.name)
        headers = _file_headers(request, coupon, "xlsx") | {"Content-Type": XLSX}
        return await send_once(request, path, headers)


async def find_coupon(request: web.Request) -> Listed:
    """Return the coupon in the address with its figures; NotFound for another workspace's."""
    found = await one_coupon(
        request.config_dict[DATABASE].screens,
        request[VIEWER].workspace_id,
        path_id(request, "coupon"),
    )
    if found is None:
        raise NotFound("There is no such coupon")
    return found


async def _page(request: web.Request, coupon: Listed) -> Context:
    which, kept = _filter(request, coupon)
    at = place(request)
    found = await record_page(
        request.config_dict[DATABASE].screens,
        which,
        request.config_dict[CLOCK].now(),
        at.size or int(USUAL),
        after=at.after,
        before=at.before,
    )
    ids = [row.id for row in found.rows]
    turns = ends(_path(coupon), kept, ids, older=found.older, newer=found.newer)
    here = {"after": str(at.after or ""), "before": str(at.before or "")}
    return {**_context(coupon, which, kept, **here), "rows": found.rows, **turns}


def _path(coupon: Listed) -> str:
    return f"/console/coupons/{coupon.design.id}/claims"


def _filter(request: web.Request, coupon: Listed) -> tuple[RecordFilter, dict[str, str]]:
    query = request.query
    zone = ZoneInfo(coupon.design.zone)
    since, until = as_date(query.get("from", "")), as_date(query.get("to", ""))
    state, span_of = query.get("state", ""), query.get("of", "")
    which = RecordFilter(
        coupon_id=coupon.design.id,
        workspace_id=coupon.design.workspace_id,
        text=query.get("q", "")[:200],
        state=state if state in STATES else "",
        trigger_kind=query.get("trigger", "")[:20],
        member_id=as_id(query.get("member", "")),
        store_id=as_id(query.get("store", "")),
        span_of=span_of if span_of in INSTANTS else "claimed",
        since=midnight_of(since, zone) if since else None,
        until=midnight_of(until + timedelta(days=1), zone) if until else None,
        test=query.get("test", "") == "1",
    )
    return which, _kept(query, which, since, until)


def _kept(
    query: Mapping[str, str], which: RecordFilter, since: date | None, until: date | None
) -> dict[str, str]:
    size = query.get("size", USUAL)
    return {
        "q": which.text,
        "state": which.state,
        "trigger": which.trigger_kind,
        "member": str(which.member_id or ""),
        "store": str(which.store_id or ""),
        "of": which.span_of if which.span_of != "claimed" else "",
        "from": since.isoformat() if since else "",
        "to": until.isoformat() if until else "",
        "test": "1" if which.test else "",
        "size": size if size in SIZES and size != USUAL else "",
    }


def as_date(text: str) -> date | None:
    """Return the date written as 2026-05-04, None when it is none."""
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found and 1970 <= found.year <= 9000 else None


def midnight_of(day: date, zone: ZoneInfo) -> datetime:
    """Return when `day` begins in `zone`."""
    return datetime.combine(day, time(), zone)


def _context(coupon: Listed, which: RecordFilter, kept: Mapping[str, str], **here: str) -> Context:
    path = _path(coupon)
    return {
        "coupon": coupon,
        "which": which,
        "kept": kept,
        "filtered": any(value for name, value in kept.items() if name != "size"),
        "size": kept["size"] or USUAL,
        "sizes": [(size, address(path, kept, size=size)) for size in SIZES],
        "refresh_url": address(f"{path}/rows", kept, **here),
        "csv_url": address(f"{path}.csv", kept, size=""),
        "xlsx_url": address(f"{path}.xlsx", kept, size=""),
        "gap": None,
        "older": "",
        "newer": "",
    }


def _file_headers(request: web.Request, coupon: Listed, ending: str) -> dict[str, str]:
    day = request.config_dict[CLOCK].now().astimezone(ZoneInfo(coupon.design.zone)).date()
    name = quote(f"{coupon.design.name} {day}.{ending}", safe="")
    plain = f'attachment; filename="claims-{day}.{ending}"'
    return {
        "Content-Disposition": f"{plain}; filename*=UTF-8''{name}",
        "Cache-Control": "private, no-store",
    }
