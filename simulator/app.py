"""The simulator as one sub-application, mounted at /simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from runtime.errors import Invalid, NotFound, Refused
from runtime.tasks import Supervisor
from simulator import access, deliveries, media, page
from simulator.keys import WORLD
from simulator.line import api as line
from simulator.meta import api as meta
from simulator.twilio import api as twilio
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp
    import asyncpg
    from aiohttp.typedefs import Handler

    from runtime.clock import Clock

# A webhook call cut off by a stop stays queued, so there is no need to wait long for its answer.
STOP_SECONDS = 3.0


def build(
    pool: asyncpg.Pool,
    public_url: str,
    clock: Clock,
    http: aiohttp.ClientSession,
    *,
    demo_public: bool = False,
) -> web.Application:
    """Return the application to mount at /simulator; `schema.migrate` must have run on the database.

    pool: opened by `runtime.database.open_pool`; one of its connections is kept for the webhook sender.

    public_url: the origin customers and the gateway reach this process at, without a slash at the end.
    Accounts reach their platforms by these api bases: {public_url}/simulator/line, /simulator/meta
    (Messenger and Instagram) and /simulator/twilio.
    """
    app = web.Application(middlewares=[access.guard(demo_public=demo_public), _say_errors])
    app[WORLD] = World(pool, public_url.rstrip("/"), clock, http, demo_public)
    page.add_routes(app.router)
    line.add_routes(app.router)
    meta.add_routes(app.router)
    twilio.add_routes(app.router)
    app.router.add_get(r"/media/{id:[\w-]+}.{ext:[a-z0-9]+}", media.serve)
    app.cleanup_ctx.append(_deliver)
    app.on_shutdown.append(_close)
    return app


@web.middleware
async def _say_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Invalid as error:
        return web.json_response({"error": str(error), "field": error.field}, status=400)
    except Refused as error:
        return web.json_response({"error": str(error), "code": error.code}, status=409)
    except NotFound as error:
        return web.json_response({"error": str(error)}, status=404)


async def _deliver(app: web.Application) -> AsyncIterator[None]:
    supervisor = Supervisor()
    supervisor.start("simulator webhooks", lambda: deliveries.run(app[WORLD]))
    yield
    await _close(app)
    await supervisor.stop(STOP_SECONDS)


async def _close(app: web.Application) -> None:
    app[WORLD].closing.set()
    app[WORLD].bell.ring()
