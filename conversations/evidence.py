"""What a platform's receipts, callbacks and echoes say about our messages: plain functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.channel import Account, Channel, Inbound, Kind
from runtime.clock import from_ms

KINDS = frozenset({Kind.DELIVERY, Kind.READ, Kind.STATUS, Kind.ECHO})
RANKS = {"sent": 1, "failed": 2, "delivered": 3, "read": 4}
# The platform's word for a status, to ours. Anything it says before "sent" proves that it took the message.
STATUSES = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One fact about one message of ours, found by our delivery id or by the platform's message id."""

    account_id: UUID
    state: str
    delivery_id: UUID | None = None
    external_id: str = ""
    code: str = ""
    text: str = ""
    unreachable: str = ""


class Watermark(msgspec.Struct, frozen=True):
    """Everything sent to `contact` until `at` has reached `state`."""

    account_id: UUID
    contact: str
    at: datetime
    state: str


def of(account: Account, inbound: Inbound, channel: Channel) -> list[Evidence]:
    """Return what an event says about single messages."""
    match inbound.kind:
        case Kind.STATUS:
            return _of_status(account, inbound, channel)
        case Kind.ECHO:
            found = Evidence(
                account_id=account.id,
                state="sent",
                delivery_id=delivery_id(inbound.metadata),
                external_id=inbound.external_message_id or "",
            )
            return [found]
        case Kind.DELIVERY | Kind.READ:
            state = "read" if inbound.kind is Kind.READ else "delivered"
            named = dict.fromkeys([*inbound.mids, inbound.target_message_id or ""])
            return [
                Evidence(account_id=account.id, state=state, external_id=mid)
                for mid in named
                if mid
            ]
        case _:
            return []


def _of_status(account: Account, inbound: Inbound, channel: Channel) -> list[Evidence]:
    state = STATUSES.get(inbound.status or "")
    if state is None:
        return []
    error = channel.status_error(inbound.error_code) if state == "failed" else None
    return [
        Evidence(
            account_id=account.id,
            state=state,
            delivery_id=delivery_id(inbound.metadata),
            external_id=inbound.external_message_id or "",
            code=error.code if error else "",
            text=error.agent_text if error else "",
            unreachable=(inbound.contact_external_id or "") if error and error.unreachable else "",
        )
    ]


def watermark(account: Account, inbound: Inbound) -> Watermark | None:
    """Return the watermark of a receipt, None where it has none."""
    if inbound.watermark_ms is None or inbound.contact_external_id is None:
        return None
    if inbound.kind not in {Kind.DELIVERY, Kind.READ}:
        return None
    state = "read" if inbound.kind is Kind.READ else "delivered"
    at = from_ms(inbound.watermark_ms)
    return Watermark(account.id, inbound.contact_external_id, at, state)


def delivery_id(metadata: str | None) -> UUID | None:
    """Return our delivery id from what a platform gave back, None when it is not one."""
    try:
        return UUID(metadata) if metadata else None
    except ValueError:
        return None


def strongest(found: Iterable[tuple[UUID, Evidence]]) -> Mapping[UUID, Evidence]:
    """Return the furthest evidence for each delivery, keeping a platform id that any of them told."""
    best: dict[UUID, Evidence] = {}
    for delivery, evidence in found:
        known = best.get(delivery)
        if known is None:
            best[delivery] = evidence
            continue
        first, second = sorted((known, evidence), key=lambda each: RANKS[each.state])
        external_id = second.external_id or first.external_id
        best[delivery] = msgspec.structs.replace(second, external_id=external_id)
    return best
