"""Is this request from Twilio, signed with this account's own secret?

Twilio signs base64(HMAC(secret, address + every parameter's name and values)). The address is what the
admin configured there: our public base and the raw request target, with or without the port; a `#rc=..`
fragment never travels. Nothing here reads Host or a forwarded header.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, urlsplit

from channels.whatsapp import form
from conversations.channel import Account, WebhookRequest

SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"

# The header of a request may choose among our secrets, never weaken the algorithm of one.
_SHARED_KEY_ALGORITHMS = {"HMAC_SHA256": "sha256"}


def signed(account: Account, request: WebhookRequest) -> bool:
    """Say whether `request` carries a valid signature of `account`; False on anything unreadable."""
    given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
    key = _key(account, request.headers.get(SETTINGS))
    tail = _signed_tail(request)
    if not given or key is None or tail is None:
        return False
    secret, algorithm = key
    good = False
    for address in addresses(request.public_url, request.target):
        told = address.encode("utf-8", "surrogatepass") + tail
        good |= hmac.compare_digest(_sign(secret, told, algorithm), given)
    return good


def is_json(request: WebhookRequest) -> bool:
    """Say whether the body is Twilio's JSON variant (events other than messages)."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def addresses(public_url: str, target: str) -> tuple[str, str]:
    """Return the address Twilio may have signed, without and with a port."""
    target = target.partition("#")[0]
    scheme, _, rest = public_url.rstrip("/").partition("://")
    host, slash, prefix = rest.partition("/")
    path = slash + prefix + target
    port = urlsplit(f"//{host}").port if host else None
    bare = host.rpartition(":")[0] if port is not None else host
    default = 443 if scheme.lower() == "https" else 80
    return (f"{scheme}://{bare}{path}", f"{scheme}://{bare}:{port or default}{path}")


def _key(account: Account, settings: str | None) -> tuple[str, str] | None:
    """Return secret and algorithm: the auth token's, or those of the shared key the header names."""
    if settings is None or not settings.strip():
        return (account.secret, "sha1") if account.secret else None
    named = _settings(settings)
    algorithm = _SHARED_KEY_ALGORITHMS.get(named.get("algorithm", ""))
    secret = account.shared_keys.get(named.get("key", ""))
    return (secret, algorithm) if secret and algorithm else None


def _settings(header: str) -> dict[str, str]:
    """Read `key=..,algorithm=..`; a name said twice is said by nobody."""
    read: dict[str, str] = {}
    for part in header.split(","):
        name, _, value = part.partition("=")
        read[name.strip()] = "" if name.strip() in read else value.strip()
    return read


def _signed_tail(request: WebhookRequest) -> bytes | None:
    """Return what follows the address in the signed text; None: nothing vouches for this body."""
    if is_json(request):
        return b"" if _body_hash_matches(request) else None
    try:
        return _parameters(request.body)
    except form.Malformed:
        return None


def _body_hash_matches(request: WebhookRequest) -> bool:
    """Compare the one bodySHA256 of the signed address with the raw body."""
    try:
        query = parse_qsl(urlsplit(request.target).query, max_num_fields=form.MAX_FIELDS)
    except ValueError:
        return False
    hashes = [value for name, value in query if name == "bodySHA256"]
    if len(hashes) != 1:
        return False
    actual = hashlib.sha256(request.body).hexdigest()
    return hmac.compare_digest(actual.encode(), hashes[0].lower().encode("utf-8", "replace"))


def _parameters(body: bytes) -> bytes:
    """Return name + value for every name in byte order and every distinct value of it in byte order."""
    return b"".join(name + value for name, value in sorted(set(form.pairs(body))))


def _sign(secret: str, told: bytes, algorithm: str) -> bytes:
    return base64.b64encode(hmac.digest(secret.encode(), told, algorithm))
