"""Write what customers did into contacts, conversations and messages: one wave of a block.

A wave holds at most one event of each chat, so every statement handles the whole wave at once. Runs in the
block's transaction; nothing here reaches outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations.actions.find_chats import Chats, find_chats
from conversations.actions.store_messages import attachments_of, store_messages
from conversations.channel import Account, Inbound, Kind
from runtime.clock import from_ms
from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change, publish

CLOCK_SKEW = timedelta(minutes=5)
UNSENT = "[unsent]"
SAID = frozenset({Kind.MESSAGE, Kind.POSTBACK})
# A row in the thread, but nothing to read: counted neither as unread nor as the customer writing.
NOTED = frozenset(
    {
        Kind.FOLLOW,
        Kind.UNFOLLOW,
        Kind.JOIN,
        Kind.LEAVE,
        Kind.MEMBER_JOINED,
        Kind.ACCOUNT_LINK,
        Kind.REFERRAL,
        Kind.OPTIN,
        Kind.COUPON_REVEAL,
        Kind.UNKNOWN,
    }
)
OPENS_WINDOW = SAID | {Kind.REFERRAL, Kind.COUPON_REVEAL, Kind.REACTION}

UPDATE_CONVERSATIONS = """
UPDATE conversation c SET
  address = coalesce(u.address, c.address),
  last_text = CASE WHEN u.said THEN u.txt ELSE c.last_text END,
  last_at = greatest(c.last_at, u.at),
  customer_at = CASE WHEN u.opens THEN greatest(c.customer_at, u.at) ELSE c.customer_at END,
  reply_token = coalesce(u.token, c.reply_token),
  reply_token_at = CASE WHEN u.token IS NULL THEN c.reply_token_at ELSE u.at END,
  unread = c.unread + u.said::int,
  status = CASE WHEN u.said AND c.status = 'closed' THEN 'bot' ELSE c.status END,
  assignee_id = CASE WHEN u.said AND c.status = 'closed' THEN NULL ELSE c.assignee_id END,
  version = c.version + 1
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bool[], $6::bool[], $7::text[])
  AS u (id, address, txt, at, said, opens, token)
WHERE c.id = u.id
"""
MARK_REACHABLE = """
UPDATE channel_identity i SET reachable = u.ok FROM unnest($1::uuid[], $2::text[], $3::bool[]) AS u (a, x, ok)
WHERE i.account_id = u.a AND i.external_id = u.x AND i.reachable <> u.ok
"""


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the inbox, read."""

    inbox_id: int
    account: Account
    inbound: Inbound
    received_at: datetime
    request_id: str = ""

    @property
    def at(self) -> datetime:
        """The platform's time; ours where it tells none or lives in the future."""
        stamp = self.inbound.timestamp_ms
        if stamp is None:
            return self.received_at
        told = from_ms(stamp)
        return self.received_at if told > self.received_at + CLOCK_SKEW else told


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """An event written down, with what flows need to answer it. `status` is the one before the event
    (a closed conversation counts as bot); `contact_id` is None in groups.
    """

    event: Received
    conversation_id: UUID
    workspace_id: UUID
    contact_id: UUID | None
    contact_name: str
    language: str
    status: str
    message_id: UUID | None


async def receive(tx: Connection, wave: Sequence[Received], now: datetime) -> list[Handled]:
    """Write a wave of customer events; events that name nobody are skipped. Order is kept."""
    known = [e for e in wave if e.inbound.chat or e.inbound.contact_external_id]
    if not known:
        return []
    chats = await find_chats(tx, [(e.account, e.inbound) for e in known], now)
    ids = {e.inbox_id: uuid7() for e in known if e.inbound.kind in SAID | NOTED}
    rows = [
        _message(e, chats, n, ids[e.inbox_id]) for n, e in enumerate(known) if e.inbox_id in ids
    ]
    gone = await store_messages(tx, rows)
    written = {ids[e.inbox_id]: e.inbound for e in known if e.inbox_id in ids}
    await attachments_of(tx, {key: each for key, each in written.items() if key not in gone}, now)
    shown = [UNSENT if ids.get(e.inbox_id) in gone else preview(e.inbound) for e in known]
    await _touch(tx, known, chats, shown)
    await _mark_reachable(tx, known)
    await publish(tx, [_change(e, chats, n, ids) for n, e in enumerate(known)], now)
    return [_handled(e, chats, n, ids.get(e.inbox_id)) for n, e in enumerate(known)]


def _message(event: Received, chats: Chats, n: int, message_id: UUID) -> dict[str, Any]:
    inbound = event.inbound
    said = inbound.kind is Kind.MESSAGE and inbound.message_type is not None
    return {
        "id": message_id,
        "workspace_id": event.account.workspace_id,
        "conversation_id": chats.rows[n]["id"],
        "account_id": event.account.id,
        "sender": inbound.contact_external_id or "",
        "kind": str(inbound.message_type if said else inbound.kind),
        "text": inbound.text or "",
        "content": facts(inbound),
        "external_id": inbound.external_message_id,
        "reply_to": inbound.reply_to or "",
        "provider_at": event.at,
        "received_at": event.received_at,
        "request_id": event.request_id,
    }


def facts(inbound: Inbound) -> dict[str, Any]:
    """Return what a received message's other columns do not hold; credentials of the chat left out."""
    plain: dict[str, Any] = msgspec.to_builtins(inbound)
    hidden = (
        "kind",
        "text",
        "external_event_id",
        "contact_external_id",
        "reply_token",
        "timestamp_ms",
    )
    return {name: value for name, value in plain.items() if name not in hidden}


async def _touch(
    tx: Connection, known: Sequence[Received], chats: Chats, shown: Sequence[str]
) -> None:
    said = [e.inbound.kind in SAID for e in known]
    await tx.execute(
        UPDATE_CONVERSATIONS,
        [row["id"] for row in chats.rows],
        [None if e.inbound.chat else e.inbound.contact_external_id for e in known],
        list(shown),
        [e.at for e in known],
        said,
        [e.inbound.kind in OPENS_WINDOW and e.inbound.chat is None for e in known],
        [None if e.inbound.mode == "standby" else e.inbound.reply_token for e in known],
    )


def preview(inbound: Inbound) -> str:
    """Return the line of the conversation list for a received message."""
    return (inbound.text or f"[{inbound.message_type or inbound.kind}]")[:200]


async def _mark_reachable(tx: Connection, known: Sequence[Received]) -> None:
    told: Mapping[Kind, bool] = {Kind.FOLLOW: True, Kind.UNFOLLOW: False, Kind.MESSAGE: True}
    rows = [e for e in known if e.inbound.kind in told and e.inbound.chat is None]
    if rows:
        await tx.execute(
            MARK_REACHABLE,
            [e.account.id for e in rows],
            [e.inbound.contact_external_id for e in rows],
            [told[e.inbound.kind] for e in rows],
        )


def _change(event: Received, chats: Chats, n: int, ids: Mapping[int, UUID]) -> Change:
    message = ids.get(event.inbox_id)
    detail = {"message": str(message)} if message else {}
    return Change(event.account.workspace_id, "message", chats.rows[n]["id"], detail)


def _handled(event: Received, chats: Chats, n: int, message_id: UUID | None) -> Handled:
    row = chats.rows[n]
    return Handled(
        event=event,
        conversation_id=row["id"],
        workspace_id=event.account.workspace_id,
        contact_id=row["contact_id"],
        contact_name=row["name"] or "",
        language=row["language"] or "",
        status="bot" if row["status"] == "closed" else row["status"],
        message_id=message_id,
    )
