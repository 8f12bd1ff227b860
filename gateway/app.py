"""Builds the web application from the parts: the only place where packages are wired together."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from agent_console.app import build as build_console
from api.app import PATH as API
from api.app import build as build_api
from conversations.appkeys import CHANNELS
from coupons.appkeys import CLAIMS
from coupons.pages.routes import add_pages
from coupons.promotions.pages import routes as promotion_routes
from coupons.shop.routes import routes as shop_routes
from gateway import sent_files
from gateway.health import Health
from gateway.parts import Parts
from gateway.webhooks import Webhooks
from runtime import appkeys
from runtime.ids import uuid7
from simulator.app import build as build_simulator

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NAMED = "X-Request-Id"
log = structlog.get_logger("web")


def build(parts: Parts) -> tuple[web.Application, Webhooks]:
    """Return the application of a web process, and the handler that answers webhooks before it."""
    site = parts.site
    settings = site.settings
    app = web.Application(middlewares=[keep_calm])
    app[appkeys.SETTINGS] = settings
    app[appkeys.DATABASE] = site.database
    app[appkeys.CLOCK] = site.clock
    app[appkeys.KEYRING] = site.keyring
    app[appkeys.LIVE] = parts.live
    app[appkeys.SUPERVISOR] = parts.supervisor
    app[appkeys.HTTP] = parts.http
    app[CHANNELS] = parts.channels
    app[CLAIMS] = parts.claims
    app.on_response_prepare.append(add_headers)
    webhooks = Webhooks(
        book=parts.accounts,
        channels=parts.channels,
        intake=parts.intake,
        sightings=parts.sightings,
        metrics=parts.metrics,
        clock=site.clock,
        public_url=settings.base_url,
    )
    app.add_routes([*webhooks.routes(), *health_of(parts).routes()])
    app.router.add_get("/", to_console)
    add_pages(app)
    app.add_routes([*promotion_routes(), *shop_routes(), *sent_files.routes()])
    app.add_subapp("/console", build_console())
    app.add_subapp(API, build_api())
    if parts.simulator_pool is not None:
        simulator = build_simulator(
            parts.simulator_pool,
            settings.base_url,
            site.clock,
            parts.http,
            demo_public=settings.demo_public,
        )
        app.add_subapp("/simulator", simulator)
    return app, webhooks


def build_health(parts: Parts) -> web.Application:
    """Return the application of a worker: nothing but its health and what it has counted."""
    app = web.Application(middlewares=[keep_calm])
    app.on_response_prepare.append(add_headers)
    app.add_routes(health_of(parts).routes())
    return app


def health_of(parts: Parts) -> Health:
    """Return the addresses for whoever operates the process."""
    site = parts.site
    token = site.settings.metrics_token.get_secret_value()
    return Health(site.database, parts.metrics, site.clock, token)


async def to_console(_: web.Request) -> web.StreamResponse:
    """Send visitors of the bare address to the console."""
    raise web.HTTPFound("/console")


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers that every answer carries; pages with stricter ones keep theirs."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def keep_calm(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Name the request for the log, for what it writes and in its answer; turn what nobody foresaw into a
    plain 500 with that name.
    """
    number = uuid7().hex
    with structlog.contextvars.bound_contextvars(request_id=number):
        try:
            answer = await handler(request)
        except web.HTTPException as error:
            error.headers[NAMED] = number
            raise
        except Exception:
            log.exception("request failed", path=request.path)
            told = f"Something went wrong here, and it was noted. {number}\n"
            answer = web.Response(status=500, text=told)
    if not answer.prepared:
        answer.headers[NAMED] = number
    return answer
