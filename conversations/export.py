"""What is kept of a person, as sections of rows: read through cursors, so that memory stays flat.

Words that were taken back are not among it: they are not kept. Coupons add their own sections (coupons.takeout).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool
from runtime.errors import NotFound

EXISTS = "SELECT 1 FROM contact WHERE id = $1 AND workspace_id = $2"
CHATS = "SELECT id FROM conversation WHERE contact_id = $1 AND workspace_id = $2"
OF_MESSAGES = f"""
FROM conversation c JOIN message m ON m.conversation_id = c.id AND c.id IN ({CHATS})
"""
IN_ORDER = "ORDER BY m.conversation_id, m.provider_at, m.seq"


class Section(msgspec.Struct, frozen=True):
    """One table of the export: the file's name, and a statement of the contact and the workspace."""

    name: str
    query: str


SECTIONS: Sequence[Section] = (
    Section(
        "profile",
        "SELECT id, name, phone, email, language, picture_url, attributes, created_at, blocked_at, erased_at"
        " FROM contact WHERE id = $1 AND workspace_id = $2",
    ),
    Section(
        "addresses",
        "SELECT a.channel, a.name AS account, i.external_id, i.name, i.picture_url, i.reachable, i.created_at"
        " FROM channel_identity i"
        " JOIN channel_account a ON a.id = i.account_id AND a.workspace_id = $2 WHERE i.contact_id = $1"
        " ORDER BY i.created_at, i.id",
    ),
    Section(
        "tags",
        "SELECT t.name, l.source, l.at FROM contact_tag l JOIN tag t ON t.id = l.tag_id AND t.workspace_id = $2"
        " WHERE l.contact_id = $1 ORDER BY t.name",
    ),
    Section(
        "conversations",
        "SELECT c.id, a.channel, a.name AS account, c.status, p.name AS assignee, c.created_at, c.last_at"
        " FROM conversation c JOIN channel_account a ON a.id = c.account_id"
        " LEFT JOIN member p ON p.id = c.assignee_id WHERE c.contact_id = $1 AND c.workspace_id = $2"
        " ORDER BY c.created_at, c.id",
    ),
    Section(
        "messages",
        "SELECT m.id, m.conversation_id, m.provider_at, m.received_at, m.direction, m.author, p.name AS member, m.kind,"
        " CASE WHEN m.unsent_at IS NULL THEN m.text ELSE '' END AS text,"
        " CASE WHEN m.unsent_at IS NULL THEN m.content END AS content, m.external_id, m.reply_to, m.state,"
        f" m.error_text, m.edited_at, m.unsent_at, m.claim_id {OF_MESSAGES}"
        f" LEFT JOIN member p ON p.id = m.member_id WHERE m.direction <> 'own' {IN_ORDER}",
    ),
    Section(
        "notes",
        "SELECT m.id, m.conversation_id, m.provider_at AS at, p.name AS member, m.text,"  # noqa: S608 (our own names)
        " ARRAY(SELECT o.name FROM mention n JOIN member o ON o.id = n.member_id WHERE n.message_id = m.id)"
        " AS mentioned"
        f" {OF_MESSAGES} LEFT JOIN member p ON p.id = m.member_id"
        f" WHERE m.direction = 'own' AND m.kind = 'note' {IN_ORDER}",
    ),
    Section(
        "drafts",
        "SELECT d.conversation_id, p.name AS member, d.text, d.at"  # noqa: S608 (our own names)
        " FROM draft d JOIN member p ON p.id = d.member_id"
        f" WHERE d.text <> '' AND d.conversation_id IN ({CHATS}) ORDER BY d.id",
    ),
    Section(
        "trail",
        "SELECT m.id, m.conversation_id, m.provider_at AS at, p.name AS member, m.content"
        f" {OF_MESSAGES} LEFT JOIN member p ON p.id = m.member_id"
        f" WHERE m.direction = 'own' AND m.kind = 'activity' {IN_ORDER}",
    ),
    Section(
        "reactions",
        f"SELECT r.message_id, r.actor, r.emoji, r.at {OF_MESSAGES} JOIN reaction r ON r.message_id = m.id {IN_ORDER}",
    ),
    Section(
        "deliveries",
        "SELECT d.message_id, d.position, d.state, d.method, d.attempts, d.external_id, d.error_code, d.error_text,"
        f" d.created_at, d.sent_at {OF_MESSAGES} JOIN delivery d ON d.message_id = m.id {IN_ORDER}, d.position",
    ),
    Section(
        "files",
        "SELECT f.id, f.message_id, f.type, f.name, f.content_type, f.size, f.state"
        f" {OF_MESSAGES} JOIN attachment f ON f.message_id = m.id WHERE m.unsent_at IS NULL {IN_ORDER}, f.position",
    ),
    Section(
        "files_sent",
        "SELECT u.id, u.conversation_id, p.name AS member, u.kind, u.name, u.content_type, u.size, u.message_id,"  # noqa: S608 (our own names)
        " u.created_at FROM upload u JOIN member p ON p.id = u.member_id"
        f" WHERE u.message_id IS NOT NULL AND u.conversation_id IN ({CHATS}) ORDER BY u.id",
    ),
    Section(
        "merges",
        "SELECT g.gone_id, g.at, p.name AS member, g.facts FROM contact_merge g LEFT JOIN member p ON p.id = g.by_id"
        " WHERE g.kept_id = $1 AND g.workspace_id = $2 ORDER BY g.at, g.id",
    ),
    Section(
        "log",
        "SELECT e.at, e.action, p.name AS member FROM audit_entry e LEFT JOIN member p ON p.id = e.member_id"
        " WHERE e.workspace_id = $2 AND e.subject = $1::uuid::text ORDER BY e.at, e.id",
    ),
)
STORED = f"""
SELECT * FROM (
  SELECT f.id, f.name, f.content_type, f.storage_key {OF_MESSAGES} JOIN attachment f ON f.message_id = m.id
  WHERE m.unsent_at IS NULL AND f.state = 'stored'
  UNION ALL SELECT u.id, u.name, u.content_type, u.storage_key FROM upload u
  WHERE u.message_id IS NOT NULL AND u.conversation_id IN ({CHATS})
) s WHERE id > $3 ORDER BY id LIMIT $4
"""  # noqa: S608 (our own names)
AT_ONCE = 200


class StoredFile(msgspec.Struct, frozen=True):
    """A file to go with the export."""

    id: UUID
    name: str
    content_type: str
    storage_key: str


async def require_contact(tx: Connection, workspace_id: UUID, contact_id: UUID) -> None:
    """Raise NotFound unless the contact is the workspace's."""
    if not await tx.fetchval(EXISTS, contact_id, workspace_id):
        raise NotFound("There is no such customer")


async def stored_files(
    pool: Pool, workspace_id: UUID, contact_id: UUID, after: UUID
) -> list[StoredFile]:
    """Return the next files that the contact's messages brought, in the order of their ids."""
    rows: list[Any] = await pool.fetch(STORED, contact_id, workspace_id, after, AT_ONCE)
    return [StoredFile(**row) for row in rows]
