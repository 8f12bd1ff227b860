"""Write what customers did into contacts, conversations and messages: one wave of a block.

A wave holds at most one event of each chat, so every statement handles the whole wave at once. Runs in the
block's transaction; nothing here reaches outside.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from conversations.actions.find_chats import (
    Chat,
    World,
    find_chats,
    is_stranger,
    look_up,
    phone_of,
)
from conversations.actions.hear import hear
from conversations.actions.muted import muted
from conversations.actions.store_messages import Entry, attachments_of, store
from conversations.actions.welcome import Stranger, welcome
from conversations.channel import Account, Inbound, Kind
from conversations.quick_replies import title_of
from runtime.clock import from_ms
from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change, publish

CLOCK_SKEW = timedelta(minutes=5)
_json = msgspec.json.Encoder()
UNSENT = "[unsent]"
HIDDEN = (
    "kind",
    "text",
    "external_event_id",
    "contact_external_id",
    "reply_token",
    "timestamp_ms",
)
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

REACHED = {Kind.FOLLOW: True, Kind.UNFOLLOW: False, Kind.MESSAGE: True}


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the inbox, read."""

    inbox_id: int
    account: Account
    inbound: Inbound
    received_at: datetime
    request_id: str = ""
    _at: datetime | None = None

    @property
    def at(self) -> datetime:
        """The platform's time; ours where it tells none or lives in the future. Worked out once."""
        if self._at is None:
            msgspec.structs.force_setattr(self, "_at", self._worked_out())
        return self._at or self.received_at

    def _worked_out(self) -> datetime:
        stamp = self.inbound.timestamp_ms
        if stamp is None:
            return self.received_at
        told = from_ms(stamp)
        return self.received_at if told > self.received_at + CLOCK_SKEW else told


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """An event written down, with what flows need to answer it. `status` tells who has the conversation (a closed
    one counts as bot); `contact_id` is None in groups; `unsent`: taken back before it came; who is `blocked` is not
    answered. `acknowledged`: its row of the inbox was marked as done with it.
    """

    event: Received
    conversation_id: UUID
    workspace_id: UUID
    contact_id: UUID | None
    contact_name: str
    language: str
    status: str
    message_id: UUID | None
    unsent: bool = False
    blocked: bool = False
    acknowledged: bool = False


Written: TypeAlias = tuple[Received, Chat, Entry]


def names_somebody(event: Received) -> bool:
    """Say whether an event belongs to a chat at all."""
    return bool(event.inbound.chat or event.inbound.contact_external_id)


async def receive(tx: Connection, wave: Sequence[Received], now: datetime) -> list[Handled]:
    """Write a wave of customer events; events that name nobody are skipped. Order is kept.

    Only the first event of a conversation is written: who has two addresses may have written from both.
    Hand those that are missing in the answer over again (`left_over`).
    """
    known = [event for event in wave if names_somebody(event)]
    handled: dict[int, Handled] = {}
    if known and all(map(_is_usual, known)):
        handled = await _hear(tx, known, now)
    rest = [event for event in known if event.inbox_id not in handled]
    if rest:
        done = {one.conversation_id for one in handled.values()}
        handled |= await _with_care(tx, rest, done, now)
    return [handled[event.inbox_id] for event in known if event.inbox_id in handled]


def _is_usual(event: Received) -> bool:
    """Say whether an event is of a 1:1 chat, and from one address."""
    inbound = event.inbound
    other = inbound.alt_external_id
    return inbound.chat is None and (not other or other == inbound.contact_external_id)


async def _hear(tx: Connection, events: Sequence[Received], now: datetime) -> dict[int, Handled]:
    """Write what known customers and strangers did, by the row of the inbox; the others are left out."""
    entries = [_entry(event) for event in events]
    heard = await hear(tx, entries, now)
    written = [(events[n], chat, entries[n]) for n, chat in heard.chats.items()]
    await _attach(tx, written, set(), now)
    handled = {e.inbox_id: _handled(e, chat, entry, done=True) for e, chat, entry in written}
    strangers = {
        _sender(events[n]): (events[n], entries[n]) for n in sorted(heard.strangers, reverse=True)
    }
    return handled | await _welcome(tx, [*strangers.values()], now)


async def _with_care(
    tx: Connection, known: Sequence[Received], done: set[UUID], now: datetime
) -> dict[int, Handled]:
    """Write events one kind of thing after the other, but none of the conversations `done`."""
    pairs = [(event.account, event.inbound) for event in known]
    silent = await muted(tx, pairs)
    world = await look_up(tx, pairs)
    strangers = _strangers(known, world)
    handled = await _welcome(tx, [(event, _entry(event)) for event in strangers], now)
    # Where a rival was quicker, what was read is old: look again.
    still = world if len(handled) == len(strangers) else None
    done = done | {one.conversation_id for one in handled.values()}
    rest = [event for event in known if event.inbox_id not in handled]
    found: dict[UUID, tuple[Received, Chat]] = {}
    for event, chat in zip(rest, await _chats(tx, rest, now, still), strict=True):
        if chat.id not in done and chat.id not in found:
            silenced = chat.blocked or _sender(event) in silent
            found[chat.id] = (event, msgspec.structs.replace(chat, blocked=silenced))
    return handled | await _write(tx, [*found.values()], now)


def _strangers(events: Sequence[Received], world: World) -> list[Received]:
    """Return the first event of each address that belongs to nobody yet."""
    first: dict[tuple[UUID, str], Received] = {}
    for event in events:
        if is_stranger((event.account, event.inbound), world):
            first.setdefault(_sender(event), event)
    return list(first.values())


async def _chats(
    tx: Connection, events: Sequence[Received], now: datetime, world: World | None
) -> list[Chat]:
    pairs = [(event.account, event.inbound) for event in events]
    return await find_chats(tx, pairs, now, world) if pairs else []


def _sender(event: Received) -> tuple[UUID, str]:
    return event.account.id, event.inbound.contact_external_id or ""


def left_over(wave: Sequence[Received], handled: Sequence[Handled]) -> list[Received]:
    """Return the events of a wave that `receive` did not write."""
    done = {one.event.inbox_id for one in handled}
    return [event for event in wave if event.inbox_id not in done and names_somebody(event)]


async def _welcome(
    tx: Connection, events: Sequence[tuple[Received, Entry]], now: datetime
) -> dict[int, Handled]:
    """Write what strangers did; who is missing in the answer has just been met elsewhere."""
    if not events:
        return {}
    chats = [Chat(uuid7(), uuid7(), name=entry.name) for _, entry in events]
    strangers = []
    for (event, entry), chat in zip(events, chats, strict=True):
        entry.conversation_id = chat.id
        contact = chat.contact_id or uuid7()
        strangers.append(Stranger(contact_id=contact, phone=phone_of(event.inbound), entry=entry))
    made = await welcome(tx, strangers, now)
    written = [(e, chat, n) for (e, n), chat in zip(events, chats, strict=True) if chat.id in made]
    gone = {entry.id for _, chat, entry in written if entry.id and made[chat.id]}
    return await _tell(tx, written, gone, now)


async def _write(
    tx: Connection, found: Sequence[tuple[Received, Chat]], now: datetime
) -> dict[int, Handled]:
    if not found:
        return {}
    written = [(event, chat, _entry(event, chat)) for event, chat in found]
    gone = await store(tx, [entry for _, _, entry in written])
    return await _tell(tx, written, gone, now)


async def _tell(
    tx: Connection, written: Sequence[Written], gone: AbstractSet[UUID], now: datetime
) -> dict[int, Handled]:
    """Add what follows from stored entries: their attachments, and what screens hear of them."""
    await _attach(tx, written, gone, now)
    await publish(tx, [_change(entry, chat) for _, chat, entry in written], now)
    return {
        event.inbox_id: _handled(event, chat, entry, unsent=entry.id in gone)
        for event, chat, entry in written
    }


async def _attach(
    tx: Connection, written: Sequence[Written], gone: AbstractSet[UUID], now: datetime
) -> None:
    attached = {
        entry.id: event.inbound
        for event, _, entry in written
        if event.inbound.attachments and entry.id is not None and entry.id not in gone
    }
    if attached:
        await attachments_of(tx, attached, now)


def _entry(event: Received, chat: Chat | None = None) -> Entry:
    """Return what an event writes into a chat, or into whichever will be found."""
    inbound, kind = event.inbound, event.inbound.kind
    direct = inbound.chat is None
    typed = kind is Kind.MESSAGE and inbound.message_type is not None
    kept = kind in SAID or kind in NOTED
    text = inbound.text or title_of(inbound.payload)
    return Entry(
        id=uuid7() if kept else None,
        workspace_id=event.account.workspace_id,
        conversation_id=chat.id if chat else None,
        account_id=event.account.id,
        sender=inbound.contact_external_id or "",
        kind=str(inbound.message_type if typed else kind),
        text=text,
        facts=_told(inbound) if kept else "null",
        external_id=inbound.external_message_id,
        reply_to=inbound.reply_to or "",
        at=event.at,
        received_at=event.received_at,
        request_id=event.request_id,
        shown=_line(text, inbound),
        said=kind in SAID,
        opens=direct and kind in OPENS_WINDOW,
        address=inbound.contact_external_id if direct else None,
        token=None if inbound.mode == "standby" else inbound.reply_token,
        reached=REACHED.get(kind) if direct else None,
        blocked=chat is not None and chat.blocked,
        event=event.inbox_id,
        name=(inbound.profile_name or "")[:200],
    )


def facts(inbound: Inbound) -> dict[str, Any]:
    """Return what a received message's other columns do not hold; credentials of the chat left out."""
    plain: dict[str, Any] = msgspec.to_builtins(inbound)
    for name in HIDDEN:
        plain.pop(name, None)
    return plain


def _told(inbound: Inbound) -> str:
    if inbound.params is None:
        return _json.encode(facts(inbound)).decode()
    # Whatever stands there may hold numbers of any length.
    return json.dumps(facts(inbound))


def preview(inbound: Inbound) -> str:
    """Return the line of the conversation list for a received message."""
    return _line(inbound.text or title_of(inbound.payload), inbound)


def _line(text: str, inbound: Inbound) -> str:
    return (text or f"[{inbound.message_type or inbound.kind}]")[:200]


def _change(entry: Entry, chat: Chat) -> Change:
    detail: dict[str, object] = {"message": str(entry.id)} if entry.id else {}
    if entry.blocked:
        detail["blocked"] = True
    return Change(entry.workspace_id, "message", chat.id, detail)


def _handled(
    event: Received, chat: Chat, entry: Entry, *, unsent: bool = False, done: bool = False
) -> Handled:
    return Handled(
        event=event,
        conversation_id=chat.id,
        workspace_id=event.account.workspace_id,
        contact_id=chat.contact_id,
        contact_name=chat.name,
        language=chat.language,
        status="bot" if chat.status == "closed" else chat.status,
        message_id=entry.id,
        unsent=unsent,
        blocked=chat.blocked,
        acknowledged=done,
    )
