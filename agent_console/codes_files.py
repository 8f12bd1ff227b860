"""Files of the codes page to download: templates to fill in, and the lines that were refused."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from agent_console import codes_words
from agent_console.codes import find_batch, find_coupon
from agent_console.render import translate
from coupons.batches import codes_of, rejects
from coupons.importing.samples import KINDS, sample
from runtime.appkeys import DATABASE
from runtime.cells import neutral
from runtime.errors import NotFound
from runtime.i18n import mark

BOM = "\ufeff"
HEADS = (mark("line"), mark("value"), mark("reason"))


async def template(request: web.Request) -> web.StreamResponse:
    """Give a template with as many columns as the coupon's rows have codes."""
    coupon, kind = await find_coupon(request), request.match_info["kind"]
    if kind not in KINDS:
        raise NotFound("There is no such template")
    content = sample(kind, coupon.code_columns, coupon.code_format, coupon.pack_kind)
    headers = {"Content-Disposition": f'attachment; filename="codes-template.{kind}"'}
    return web.Response(body=content, content_type=KINDS[kind], headers=headers)


async def refused(request: web.Request) -> web.StreamResponse:
    """Stream the refused lines as CSV: line, value, reason; no cell is taken for a formula."""
    found = await find_batch(request)
    pool = request.config_dict[DATABASE].screens

    async def rows() -> AsyncIterator[Sequence[str]]:
        yield [translate(request, head) for head in HEADS]
        async for line, value, reason in rejects(pool, found.id):
            words = translate(request, codes_words.LINES.get(reason, reason))
            yield [str(line), neutral(value), words]

    return await _stream(request, rows(), f"refused-{found.id}.csv")


async def printed(request: web.Request) -> web.StreamResponse:
    """Stream codes that were made for printing as CSV."""
    found = await find_batch(request)
    if found.kind != "offline":
        raise NotFound("There is no such file")
    pool = request.config_dict[DATABASE].screens

    async def rows() -> AsyncIterator[Sequence[str]]:
        yield ["code"]
        async for code in codes_of(pool, found.id):
            yield [neutral(code)]

    return await _stream(request, rows(), f"codes-{found.id}.csv")


async def _stream(
    request: web.Request, rows: AsyncIterator[Sequence[str]], name: str
) -> web.StreamResponse:
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    buffer = io.StringIO()
    # With its mark a spreadsheet reads UTF-8 as UTF-8.
    buffer.write(BOM)
    writer = csv.writer(buffer)
    async for row in rows:
        writer.writerow(row)
        if buffer.tell() > 32_768:
            await response.write(buffer.getvalue().encode())
            buffer.seek(0)
            buffer.truncate()
    await response.write(buffer.getvalue().encode())
    return response
