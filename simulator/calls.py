"""One webhook call as bytes: the platform's envelope, headers, signature, patience and repeats."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urldefrag, urlencode

from runtime.clock import to_ms
from simulator import signing

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.accounts import Account

# Seconds between repeats; the platforms publish only the spirit of them, so these are shorter.
LINE_PAUSES = (2, 10, 30, 120, 600)
META_PAUSES = (0, 5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 19 * 3600)
OBJECTS = {"messenger": "page", "instagram": "instagram"}


@dataclass(frozen=True)
class Attempt:
    """Where this try goes, whether it is a repeat, when it is made, and which faults are on."""

    url: str
    repeated: bool
    at: datetime
    faults: Container[str] = ()


@dataclass(frozen=True)
class Call:
    """A webhook call ready to be made. `patience` is in seconds."""

    url: str
    body: bytes
    headers: dict[str, str]
    signature: str
    patience: float
    shown: str


def build(account: Account, event: dict[str, Any], attempt: Attempt) -> Call:
    """Return the call that tells `event` the way the account's platform does."""
    if account.channel == "line":
        return _line(account, event, attempt)
    if account.channel == "whatsapp":
        return _twilio(account, event, attempt)
    return _meta(account, event, attempt)


def pauses(channel: str, url: str, status: int) -> Iterable[int]:
    """Return the pauses in seconds before each repeat after an answer `status` (0: none came)."""
    if channel == "line":
        return LINE_PAUSES
    if channel != "whatsapp":
        return META_PAUSES
    order = parse_qs(urldefrag(url).fragment)
    policy = ",".join(order.get("rp", ["ct"]))
    covered = {"all"} | ({"ct", "rt"} if status == 0 else {"5xx"} if status >= 500 else {"4xx"})
    count = order.get("rc", ["0"])[0]
    if not covered & set(policy.split(",")) or not count.isdigit():
        return ()
    return (1,) * min(int(count), 5)


def _line(account: Account, event: dict[str, Any], attempt: Attempt) -> Call:
    told = {**event, "deliveryContext": {"isRedelivery": attempt.repeated}}
    if "standby" in attempt.faults:
        told["mode"] = "standby"
        told.pop("replyToken", None)
    body = signing.line_body({"destination": account.external_id, "events": [told]})
    signature = signing.line_signature(account.secret, body)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "LineBotWebhook/2.0",
        "x-line-signature": signature,
    }
    return Call(attempt.url, body, headers, signature, 2, body.decode())


def _meta(account: Account, event: dict[str, Any], attempt: Attempt) -> Call:
    found_in = "standby" if "standby" in attempt.faults else "messaging"
    entry = {"id": account.external_id, "time": to_ms(attempt.at), found_in: [event]}
    body = signing.meta_body({"object": OBJECTS[account.channel], "entry": [entry]})
    signature = signing.meta_signature(account.secret, body)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature-256": signature,
    }
    return Call(attempt.url, body, headers, signature, 10, body.decode())


def _twilio(account: Account, event: dict[str, Any], attempt: Attempt) -> Call:
    params = {name: str(value) for name, value in event["params"].items()}
    url = urldefrag(attempt.url).url
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": event["idempotency_token"],
    }
    if "shared_key" in attempt.faults:
        secret = signing.shared_key(account.secret)
        signature = signing.twilio_signature(secret, url, params, hashlib.sha256)
        headers["X-Twilio-Webhooks-Signature-Settings"] = (
            f"key={signing.SHARED_KEY_ID},algorithm=HMAC_SHA256"
        )
    else:
        signature = signing.twilio_signature(account.secret, url, params)
    headers["X-Twilio-Signature"] = signature
    shown = json.dumps(params, ensure_ascii=False)
    return Call(url, urlencode(params).encode(), headers, signature, 15, shown)
