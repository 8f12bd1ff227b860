"""Ask for more of a coupon than one's quota allows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from coupons.quota_reads import MemberQuota, member_quotas
from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.ids import uuid7
from runtime.live import Change, publish
from team.audit import Entry, record

MOST = 1_000
LONGEST = 300
ADD = """
INSERT INTO quota_request (id, workspace_id, coupon_id, member_id, amount, words, state, granted, reply, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, 'open', 0, '', $7)
ON CONFLICT (member_id, coupon_id) WHERE state = 'open' DO NOTHING RETURNING id
"""


class QuotaAsk(msgspec.Struct, frozen=True, kw_only=True):
    """What a member asks for: `amount` more of a coupon, and why in their `words`."""

    workspace_id: UUID
    coupon_id: UUID
    member_id: UUID
    amount: int
    words: str = ""


async def ask_for_quota(tx: Connection, ask: QuotaAsk, now: datetime) -> UUID:
    """Keep the request, tell the feed and the audit log, and return its id.

    Raises NotFound, Invalid, and Refused when there is nothing to ask for, or with `already_asked` while a
    request of the same member and coupon is open.
    """
    if not 1 <= ask.amount <= MOST:
        raise Invalid("amount", f"Write a whole number from 1 to {MOST:,}")
    if len(ask.words) > LONGEST:
        raise Invalid("words", f"Write at most {LONGEST} characters")
    found = await member_quotas(tx, ask.workspace_id, [ask.coupon_id], [ask.member_id], now)
    if (ask.coupon_id, ask.member_id) not in found:
        raise NotFound("There is no such coupon")
    _refuse(found[ask.coupon_id, ask.member_id])
    key, facts = uuid7(), (ask.coupon_id, ask.member_id, ask.amount, ask.words)
    if await tx.fetchval(ADD, key, ask.workspace_id, *facts, now) is None:
        raise Refused("already_asked", "You have asked for more of this coupon already")
    entry = Entry(
        workspace_id=ask.workspace_id,
        member_id=ask.member_id,
        action="coupon.quota_asked",
        subject=str(ask.coupon_id),
        detail={"request": str(key), "amount": ask.amount, "words": ask.words},
    )
    await record(tx, entry, now)
    told = {"request": str(key), "member": str(ask.member_id), "state": "open"}
    await publish(tx, [Change(ask.workspace_id, "quota_request", ask.coupon_id, told)], now)
    return key


def _refuse(quota: MemberQuota) -> None:
    if not quota.sends:
        raise Refused("not_permitted", "Your role may not send this coupon")
    if not quota.given:
        raise Refused("sending_ended", "This coupon is not being given out")
    if quota.quota is None:
        raise Refused("no_limit", "You may send any number of this coupon")
