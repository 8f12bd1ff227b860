"""What webhooks tell of claims: read as they stand when their event is taken in. Test claims are not told.

No secrets: neither the number that a till redeems, nor the address of the page, nor a merchant's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from conversations.webhook_shapes import ToldContact
from coupons.webhook_shapes import ClaimTold, ToldClaim, ToldCoupon, ToldRedemption, ToldStore
from runtime.database import Connection
from runtime.live import Event
from team.webhooks.kinds import Kind
from team.webhooks.payload import Facts

CLAIMS = """
SELECT k.id, k.workspace_id, k.coupon_id, c.name AS coupon_name, k.contact_id, p.name AS contact_name,
  k.conversation_id, k.member_id, k.state, k.source, k.trigger, k.issued_at, k.first_opened_at, k.redeemed_at,
  k.voided_at, k.released_at, k.valid_from, k.valid_until, r.at AS undone_at, r.kind AS till_kind, r.store_id,
  r.store_name, r.via, r.reason
FROM claim k JOIN coupon c ON c.id = k.coupon_id JOIN contact p ON p.id = k.contact_id
LEFT JOIN LATERAL (SELECT o.* FROM redemption o WHERE o.claim_id = k.id ORDER BY o.at DESC, o.id DESC LIMIT 1) r ON true
WHERE k.id = ANY ($1::uuid[]) AND NOT k.test
"""
# The feed's word for what happened, and the column that says when.
STATES: Mapping[str, tuple[Kind, str]] = {
    "issued": (Kind.CLAIM_ISSUED, "issued_at"),
    "opened": (Kind.CLAIM_OPENED, "first_opened_at"),
    "redeemed": (Kind.CLAIM_REDEEMED, "redeemed_at"),
    "undone": (Kind.CLAIM_UNDONE, "undone_at"),
    "voided": (Kind.CLAIM_VOIDED, "voided_at"),
    "released": (Kind.CLAIM_RELEASED, "released_at"),
}


async def claim_facts(tx: Connection, events: Sequence[Event], now: datetime) -> list[Facts]:
    """Return what happened to claims by the feed's `events`, in their order."""
    told = [event for event in events if event.change.detail.get("state") in STATES]
    if not told:
        return []
    rows = await tx.fetch(CLAIMS, sorted({event.change.subject for event in told}))
    found: dict[UUID, Any] = {row["id"]: row for row in rows}
    return [
        _facts(found[event.change.subject], event, now)
        for event in told
        if event.change.subject in found
    ]


def _facts(row: Any, event: Event, now: datetime) -> Facts:  # noqa: ANN401 (a database record)
    kind, column = STATES[event.change.detail["state"]]
    at = row[column] or now
    return Facts(
        workspace_id=row["workspace_id"],
        kind=kind,
        # A claim may be redeemed, taken back and redeemed again: each time is an event of its own.
        key=f"{row['id']}:{event.cursor[1]}",
        at=at,
        since=at,
        about=row["id"],
        data=ClaimTold(claim=_claim(row)),
    )


def _claim(row: Any) -> ToldClaim:  # noqa: ANN401 (a database record)
    till = None
    if row["till_kind"]:
        till = ToldRedemption(
            kind=row["till_kind"],
            at=row["undone_at"],
            store=ToldStore(id=row["store_id"], name=row["store_name"]),
            via=row["via"],
            reason=row["reason"],
        )
    return ToldClaim(
        id=row["id"],
        coupon=ToldCoupon(id=row["coupon_id"], name=row["coupon_name"]),
        contact=ToldContact(id=row["contact_id"], name=row["contact_name"]),
        conversation_id=row["conversation_id"],
        member_id=row["member_id"],
        state=row["state"],
        source=row["source"],
        trigger=row["trigger"],
        issued_at=row["issued_at"],
        opened_at=row["first_opened_at"],
        redeemed_at=row["redeemed_at"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        redemption=till,
    )
