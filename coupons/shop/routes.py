"""The routes of the verifiers' page, to be added to the application by the gateway."""

from __future__ import annotations

from aiohttp import web

from coupons.shop import sign_in, till
from coupons.shop.render import serve_static


async def bare(_: web.Request) -> web.StreamResponse:
    """Send who types a slash too many to the page."""
    raise web.HTTPSeeOther("/shop")


def routes() -> list[web.RouteDef]:
    """Return the routes. Their handlers read SETTINGS, DATABASE, CLOCK, KEYRING and LIVE of the app."""
    return [
        web.get("/shop", till.show),
        web.get("/shop/", bare),
        web.get("/shop/login", sign_in.show_login),
        web.post("/shop/login", sign_in.log_in),
        web.get("/shop/in/{token}", sign_in.show_link),
        web.post("/shop/in/{token}", sign_in.enter_by_link),
        web.post("/shop/logout", sign_in.log_out),
        web.post("/shop/language", sign_in.choose_language),
        web.get("/shop/stores", sign_in.show_stores),
        web.post("/shop/stores", sign_in.choose_store),
        web.post("/shop/look-up", till.find),
        web.post("/shop/redeem", till.take),
        web.post("/shop/undo", till.take_back),
        web.get("/shop/today", till.day),
        web.get("/assets/shop/{name}", serve_static),
    ]
