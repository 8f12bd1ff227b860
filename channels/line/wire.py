"""JSON as LINE sends it, decoded so that no single character costs a message."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import msgspec

NUL = b"\\u0000"


class Undecodable(ValueError):
    """The bytes are no JSON text in UTF-8, or nested too deep."""


def decode(raw: bytes) -> Any:  # noqa: ANN401 (any JSON value)
    """Return the JSON value of `raw`, without U+0000 and lone surrogates; raises Undecodable."""
    try:
        value = msgspec.json.decode(raw)
        return _clean(value) if NUL in raw else value
    except RecursionError as error:
        raise Undecodable("nested too deep") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        # msgspec refuses lone surrogates, which phones do send; the standard library keeps them.
        return _decode_leniently(raw)


def encode(value: Any) -> bytes:  # noqa: ANN401 (any JSON value)
    """Return a part of what `decode` returned as compact JSON (as a part it is not nested deeper)."""
    return msgspec.json.encode(value)


def _decode_leniently(raw: bytes) -> Any:  # noqa: ANN401 (any JSON value)
    try:
        return _clean(json.loads(raw.decode(), parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise Undecodable("not JSON in UTF-8") from error


def _refuse(constant: str) -> NoReturn:
    raise Undecodable(f"{constant} is not JSON")


def _clean(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, str):
        return _repair(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_repair(key): _clean(item) for key, item in value.items()}
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**63):
        # Beyond what the encoder takes back; no field of LINE is so large.
        return value if abs(value) < 2**63 else None
    return value


def _repair(text: str) -> str:
    text = text.replace("\x00", "")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
