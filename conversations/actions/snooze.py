"""Put a conversation off until an instant; it comes back earlier when the customer writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from conversations.actions.take_over import announce, lock, require_on_list
from conversations.actions.trail import Act, Done, add_to_trail
from runtime.database import Connection
from runtime.errors import Invalid, Refused
from team.audit import Entry, record

LONGEST = timedelta(days=366)
PAST = "Choose a time that lies ahead"
TOO_FAR = "Choose a time within the next year"
IS_CLOSED = "A closed conversation cannot be snoozed; it comes back when the customer writes"
SNOOZE = """
UPDATE conversation SET status = 'snoozed', snoozed_until = $2, waiting_since = NULL, answered_at = NULL,
  warned_at = NULL, version = version + 1 WHERE id = $1
"""


async def snooze(
    tx: Connection,
    workspace_id: UUID,
    conversation_id: UUID,
    member_id: UUID,
    until: datetime,
    now: datetime,
) -> None:
    """Snooze within the caller's transaction; whose it is stays. Raises NotFound, Invalid("until") or
    Refused: "closed", "contact_blocked" or "contact_erased".
    """
    if until <= now:
        raise Invalid("until", PAST)
    if until > now + LONGEST:
        raise Invalid("until", TOO_FAR)
    before = await lock(tx, workspace_id, conversation_id)
    require_on_list(before["shelf"])
    if before["status"] == "closed":
        raise Refused("closed", IS_CLOSED)
    await tx.execute(SNOOZE, conversation_id, until)
    detail = {"until": until.isoformat()}
    entry = Entry(
        workspace_id=workspace_id,
        member_id=member_id,
        action="conversation.snoozed",
        subject=str(conversation_id),
        detail={"was": before["status"], **detail},
    )
    await record(tx, entry, now)
    done = Done(
        conversation_id=conversation_id, act=Act.SNOOZED, member_id=member_id, detail=detail
    )
    await add_to_trail(tx, [done], now)
    await announce(tx, workspace_id, conversation_id, before["version"] + 1, now)
