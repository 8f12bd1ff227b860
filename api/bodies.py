"""Reading requests: bounded, strict, with errors that name the field."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec
from aiohttp import web

from api.problems import Problem
from runtime.bodies import whole

LARGEST = 64 * 1024
KEY = re.compile(r"[\x21-\x7e]{1,120}")
Body = TypeVar("Body")
PLACE = re.compile(r"^(?P<text>.*?)(?: - at `\$?\.?(?P<field>[^`]*)`)?$", re.DOTALL)


async def read(request: web.Request, decoder: msgspec.json.Decoder[Body]) -> tuple[Body, bytes]:
    """Return the body as decoded and as it came. Raises Problem: 400, 413, 415 or 422."""
    if request.content_type != "application/json":
        raise Problem(415, "unsupported_media_type", "Send the body as application/json")
    try:
        raw = await whole(request, LARGEST)
    except web.HTTPRequestEntityTooLarge as error:
        detail = f"A body may have at most {LARGEST:,} bytes"
        raise Problem(413, "too_large", detail) from error
    try:
        return decoder.decode(raw), raw
    except msgspec.ValidationError as error:
        text, field = explain(error)
        raise Problem(422, "invalid", text, more={"field": field}) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(400, "bad_request", "The body is not JSON in UTF-8") from error


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return what is wrong and the field it is about, "" for the whole body."""
    found = PLACE.match(str(error))
    if found is None:
        return str(error), ""
    return found["text"], found["field"] or ""


def idempotency_key(request: web.Request) -> str:
    """Return the request's Idempotency-Key; raises Problem 400 when there is none that can be used."""
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        detail = (
            "Send an Idempotency-Key of 1 to 120 visible ASCII characters, new for each new wish"
        )
        raise Problem(400, "idempotency_key_missing", detail)
    return key
