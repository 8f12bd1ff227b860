"""The shortest way for webhooks: past the application's router and middlewares, which cost as much as
verifying, decoding and storing together. Everything else goes to the application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from gateway.webhooks import PREFIX

if TYPE_CHECKING:
    from gateway.webhooks import Webhooks


def put_before(runner: web.BaseRunner, webhooks: Webhooks) -> None:
    """Let `webhooks` answer its paths on every site of a runner that was set up."""
    server = runner.server
    if server is None:
        raise RuntimeError("Set the runner up first")
    behind = server.request_handler

    async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path.startswith(PREFIX):
            return await webhooks.handle(request)
        return await behind(request)

    server.request_handler = dispatch
