"""The limit of a claim's page: bare aiohttp, the same indexed read, the same template with its values ready.

Nothing is decided or worded: each claim's values are made once, before the port opens.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

import uvloop
from aiohttp import web

from coupons.page_reads import PAGE, claim_page
from coupons.pages.render import environment
from coupons.pages.view import view
from runtime.clock import SystemClock
from runtime.database import SCREEN_POOL, Pool, open_pool

TOKENS = "SELECT token FROM claim"


class Bare:
    """The whole server."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.values: dict[str, dict[str, Any]] = {}
        self.template = environment.get_template("claim.html")

    async def prepare(self) -> None:
        """Make every claim's values."""
        now = SystemClock().now()
        for row in await self.pool.fetch(TOKENS):
            claim = await claim_page(self.pool, row["token"])
            if claim is not None:
                known = view(claim, now, base_url="https://shop.example", sealed=False)
                path = f"/c/{row['token']}"
                self.values[row["token"]] = known | {"path": path, "tap": "tap", "error": ""}

    async def show(self, request: web.Request) -> web.Response:
        """Read the claim and render its page."""
        token = request.match_info["token"]
        if await self.pool.fetchrow(PAGE, token) is None:
            raise web.HTTPNotFound
        html = self.template.render(nonce="nonce", **self.values[token])
        return web.Response(text=html, content_type="text/html")


async def serve(options: argparse.Namespace) -> None:
    """Run until killed."""
    bare = Bare(await open_pool(options.dsn, SCREEN_POOL))
    await bare.prepare()
    app = web.Application()
    app.add_routes([web.get("/c/{token}", bare.show)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", options.port).start()
    await asyncio.Event().wait()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
