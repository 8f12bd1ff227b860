"""The quotas of all coupons in one table: a cell changed in place, many at once, and the whole as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aiohttp import web

from agent_console import quota_words
from agent_console.access import VIEWER
from agent_console.forms import as_id, fields, whole
from agent_console.paged import address
from agent_console.quotas import MOST_LINES, value_of
from agent_console.render import page, translate
from coupons.actions.set_many_quotas import ManyQuotas, set_many_quotas
from coupons.claim_export import BOM, csv_text
from coupons.quota_matrix import Column, MatrixFilter, Person, all_quotas, quota_matrix, senders
from coupons.quota_reads import MemberQuota
from coupons.quota_requests import count_open
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.cells import neutral
from runtime.errors import Invalid, NotFound
from runtime.forms import posted

PATH = "/console/quotas"
COLUMNS, ROWS = 6, 25
FURTHEST = 100_000
NO_LIMIT = ("∞", "*")
HEADER = (
    "member", "role", "coupon", "purpose", "period", "quota", "own_value", "used", "left", "coupon_id", "member_id",
)  # fmt: skip


async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of the table."""
    return await _table(request)


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the table alone."""
    return page(request, "quotas/_matrix.html", **await _context(request), oob=True)


async def change(request: web.Request) -> web.StreamResponse:
    """Set the ticked people for the ticked coupons, or give them back to what holds otherwise."""
    form = await posted(request)
    who = [one for one in form.getall("who", []) if isinstance(one, str)][:MOST_LINES]
    ticked = [as_id(str(one)) for one in form.getall("coupon", [])][:MOST_LINES]
    coupons = [one for one in ticked if one is not None]
    typed = str(form.get("value", "")).strip()
    if not who or not coupons:
        return await _table(request, problem=translate(request, quota_words.TICK_BOTH), typed=typed)
    clear = form.get("do") == "clear"
    try:
        await _set(request, coupons, who, None if clear else value_of(typed), clear=clear)
    except Invalid as error:
        return await _table(
            request,
            problem=translate(request, error.words),
            typed=typed,
            ticked=(*who, *coupons),
        )
    raise web.HTTPSeeOther(address(PATH, _kept(request)))


async def change_cell(request: web.Request) -> web.StreamResponse:
    """Set one cell: a number, "" for what holds otherwise, ∞ or * for no limit; returns the table."""
    entered = await fields(request)
    who, coupon = entered.get("who", ""), as_id(entered.get("coupon", ""))
    if coupon is None:
        raise NotFound("There is no such coupon")
    typed = entered.get("cell", "").strip()
    value = None if typed in NO_LIMIT else value_of(typed)
    await _set(request, [coupon], [who], value, clear=not typed)
    return await refresh(request)


async def as_csv(request: web.Request) -> web.StreamResponse:
    """Stream what every member may send, sent and has left of every coupon."""
    pool, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    response = web.StreamResponse(
        headers={"Content-Disposition": 'attachment; filename="quotas.csv"'}
    )
    response.content_type, response.charset = "text/csv", "utf-8"
    await response.prepare(request)
    await response.write(BOM + csv_text([HEADER]).encode())
    async for rows in all_quotas(pool, _filter(request), now):
        await response.write(csv_text([_cells(*row) for row in rows]).encode())
    await response.write_eof()
    return response


async def _set(
    request: web.Request, coupons: list[UUID], who: list[str], value: int | None, *, clear: bool
) -> None:
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    many = ManyQuotas(
        workspace_id=viewer.workspace_id, coupons=coupons, who=who, value=value, clear=clear
    )
    async with request.config_dict[DATABASE].transaction() as tx:
        await set_many_quotas(tx, many, now, by=viewer.id)
    request.config_dict[LIVE].committed()


async def _table(
    request: web.Request,
    *,
    problem: str = "",
    typed: str = "",
    ticked: Sequence[str | UUID] = (),
) -> web.Response:
    pool = request.config_dict[DATABASE].screens
    return page(
        request,
        "quotas/matrix.html",
        status=422 if problem else 200,
        **await _context(request),
        problem=problem,
        typed=typed,
        ticked=frozenset(str(one) for one in ticked),
        waiting=await count_open(pool, request[VIEWER].workspace_id),
    )


async def _context(request: web.Request) -> dict[str, Any]:
    which, kept = _filter(request), _kept(request)
    pool, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    found = await quota_matrix(pool, which, now, columns=COLUMNS, rows=ROWS)
    turns = {
        "left": _turn(kept, "c", which.column - COLUMNS) if which.column else "",
        "right": _turn(kept, "c", which.column + COLUMNS) if found.more_columns else "",
        "up": _turn(kept, "r", which.row - ROWS) if which.row else "",
        "down": _turn(kept, "r", which.row + ROWS) if found.more_rows else "",
    }
    return {
        "matrix": found,
        "which": which,
        "turns": turns,
        "here": address("", kept),
        "senders": senders,
        "purposes": quota_words.EVERY_PURPOSE,
    }


def _turn(kept: dict[str, str], name: str, to: int) -> str:
    return address(PATH, kept, **{name: str(to) if to > 0 else ""})


def _filter(request: web.Request) -> MatrixFilter:
    query, purpose = request.query, request.query.get("purpose", "")
    return MatrixFilter(
        workspace_id=request[VIEWER].workspace_id,
        purpose=purpose if purpose in quota_words.EVERY_PURPOSE else "",
        coupon=query.get("q", "").strip()[:120],
        member=query.get("who", "").strip()[:120],
        column=whole(query.get("c", ""), 0, FURTHEST),
        row=whole(query.get("r", ""), 0, FURTHEST),
    )


def _kept(request: web.Request) -> dict[str, str]:
    which = _filter(request)
    return {
        "purpose": which.purpose,
        "q": which.coupon,
        "who": which.member,
        "c": str(which.column or ""),
        "r": str(which.row or ""),
    }


def _cells(person: Person, coupon: Column, quota: MemberQuota) -> Sequence[str]:
    texts = (person.name, person.role, coupon.name, coupon.purpose, coupon.period)
    limit = "" if quota.quota is None else str(quota.quota)
    rest = "" if quota.left is None else str(quota.left)
    facts = (limit, "yes" if quota.own else "no", str(quota.used), rest)
    return [*map(neutral, texts), *facts, str(coupon.id), str(person.id)]
