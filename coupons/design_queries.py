"""What the designer reads of a coupon: its plan, how far it is, what is used, and its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations.search_text import like
from coupons.rules.finish import Surroundings
from coupons.rules.plan import NewCoupon
from runtime.database import Connection, Pool
from team.features import switched_on

PLAN = ", ".join(f"c.{name}" for name in NewCoupon.__struct_fields__)
STORED = f"""
SELECT {PLAN}, c.id, c.workspace_id, c.state, c.version, c.created_at, c.published_at,
  w.zone, w.features, v.at AS saved_at, m.name AS saved_by,
  ARRAY(SELECT s.store_id FROM coupon_store s WHERE s.coupon_id = c.id ORDER BY s.store_id) AS stores,
  (SELECT coalesce(sum(CASE b.state WHEN 'loaded' THEN b.good ELSE b.kept END), 0) FROM code_batch b
    WHERE b.coupon_id = c.id AND b.kind = 'import') AS codes,
  j.made, j.wanted, j.coupon_id IS NOT NULL AS at_work, x.voided AS voiding
FROM coupon c JOIN workspace w ON w.id = c.workspace_id
LEFT JOIN stock_job j ON j.coupon_id = c.id LEFT JOIN void_job x ON x.coupon_id = c.id
LEFT JOIN LATERAL (SELECT at, member_id FROM coupon_version WHERE coupon_id = c.id ORDER BY id DESC LIMIT 1) v
  ON true
LEFT JOIN member m ON m.id = v.member_id
WHERE c.id = $1 AND c.workspace_id = $2
"""  # noqa: S608 (constants)
HISTORY = """
SELECT v.version, v.what, v.changes, v.at, m.name AS by
FROM coupon_version v JOIN coupon c ON c.id = v.coupon_id LEFT JOIN member m ON m.id = v.member_id
WHERE v.coupon_id = $1 AND c.workspace_id = $2 AND v.id < $3 ORDER BY v.id DESC LIMIT $4
"""
DIRECT = """
SELECT c.id, p.id AS contact_id, p.name, a.channel FROM conversation c
JOIN channel_account a ON a.id = c.account_id JOIN contact p ON p.id = c.contact_id
WHERE c.chat_type = 'direct'
"""
CHATS = f"""{DIRECT} AND c.workspace_id = $1 AND p.name ILIKE $2
ORDER BY c.last_at DESC, c.id DESC LIMIT 10
"""
CHAT = f"{DIRECT} AND c.id = $1 AND c.workspace_id = $2"
NEWEST = 2**62


class Progress(msgspec.Struct, frozen=True):
    """How many units are made; `wanted` 0: as many as there are codes; below `made`: the rest is withdrawn."""

    made: int
    wanted: int


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon as the designer opens it. `version` must be given back when it is saved. `voiding`: how many
    claims are revoked so far while that goes on, None when nothing is being revoked.
    """

    id: UUID
    plan: NewCoupon
    stores: tuple[UUID, ...]
    state: str
    version: int
    zone: str
    codes: int
    features: frozenset[str]
    saved_at: datetime
    saved_by: str | None
    published_at: datetime | None
    progress: Progress | None
    voiding: int | None

    def around(self) -> Surroundings:
        """Return what publishing depends on beside the plan."""
        return Surroundings(codes=self.codes, stores=len(self.stores), features=self.features)


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history. `changes`: (before, after) by field; `by` None: the operator."""

    version: int
    what: str
    changes: dict[str, tuple[Any, Any]]
    at: datetime
    by: str | None


async def stored_coupon(
    db: Pool | Connection, workspace_id: UUID, coupon_id: UUID
) -> Stored | None:
    """Read a coupon of the workspace; None when it has no such coupon."""
    row = await db.fetchrow(STORED, coupon_id, workspace_id)
    return _stored(row) if row is not None else None


def plan_of(row: Any) -> NewCoupon:  # noqa: ANN401 (a database record)
    """Return the plan of a record that has PLAN."""
    return NewCoupon(**{name: row[name] for name in NewCoupon.__struct_fields__})


def _stored(row: Any) -> Stored:  # noqa: ANN401 (a database record)
    return Stored(
        id=row["id"],
        plan=plan_of(row),
        stores=tuple(row["stores"]),
        state=row["state"],
        version=row["version"],
        zone=row["zone"],
        codes=row["codes"],
        features=switched_on(row["features"]),
        saved_at=row["saved_at"] or row["created_at"],
        saved_by=row["saved_by"],
        published_at=row["published_at"],
        progress=Progress(row["made"], row["wanted"]) if row["at_work"] else None,
        voiding=row["voiding"],
    )


async def history(
    db: Pool | Connection, workspace_id: UUID, coupon_id: UUID, limit: int = 100
) -> list[Version]:
    """List the newest changes of a coupon, newest first; empty when the workspace has no such coupon."""
    rows = await db.fetch(HISTORY, coupon_id, workspace_id, NEWEST, limit)
    return [
        Version(
            version=row["version"],
            what=row["what"],
            changes={field: (pair[0], pair[1]) for field, pair in row["changes"].items()},
            at=row["at"],
            by=row["by"],
        )
        for row in rows
    ]


class Chat(msgspec.Struct, frozen=True):
    """A customer's own conversation, to try a coupon in."""

    id: UUID
    contact_id: UUID
    name: str
    channel: str


async def chats_named(db: Pool | Connection, workspace_id: UUID, text: str) -> list[Chat]:
    """List the ten latest conversations with one customer each, whose name holds `text`."""
    rows = await db.fetch(CHATS, workspace_id, like(text))
    return [Chat(**row) for row in rows]


async def chat_of(db: Pool | Connection, workspace_id: UUID, conversation_id: UUID) -> Chat | None:
    """Return a conversation with one customer; None for groups and other workspaces'."""
    row = await db.fetchrow(CHAT, conversation_id, workspace_id)
    return Chat(**row) if row is not None else None
