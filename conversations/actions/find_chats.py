"""Find or make the contact and the conversation behind each event of a wave."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.channel import Account, Inbound
from runtime.arrays import FEW
from runtime.database import Connection
from runtime.ids import uuid7

PHONE = re.compile(r"\+[0-9]{1,20}")
# Two kinds of rows: whose an address is, and the conversations, locked in the order of their ids. The key of a
# chat names the contact it began with, who may have been merged into another since (docs/decisions/0026).
# (IS TRUE: no index begins with it. A plan made while a table was empty takes any index that fits.)
KNOWN = f"""
WITH keys AS (
  SELECT i.account_id AS a, i.external_id AS x, i.contact_id AS p, 'c:' || coalesce(i.origin_id, i.contact_id) AS k
  FROM (SELECT * FROM unnest($1::uuid[], $2::text[]) AS u (a, x) {FEW}) u
  JOIN channel_identity i ON i.account_id = u.a AND i.external_id = u.x
  UNION ALL SELECT a, NULL, NULL, k FROM (SELECT * FROM unnest($3::uuid[], $4::text[]) AS u (a, k) {FEW}) u
), talks AS (
  SELECT c.id, c.account_id, c.chat_key, c.contact_id, c.status, p.name, p.language,
    c.shelf = 'blocked' OR p.blocked_at IS NOT NULL AS blocked
  FROM conversation c LEFT JOIN contact p ON p.id = c.contact_id
  WHERE c.id = ANY (ARRAY(SELECT v.id FROM keys CROSS JOIN LATERAL (
    SELECT id FROM conversation WHERE chat_key = keys.k AND (account_id = keys.a) IS TRUE LIMIT 1) v))
  ORDER BY c.id FOR UPDATE OF c
)
SELECT a, x AS address, p AS contact, NULL::uuid AS id, k AS key, NULL AS status, NULL AS name, NULL AS language,
  NULL AS blocked
FROM keys
UNION ALL SELECT account_id, NULL, contact_id, id, chat_key, status, name, language, blocked FROM talks
"""  # noqa: S608 (constants)
# Another lane may meet the same person under their other address at this moment: a contact that gets none
# of its addresses is not made, nor a conversation at an address that went to another.
ADD = """
WITH identities AS (
  INSERT INTO channel_identity (id, account_id, contact_id, origin_id, external_id, name, created_at)
  SELECT id, a, c, nullif(o, c), x, said, $1
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $17::uuid[], $18::text[]) AS u (id, a, c, x, o, said)
  ORDER BY a, x ON CONFLICT (account_id, external_id) DO NOTHING RETURNING contact_id, external_id
), contacts AS (
  INSERT INTO contact (id, workspace_id, name, phone, created_at)
  SELECT id, w, name, phone, $1 FROM unnest($6::uuid[], $7::uuid[], $8::text[], $9::text[]) AS u (id, w, name, phone)
  WHERE (id IN (SELECT contact_id FROM identities)) IS TRUE
), conversations AS (
  INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_type, chat_key, address, last_at, created_at)
  SELECT id, w, a, c, t, k, x, $1, $1
  FROM unnest($10::uuid[], $11::uuid[], $12::uuid[], $13::uuid[], $14::text[], $15::text[], $16::text[])
    AS u (id, w, a, c, t, k, x)
  WHERE c IS NULL OR c <> ALL ($6::uuid[]) OR (c, x) IN (SELECT contact_id, external_id FROM identities)
  ORDER BY a, k ON CONFLICT (chat_key, account_id) DO NOTHING RETURNING id
)
SELECT (SELECT count(*) FROM identities) + (SELECT count(*) FROM conversations)
"""
NAME_CONTACTS = """
UPDATE contact c SET name = u.name FROM unnest($1::uuid[], $2::text[]) AS u (id, name)
WHERE c.id = u.id AND c.name = ''
"""

Pair = tuple[Account, Inbound]
Address = tuple[UUID, str]


class Chat(msgspec.Struct):
    """A conversation, locked. `contact_id` is None in groups."""

    id: UUID
    contact_id: UUID | None
    status: str = "bot"
    name: str = ""
    language: str = ""
    blocked: bool = False


class _Owner(msgspec.Struct, frozen=True):
    """Whose an address is, and the key of their chat."""

    contact: UUID
    key: str


class World(msgspec.Struct):
    """What is known: whose each address is, and the conversations by account and key."""

    owners: dict[Address, _Owner]
    chats: dict[Address, Chat]


class _New(msgspec.Struct):
    """What is missing: contacts with who they are, addresses, and conversations by account and key."""

    contacts: dict[UUID, Pair] = {}
    identities: list[tuple[Pair, _Owner, str]] = []
    chats: dict[Address, tuple[Pair, Chat]] = {}


async def find_chats(
    tx: Connection, events: Sequence[Pair], now: datetime, world: World | None = None
) -> list[Chat]:
    """Return the conversation of each event, in order, making what is missing; they are locked by id. `world`: what
    `look_up` has just told of these events.
    """
    world = world or await look_up(tx, events)
    new = _missing(events, world)
    # A second time when a rival made something first, or a known customer writes in a new place.
    while new.identities or new.chats:
        chats = {key: chat for key, (_, chat) in new.chats.items()}
        if await _add(tx, new, now) and all(c.contact_id in new.contacts for c in chats.values()):
            world.chats |= chats
            break
        world = await look_up(tx, events)
        new = _missing(events, world)
    await _learn_names(tx, events, world)
    return [world.chats[_key(pair, world.owners)] for pair in events]


async def look_up(tx: Connection, events: Sequence[Pair]) -> World:
    """Return what is known of the people and groups behind events; their conversations are locked by id."""
    people = [pair for pair in events if pair[1].chat is None]
    asked = dict.fromkeys((a.id, x) for a, inbound in people for x in _addresses(inbound))
    groups = dict.fromkeys(
        (account.id, f"g:{inbound.chat.id}") for account, inbound in events if inbound.chat
    )
    rows = await tx.fetch(
        KNOWN,
        [a for a, _ in asked],
        [x for _, x in asked],
        [a for a, _ in groups],
        [k for _, k in groups],
    )
    world = World({}, {})
    for row in rows:
        if row["id"] is not None:
            facts = (row["status"], row["name"] or "", row["language"] or "", bool(row["blocked"]))
            world.chats[row["a"], row["key"]] = Chat(row["id"], row["contact"], *facts)
        elif row["address"] is not None:
            world.owners[row["a"], row["address"]] = _Owner(row["contact"], row["key"])
    return world


def _missing(events: Sequence[Pair], world: World) -> _New:
    """Return what must be made; `world.owners` then names the contacts to be made, too."""
    new = _New()
    for pair in events:
        contact = None if pair[1].chat else _identify(pair, world.owners, new)
        key = _key(pair, world.owners)
        if key not in world.chats and key not in new.chats:
            own = new.contacts.get(contact) if contact else None
            name = (own[1].profile_name or "")[:200] if own else ""
            new.chats[key] = (pair, Chat(uuid7(), contact, name=name))
    return new


def _identify(pair: Pair, known: dict[Address, _Owner], new: _New) -> UUID:
    account, inbound = pair
    addresses = _addresses(inbound)
    owner = next((known[account.id, x] for x in addresses if (account.id, x) in known), None)
    if owner is None:
        contact = uuid7()
        owner = _Owner(contact, f"c:{contact}")
        new.contacts[contact] = pair
    for address in addresses:
        if (account.id, address) not in known:
            known[account.id, address] = owner
            new.identities.append((pair, owner, address))
    return known[account.id, addresses[0]].contact


def _key(pair: Pair, owners: Mapping[Address, _Owner]) -> Address:
    account, inbound = pair
    if inbound.chat is not None:
        return account.id, f"g:{inbound.chat.id}"
    return account.id, owners[account.id, inbound.contact_external_id or ""].key


def _addresses(inbound: Inbound) -> list[str]:
    both = (inbound.contact_external_id, inbound.alt_external_id)
    return list(dict.fromkeys(address for address in both if address))


async def _add(tx: Connection, new: _New, now: datetime) -> bool:
    """Make what is missing; say whether all of it was ours to make."""
    contacts, chats = new.contacts, new.chats
    made: int = await tx.fetchval(
        ADD,
        now,
        [uuid7() for _ in new.identities],
        [account.id for (account, _), _, _ in new.identities],
        [owner.contact for _, owner, _ in new.identities],
        [address for _, _, address in new.identities],
        list(contacts),
        [account.workspace_id for account, _ in contacts.values()],
        [(inbound.profile_name or "")[:200] for _, inbound in contacts.values()],
        [phone_of(inbound) for _, inbound in contacts.values()],
        [chat.id for _, chat in chats.values()],
        [account.workspace_id for (account, _), _ in chats.values()],
        [account for account, _ in chats],
        [chat.contact_id for _, chat in chats.values()],
        [inbound.chat.type if inbound.chat else "direct" for (_, inbound), _ in chats.values()],
        [key for _, key in chats],
        [
            inbound.chat.id if inbound.chat else inbound.contact_external_id
            for (_, inbound), _ in chats.values()
        ],
        [UUID(owner.key[2:]) for _, owner, _ in new.identities],
        [(inbound.profile_name or "")[:200] for (_, inbound), _, _ in new.identities],
    )
    return made == len(new.identities) + len(chats)


def is_stranger(pair: Pair, world: World) -> bool:
    """Say whether somebody writes in a 1:1 chat from one address, which belongs to nobody yet."""
    account, inbound = pair
    addresses = _addresses(inbound)
    return (
        inbound.chat is None
        and len(addresses) == 1
        and (account.id, addresses[0]) not in world.owners
    )


def phone_of(inbound: Inbound) -> str:
    """Return the phone number an address is, "" when it is none."""
    return next((a for a in _addresses(inbound) if PHONE.fullmatch(a)), "")


async def _learn_names(tx: Connection, events: Sequence[Pair], world: World) -> None:
    """Name customers who have no name yet as the platform names them."""
    told: dict[UUID, str] = {}
    for pair in events:
        chat, name = world.chats[_key(pair, world.owners)], pair[1].profile_name
        if name and not chat.name and chat.contact_id is not None:
            chat.name = told[chat.contact_id] = name[:200]
    if told:
        await tx.execute(NAME_CONTACTS, list(told), list(told.values()))
