"""Let coupons put a renamed or merged tag on contacts, rather than make the old one anew."""

from __future__ import annotations

from uuid import UUID

from runtime.database import Connection

RENAME = """
UPDATE coupon SET version = version + 1,
  tag_on_claim = CASE tag_on_claim WHEN $2 THEN $3 ELSE tag_on_claim END,
  tag_on_open = CASE tag_on_open WHEN $2 THEN $3 ELSE tag_on_open END,
  tag_on_redeem = CASE tag_on_redeem WHEN $2 THEN $3 ELSE tag_on_redeem END
WHERE id IN (SELECT id FROM coupon WHERE workspace_id = $1 AND $2 IN (tag_on_claim, tag_on_open, tag_on_redeem)
  ORDER BY id FOR UPDATE)
"""


async def rename_tag_in_coupons(
    tx: Connection, workspace_id: UUID, before: str, after: str
) -> None:
    """Put `after` wherever a coupon names `before`; an open designer is told that the coupon changed."""
    await tx.execute(RENAME, workspace_id, before, after)
