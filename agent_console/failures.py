"""Errors become pages and sentences: what happened, what was kept, what to do."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from agent_console import words
from agent_console.access import wants_page
from agent_console.assets import AssetsMissing
from agent_console.render import page, translate
from conversations.channel import ContentRefused
from runtime.errors import Invalid, NotFound, Refused
from runtime.request_ids import request_id

log = structlog.get_logger("console")


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a domain error or an HTTP error in words; a bug is logged and apologised for."""
    try:
        return await handler(request)
    except AssetsMissing as error:
        return web.Response(status=503, text=f"{error}\n")
    except ContentRefused as error:
        return answer(request, 422, error.words)
    except (NotFound, Invalid, Refused) as error:
        return answer(request, *_domain(error))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return answer(request, error.status, words.HTTP.get(error.status, words.BROKEN))
    except Exception:
        log.exception("request failed", path=request.path)
        return answer(request, 500, words.BROKEN)


def _domain(error: NotFound | Invalid | Refused) -> tuple[int, str]:
    match error:
        case NotFound():
            return 404, words.NOT_FOUND
        case Invalid():
            return 422, error.words
        case Refused():
            return 409, words.REFUSALS.get(error.code, error.words)


def answer(request: web.Request, status: int, text: str) -> web.Response:
    """Return a sentence for a script, a page for a person; with the number under which the log has it."""
    sentence, number = translate(request, text), request_id()
    if status < 500:
        log.info("request refused", status=status, path=request.path)
    if not wants_page(request):
        told = f"{sentence} ({number})" if status >= 500 and number else sentence
        return web.Response(status=status, text=told)
    shown = {"code": status, "sentence": sentence, "number": number}
    try:
        return page(request, "error.html", status=status, **shown)
    except AssetsMissing as error:
        return web.Response(status=503, text=f"{error}\n")
