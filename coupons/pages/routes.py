"""The customers' pages, to be added to the application by the gateway."""

from __future__ import annotations

from aiohttp import web

from coupons.pages import calendar, live, mine, offline
from coupons.pages.claim import back, open_page, redeem_page, show
from coupons.pages.pictures import serve_picture
from coupons.pages.render import serve_asset


def add_pages(app: web.Application) -> None:
    """Add the routes, and what open pages wait on.

    Handlers read SETTINGS, DATABASE, CLOCK, KEYRING, LIVE, SUPERVISOR and CHANNELS of the app.
    """
    app[live.WATCH] = live.Watch()
    app.on_shutdown.append(live.close_streams)
    app.add_routes(routes())


def routes() -> list[web.RouteDef]:
    """Return the routes; those of a fixed name come before the claims'."""
    return [
        web.get("/c/worker.js", offline.serve_worker),
        web.get("/c/offline/{lang}", offline.show_offline),
        web.get("/c/mine/{token}", mine.show),
        web.get("/c/{token}", show),
        web.get("/c/{token}/state", live.word),
        web.get("/c/{token}/live", live.stream),
        web.get("/c/{token}/calendar.ics", calendar.serve),
        web.post("/c/{token}/open", open_page),
        web.post("/c/{token}/redeem", redeem_page),
        web.post("/c/{token}/mine", mine.send),
        web.get("/c/{token}/open", back),
        web.get("/c/{token}/redeem", back),
        web.get("/c/{token}/mine", back),
        web.get("/assets/pages/{name}", serve_asset),
        web.get("/media/coupons/{key}", serve_picture),
    ]
