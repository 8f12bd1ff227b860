"""Identifiers in the shapes the platforms use."""

from __future__ import annotations

import base64
import hashlib
import secrets

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(milliseconds: int) -> str:
    """Return a ULID: 10 symbols of time, 16 of chance."""
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def line_user(seed: str | None = None) -> str:
    """Return a LINE user id; the same `seed` gives the same id."""
    return "U" + _hex32(seed)


def line_group(seed: str | None = None) -> str:
    """Return a LINE group id."""
    return "C" + _hex32(seed)


def line_message() -> str:
    """Return a LINE message id: 18 digits."""
    return str(secrets.randbelow(9 * 10**17) + 10**17)


def hex32() -> str:
    """Return 32 random hexadecimal digits."""
    return secrets.token_hex(16)


def scoped_id(seed: str | None = None) -> str:
    """Return a page-scoped or Instagram-scoped person id: 16 digits."""
    return str(int(_hex32(seed), 16) % (9 * 10**15) + 10**15)


def business_scoped_id(address: str) -> str:
    """Return WhatsApp's id of a person for one business; one who hides the number is known by it alone."""
    if not address.startswith("+"):
        return address
    return f"TW.{int(_hex32(address), 16) % 10**20:020d}"


def messenger_mid() -> str:
    """Return a Messenger message id."""
    return "m_" + secrets.token_urlsafe(64)


def instagram_mid() -> str:
    """Return an Instagram message id."""
    return "aWdfZAG1faXRlbTox" + base64.b64encode(secrets.token_bytes(72)).decode().replace(
        "+", "Z"
    )


def twilio_sid(prefix: str) -> str:
    """Return a Twilio id: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def fbtrace() -> str:
    """Return a Graph API trace id."""
    return "A" + secrets.token_urlsafe(16)


def _hex32(seed: str | None) -> str:
    if seed is None:
        return secrets.token_hex(16)
    return hashlib.sha256(seed.encode()).hexdigest()[:32]
