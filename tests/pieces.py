"""A posted body that arrives piece by piece."""

from __future__ import annotations

import asyncio

from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request


def posted(*pieces, cut=False):
    """Return a request whose first piece is here and whose others come while somebody waits for them."""
    loop = asyncio.get_running_loop()
    connection = BaseProtocol(loop)
    connection.connection_made(asyncio.Transport())
    content = StreamReader(connection, 2**16, loop=loop)
    content.feed_data(pieces[0])
    for piece in pieces[1:]:
        loop.call_soon(content.feed_data, piece)
    if cut:
        loop.call_soon(content.set_exception, web.RequestPayloadError("gone"))
    else:
        loop.call_soon(content.feed_eof)
    return make_mocked_request(
        "POST", "/", headers={"Content-Type": "application/json"}, payload=content
    )
