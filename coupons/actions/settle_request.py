"""Close a request for more quota, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.live import Change, publish
from team.audit import Entry, record

LONGEST = 300
FIND = "SELECT 1 FROM quota_request WHERE id = $1 AND workspace_id = $2"
# Whoever comes second waits for the first here, and finds nothing open.
SETTLE = """
UPDATE quota_request SET state = $3, granted = $4, reply = $5, decided_at = $6, decided_by = $7
WHERE id = $1 AND workspace_id = $2 AND state = 'open' RETURNING coupon_id, member_id
"""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Who (`by`) decides on which request; `words` go to the member who asked."""

    workspace_id: UUID
    request_id: UUID
    by: UUID
    words: str = ""


async def settle_request(
    tx: Connection,
    decision: Decision,
    state: Literal["granted", "declined"],
    now: datetime,
    *,
    granted: int = 0,
) -> Mapping[str, Any]:
    """Close the open request and return its coupon_id and member_id; tells the feed and the audit log.

    Raises NotFound, Invalid for words over 300 characters, and Refused `already_decided`.
    """
    if len(decision.words) > LONGEST:
        raise Invalid("words", f"Write at most {LONGEST} characters")
    which = (decision.request_id, decision.workspace_id)
    row = await tx.fetchrow(SETTLE, *which, state, granted, decision.words, now, decision.by)
    if row is None:
        if await tx.fetchval(FIND, *which) is None:
            raise NotFound("There is no such request")
        raise Refused("already_decided", "Somebody decided on this request already")
    told = {
        "request": str(decision.request_id),
        "member": str(row["member_id"]),
        "state": state,
    }
    entry = Entry(
        workspace_id=decision.workspace_id,
        member_id=decision.by,
        action=f"coupon.quota_{state}",
        subject=str(row["coupon_id"]),
        detail=told | {"granted": granted, "words": decision.words},
    )
    await record(tx, entry, now)
    change = Change(decision.workspace_id, "quota_request", row["coupon_id"], told)
    await publish(tx, [change], now)
    return dict(row)
