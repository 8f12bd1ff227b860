"""How each platform serialises and signs the webhook calls it makes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHARED_KEY_ID = "simulator"


def line_body(payload: Mapping[str, Any]) -> bytes:
    """Return LINE's serialisation: UTF-8, nothing escaped."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def line_signature(secret: str, body: bytes) -> str:
    """Return the value of `x-line-signature`."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def meta_body(payload: Mapping[str, Any]) -> bytes:
    r"""Return Meta's serialisation: ASCII with lower-case `\uXXXX`, and `\/` for a slash."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def meta_signature(secret: str, body: bytes) -> str:
    """Return the value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def twilio_signature(
    secret: str, url: str, params: Mapping[str, str], algorithm: Callable[..., Any] = hashlib.sha1
) -> str:
    """Return the value of `X-Twilio-Signature`; a fragment (`#rc=2`) is an order to Twilio, never signed.

    The auth token signs with SHA-1, a shared key with SHA-256.
    """
    text = urldefrag(url).url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), algorithm)).decode()


def shared_key(secret: str) -> str:
    """Return the secret of the shared key SHARED_KEY_ID of the account with this auth token."""
    return f"shared-{secret}"


def appsecret_proof(secret: str, token: str) -> str:
    """Return the proof the Graph API expects beside an access token."""
    return hmac.digest(secret.encode(), token.encode(), hashlib.sha256).hex()
