"""The short-lived link to a customer's own coupons: made only for their own chat, never on a claim's page.

The link carries the customer and its end, sealed with a key of this installation, so it needs no row.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coupons.page_words import fill
from runtime.keys import Keyring

PURPOSE = "my coupons"
LASTS = timedelta(minutes=15)
TRIGGER = "my coupons"
TOKEN = re.compile(r"[A-Za-z0-9_-]{50}")
ID, END, SEAL = 16, 5, 16
# What customers write, as flows.triggers.normalise leaves it.
ASKED = frozenset(
    {
        "my coupons",
        "my coupon",
        "我的優惠券",
        "我的优惠券",
        "マイクーポン",
        "คูปองของฉัน",
    }
)


def link_token(keyring: Keyring, contact_id: UUID, now: datetime) -> str:
    """Return a token that opens this customer's list for a quarter of an hour."""
    end = int((now + LASTS).timestamp())
    facts = contact_id.bytes + end.to_bytes(END, "big")
    seal = keyring.keyed_hash(PURPOSE, facts.hex())[:SEAL]
    return base64.urlsafe_b64encode(facts + seal).decode().rstrip("=")


def opened_by(keyring: Keyring, token: str, now: datetime) -> UUID | None:
    """Return whose list the token opens; None when it is over or not ours."""
    if TOKEN.fullmatch(token) is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    facts, seal = raw[: ID + END], raw[ID + END :]
    seals = [known[:SEAL] for known in keyring.keyed_hashes(PURPOSE, facts.hex())]
    if not any(hmac.compare_digest(seal, known) for known in seals):
        return None
    end = datetime.fromtimestamp(int.from_bytes(facts[ID:], "big"), UTC)
    return UUID(bytes=facts[:ID]) if now < end else None


def link_message(link: str, lang: str) -> str:
    """Return the words that bring the link into the customer's chat."""
    return fill(lang, "mine_message", link=link, n=int(LASTS.total_seconds() // 60))


def link_address(keyring: Keyring, base_url: str, contact_id: UUID, now: datetime) -> str:
    """Return the address to send. `base_url`: the public one, without a trailing slash."""
    return f"{base_url}/c/mine/{link_token(keyring, contact_id, now)}"
