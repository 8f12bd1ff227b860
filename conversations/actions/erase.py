"""Begin to erase a person: at once nobody knows them any more; what they said goes in steps (erase_steps.py).

The order of locks is that of the inbox's blocks: lanes, conversations, contact, then the outbox. Whoever writes after
the commit is somebody new, and what they had sent before it, worked on or not, is not worked on any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from conversations import inbox
from conversations.actions.lock_chats import Moved, chats_of, lock_chats
from conversations.channel import Channel
from conversations.inbox import lane_of
from conversations.outcomes import OnMessages, changes_of, nobody, summarise
from conversations.traces import is_theirs
from runtime.database import Connection, Database
from runtime.errors import NotFound, Refused
from runtime.i18n import mark
from runtime.live import Change, publish
from team.audit import Entry, record

Address: TypeAlias = tuple[UUID, str]
"""An account's id, and how the account knows the person."""

TRIES = 5
BUSY = mark("This customer is being changed at this moment. Try again.")

ADDRESSES = "SELECT account_id, external_id FROM channel_identity WHERE contact_id = $1 ORDER BY id"
LANES = "SELECT id FROM lane WHERE id = ANY ($1::smallint[]) ORDER BY id FOR UPDATE"
# What came before is worked on by nobody: redelivered it is known, for its key stays.
WAITING = """
SELECT i.id, i.account_id, i.payload, a.channel FROM inbox i JOIN channel_account a ON a.id = i.account_id
WHERE i.lane = ANY ($1::smallint[]) AND i.state = 0 AND i.account_id = ANY ($2::uuid[])
"""
LOCK = "SELECT erased_at FROM contact WHERE id = $1 AND workspace_id = $2 FOR UPDATE"
# Nobody begins to send these any more; what is on its way ends as unknown.
CANCEL = """
WITH gone AS (DELETE FROM outbox WHERE conversation_id = ANY ($1::uuid[]) RETURNING delivery_id, state)
UPDATE delivery d SET state = CASE WHEN g.state = 0 THEN 'failed' ELSE 'unknown' END, error_code = 'erased'
FROM gone g WHERE d.id = g.delivery_id RETURNING d.message_id
"""
LOCK_OUTBOX = (
    "SELECT id FROM outbox WHERE conversation_id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE"
)
WIPE = """
UPDATE contact SET name = '', phone = '', email = '', language = '', picture_url = '', attributes = '{}',
  blocked_at = NULL, erased_at = coalesce(erased_at, $2) WHERE id = $1
"""
SHELVE = """
UPDATE conversation SET shelf = 'erased', status = 'closed', address = '', last_text = '', reply_token = '',
  reply_token_at = NULL, customer_at = NULL, assignee_id = NULL, waiting_since = NULL, unread = 0,
  snoozed_until = NULL, answered_at = NULL, warned_at = NULL, version = version + 1 WHERE contact_id = $1
"""
DELETES = (
    "DELETE FROM channel_identity WHERE contact_id = $1",
    "DELETE FROM contact_tag WHERE contact_id = $1",
    "DELETE FROM search_contact WHERE contact_id = $1",
    "DELETE FROM contact_merge WHERE kept_id = $1",
    "DELETE FROM draft WHERE conversation_id IN (SELECT id FROM conversation WHERE contact_id = $1)",
    "DELETE FROM read_mark WHERE conversation_id IN (SELECT id FROM conversation WHERE contact_id = $1)",
    "DELETE FROM mention WHERE conversation_id IN (SELECT id FROM conversation WHERE contact_id = $1)",
)
# Logs may still name those who were merged into them.
MERGED = """
SELECT gone_id AS id FROM contact_merge WHERE kept_id = $1
UNION SELECT origin_id FROM channel_identity WHERE contact_id = $1 AND origin_id <> $1
"""
LAST_EVENT = "SELECT coalesce(max(id), 0) FROM inbox"
JOB = """
INSERT INTO erase_job (contact_id, workspace_id, member_id, addresses, merged, step, upto, last_event, created_at)
VALUES ($1, $2, $3, $4, $5, 'files', '', $6, $7)
"""


class Erasing(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to erase, and who ordered it (None: the operator)."""

    workspace_id: UUID
    contact_id: UUID
    member_id: UUID | None = None


async def order_erasing(
    db: Database,
    who: Erasing,
    channels: Mapping[str, Channel],
    now: datetime,
    on_rejected: OnMessages = nobody,
) -> bool:
    """Do `begin_erasing` in a transaction of its own, again where a rival was quicker.

    Raises NotFound, and Refused("erase_busy") after some tries.
    """
    for _ in range(TRIES):
        try:
            async with db.transaction() as tx:
                return await begin_erasing(tx, who, channels, now, on_rejected)
        except (Moved, asyncpg.DeadlockDetectedError):
            continue
    raise Refused("erase_busy", BUSY)


async def begin_erasing(
    tx: Connection,
    who: Erasing,
    channels: Mapping[str, Channel],
    now: datetime,
    on_rejected: OnMessages = nobody,
) -> bool:
    """Forget who the contact is, cancel what waits for them, and note the job; all in the caller's transaction.

    `on_rejected` is told of messages that will not be sent. Returns False when they were erased already; raises
    NotFound, also for another workspace's contact, and Moved, after which the transaction is run again.
    """
    addresses = await _hold_lanes(tx, who.contact_id)
    chats = await lock_chats(tx, who.workspace_id, [who.contact_id])
    row = await tx.fetchrow(LOCK, who.contact_id, who.workspace_id)
    if row is None:
        raise NotFound("There is no such customer")
    if row["erased_at"] is not None:
        return False
    # A merge that ended while we waited has brought addresses and conversations that we hold no lock of.
    now_held = await chats_of(tx, who.workspace_id, [who.contact_id])
    if (addresses, chats) != (await _addresses(tx, who.contact_id), now_held):
        raise Moved
    await _drop_events(tx, addresses, channels)
    await _cancel(tx, chats, now, on_rejected)
    merged = [str(row["id"]) for row in await tx.fetch(MERGED, who.contact_id)]
    await wipe(tx, who.contact_id, now)
    told = [[str(account), external] for account, external in addresses]
    last = await tx.fetchval(LAST_EVENT)
    key = (who.contact_id, who.workspace_id, who.member_id)
    await tx.execute(JOB, *key, told, merged, last, now)
    await _tell(tx, who, chats, now)
    return True


async def wipe(tx: Connection, contact_id: UUID, now: datetime) -> None:
    """Empty the contact and its conversations; done again it does no harm."""
    await tx.execute(SHELVE, contact_id)
    await tx.execute(WIPE, contact_id, now)
    for statement in DELETES:
        await tx.execute(statement, contact_id)


async def _hold_lanes(tx: Connection, contact_id: UUID) -> list[Address]:
    """Lock the lanes of all the person's addresses, so that no block works on their events; return those."""
    held: list[Address] = []
    while True:
        found = await _addresses(tx, contact_id)
        if found == held:
            return held
        held = found
        await tx.execute(LANES, sorted({lane_of(account.bytes, name) for account, name in found}))


async def _addresses(tx: Connection, contact_id: UUID) -> list[Address]:
    rows = await tx.fetch(ADDRESSES, contact_id)
    return [(row["account_id"], row["external_id"]) for row in rows]


async def _drop_events(
    tx: Connection, addresses: Sequence[Address], channels: Mapping[str, Channel]
) -> None:
    lanes = sorted({lane_of(account.bytes, name) for account, name in addresses})
    accounts = sorted({account for account, _ in addresses})
    rows: list[Any] = await tx.fetch(WAITING, lanes, accounts)
    names = {name for _, name in addresses}
    theirs = [
        row["id"] for row in rows if is_theirs(channels[row["channel"]], row["payload"], names)
    ]
    await inbox.drop(tx, theirs)


async def _cancel(
    tx: Connection, chats: Sequence[UUID], now: datetime, on_rejected: OnMessages
) -> None:
    await tx.execute(LOCK_OUTBOX, chats)
    rows = await tx.fetch(CANCEL, chats)
    messages = await summarise(tx, {row["message_id"] for row in rows})
    await publish(tx, changes_of(messages), now)
    lost = [message for message in messages if message.lost]
    if lost:
        await on_rejected(tx, lost)


async def _tell(tx: Connection, who: Erasing, chats: Sequence[UUID], now: datetime) -> None:
    entry = Entry(
        workspace_id=who.workspace_id,
        member_id=who.member_id,
        action="contact.erased",
        subject=str(who.contact_id),
    )
    await record(tx, entry, now)
    changes = [Change(who.workspace_id, "conversation", chat) for chat in chats]
    changes.append(Change(who.workspace_id, "contact", who.contact_id, {"state": "erased"}))
    await publish(tx, changes, now)
