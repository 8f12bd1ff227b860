"""Builds the API, which the gateway mounts at /api/v1.

The parent application carries what handlers need under the keys of runtime.appkeys and coupons.appkeys.
"""

from __future__ import annotations

from aiohttp import web

from api import claims, redemptions
from api.guard import BUCKETS, Buckets, require
from api.openapi import document
from api.problems import problems
from runtime.appkeys import SETTINGS
from team.tokens import Scope

PATH = "/api/v1"


async def describe(request: web.Request) -> web.Response:
    """Answer with the OpenAPI description; it is public."""
    return web.json_response(document(request.config_dict[SETTINGS].base_url))


async def keep_private(_: web.Request, response: web.StreamResponse) -> None:
    """No answer about a claim may stay in a cache."""
    response.headers.setdefault("Cache-Control", "private, no-store")


def build() -> web.Application:
    """Return the API's application."""
    app = web.Application(middlewares=[problems])
    app[BUCKETS] = Buckets()
    app.on_response_prepare.append(keep_private)
    app.router.add_get("/openapi.json", describe)
    app.router.add_post("/claims", require(Scope.CLAIMS_WRITE, claims.create))
    app.router.add_post("/redemptions", require(Scope.REDEMPTIONS_READ, redemptions.handle))
    return app
