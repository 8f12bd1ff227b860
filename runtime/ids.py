"""Identifiers: UUIDv7 for rows, tokens for links nobody can guess, numbers people can type."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from uuid import UUID

# The driver's own: a UUID in every way, but hashed, compared and sent without a line of Python.
from asyncpg.pgproto.pgproto import UUID as FAST_UUID

# No look-alikes: 0 O 1 I L are out, and neither case matters. 31 symbols.
READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
TOKEN_BYTES = 18
# Five random bits choose one of 32; the one symbol too many is drawn again, so none is favoured.
_DRAWN = bytes(ord(READABLE[byte % 32 % len(READABLE)]) for byte in range(256))
_DRAWN_AGAIN = bytes(byte for byte in range(256) if byte % 32 >= len(READABLE))
# The random ends of ids, version and variant in place, are made for many at once: for each alone that costs more than
# the rest of an id.
END_BYTES, AT_ONCE = 10, 256
_RANDOM = int.from_bytes(bytes((0x0F, 0xFF, 0x3F, *(0xFF,) * 7)) * AT_ONCE, "big")
_FIXED = int.from_bytes(bytes((0x70, 0, 0x80, *(0,) * 7)) * AT_ONCE, "big")
_ends: list[bytes] = []
# A process that was forked must not make its parent's ids.
os.register_at_fork(after_in_child=_ends.clear)


def uuid7(now_ms: int | None = None) -> UUID:
    """Return a UUIDv7 (RFC 9562): Unix milliseconds, then 74 random bits."""
    stamp = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    made: UUID = FAST_UUID((stamp & 0xFFFFFFFFFFFF).to_bytes(6, "big") + _end())
    return made


def _end() -> bytes:
    """Return the last 10 bytes of an id, which nobody else gets."""
    try:
        return _ends.pop()
    except IndexError:
        length = END_BYTES * AT_ONCE
        drawn = int.from_bytes(os.urandom(length), "big") & _RANDOM | _FIXED
        ready = drawn.to_bytes(length, "big")
        # Taken from the last to the first, so what is made within a millisecond is in order, but for one in AT_ONCE.
        _ends.extend(
            sorted((ready[at : at + END_BYTES] for at in range(0, length, END_BYTES)), reverse=True)
        )
        return _ends.pop()


def token() -> str:
    """Return an unguessable, address-safe token: 144 random bits in 24 characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(value: str) -> bytes:
    """Return the 32 bytes under which a secret token is stored and looked up."""
    return hashlib.sha256(value.encode()).digest()


def number(length: int = 12) -> str:
    """Return `length` random characters without look-alikes, for people to read and type."""
    found = b""
    while len(found) < length:
        found += os.urandom(length + 4).translate(_DRAWN, _DRAWN_AGAIN)
    return found[:length].decode()


def normalise_number(typed: str) -> str:
    """Return what was typed the way numbers are stored: upper case, letters and digits only."""
    return "".join(char for char in typed.upper() if char.isascii() and char.isalnum())
