"""Is this request from LINE: `x-line-signature` over the raw body."""

from __future__ import annotations

import hmac
from base64 import b64encode

HEADER = "x-line-signature"


def sign(secret: str, body: bytes) -> bytes:
    """Return base64(HMAC-SHA256(channel secret, body))."""
    return b64encode(hmac.digest(secret.encode(), body, "sha256"))


def verify(secret: str, body: bytes, given: str) -> bool:
    """Say whether `given` is the signature of `body`; an account without a secret verifies nothing."""
    if not secret:
        return False
    return hmac.compare_digest(sign(secret, body), given.encode(errors="backslashreplace"))
