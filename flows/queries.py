"""The rules of workspaces, as the engine needs them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from flows.triggers import RuleFacts
from runtime.database import Connection

RULES = """
SELECT r.id, r.workspace_id, r.kind, r.keywords, r.contains, r.coupon_id, r.text, r.lead_text,
  r.refusal_texts, w.language
FROM flow_rule r JOIN workspace w ON w.id = r.workspace_id
WHERE r.active AND r.workspace_id = ANY ($1::uuid[]) ORDER BY r.workspace_id, r.position, r.id
"""


async def rules_of(tx: Connection, workspaces: Sequence[UUID]) -> dict[UUID, list[RuleFacts]]:
    """Return the active rules of each workspace, in the order they are tried."""
    found: dict[UUID, list[RuleFacts]] = defaultdict(list)
    for row in await tx.fetch(RULES, list(dict.fromkeys(workspaces))):
        found[row["workspace_id"]].append(
            RuleFacts(
                id=row["id"],
                kind=row["kind"],
                keywords=tuple(row["keywords"]),
                contains=row["contains"],
                coupon_id=row["coupon_id"],
                text=row["text"],
                lead_text=row["lead_text"],
                refusal_texts=row["refusal_texts"],
                language=row["language"],
            )
        )
    return found
