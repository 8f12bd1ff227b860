"""Is this call from Meta: the GET handshake, and X-Hub-Signature-256 over the raw body."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conversations.channel import Account, WebhookRequest

HEADER = "x-hub-signature-256"
SCHEME = "sha256="


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def handshake(account: Account, request: WebhookRequest) -> str | None:
    """Return the challenge when Meta subscribes with this account's verify token, else None."""
    query = request.query
    challenge = query.get("hub.challenge", "")
    token = query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not account.verify_token or not challenge:
        return None
    same = hmac.compare_digest(_bytes(token), _bytes(account.verify_token))
    return challenge if same else None


def verify(account: Account, request: WebhookRequest) -> bool:
    """Say whether the app secret signed exactly these bytes.

    The older SHA-1 header is ignored, and so is any hash but the one this header is named after. Meta
    signs its own escaped JSON (`\\u00e9`, `\\/`), so nothing here may decode and encode again.
    """
    given = request.headers.get(HEADER, "")
    if not account.secret or not given.startswith(SCHEME):
        return False
    expected = hmac.digest(_bytes(account.secret), request.body, "sha256").hex()
    return hmac.compare_digest(_bytes(given[len(SCHEME) :]), expected.encode())
