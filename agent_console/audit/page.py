"""The page of the audit log, and its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.audit import words
from agent_console.audit.shown import Shown, teller
from agent_console.claims import as_date, midnight_of
from agent_console.forms import as_id
from agent_console.paged import address
from agent_console.render import page, translate
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.cells import neutral
from runtime.i18n import exact_time
from team.audit import Entry, record
from team.audit_log import DEEPEST, SYSTEM, Line, Place, Search, folded, members_of, walk
from team.audit_log import page as log_page

PATH = "/console/settings/audit"
BOM = "\ufeff"
HEADER = ("at", "who", "what", "kind", "object", "facts")
OPERATOR = "system"
encode = msgspec.json.Encoder().encode


async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of what fits, newest first."""
    which, kept = _search(request)
    pool = request.config_dict[DATABASE].screens
    after = _place(request.query.get("after", ""))
    found = await log_page(pool, which, after)
    return page(
        request,
        "audit/page.html",
        rows=await _told(request, found.rows),
        members=await members_of(pool, which.workspace_id),
        areas=words.AREAS,
        sentences=_kinds(request),
        kept=kept,
        filtered=any(kept.values()),
        deepest=DEEPEST if len(folded(which.words)) == 1 else 0,
        newest=address(PATH, kept) if after else "",
        older=address(PATH, kept, after=_text(found.after)) if found.after else "",
        operator=OPERATOR,
    )


async def as_csv(request: web.Request) -> web.StreamResponse:
    """Stream what fits as CSV, cells made harmless for spreadsheets."""
    response = await _begin(request, "csv", "text/csv")
    await response.write((BOM + _row(HEADER)).encode())
    zone = request[VIEWER].zone
    async for lines in walk(request.config_dict[DATABASE].screens, _search(request)[0]):
        told = await _told(request, lines)
        text = "".join(_row(_cells(one, zone)) for one in told)
        await response.write(text.encode())
    await response.write_eof()
    return response


async def as_lines(request: web.Request) -> web.StreamResponse:
    """Stream what fits as JSON, one entry a line, as it was written."""
    response = await _begin(request, "jsonl", "application/x-ndjson")
    async for lines in walk(request.config_dict[DATABASE].screens, _search(request)[0]):
        told = await _told(request, lines)
        pairs = zip(lines, told, strict=True)
        text = b"".join(encode(_plain(line, shown)) + b"\n" for line, shown in pairs)
        await response.write(text)
    await response.write_eof()
    return response


async def _begin(request: web.Request, ending: str, kind: str) -> web.StreamResponse:
    """Note in the log itself that it is taken away, then begin the file."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    kept = {name: value for name, value in _search(request)[1].items() if value}
    entry = Entry(
        workspace_id=viewer.workspace_id,
        member_id=viewer.id,
        action="audit.exported",
        detail={"format": ending, **kept},
    )
    async with request.config_dict[DATABASE].transaction() as tx:
        await record(tx, entry, now)
    request.config_dict[LIVE].committed()
    day = now.astimezone(ZoneInfo(viewer.zone)).date()
    response = web.StreamResponse(
        headers={
            "Content-Disposition": f'attachment; filename="audit-{day}.{ending}"',
            "Cache-Control": "private, no-store",
        }
    )
    response.content_type, response.charset = kind, "utf-8"
    await response.prepare(request)
    return response


async def _told(request: web.Request, lines: Sequence[Line]) -> Sequence[Shown]:
    viewer, pool = request[VIEWER], request.config_dict[DATABASE].screens

    def say(text: str, **values: object) -> str:
        return translate(request, text, **values)

    telling = await teller(pool, viewer.workspace_id, lines, say, viewer.zone)
    return [telling.tell(line) for line in lines]


def _kinds(request: web.Request) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """Return the kinds by area, each with its sentence for the filter."""
    blank = {"who": "…", "what": "…"}
    told = {kind: translate(request, text, **blank) for kind, text in words.SENTENCES.items()}
    return [
        (area, [(kind, said) for kind, said in told.items() if kind.startswith(f"{area}.")])
        for area in words.AREAS
    ]


def _search(request: web.Request) -> tuple[Search, dict[str, str]]:
    viewer, query = request[VIEWER], request.query
    zone = ZoneInfo(viewer.zone)
    since, until = as_date(query.get("from", "")), as_date(query.get("to", ""))
    member, kind = query.get("member", ""), query.get("kind", "")
    who = SYSTEM if member == OPERATOR else as_id(member)
    actions = [one for one in words.SENTENCES if one == kind or one.startswith(f"{kind}.")]
    subject = query.get("object", "").replace("\x00", "")[:120]
    said = query.get("q", "").replace("\x00", "")[:100]
    which = Search(
        workspace_id=viewer.workspace_id,
        member_id=who,
        actions=actions if kind else (),
        subject=subject,
        words=said,
        since=midnight_of(since, zone) if since else None,
        until=midnight_of(until + timedelta(days=1), zone) if until else None,
    )
    return which, _kept(query, which, since, until)


def _kept(
    query: Mapping[str, str], which: Search, since: date | None, until: date | None
) -> dict[str, str]:
    member = OPERATOR if which.member_id == SYSTEM else str(which.member_id or "")
    return {
        "q": which.words,
        "member": member,
        "kind": query.get("kind", "") if which.actions else "",
        "object": which.subject,
        "from": since.isoformat() if since else "",
        "to": until.isoformat() if until else "",
    }


def _place(text: str) -> Place | None:
    instant, _, key = text.partition("_")
    found = as_id(key)
    try:
        at = datetime.fromisoformat(instant)
    except ValueError:
        return None
    return (at, found) if found and at.tzinfo else None


def _text(place: tuple[datetime, UUID] | None) -> str:
    return f"{place[0].isoformat()}_{place[1]}" if place else ""


def _cells(one: Shown, zone: str) -> Sequence[str]:
    facts = [
        f"{fact.label}: {fact.value}" + (f" (← {fact.before})" if fact.before is not None else "")
        for fact in one.facts
    ]
    told = (one.who, one.sentence, one.action, one.object, "; ".join(facts))
    return [exact_time(one.at, zone), *map(neutral, told)]


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _plain(line: Line, shown: Shown) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": line.at,
        "member_id": line.member_id,
        "who": shown.who,
        "what": shown.sentence,
        "kind": line.action,
        "object": line.subject,
        "facts": line.detail,
    }
