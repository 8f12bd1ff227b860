"""The routes of the customers' pages, to be added to the application by the gateway."""

from __future__ import annotations

from aiohttp import web

from coupons.pages.claim import back, open_page, redeem_page, show
from coupons.pages.pictures import serve_picture
from coupons.pages.render import serve_asset


def routes() -> list[web.RouteDef]:
    """Return the routes. Their handlers read SETTINGS, DATABASE, CLOCK, KEYRING and LIVE of the app."""
    return [
        web.get("/c/{token}", show),
        web.post("/c/{token}/open", open_page),
        web.post("/c/{token}/redeem", redeem_page),
        web.get("/c/{token}/open", back),
        web.get("/c/{token}/redeem", back),
        web.get("/assets/pages/{name}", serve_asset),
        web.get("/media/coupons/{key}", serve_picture),
    ]
