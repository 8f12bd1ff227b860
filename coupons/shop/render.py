"""The verifiers' pages: templates, the bundled script, and headers of their own.

Only here may WebAssembly be compiled and the camera be asked for: the scanner needs both.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coupons.pages.render import asset_url
from coupons.shop.words import NAMES, WORDS, fill
from coupons.words import language
from runtime.errors import TesseraError
from runtime.i18n import accepted

FOLDER = Path(__file__).resolve().parent
STATIC = FOLDER / "static"
PREFIX = "/assets/shop/"
ENTRY = "coupons/shop/frontend/main.ts"
TYPES = {".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm"}
LANGUAGE = "tessera_language"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"
        " img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.globals.update(asset_url=asset_url, NAMES=NAMES)


class Assets(TesseraError):
    """The front end has not been built."""


@cache
def bundle() -> tuple[str, tuple[str, ...]]:
    """Return the addresses of the script and the styles; raises Assets with what to do."""
    try:
        entry = json.loads((STATIC / "manifest.json").read_text())[ENTRY]
    except (OSError, ValueError, KeyError) as error:
        raise Assets("The verifiers' page has not been built: run bin/setup") from error
    return PREFIX + entry["file"], tuple(PREFIX + style for style in entry.get("css", ()))


def language_of(request: web.Request, chosen: str = "") -> str:
    """Return the language to speak: the member's, the one picked here, the browser's, English."""
    picked = request.cookies.get(LANGUAGE, "")
    return language(chosen, picked, *accepted(request.headers.get("Accept-Language", "")))


def page(
    request: web.Request,
    template: str,
    lang: str,
    status: int = 200,
    **values: Any,  # noqa: ANN401 (a template's)
) -> web.Response:
    """Render one of the pages."""
    try:
        script, styles = bundle()
    except Assets as error:
        return web.Response(status=503, text=f"{error}\n", headers=HEADERS)
    html = environment.get_template(template).render(
        lang=lang,
        t=WORDS[lang],
        fill=lambda name, **places: fill(lang, name, **places),
        script=script,
        styles=styles,
        path=request.path,
        **values,
    )
    return web.Response(text=html, content_type="text/html", status=status, headers=HEADERS)


async def serve_static(request: web.Request) -> web.StreamResponse:
    """Answer `/assets/shop/{name}`: what the build left, cached for good: names carry hashes."""
    name = request.match_info["name"]
    kind = TYPES.get(Path(name).suffix)
    folder = {path.name: path for path in STATIC.iterdir()} if STATIC.is_dir() else {}
    if kind is None or name not in folder:
        raise web.HTTPNotFound
    headers = {
        "Content-Type": kind,
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return web.FileResponse(folder[name], headers=headers)
