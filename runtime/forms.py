"""Reads posted forms; bytes that are no form are the sender's fault, not a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from multidict import MultiDictProxy

# What aiohttp raises for wrong bytes, an unknown charset, a multipart body without its parts, and a sender who
# has gone in the middle of it.
UNREADABLE = (ValueError, LookupError, AssertionError, HttpProcessingError, ConnectionError)


async def posted(request: web.Request) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
    """Return the fields of a posted form; 400 when it cannot be read, 413 when it is too large."""
    try:
        form = await request.post()
        for value in form.values():
            if isinstance(value, str):
                _ = value.encode()  # some charsets spell letters that nothing can store
    except UNREADABLE as error:
        raise web.HTTPBadRequest(text="The form cannot be read; send it again\n") from error
    return form
