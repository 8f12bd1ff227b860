"""What screens and pages read about coupons; nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.design_facts import COLUMNS, Design, design
from coupons.errors import Refusal
from coupons.quota_reads import set_values
from coupons.rules.claiming import Taken, refuse_offer, refuse_taken
from coupons.rules.quota import ALWAYS, SENDERS, effective_quota, left, may_send, period_start
from coupons.rules.validity import Span, usable
from coupons.words import language
from runtime.database import Connection, Pool

STOCK_CAP = 10_000

OFFERS = f"""
SELECT {COLUMNS}, m.role,
  (SELECT ARRAY[q.value] FROM quota_value q WHERE q.coupon_id = c.id AND q.who = m.id::text) AS own,
  (SELECT ARRAY[q.value] FROM quota_value q WHERE q.coupon_id = c.id AND q.who = m.role) AS of_role,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = c.id
    AND l.subject = 'c:' || $2::uuid::text AND l.period_start = $3), 0) AS contact_count,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = c.id
    AND l.subject = 'd:' || $2::uuid::text AND l.period_start = $5), 0) AS day_count,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = c.id
    AND l.subject = 'm:' || m.id::text AND l.period_start = CASE c.quota_period
      WHEN 'day' THEN $5 WHEN 'week' THEN $6 WHEN 'month' THEN $7 ELSE $3 END), 0) AS member_count,
  coalesce((SELECT sum(l.count) FROM limit_row l WHERE l.coupon_id = c.id
    AND l.subject = 'm:' || m.id::text), 0)::int AS sent_ever,
  (SELECT count(*) FROM (SELECT 1 FROM unit u WHERE u.coupon_id = c.id AND u.state = 'free'
    LIMIT {STOCK_CAP}) f) AS free
FROM member m JOIN workspace w ON w.id = m.workspace_id
JOIN coupon c ON c.workspace_id = w.id AND c.purpose = ANY ($4::text[])
  AND c.state IN ('published', 'paused')
WHERE m.id = $1 AND m.active
  AND (m.role <> 'seller' OR NOT EXISTS (SELECT 1 FROM coupon_store s WHERE s.coupon_id = c.id)
    OR EXISTS (SELECT 1 FROM coupon_store s JOIN member_store o ON o.store_id = s.store_id
      WHERE s.coupon_id = c.id AND o.member_id = m.id))
ORDER BY c.name, c.id
"""  # noqa: S608 (constants)
MEMBER = """
SELECT m.role, w.zone, ct.id IS NOT NULL AS contact_known, ct.language FROM member m
JOIN workspace w ON w.id = m.workspace_id
LEFT JOIN contact ct ON ct.id = $2 AND ct.workspace_id = m.workspace_id WHERE m.id = $1 AND m.active
"""
CLAIMS = f"""
SELECT k.id AS claim_id, k.state AS claim_state, k.number, k.issued_at, k.first_opened_at, k.delivered_at,
  k.redeemed_at, k.trigger, k.member_id, {COLUMNS}
FROM claim k JOIN coupon c ON c.id = k.coupon_id JOIN workspace w ON w.id = c.workspace_id
"""  # noqa: S608 (constants)
OF_CONTACT = (
    CLAIMS
    + "WHERE k.contact_id = $1 AND k.workspace_id = $2 AND NOT k.test ORDER BY k.id DESC LIMIT $3"
)
NAMED = CLAIMS + "WHERE k.id = ANY ($1::uuid[]) AND k.workspace_id = $2"
LIST = "SELECT id, name, purpose, state FROM coupon WHERE workspace_id = $1 ORDER BY name, id"
PUBLISHED = (
    f"SELECT {COLUMNS} FROM coupon c JOIN workspace w ON w.id = c.workspace_id"  # noqa: S608 (constants)
    " WHERE c.state = 'published' ORDER BY c.id"
)


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the agent's drawer. `left_for_you`, `stock_left`: None means no limit; stock is counted up
    to 10,000. `until`: when sending or using ends, whichever is sooner. `available` exactly when `refusal` is
    None. `lang` is the language this customer is spoken to in. `sent_ever`: how many the member sent.
    """

    coupon_id: UUID
    name: str
    purpose: str
    image_key: str
    image_url: str
    card_text: str
    left_for_you: int | None
    stock_left: int | None
    until: datetime | None
    validity_mode: str
    lasts_minutes: int | None
    lasts_days: int | None
    zone: str
    available: bool
    refusal: Refusal | None
    design: Design
    lang: str
    sent_ever: int = 0


class ContactClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim in a customer's side panel. `state` adds opened and expired to the stored states."""

    id: UUID
    coupon_id: UUID
    coupon_name: str
    state: str
    number: str
    issued_at: datetime
    first_opened_at: datetime | None
    delivered_at: datetime | None
    redeemed_at: datetime | None
    valid_until: datetime | None
    trigger: str
    member_id: UUID | None


class CouponName(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon to choose from."""

    id: UUID
    name: str
    purpose: str
    state: str


async def offers(
    db: Pool | Connection, member_id: UUID, contact_id: UUID, now: datetime
) -> list[Offered]:
    """List every coupon the member's role may send from a conversation, and why one cannot be sent now.

    A seller's list holds the coupons of their own stores, and those that hold in every store.

    A contact of another workspace, or a member who may send none, gets an empty list.
    """
    member = await db.fetchrow(MEMBER, member_id, contact_id)
    if member is None or not member["contact_known"]:
        return []
    purposes = [purpose for purpose in SENDERS if may_send(member["role"], purpose)]
    starts = [period_start(period, now, member["zone"]) for period in ("day", "week", "month")]
    rows = await db.fetch(OFFERS, member_id, contact_id, ALWAYS, purposes, *starts)
    return [_offered(row, str(member_id), member["language"], now) for row in rows]


def _offered(row: Any, member_id: str, spoken: str, now: datetime) -> Offered:  # noqa: ANN401 (a database record)
    plan = design(row)
    quota = effective_quota(set_values(row, member_id), member_id, row["role"], plan.default_quota)
    taken = Taken(
        contact=row["contact_count"],
        contact_limit=plan.per_contact_limit,
        today=row["day_count"],
        daily_limit=plan.per_contact_daily_limit,
        member=row["member_count"],
        quota=quota,
    )
    stock = row["free"] if plan.counted else None
    refusal = refuse_offer(plan.offer(), now, role=row["role"], test=False)
    refusal = refusal or refuse_taken(taken, stock=stock is None or stock > 0)
    return Offered(
        coupon_id=plan.id,
        name=plan.name,
        purpose=plan.purpose,
        image_key=plan.image_key,
        image_url=plan.image_url,
        card_text=plan.card_text,
        left_for_you=left(quota, row["member_count"]),
        stock_left=stock,
        until=plan.sending.within(Span(None, plan.valid_until)).end,
        validity_mode=plan.validity_mode,
        lasts_minutes=plan.lasts_minutes,
        lasts_days=plan.lasts_days,
        zone=plan.zone,
        available=refusal is None,
        refusal=refusal,
        design=plan,
        lang=language(spoken or plan.workspace_language),
        sent_ever=row["sent_ever"],
    )


async def claims_of_contact(
    db: Pool | Connection, workspace_id: UUID, contact_id: UUID, now: datetime, limit: int = 20
) -> list[ContactClaim]:
    """List a customer's newest claims."""
    rows = await db.fetch(OF_CONTACT, contact_id, workspace_id, limit)
    return [_contact_claim(row, now) for row in rows]


async def claims_named(
    db: Pool | Connection, workspace_id: UUID, ids: Sequence[UUID], now: datetime
) -> dict[UUID, ContactClaim]:
    """Return claims of the workspace by id, whoever holds them now; others are left out."""
    if not ids:
        return {}
    rows = await db.fetch(NAMED, list(ids), workspace_id)
    return {row["claim_id"]: _contact_claim(row, now) for row in rows}


def _contact_claim(row: Any, now: datetime) -> ContactClaim:  # noqa: ANN401 (a database record)
    plan = design(row)
    span = usable(plan.validity, row["issued_at"], row["first_opened_at"])
    state = row["claim_state"]
    if state == "issued" and row["first_opened_at"] is not None:
        state = "opened"
    if state in {"issued", "opened"} and span is not None and span.phase(now) == "after":
        state = "expired"
    return ContactClaim(
        id=row["claim_id"],
        coupon_id=plan.id,
        coupon_name=plan.name,
        state=state,
        number=row["number"],
        issued_at=row["issued_at"],
        first_opened_at=row["first_opened_at"],
        delivered_at=row["delivered_at"],
        redeemed_at=row["redeemed_at"],
        valid_until=span.end if span is not None else None,
        trigger=row["trigger"],
        member_id=row["member_id"],
    )


async def coupons_of(db: Pool | Connection, workspace_id: UUID) -> list[CouponName]:
    """List the workspace's coupons by name."""
    rows = await db.fetch(LIST, workspace_id)
    return [
        CouponName(id=row["id"], name=row["name"], purpose=row["purpose"], state=row["state"])
        for row in rows
    ]


async def published_designs(db: Pool | Connection) -> list[Design]:
    """List the designs of every workspace that are being given out, oldest first."""
    return [design(row) for row in await db.fetch(PUBLISHED)]
