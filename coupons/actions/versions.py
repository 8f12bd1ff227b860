"""Every change of a coupon is kept: what it was, what it became, who did it and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.rules.plan import NewCoupon
from runtime.database import Connection
from team.audit import Entry, record

Changes = Mapping[str, tuple[Any, Any]]
ADD = """
INSERT INTO coupon_version (coupon_id, version, what, changes, member_id, at)
SELECT $1, c.version, $2, $3::text::jsonb, $4, $5 FROM coupon c WHERE c.id = $1
"""
WORKSPACE = "SELECT workspace_id FROM coupon WHERE id = $1"


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a coupon, and by whom; None: the operator, or the system."""

    coupon_id: UUID
    what: str
    changes: Changes = {}
    by: UUID | None = None


async def keep(tx: Connection, deed: Deed, now: datetime) -> None:
    """Add a change within the caller's transaction, under the version the coupon has now, and audit it."""
    plain = msgspec.to_builtins(dict(deed.changes))
    await tx.execute(ADD, deed.coupon_id, deed.what, json.dumps(plain), deed.by, now)
    workspace_id = await tx.fetchval(WORKSPACE, deed.coupon_id)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=deed.by,
        action=f"coupon.{deed.what}",
        subject=str(deed.coupon_id),
        detail={field: {"from": old, "to": new} for field, (old, new) in plain.items()},
    )
    await record(tx, entry, now)


def differences(old: NewCoupon, new: NewCoupon) -> dict[str, tuple[Any, Any]]:
    """Return [before, after] of every field that differs."""
    pairs = ((field, getattr(old, field), getattr(new, field)) for field in old.__struct_fields__)
    return {field: (before, after) for field, before, after in pairs if before != after}
