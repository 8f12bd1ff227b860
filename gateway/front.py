"""The shortest way for webhooks: past the application's router and middlewares, which cost as much as
verifying, decoding and queueing together. Everything else goes to the application.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from aiohttp import StreamReader, web

from gateway.proxies import seen_from_outside
from gateway.webhooks import PREFIX

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http_parser import RawRequestMessage
    from aiohttp.web_protocol import RequestHandler

    from gateway.proxies import Network
    from gateway.webhooks import Webhooks


def put_before(runner: web.BaseRunner, webhooks: Webhooks, trusted: Sequence[Network] = ()) -> None:
    """Let `webhooks` answer its paths on every site of a runner that was set up and has no site yet.

    The application sees the real caller of a request that came through one of our `trusted` proxies.
    """
    server = runner.server
    if server is None:
        raise RuntimeError("Set the runner up first")
    behind, make_behind = server.request_handler, server.request_factory
    loop = asyncio.get_running_loop()

    def make(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        if message.path.startswith(PREFIX):
            return web.BaseRequest(message, payload, protocol, writer, task, loop)
        return make_behind(message, payload, protocol, writer, task)

    def dispatch(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        if request.raw_path.startswith(PREFIX):
            return webhooks.handle(request)
        return behind(seen_from_outside(request, trusted))

    server.request_handler, server.request_factory = dispatch, make
