"""What the conformance suite and the tests here know of WhatsApp: an account, and signing as Twilio does.

The signature is written here from Twilio's documentation, not taken from the code it tests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from conversations.channel import Account

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
DELIVERY = "0197f3d2-aaaa-7000-8000-00000000000a"
ACCOUNT = Account(
    id=UUID("018f3d2a-0000-7000-8000-00000000aaaa"),
    workspace_id=UUID("018f3d2a-0000-7000-8000-00000000bbbb"),
    channel="whatsapp",
    name="demo",
    external_id="AC0123456789abcdef0123456789abcdef",
    secret="5a17c3b1d0e94f6f8a2b7c6d5e4f3a21",
    token="5a17c3b1d0e94f6f8a2b7c6d5e4f3a21",
    shared_keys={"webhooks_sharedkey_1": "kept-between-twilio-and-us"},
    address="+886223456789",
)


def sign(body: bytes, account: Account, target: str, public_url: str) -> dict[str, str]:
    """Return the headers with which Twilio sends `body`, signed with the account's auth token."""
    signed = (public_url + target).encode()
    if not is_json(body):
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
        for name, value in sorted(set(pairs)):
            signed += (name + value).encode("latin-1")
    mac = hmac.new(account.secret.encode(), signed, hashlib.sha1).digest()
    form = "application/x-www-form-urlencoded; charset=UTF-8"
    return {
        "content-type": "application/json" if is_json(body) else form,
        "x-twilio-signature": base64.b64encode(mac).decode(),
        "i-twilio-idempotency-token": "0f5a1f1e-1d1a-4f0a-9c63-6d1c7f0a9b11",
    }


def target_of(body: bytes) -> str:
    """Return the request target: callbacks carry our delivery id, JSON the hash of its body."""
    if is_json(body):
        return f"/webhooks/whatsapp/demo?bodySHA256={hashlib.sha256(body).hexdigest()}"
    return "/webhooks/whatsapp/demo" + (f"?m={DELIVERY}" if b"MessageStatus=" in body else "")


def is_json(body: bytes) -> bool:
    """Say whether Twilio would have sent this as JSON."""
    return body.lstrip()[:1] in {b"{", b"["}


def body_of(fixture: str) -> bytes:
    """Return the webhook body of a fixture."""
    return (FIXTURES / fixture).read_bytes().rstrip(b"\n")


def message_body(number: int, text: str) -> bytes:
    """Return the body of text message `number`."""
    sid = f"SM{number:032x}"
    fields = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Mei",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": "886912345678",
        "SmsStatus": "received",
        "Body": text,
        "To": "whatsapp:+886223456789",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": ACCOUNT.external_id,
        "From": "whatsapp:+886912345678",
        "ApiVersion": "2010-04-01",
    }
    return urlencode(fields).encode()


def text_body(text: str) -> bytes:
    """Return a text message."""
    return message_body(1, text)


def batch_body(n: int) -> list[bytes]:
    """Return `n` messages: Twilio makes a call for each, and tells no times."""
    return [message_body(n - place, f"message {place}") for place in range(n)]


def duplicate_body() -> list[bytes]:
    """Return one message twice, as a repeated call."""
    return [text_body("again"), text_body("again")]


def unknown_event_body() -> bytes:
    """Return an event of a kind that does not exist."""
    fields = {"AccountSid": ACCOUNT.external_id, "EventType": "onMoonRise", "Sid": "ZZ1"}
    return urlencode(fields).encode()
