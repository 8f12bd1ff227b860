"""Secrets of addresses and the signature made with them: HMAC-SHA256 over "timestamp.body"."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

from runtime.ids import token

PREFIX = "whsec_"
HEADER = "Tessera-Signature"


def new_secret() -> str:
    """Return a secret nobody can guess; it is shown once."""
    return PREFIX + token() + token()


def signature(secrets: Sequence[str], at: datetime, body: bytes) -> str:
    """Return the header's value: the time in Unix seconds and one `v1` for each secret that is good now."""
    stamp = str(int(at.timestamp()))
    signed = stamp.encode() + b"." + body
    marks = [hmac.new(secret.encode(), signed, "sha256").hexdigest() for secret in secrets]
    return ",".join([f"t={stamp}", *(f"v1={mark}" for mark in marks)])
