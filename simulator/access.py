"""Who may come in: this machine's browsers, and only from the simulator's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from simulator.keys import WORLD
from simulator.world import LOOPBACK

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def guard(*, demo_public: bool) -> Middleware:
    """Return the middleware; `demo_public` lets other host names in."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not demo_public and _host(request.host) not in LOOPBACK:
            raise web.HTTPForbidden(
                text="The simulator answers on this machine only. Open it as http://localhost, "
                "or set TESSERA_DEMO_PUBLIC=on to show the demo to others.\n"
            )
        if request.method not in SAFE and not _same_origin(request):
            raise web.HTTPForbidden(text="This request came from another site.\n")
        response = await handler(request)
        if not response.prepared:
            _harden(response, request)
        return response

    return check


def _host(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same_origin(request: web.Request) -> bool:
    """Tell whether a browser says it comes from our page; programs that are no browser say nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        return site in {"same-origin", "none"}
    return origin is None or urlsplit(origin).netloc == request.host


def _harden(response: web.StreamResponse, request: web.Request) -> None:
    """Set the headers of a page that shows what strangers wrote: nothing inline, pictures from the web."""
    own = request.app[WORLD].public_url
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self' https: data: {own}; media-src 'self' https: {own}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
