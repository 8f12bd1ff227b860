"""The page's service worker, and what it shows where it has no copy.

The worker keeps a copy of a claim's page only while its code is on it, with the instant it ends at.
"""

from __future__ import annotations

from aiohttp import web

from coupons.page_words import WORDS
from coupons.pages.render import ASSETS, page


async def serve_worker(_: web.Request) -> web.Response:
    """Answer `/c/worker.js`: its folder is what it may serve, so it stands beside the claims."""
    return web.Response(
        body=(ASSETS / "worker.js").read_bytes(),
        content_type="text/javascript",
        charset="utf-8",
        headers={
            "Cache-Control": "no-cache",
            "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def show_offline(request: web.Request) -> web.Response:
    """Answer `/c/offline/{lang}`: kept by the worker, names no claim."""
    lang = request.match_info["lang"]
    if lang not in WORDS:
        raise web.HTTPNotFound
    words = WORDS[lang]
    return page(
        "message.html",
        lang=lang,
        heading=words["offline_none"],
        text=words["offline_none_text"],
        number="",
        back="",
        retry=words["offline_retry"],
    )
