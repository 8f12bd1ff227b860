"""What Twilio posts becomes entries and events. Pure: no network, no database, no clock.

The payload of an entry is the form body as it came; two fields of ours may follow it: `_m`, the delivery
id out of a callback's address, and `_t`, the time in Unix milliseconds of a message found by the repair job.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from channels.whatsapp import form, message
from channels.whatsapp.signature import is_json
from conversations.channel import (
    Entry,
    Inbound,
    Kind,
    UnreadableBody,
    WebhookRequest,
)

DELIVERY_FIELD = "_m"
STATUSES = frozenset(
    {
        *("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read"),
        *("undelivered", "failed", "canceled"),
    }
)
_ACCOUNT_NAMES = ("AccountSid", "accountSid", "account_sid")


def split(request: WebhookRequest) -> list[Entry]:
    """Cut a verified call into its events; raises UnreadableBody."""
    try:
        if is_json(request):
            return _split_json(request.body)
        return [_form_entry(request)]
    except form.Malformed as error:
        raise UnreadableBody(f"The body cannot be read: {error}.") from None


def read(payload: bytes) -> Inbound:
    """Read one event; whatever cannot be understood is of kind `unknown`."""
    try:
        if payload.lstrip()[:1] == b"{":
            return _unknown_json(payload)
        return _read_form(form.fields(payload), payload)
    except form.Malformed:
        return Inbound(kind=Kind.UNKNOWN, external_event_id=_fingerprint(payload))


def _split_json(body: bytes) -> list[Entry]:
    root = form.loads(body)
    events = root if isinstance(root, list) else [root]
    if not all(isinstance(event, dict) for event in events):
        raise UnreadableBody("The JSON body must be an event or a list of events.")
    entries = []
    for event in events:
        payload = json.dumps(event).encode()
        entries.append(Entry(_json_account(event), _json_key(event, payload), "", payload))
    return entries


def _json_account(event: Mapping[str, Any]) -> str | None:
    inner = event.get("data")
    for holder in (event, inner if isinstance(inner, dict) else {}):
        for name in _ACCOUNT_NAMES:
            if isinstance(holder.get(name), str):
                return str(holder[name])
    return None


def _json_key(event: Mapping[str, Any], payload: bytes) -> str:
    """Return the event's own id (CloudEvents `id`, Twilio `Sid`), else a hash of it."""
    for name in ("id", "Sid", "sid"):
        if isinstance(event.get(name), str) and event[name]:
            return str(event[name])
    return _fingerprint(payload)


def _unknown_json(payload: bytes) -> Inbound:
    event = form.loads(payload)
    return Inbound(kind=Kind.UNKNOWN, external_event_id=_json_key(event, payload))


def _form_entry(request: WebhookRequest) -> Entry:
    fields = form.fields(request.body)
    account = fields.get("AccountSid")
    if not account:
        raise UnreadableBody("AccountSid is missing.")
    if _sid(fields) and not (fields.get("From") and fields.get("To")):
        raise UnreadableBody("From or To is missing.")
    payload = request.body
    if delivery := request.query.get("m"):
        payload += b"&" + urlencode({DELIVERY_FIELD: delivery}, errors="replace").encode()
    customer = _customer(fields)
    return Entry(
        account_external_id=account,
        key=_key(fields, payload, customer),
        lane=customer or "",
        payload=payload,
        account_address=None if _is_status(fields) else form.address(fields.get("To", "")),
    )


def _read_form(fields: Mapping[str, str], payload: bytes) -> Inbound:
    customer = _customer(fields)
    key = _key(fields, payload, customer)
    if not _sid(fields) or not customer:
        return Inbound(kind=Kind.UNKNOWN, external_event_id=key, contact_external_id=customer)
    if _is_status(fields):
        return _status(fields, key, customer)
    return message.read(fields, key, customer)


def _customer(fields: Mapping[str, str]) -> str | None:
    """Return whom the event is about: the writer of a message, the receiver of ours."""
    return form.address(fields.get("To" if _is_status(fields) else "From", ""))


def _key(fields: Mapping[str, str], payload: bytes, customer: str | None) -> str:
    """Return the de-duplication key: the message's SID, with the status where one is told."""
    sid = _sid(fields)
    if sid and customer and _is_status(fields):
        return f"{sid}:{_told_status(fields)}"
    return sid or fields.get("Sid") or _fingerprint(payload)


def _sid(fields: Mapping[str, str]) -> str:
    return fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid") or ""


def _is_status(fields: Mapping[str, str]) -> bool:
    return _told_status(fields) not in {"", "received", "receiving"}


def _told_status(fields: Mapping[str, str]) -> str:
    told = fields.get("MessageStatus", "").lower()
    return "read" if not told and fields.get("EventType") == "READ" else told


def _status(fields: Mapping[str, str], key: str, customer: str) -> Inbound:
    status = _told_status(fields)
    return Inbound(
        kind=Kind.STATUS if status in STATUSES else Kind.UNKNOWN,
        external_event_id=key,
        contact_external_id=customer,
        alt_external_id=message.other_name(fields, customer),
        external_message_id=_sid(fields),
        status=status,
        error_code=form.number(fields.get("ErrorCode", "")),
        metadata=fields.get(DELIVERY_FIELD),
    )


def _fingerprint(payload: bytes) -> str:
    return "sha256:" + hashlib.sha256(payload).hexdigest()
