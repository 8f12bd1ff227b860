"""Names of what the audit log speaks of by its id: coupons, claims, codes and batches, as their coupon."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from runtime.database import Pool

NAMES = """
SELECT id, name FROM coupon WHERE id = ANY ($2::uuid[]) AND workspace_id = $1
UNION ALL SELECT k.id, c.name FROM claim k JOIN coupon c ON c.id = k.coupon_id
  WHERE k.id = ANY ($2::uuid[]) AND k.workspace_id = $1
UNION ALL SELECT b.id, c.name FROM code_batch b JOIN coupon c ON c.id = b.coupon_id
  WHERE b.id = ANY ($2::uuid[]) AND c.workspace_id = $1
UNION ALL SELECT o.id, c.name FROM promotion o JOIN coupon c ON c.id = o.coupon_id
  WHERE o.id = ANY ($2::uuid[]) AND c.workspace_id = $1
"""


async def coupon_names(pool: Pool, workspace_id: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the coupon's name of each id that is one of the workspace's; others are left out."""
    return {
        row["id"]: row["name"] for row in await pool.fetch(NAMES, workspace_id, sorted(set(ids)))
    }
