"""Twilio's JSON form of a message, inbound and outbound alike."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.accounts import Account
    from simulator.messages import Message

PREFIX = "whatsapp:"


def message(account: Account, one: Message) -> dict[str, Any]:
    """Return the Message resource."""
    ours, theirs = f"{PREFIX}{account.address}", f"{PREFIX}{one.chat}"
    inbound = one.direction == "in"
    uri = f"/2010-04-01/Accounts/{account.external_id}/Messages/{one.external_id}"
    at = format_datetime(one.at)
    media = 1 if one.body.get("media") and inbound else len(one.body.get("media") or ())
    return {
        "sid": one.external_id,
        "account_sid": account.external_id,
        "messaging_service_sid": one.body.get("messaging_service_sid"),
        "from": theirs if inbound else ours,
        "to": ours if inbound else theirs,
        "body": one.body.get("text", ""),
        "status": "received" if inbound else one.status,
        "direction": "inbound" if inbound else "outbound-api",
        "num_segments": "1",
        "num_media": str(media),
        "date_created": at,
        "date_sent": at,
        "date_updated": at,
        "error_code": one.error_code,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }
