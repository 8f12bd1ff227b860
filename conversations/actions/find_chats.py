"""Find or make the contact and the conversation behind each event of a wave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations.channel import Account, Inbound
from runtime.database import Connection
from runtime.ids import uuid7

PHONE = re.compile(r"\+[0-9]{1,20}")
IDENTITIES = """
SELECT i.account_id, i.external_id, i.contact_id
FROM unnest($1::uuid[], $2::text[]) AS u (a, x) JOIN channel_identity i ON i.account_id = u.a AND i.external_id = u.x
"""
ADD_CONTACTS = """
INSERT INTO contact (id, workspace_id, name, phone, created_at)
SELECT id, w, name, phone, $1 FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS u (id, w, name, phone)
"""
ADD_IDENTITIES = """
INSERT INTO channel_identity (id, account_id, contact_id, external_id, created_at)
SELECT id, a, c, x, $1 FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) AS u (id, a, c, x)
ORDER BY a, x ON CONFLICT (account_id, external_id) DO NOTHING
"""
# Another lane met the same person under their other address first: its contact stands.
DROP_ORPHANS = """
DELETE FROM contact c WHERE c.id = ANY ($1::uuid[])
  AND NOT EXISTS (SELECT 1 FROM channel_identity i WHERE i.contact_id = c.id)
"""
NAME_CONTACTS = """
UPDATE contact c SET name = u.name FROM unnest($1::uuid[], $2::text[]) AS u (id, name)
WHERE c.id = u.id AND c.name = ''
"""
CONVERSATIONS = """
SELECT c.id, c.account_id, c.chat_key, c.contact_id, c.status, p.name, p.language
FROM conversation c LEFT JOIN contact p ON p.id = c.contact_id
WHERE c.id IN (SELECT v.id FROM unnest($1::uuid[], $2::text[]) AS u (a, k)
               JOIN conversation v ON v.account_id = u.a AND v.chat_key = u.k)
ORDER BY c.id FOR UPDATE OF c
"""
ADD_CONVERSATIONS = """
INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_type, chat_key, address, last_at, created_at)
SELECT id, w, a, c, t, k, x, $1, $1
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[])
  AS u (id, w, a, c, t, k, x)
ORDER BY a, k ON CONFLICT (account_id, chat_key) DO NOTHING
"""

Pair = tuple[Account, Inbound]
Address = tuple[UUID, str]


class Chats(msgspec.Struct, frozen=True):
    """The conversation row of each event, in order, locked: id, contact_id, status, name, language."""

    rows: list[Any]


async def find_chats(tx: Connection, events: Sequence[Pair], now: datetime) -> Chats:
    """Return the conversation of each event, making what is missing; conversations are locked by id."""
    contacts = await _contacts(tx, [pair for pair in events if pair[1].chat is None], now)
    keys = [_chat_key(account, inbound, contacts) for account, inbound in events]
    wanted = list(dict.fromkeys(keys))
    found = await _conversations(tx, wanted)
    missing = {key: pair for key, pair in zip(keys, events, strict=True) if key not in found}
    if missing:
        await _add_conversations(tx, missing, contacts, now)
        found = await _conversations(tx, wanted)
    return Chats([found[key] for key in keys])


def _chat_key(account: Account, inbound: Inbound, contacts: dict[Address, UUID]) -> Address:
    if inbound.chat is not None:
        return account.id, f"g:{inbound.chat.id}"
    return account.id, f"c:{contacts[account.id, inbound.contact_external_id or '']}"


def _addresses(inbound: Inbound) -> list[str]:
    both = (inbound.contact_external_id, inbound.alt_external_id)
    return list(dict.fromkeys(address for address in both if address))


async def _contacts(tx: Connection, events: Sequence[Pair], now: datetime) -> dict[Address, UUID]:
    known = await _identities(tx, events)
    contacts: list[tuple[UUID, Pair]] = []
    identities: list[tuple[UUID, UUID, str]] = []
    for account, inbound in events:
        addresses = _addresses(inbound)
        contact = next((known[account.id, a] for a in addresses if (account.id, a) in known), None)
        if contact is None:
            contact = uuid7()
            contacts.append((contact, (account, inbound)))
        for address in addresses:
            if (account.id, address) not in known:
                known[account.id, address] = contact
                identities.append((account.id, contact, address))
    if identities:
        await _add_contacts(tx, contacts, identities, now)
        known = await _identities(tx, events)
    await _learn_names(tx, events, known)
    return known


async def _identities(tx: Connection, events: Sequence[Pair]) -> dict[Address, UUID]:
    asked = [(account.id, a) for account, inbound in events for a in _addresses(inbound)]
    rows = await tx.fetch(IDENTITIES, [a for a, _ in asked], [x for _, x in asked])
    return {(row["account_id"], row["external_id"]): row["contact_id"] for row in rows}


async def _add_contacts(
    tx: Connection,
    contacts: Sequence[tuple[UUID, Pair]],
    identities: Sequence[tuple[UUID, UUID, str]],
    now: datetime,
) -> None:
    ids = [contact for contact, _ in contacts]
    await tx.execute(
        ADD_CONTACTS,
        now,
        ids,
        [account.workspace_id for _, (account, _) in contacts],
        [(inbound.profile_name or "")[:200] for _, (_, inbound) in contacts],
        [phone_of(inbound) for _, (_, inbound) in contacts],
    )
    await tx.execute(
        ADD_IDENTITIES,
        now,
        [uuid7() for _ in identities],
        [account for account, _, _ in identities],
        [contact for _, contact, _ in identities],
        [address for _, _, address in identities],
    )
    await tx.execute(DROP_ORPHANS, ids)


def phone_of(inbound: Inbound) -> str:
    """Return the phone number an address is, "" when it is none."""
    return next((a for a in _addresses(inbound) if PHONE.fullmatch(a)), "")


async def _learn_names(tx: Connection, events: Sequence[Pair], known: dict[Address, UUID]) -> None:
    told = {
        known[account.id, inbound.contact_external_id or ""]: inbound.profile_name[:200]
        for account, inbound in events
        if inbound.profile_name
    }
    if told:
        await tx.execute(NAME_CONTACTS, list(told), list(told.values()))


async def _conversations(tx: Connection, keys: Sequence[Address]) -> dict[Address, Any]:
    rows = await tx.fetch(CONVERSATIONS, [a for a, _ in keys], [k for _, k in keys])
    return {(row["account_id"], row["chat_key"]): row for row in rows}


async def _add_conversations(
    tx: Connection, missing: dict[Address, Pair], contacts: dict[Address, UUID], now: datetime
) -> None:
    pairs = list(missing.items())
    await tx.execute(
        ADD_CONVERSATIONS,
        now,
        [uuid7() for _ in pairs],
        [account.workspace_id for _, (account, _) in pairs],
        [account.id for _, (account, _) in pairs],
        [
            None if inbound.chat else contacts[account.id, inbound.contact_external_id or ""]
            for _, (account, inbound) in pairs
        ],
        [inbound.chat.type if inbound.chat else "direct" for _, (_, inbound) in pairs],
        [key for (_, key), _ in pairs],
        [
            inbound.chat.id if inbound.chat else inbound.contact_external_id
            for _, (_, inbound) in pairs
        ],
    )
