"""Errors as problem+json (RFC 9457): what went wrong, as a stable code and as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from coupons.errors import CouponRefused, Refusal
from runtime.errors import Invalid, NotFound, TesseraError
from runtime.request_ids import request_id

MEDIA_TYPE: Final = "application/problem+json"
TITLES: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "A valid bearer token is needed",
    403: "This token may not do that",
    404: "There is nothing under this name",
    405: "This address does not take that method",
    409: "It cannot be done now",
    413: "The request is too large",
    415: "Send application/json",
    422: "The request does not make sense",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not now",
}
STATUS: Mapping[Refusal, int] = {
    Refusal.UNKNOWN_CODE: 404,
    Refusal.NOT_PERMITTED: 403,
    Refusal.THROTTLED: 429,
    Refusal.ERROR: 422,
}
log = structlog.get_logger("api")


class Problem(Exception):
    """An answer other than success. `code` is the stable word that programs read; `more` adds members."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def body(self) -> bytes:
        """Return the members as JSON."""
        told = {
            "type": f"urn:tessera:problem:{self.code}",
            "title": TITLES.get(self.status, "Refused"),
            "status": self.status,
            "code": self.code,
            "detail": str(self),
            "request_id": request_id(),
        }
        return msgspec.json.encode(told | self.more)


def refused(refusal: Refusal, text: str, **more: object) -> Problem:
    """Return the problem that a coupon's refusal is."""
    return Problem(STATUS.get(refusal, 409), refusal.value, text, more=more)


def respond(problem: Problem) -> web.Response:
    """Return the problem as an answer."""
    return web.Response(
        status=problem.status,
        body=problem.body(),
        content_type=MEDIA_TYPE,
        headers=problem.headers,
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error of the API as problem+json; unforeseen ones without their insides."""
    try:
        return await handler(request)
    except (Problem, TesseraError, web.HTTPException) as error:
        return respond(as_problem(error))
    except Exception:
        log.exception("api request failed", path=request.path)
        return respond(Problem(500, "error", "It was noted; quote the request id to your operator"))


def as_problem(error: Problem | TesseraError | web.HTTPException) -> Problem:
    """Return what went wrong as the problem that callers are told."""
    match error:
        case Problem():
            return error
        case CouponRefused():
            return refused(error.refusal, str(error))
        case NotFound():
            return Problem(404, "not_found", str(error))
        case Invalid():
            return Problem(422, "invalid", str(error), more={"field": error.field})
        case web.HTTPException():
            return _from_http(error)
        case _:
            return Problem(409, "refused", str(error))


def _from_http(error: web.HTTPException) -> Problem:
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    status = error.status if error.status in TITLES else 400
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return Problem(status, codes.get(status, "bad_request"), TITLES[status], headers=headers)
