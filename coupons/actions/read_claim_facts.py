"""The diagnosing reads of the doorway: everything a claim depends on, for many requests at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.actions.take_units import remembered
from coupons.design_facts import COLUMNS, Design, design
from coupons.requests import ClaimRequest
from coupons.rules.claiming import Taken
from coupons.rules.quota import ALWAYS, effective_quota, period_start
from runtime.database import Connection

HASH_BYTES = 16

DESIGNS = f"""
SELECT {COLUMNS},
  EXISTS (SELECT 1 FROM unit u WHERE u.coupon_id = c.id AND u.state = 'free' AND u.seq >= s.seq)
  OR EXISTS (SELECT 1 FROM unit u WHERE u.coupon_id = c.id AND u.state = 'free') AS in_stock
FROM unnest($1::uuid[], $2::int[]) AS s (id, seq)
JOIN coupon c ON c.id = s.id JOIN workspace w ON w.id = c.workspace_id
"""  # noqa: S608 (constants)
LOCK_CHATS = """
SELECT c.id, c.workspace_id, c.contact_id, c.customer_at, a.channel,
  coalesce(i.reachable, true) AS reachable
FROM conversation c JOIN channel_account a ON a.id = c.account_id
LEFT JOIN channel_identity i ON i.account_id = c.account_id AND i.external_id = c.address
WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id FOR UPDATE OF c
"""
# Few joins and many scalar subqueries: the planner tries every order of joins, anew for each batch, which
# took ten times as long as running the statement.
FACTS = """
SELECT k.id, k.coupon_id, k.contact_id, k.number, k.token, k.code, k.request_hash,
  ct.name AS contact_name, ct.language AS contact_language, ct.id IS NOT NULL AS contact_known, m.role,
  (SELECT ARRAY[q.value] FROM quota_value q WHERE q.coupon_id = u.coupon AND q.who = u.member::text) AS own,
  (SELECT ARRAY[q.value] FROM quota_value q WHERE q.coupon_id = u.coupon AND q.who = m.role) AS of_role,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = u.coupon
    AND l.subject = 'c:' || u.contact::text AND l.period_start = $8), 0) AS contact_count,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = u.coupon
    AND l.subject = 'd:' || u.contact::text AND l.period_start = u.day), 0) AS day_count,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = u.coupon
    AND l.subject = 'm:' || u.member::text AND l.period_start = u.quota_start), 0) AS member_count,
  CASE WHEN m.role <> 'seller' THEN true ELSE
    NOT EXISTS (SELECT 1 FROM coupon_store s WHERE s.coupon_id = u.coupon)
    OR EXISTS (SELECT 1 FROM coupon_store s JOIN member_store o ON o.store_id = s.store_id
      WHERE s.coupon_id = u.coupon AND o.member_id = u.member) END AS in_own_stores
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[],
  $9::timestamptz[]) WITH ORDINALITY
  AS u (w, coupon, contact, source, key, member, day, quota_start, n)
LEFT JOIN claim k ON k.workspace_id = u.w AND k.source = u.source AND k.key = u.key
LEFT JOIN contact ct ON ct.id = u.contact AND ct.workspace_id = u.w
LEFT JOIN member m ON m.id = u.member AND m.workspace_id = u.w AND m.active
ORDER BY u.n
"""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One request's world. `chat` is its locked conversation; `earlier` the claim its key already made."""

    request: ClaimRequest
    design: Design | None
    in_stock: bool
    day: datetime
    quota_start: datetime
    row: Any
    chat: Any

    @property
    def earlier(self) -> Any:  # noqa: ANN401 (a database record)
        """The record of the claim that an earlier request under this key made, or None."""
        return self.row if self.row["id"] is not None else None

    def taken(self, design: Design) -> Taken:
        """Return what was taken before and how much may be."""
        row, request = self.row, self.request
        quota: int | None = None
        if request.member_id is not None:
            values: dict[str, int | None] = {}
            if row["own"] is not None:
                values[str(request.member_id)] = row["own"][0]
            if row["of_role"] is not None:
                values[row["role"]] = row["of_role"][0]
            quota = effective_quota(
                values, str(request.member_id), row["role"] or "", design.default_quota
            )
        return Taken(
            contact=row["contact_count"],
            contact_limit=design.per_contact_limit,
            today=row["day_count"],
            daily_limit=design.per_contact_daily_limit,
            member=row["member_count"],
            quota=quota,
        )


def request_hash(request: ClaimRequest) -> bytes:
    """Return what tells another request under the same key: coupon and contact."""
    value = request.coupon_id.bytes + request.contact_id.bytes
    return hashlib.sha256(value).digest()[:HASH_BYTES]


async def read_claim_facts(tx: Connection, requests: Sequence[ClaimRequest]) -> list[Facts]:
    """Lock the conversations that get a card, then read what each request depends on."""
    chats = await _lock_chats(tx, requests)
    designs = await _designs(tx, sorted({request.coupon_id for request in requests}))
    days = [_start("day", request, designs) for request in requests]
    quota_starts = [_quota_start(request, designs) for request in requests]
    rows = await tx.fetch(
        FACTS,
        [request.workspace_id for request in requests],
        [request.coupon_id for request in requests],
        [request.contact_id for request in requests],
        [request.source for request in requests],
        [request.key for request in requests],
        [request.member_id for request in requests],
        days,
        ALWAYS,
        quota_starts,
    )
    facts = []
    for request, row, day, quota_start in zip(requests, rows, days, quota_starts, strict=True):
        found = designs.get(request.coupon_id)
        known = found is not None and found[0].workspace_id == request.workspace_id
        facts.append(
            Facts(
                request=request,
                design=found[0] if found is not None and known else None,
                in_stock=found is not None and found[1],
                day=day,
                quota_start=quota_start,
                row=row,
                chat=chats.get(request.conversation_id) if request.conversation_id else None,
            )
        )
    return facts


async def _lock_chats(tx: Connection, requests: Sequence[ClaimRequest]) -> Mapping[UUID, Any]:
    wanted = {r.conversation_id for r in requests if r.post is not None and r.conversation_id}
    rows = await tx.fetch(LOCK_CHATS, sorted(wanted)) if wanted else []
    return {row["id"]: row for row in rows}


async def _designs(
    tx: Connection, coupon_ids: Sequence[UUID]
) -> Mapping[UUID, tuple[Design, bool]]:
    rows = await tx.fetch(DESIGNS, coupon_ids, [remembered(key) for key in coupon_ids])
    found = {}
    for row in rows:
        value = design(row)
        found[value.id] = (value, row["in_stock"] or not value.counted)
    return found


def _quota_start(request: ClaimRequest, designs: Mapping[UUID, tuple[Design, bool]]) -> datetime:
    found = designs.get(request.coupon_id)
    return _start(found[0].quota_period if found is not None else "total", request, designs)


def _start(
    period: str, request: ClaimRequest, designs: Mapping[UUID, tuple[Design, bool]]
) -> datetime:
    found = designs.get(request.coupon_id)
    return period_start(period, request.arrived_at, found[0].zone) if found is not None else ALWAYS
