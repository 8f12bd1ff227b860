"""What protects every answer: headers, and the check that an unsafe request comes from our own pages."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from runtime.origin import comes_from_us

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: https:",
    "media-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
POLICY = "; ".join(f"{name} {source}" for name, source in SOURCES.items())
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that are not set yet (a signal of the application, so streams have them too)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.path.startswith("/console/static/"):
        response.headers.setdefault("Cache-Control", "private, no-store")


@web.middleware
async def same_origin_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse an unsafe request that another site, or nobody known, sent: protection against CSRF."""
    if request.method not in SAFE and not comes_from_us(request):
        raise web.HTTPForbidden
    return await handler(request)
