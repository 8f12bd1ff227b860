"""The pages' templates, assets and security headers."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).resolve().parent
ASSETS = FOLDER / "assets"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def asset(name: str) -> tuple[bytes, str]:
    """Return an asset's bytes and the hash that its address carries; raises FileNotFoundError."""
    content = (ASSETS / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def asset_url(name: str) -> str:
    """Return the address of an asset, which changes with its content."""
    return f"/assets/pages/{name}?v={asset(name)[1]}"


environment.globals["asset_url"] = asset_url


def page(template: str, *, status: int = 200, **values: Any) -> web.Response:  # noqa: ANN401 (a template's)
    """Render a page that nobody may store, index, frame, or learn the address of."""
    nonce = secrets.token_urlsafe(12)
    html = environment.get_template(template).render(nonce=nonce, **values)
    response = web.Response(text=html, content_type="text/html", charset="utf-8", status=status)
    response.headers.update(
        {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; img-src 'self'; connect-src 'self';"
                f" style-src 'self' 'nonce-{nonce}'; form-action 'self'; base-uri 'none';"
                " frame-ancestors 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, no-store",
            "X-Robots-Tag": "noindex, nofollow",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return response


async def serve_asset(request: web.Request) -> web.Response:
    """Answer `/assets/pages/{name}`: only what the folder holds, cached for good under its hash."""
    name = request.match_info["name"]
    kind = TYPES.get(Path(name).suffix)
    if kind is None or name not in {path.name for path in ASSETS.iterdir()}:
        raise web.HTTPNotFound
    content, digest = asset(name)
    fresh = request.query.get("v") == digest
    caching = "public, max-age=31536000, immutable" if fresh else "no-cache"
    headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
    return web.Response(body=content, content_type=kind, charset="utf-8", headers=headers)
