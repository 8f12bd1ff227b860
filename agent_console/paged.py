"""Long lists: how many rows a page has, the places it starts from, and pages that show all and stream."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from aiohttp import web
from markupsafe import Markup

from agent_console.forms import as_id
from agent_console.render import html

SIZES = ("5", "10", "15", "50", "all")
USUAL = "15"
# Stands where the rows go while a page is put together; templates escape everything people write.
GAP = Markup("<!--\x00rows\x00-->")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What an address asks for: `size` None means all rows."""

    size: int | None
    after: UUID | None
    before: UUID | None


def place(request: web.Request) -> Place:
    """Return what the address asks for; what makes no sense counts as not asked for."""
    asked = request.query.get("size", USUAL)
    size = asked if asked in SIZES else USUAL
    return Place(
        size=None if size == "all" else int(size),
        after=as_id(request.query.get("after", "")),
        before=as_id(request.query.get("before", "")),
    )


def address(path: str, kept: Mapping[str, str], **changed: str) -> str:
    """Return an address with the given query; "" leaves a name out."""
    query = {name: value for name, value in {**kept, **changed}.items() if value}
    return f"{path}?{urlencode(query)}" if query else path


def ends(
    path: str, kept: Mapping[str, str], rows: Sequence[UUID], *, older: bool, newer: bool
) -> dict[str, str]:
    """Return where "newer" and "older" lead from a page of these rows; "" at an end."""
    return {
        "older": address(path, kept, after=str(rows[-1])) if rows and older else "",
        "newer": address(path, kept, before=str(rows[0])) if rows and newer else "",
    }


async def stream(
    request: web.Request,
    page: str,
    row: str,
    chunks: AsyncIterable[Sequence[Any]],
    context: Mapping[str, Any],
) -> web.StreamResponse:
    """Send the template `page` with all rows of `chunks` where it has GAP, as they are read."""
    head, _, tail = html(request, page, **context).partition(GAP)
    response = web.StreamResponse()
    response.content_type, response.charset = "text/html", "utf-8"
    await response.prepare(request)
    await response.write(head.encode())
    some = False
    async for rows in chunks:
        some = True
        await response.write(html(request, row, **{**context, "rows": rows}).encode())
    if not some:
        await response.write(html(request, row, **{**context, "rows": ()}).encode())
    await response.write(tail.encode())
    await response.write_eof()
    return response
