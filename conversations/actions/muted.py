"""Who is muted in a group: a blocked customer, whose own chat is off the list; the group itself stays on it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from conversations.channel import Account, Inbound
from runtime.database import Connection

# Asked only where somebody wrote in a group. Unlike a conversation of their own, a group is not locked by the
# block: what is being worked on while they are blocked may still be heard.
BLOCKED = """
SELECT i.account_id, i.external_id FROM unnest($1::uuid[], $2::text[]) AS u (a, x)
JOIN channel_identity i ON i.account_id = u.a AND i.external_id = u.x
JOIN contact p ON p.id = i.contact_id WHERE p.blocked_at IS NOT NULL
"""


async def muted(tx: Connection, events: Iterable[tuple[Account, Inbound]]) -> set[tuple[UUID, str]]:
    """Return which of those who wrote in groups are blocked, as (account, address); nothing of other chats."""
    asked = [
        (account.id, inbound.contact_external_id)
        for account, inbound in events
        if inbound.chat is not None and inbound.contact_external_id
    ]
    if not asked:
        return set()
    rows = await tx.fetch(BLOCKED, [a for a, _ in asked], [x for _, x in asked])
    return {(row["account_id"], row["external_id"]) for row in rows}
