"""Reading what Twilio posts: form bodies and JSON into plain values that can be stored. Pure."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any
from urllib.parse import unquote_to_bytes

MAX_FIELDS = 1_000
PREFIX = "whatsapp:"


class Malformed(Exception):
    """The bytes are neither a form nor JSON within our limits."""


def pairs(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return name and value of each field, decoded to the bytes they stand for; raises Malformed.

    Twice as fast as `parse_qsl`, and it leaves open what the bytes mean: the signature is over bytes.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise Malformed(f"more than {MAX_FIELDS} fields")
    found = []
    for field in body.replace(b"+", b" ").split(b"&"):
        if field:
            name, _, value = field.partition(b"=")
            found.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return found


def fields(body: bytes) -> dict[str, str]:
    """Return the fields of a form body, the first value of each name; raises Malformed.

    What is not UTF-8 becomes U+FFFD and U+0000 is dropped, so that one odd message is still read.
    """
    read: dict[str, str] = {}
    for name, value in pairs(body):
        read.setdefault(_text(name), _text(value))
    return read


def _text(told: bytes) -> str:
    return told.decode("utf-8", "replace").replace("\0", "")


def loads(body: bytes | str) -> Any:  # noqa: ANN401 (JSON is of any shape)
    """Return the JSON value with every text storable; raises Malformed, also when nested too deep."""
    try:
        return _storable(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise Malformed(type(error).__name__) from None


def _storable(value: Any) -> Any:  # noqa: ANN401 (JSON is of any shape)
    """Drop U+0000 and replace lone surrogates in every text of `value`."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return _storable_number(value)


def _storable_number(value: Any) -> Any:  # noqa: ANN401 (JSON is of any shape)
    """Keep what can be written as JSON again: no NaN or infinity (1e999), no integer over 64 bits."""
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, int) and abs(value) >= 2**63:
        return str(value)
    return value


def address(value: str) -> str | None:
    """Return a WhatsApp address without its prefix; None for nothing, or for another channel's address."""
    bare = value.removeprefix(PREFIX).strip()
    return None if not bare or ":" in bare else bare


def number(value: str) -> int | None:
    """Return a number written in ASCII digits, at most nine of them."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else None


def degrees(value: str, limit: int) -> float | None:
    """Return an angle between -limit and limit."""
    try:
        angle = float(value)
    except ValueError:
        return None
    return angle if abs(angle) <= limit else None
