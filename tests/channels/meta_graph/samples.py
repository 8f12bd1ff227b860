"""What Messenger's and Instagram's samples share: Meta's signature, its JSON, and the shape of its bodies."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conversations.channel import Account

START_MS = 1_763_712_000_000


def sign(body: bytes, account: Account, target: str, public_url: str) -> dict[str, str]:
    """Return the headers with which Meta sends `body`; the SHA-1 one is the legacy of older apps."""
    secret = account.secret.encode()
    return {
        "content-type": "application/json",
        "x-hub-signature": "sha1=" + hmac.digest(secret, body, "sha1").hex(),
        "x-hub-signature-256": "sha256=" + hmac.digest(secret, body, "sha256").hex(),
    }


def meta_json(value: object) -> bytes:
    """Write JSON as Meta does: lower-case escapes beyond ASCII, and slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


@dataclass(frozen=True)
class MetaSamples:
    """The samples of one product ("page" or "instagram"): see tests.channels.harness.Samples."""

    product: str
    account: Account
    customer: str
    fixtures: Path

    def body_of(self, fixture: str) -> bytes:
        """Return the body in a file of `fixtures/`."""
        return (self.fixtures / fixture).read_bytes()

    def body_with(self, *items: dict[str, Any]) -> bytes:
        """Return a body with these messaging items."""
        entry = {"id": self.account.external_id, "time": START_MS, "messaging": list(items)}
        return meta_json({"object": self.product, "entry": [entry]})

    def item(self, at_ms: int = START_MS, **facts: object) -> dict[str, Any]:
        """Return an item from the customer."""
        return {
            "sender": {"id": self.customer},
            "recipient": {"id": self.account.external_id},
            "timestamp": at_ms,
            **facts,
        }

    def unknown_event_body(self) -> bytes:
        """Return an event of a kind that does not exist."""
        return self.body_with(self.item(brand_new_event={"what": "nobody knows"}))

    def text_body(self, text: str) -> bytes:
        """Return one text message."""
        return self.body_with(self.item(message={"mid": "m_text", "text": text}))

    def batch_body(self, n: int) -> list[bytes]:
        """Return one body with `n` messages, the last the oldest."""
        messages = [{"mid": f"m_{place}", "text": f"No {place}"} for place in range(n)]
        items = [self.item(START_MS - place, message=said) for place, said in enumerate(messages)]
        return [self.body_with(*items)]

    def duplicate_body(self) -> list[bytes]:
        """Return one body that holds the same message twice."""
        said = self.item(message={"mid": "m_twice", "text": "hello"})
        return [self.body_with(said, said)]
