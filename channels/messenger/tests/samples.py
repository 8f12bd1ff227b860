"""What the conformance suite needs to play the platform: see tests.channels.harness.Samples."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from conversations.channel import Account

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
CUSTOMER = "6123456789012345"
START_MS = 1_763_712_000_000
ACCOUNT = Account(
    id=UUID("018f3d2a-0000-7000-8000-0000000000a1"),
    workspace_id=UUID("018f3d2a-0000-7000-8000-0000000000b1"),
    channel="messenger",
    name="demo",
    external_id="104512345678901",
    secret="b2f1c07e5d9a4c31a7e8d64c0f35e912",
    token="EAAGtestTokenThatOpensNothing0123456789",
    verify_token="a-word-of-our-own",
    address="teahouse.taipei",
)


def sign(body: bytes, account: Account, target: str, public_url: str) -> dict[str, str]:
    """Return the headers with which Meta sends `body`; the SHA-1 one is the legacy of older apps."""
    secret = account.secret.encode()
    return {
        "content-type": "application/json",
        "x-hub-signature": "sha1=" + hmac.digest(secret, body, "sha1").hex(),
        "x-hub-signature-256": "sha256=" + hmac.digest(secret, body, "sha256").hex(),
    }


def body_of(fixture: str) -> bytes:
    """Return the body in a file of `fixtures/`."""
    return (FIXTURES / fixture).read_bytes()


def meta_json(value: object) -> bytes:
    """Write JSON as Meta does: lower-case escapes beyond ASCII, and slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def body_with(*items: dict[str, Any]) -> bytes:
    """Return a body with these messaging items."""
    entry = {"id": ACCOUNT.external_id, "time": START_MS, "messaging": list(items)}
    return meta_json({"object": "page", "entry": [entry]})


def item(at_ms: int = START_MS, **facts: object) -> dict[str, Any]:
    """Return an item from the customer."""
    return {
        "sender": {"id": CUSTOMER},
        "recipient": {"id": ACCOUNT.external_id},
        "timestamp": at_ms,
        **facts,
    }


def unknown_event_body() -> bytes:
    """Return an event of a kind that does not exist."""
    return body_with(item(brand_new_event={"what": "nobody knows"}))


def text_body(text: str) -> bytes:
    """Return one text message."""
    return body_with(item(message={"mid": "m_text", "text": text}))


def batch_body(n: int) -> list[bytes]:
    """Return one body with `n` messages, the last the oldest."""
    messages = ({"mid": f"m_{place}", "text": f"No {place}"} for place in range(n))
    return [
        body_with(*(item(START_MS - place, message=said) for place, said in enumerate(messages)))
    ]


def duplicate_body() -> list[bytes]:
    """Return one body that holds the same message twice."""
    said = item(message={"mid": "m_twice", "text": "hello"})
    return [body_with(said, said)]
