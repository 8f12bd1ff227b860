"""Who redeems on a phone of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool
from runtime.ids import uuid7

VERIFIERS = """
SELECT m.id, m.name, m.email, (SELECT max(s.seen_at) FROM session s WHERE s.member_id = m.id) AS seen_at,
  coalesce((SELECT array_agg(o.store_id) FROM member_store o WHERE o.member_id = m.id), '{}') AS stores
FROM member m WHERE m.workspace_id = $1 AND m.active AND m.role = 'verifier' ORDER BY lower(m.name), m.id
"""
# Nobody can own an address there (RFC 2606): who comes in by a link only needs none of their own.
NOWHERE = "@verifier.invalid"


class Verifier(msgspec.Struct, frozen=True, kw_only=True):
    """A verifier, where they work, and when their phone was seen last."""

    id: UUID
    name: str
    email: str
    stores: Sequence[UUID]
    seen_at: datetime | None


def address_of_nobody() -> str:
    """Return an e-mail address for a verifier who has none: unique, and never shown."""
    return f"{uuid7().hex}{NOWHERE}"


async def verifiers_of(db: Connection | Pool, workspace_id: UUID) -> Sequence[Verifier]:
    """List a workspace's active verifiers by name."""
    return [Verifier(**dict(row)) for row in await db.fetch(VERIFIERS, workspace_id)]
