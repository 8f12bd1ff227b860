"""Grant a request for more quota."""

from __future__ import annotations

from datetime import datetime

from coupons.actions.ask_for_quota import MOST
from coupons.actions.set_quota import set_quotas
from coupons.actions.settle_request import Decision, settle_request
from coupons.quota_reads import member_quotas
from runtime.database import Connection
from runtime.errors import Invalid

LOCK = "SELECT 1 FROM coupon WHERE id = $1 FOR NO KEY UPDATE"


async def grant_quota(tx: Connection, decision: Decision, amount: int, now: datetime) -> None:
    """Let the member send `amount` more than now, as a value of their own, and close the request.

    Raises NotFound, Invalid, and Refused when somebody decided already: of two grants one holds. Whatever is
    raised, roll the transaction back.
    """
    row = await settle_request(tx, decision, "granted", now, granted=amount)
    if not 1 <= amount <= MOST:
        raise Invalid("amount", f"Write a whole number from 1 to {MOST:,}")
    coupon, member = row["coupon_id"], row["member_id"]
    # Whoever changes quotas locks the coupon: what is read now still holds when it is written.
    await tx.execute(LOCK, coupon)
    found = await member_quotas(tx, decision.workspace_id, [coupon], [member], now)
    quota = found[coupon, member]
    if quota.quota is None:
        return  # the limit was lifted meanwhile: they have more than they asked for
    # Whoever was stopped at 0 after sending some can send the whole amount, too.
    value = max(quota.quota, quota.used) + amount
    await set_quotas(tx, coupon, {str(member): value}, now, by=decision.by)
