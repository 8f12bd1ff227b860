"""Whether an unsafe request comes from our own pages: protection against other sites' forms."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from runtime.appkeys import SETTINGS


def comes_from_us(request: web.Request) -> bool:
    """Say whether the browser vouches for our origin: Sec-Fetch-Site where it is sent, else Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "")
    own = urlsplit(request.config_dict[SETTINGS].base_url)
    sent = urlsplit(origin)
    same_host = (
        sent.netloc != "" and sent.netloc == request.host and sent.scheme in {"http", "https"}
    )
    return same_host or (sent.scheme, sent.netloc) == (own.scheme, own.netloc)
