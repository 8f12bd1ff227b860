"""The coupon's time as a calendar entry (RFC 5545), in UTC, so that every calendar shows the right hour.

The entry names no address: calendars are shared, and whoever has a claim's link has the claim.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from aiohttp import web

from coupons.page_reads import ClaimPage
from coupons.page_words import fill
from coupons.pages.found import find, now_of
from coupons.pages.view import language, phase

LAST_HOUR = timedelta(hours=1)
NOTICE = timedelta(hours=24)
LINE = 75


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into the calendar: from `start` up to `end`, told `notice` before the start."""

    uid: str
    start: datetime
    end: datetime
    stamp: datetime
    title: str
    text: str
    place: str
    notice: timedelta


async def serve(request: web.Request) -> web.Response:
    """Answer `/c/{token}/calendar.ics`: the hour in which it begins or ends; 404 where nothing has a date."""
    claim = await find(request)
    if isinstance(claim, web.Response):
        return claim
    found = entry(claim, now_of(request))
    if found is None:
        raise web.HTTPNotFound
    return web.Response(
        text=written(found),
        content_type="text/calendar",
        charset="utf-8",
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": 'attachment; filename="coupon.ics"',
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
            "X-Content-Type-Options": "nosniff",
        },
    )


def entry(claim: ClaimPage, now: datetime) -> Entry | None:
    """Return the last hour of a claim that may be used, the first of one that may not yet; else None."""
    lang, span, now_in = language(claim), claim.span, phase(claim, now)
    if span is None or now_in not in {"before", "during"}:
        return None
    if now_in == "before" and span.start is not None:
        start, title = span.start, "calendar_starts"
        end = min(start + LAST_HOUR, span.end or start + LAST_HOUR)
        notice = timedelta(0)
    elif span.end is not None:
        end, title = span.end, "calendar_title"
        start = max(end - LAST_HOUR, min(now, end))
        notice = min(NOTICE, max(timedelta(0), start - now) / 2)
    else:
        return None
    [store] = claim.stores if len(claim.stores) == 1 else (None,)
    text = fill(lang, "calendar_text", shop=claim.design.workspace_name)
    return Entry(
        uid=f"{claim.id}-{title}",
        start=start,
        end=end,
        stamp=now,
        title=fill(lang, title, name=claim.design.name),
        text="\n\n".join(part for part in (text, claim.design.rules) if part),
        place=", ".join(part for part in (store.name, store.address) if part) if store else "",
        notice=notice,
    )


def written(one: Entry) -> str:
    """Return the entry as an iCalendar file: escaped, folded, lines ended by CRLF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tessera//Coupons//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{one.uid}",
        f"DTSTAMP:{_utc(one.stamp)}",
        f"DTSTART:{_utc(one.start)}",
        f"DTEND:{_utc(one.end)}",
        f"SUMMARY:{_escaped(one.title)}",
        f"DESCRIPTION:{_escaped(one.text)}",
        *([f"LOCATION:{_escaped(one.place)}"] if one.place else []),
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(one.title)}",
        f"TRIGGER:-PT{int(one.notice.total_seconds() // 60)}M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    plain = "".join(char for char in text.replace("\r\n", "\n") if char == "\n" or char >= " ")
    for char in "\\;,":
        plain = plain.replace(char, f"\\{char}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Cut a line into pieces of at most 75 bytes, never inside a character; the later ones begin with a space."""
    pieces, piece, size = [], "", 0
    for char in line:
        wide = len(char.encode())
        if size + wide > LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece += char
        size += wide
    return [*pieces, piece]
