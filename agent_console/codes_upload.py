"""Takes a file of codes: written to disk as it arrives, then checked in the background."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from agent_console import codes_words
from agent_console.access import VIEWER
from agent_console.codes import find_coupon, listing, page_path
from coupons.actions.import_open import NewBatch, open_batch
from coupons.importing.files import path_of, receive, remove
from coupons.importing.problems import LARGEST, Unusable
from runtime.appkeys import CLOCK, DATABASE, LIVE, SETTINGS
from runtime.ids import uuid7

BLOCK = 256 * 1024
# Boundaries, names and the other fields around the file.
AROUND = 64 * 1024
LONGEST_FIELD = 64
MOST_PARTS = 10
UNREADABLE = (ValueError, LookupError, AssertionError, HttpProcessingError)


class Upload(msgspec.Struct):
    """What the form brought."""

    file_name: str = ""
    file_hash: bytes | None = None
    add_check: bool = False


async def upload(request: web.Request) -> web.StreamResponse:
    """Keep the file, open its batch and lead to the list; the form again when there is no file."""
    coupon = await find_coupon(request)
    if coupon.code_mode != "pack":
        return await listing(request, codes_words.NO_PACK, status=422)
    if (request.content_length or 0) > LARGEST + AROUND:
        return await listing(request, codes_words.FILES["too_large"], status=413)
    batch_id, viewer = uuid7(), request[VIEWER]
    path = path_of(request.config_dict[SETTINGS].data_dir, batch_id)
    try:
        brought = await _read(request, path)
    except Unusable as error:
        return await listing(request, codes_words.FILES[error.code], status=413)
    if brought.file_hash is None:
        return await listing(request, codes_words.CHOOSE_FILE, status=422)
    new = NewBatch(
        id=batch_id,
        coupon_id=coupon.id,
        workspace_id=viewer.workspace_id,
        file_name=brought.file_name,
        file_hash=brought.file_hash,
        member_id=viewer.id,
        add_check=brought.add_check,
    )
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await open_batch(tx, new, request.config_dict[CLOCK].now())
    except BaseException:
        remove(path)
        raise
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"{page_path(coupon.id)}#batch-{batch_id}")


async def _read(request: web.Request, path: Path) -> Upload:
    """Read the form's parts in their order; raises Unusable, or 400 when this is no form."""
    brought = Upload()
    try:
        parts = await request.multipart()
        for _ in range(MOST_PARTS):
            part = await parts.next()
            if part is None:
                return brought
            if isinstance(part, BodyPartReader):
                await _take(part, brought, path)
    except UNREADABLE as error:
        remove(path)
        raise web.HTTPBadRequest from error
    remove(path)
    raise web.HTTPBadRequest


async def _take(part: BodyPartReader, brought: Upload, path: Path) -> None:
    if part.name == "file" and part.filename and brought.file_hash is None:
        brought.file_name = part.filename
        brought.file_hash = await receive(_blocks(part), path)
    elif part.name == "add_check":
        brought.add_check = (await part.read_chunk(LONGEST_FIELD)) == b"1"
        await part.release()
    else:
        await part.release()


async def _blocks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while block := await part.read_chunk(BLOCK):
        yield block
