"""LINE requests for the conformance suite; see `tests.channels.harness.Samples`."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from pathlib import Path
from typing import Any
from uuid import UUID

from conversations.channel import Account

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
BOT = "U8e742f61d673b39c7fff3cecb7536ef0"
CUSTOMER = "U4af4980629e1c9fa8a4d8bbbf0b9bd2d"
ACCOUNT = Account(
    id=UUID("018f3d2a-0000-7000-8000-00000000000a"),
    workspace_id=UUID("018f3d2a-0000-7000-8000-00000000000b"),
    channel="line",
    name="demo",
    external_id=BOT,
    secret="8c570fa6dd201bb328f1c1eac23a96d8",
    token="line-sample-access-token-0123456789",
    address="@teahouse",
)


def sign(body: bytes, account: Account, target: str, public_url: str) -> dict[str, str]:
    """Return the headers with which LINE sends `body`."""
    digest = hmac.new(account.secret.encode(), body, hashlib.sha256).digest()
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "LineBotWebhook/2.0",
        "x-line-signature": b64encode(digest).decode(),
    }


def body_of(fixture: str) -> bytes:
    """Return the webhook body of a fixture file."""
    return (FIXTURES / fixture).read_bytes().rstrip(b"\n")


def unknown_event_body() -> bytes:
    """Return a body with one event of a kind LINE may add one day."""
    return _body(_event(1, "hologram", hologram={"depth": 3}))


def text_body(text: str) -> bytes:
    """Return a body with one text message."""
    return _body(_text(1, text))


def batch_body(n: int) -> list[bytes]:
    """Return one body with `n` texts, the last the oldest."""
    return [_body(*(_text(n - place, f"text {place}") for place in range(n)))]


def duplicate_body() -> list[bytes]:
    """Return one body with the same event twice."""
    return [_body(_text(1, "twice"), _text(1, "twice"))]


def _body(*events: dict[str, Any]) -> bytes:
    root = {"destination": BOT, "events": events}
    return json.dumps(root, ensure_ascii=False, separators=(",", ":")).encode()


def _text(number: int, text: str) -> dict[str, Any]:
    return _event(
        number, "message", message={"type": "text", "id": f"6012{number:014}", "text": text}
    )


def _event(number: int, kind: str, **extra: Any) -> dict[str, Any]:
    return {
        "type": kind,
        **extra,
        "webhookEventId": f"01KAPTSAMPLE{number:014}",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": 1_795_310_000_000 + number * 1000,
        "source": {"type": "user", "userId": CUSTOMER},
        "replyToken": f"{number:032x}",
        "mode": "active",
    }
