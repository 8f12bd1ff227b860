"""Which contact an integration means, and in which chat they can be written to."""

from __future__ import annotations

from uuid import UUID

import msgspec

from runtime.database import Pool

# Who was merged into another goes on to be known by their old id.
BY_ID = """
SELECT id FROM contact WHERE workspace_id = $2
  AND id = coalesce((SELECT kept_id FROM contact_merge WHERE gone_id = $1), $1)
"""
BY_ADDRESS = """
SELECT i.contact_id AS id FROM channel_account a JOIN channel_identity i ON i.account_id = a.id
WHERE a.workspace_id = $1 AND a.channel = $2 AND a.name = $3 AND i.external_id = $4 AND a.removed_at IS NULL
"""
CHAT = """
SELECT c.id FROM conversation c JOIN channel_account a ON a.id = c.account_id
WHERE c.contact_id = $1 AND c.workspace_id = $2 AND c.chat_type = 'direct' AND a.removed_at IS NULL
  AND ($3 = '' OR (a.channel = $3 AND a.name = $4))
ORDER BY c.customer_at DESC NULLS LAST, c.id DESC LIMIT 1
"""


class Reach(msgspec.Struct, frozen=True):
    """A contact, and the direct chat they last wrote in, if there is one."""

    contact_id: UUID
    conversation_id: UUID | None


async def by_contact(pool: Pool, workspace_id: UUID, contact_id: UUID) -> Reach | None:
    """Find a contact by id; None when the workspace has no such contact."""
    found = await pool.fetchval(BY_ID, contact_id, workspace_id)
    return None if found is None else await _reach(pool, workspace_id, found, "", "")


async def by_address(
    pool: Pool, workspace_id: UUID, channel: str, account: str, external_id: str
) -> Reach | None:
    """Find the contact whom an account of ours knows under `external_id`, with their chat on that account."""
    found = await pool.fetchval(BY_ADDRESS, workspace_id, channel, account, external_id)
    return None if found is None else await _reach(pool, workspace_id, found, channel, account)


async def _reach(
    pool: Pool, workspace_id: UUID, contact_id: UUID, channel: str, account: str
) -> Reach:
    chat = await pool.fetchval(CHAT, contact_id, workspace_id, channel, account)
    return Reach(contact_id, chat)
