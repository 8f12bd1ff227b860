"""Who may be the same person: equal phone or e-mail, a search by hand, and who was merged with whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations import contact_search
from runtime.database import Connection, Pool

TAIL, LEAST, MOST = 9, 7, 3
FOUND = 10
LOOKED_AT = 20
NOT_DIGITS = re.compile(r"[^0-9]")

FACTS = """p.id, p.name, p.phone, p.email, p.picture_url,
  ARRAY(SELECT DISTINCT a.channel FROM channel_identity i JOIN channel_account a ON a.id = i.account_id
    WHERE i.contact_id = p.id ORDER BY 1) AS channels"""
# The expressions of the two indexes.
LIKELY = f"""
SELECT {FACTS} FROM contact p WHERE p.erased_at IS NULL AND p.id <> $2 AND p.id IN (
  SELECT c.id FROM contact c WHERE $3 <> '' AND c.workspace_id = $1 AND c.phone <> ''
    AND right(regexp_replace(c.phone, '[^0-9]', '', 'g'), 9) = $3
  UNION SELECT c.id FROM contact c WHERE $4 <> '' AND c.workspace_id = $1 AND c.email <> ''
    AND lower(c.email) = lower($4))
ORDER BY p.id LIMIT $5
"""  # noqa: S608 (constants)
SEARCH = f"""
WITH {contact_search.FOUND}
SELECT {FACTS} FROM contact p WHERE p.id IN (SELECT contact_id FROM found) AND p.id <> $7
  AND p.workspace_id = $1 AND p.erased_at IS NULL
ORDER BY lower(p.name), p.id LIMIT $8
"""  # noqa: S608 (constants)
MERGES = """
SELECT g.id, g.facts->'row'->>'name' AS name, g.at, m.name AS by_name FROM contact_merge g
LEFT JOIN member m ON m.id = g.by_id WHERE g.kept_id = $1 AND g.into_id = $1 ORDER BY g.at DESC, g.id DESC
"""
STANDING = "SELECT kept_id FROM contact_merge WHERE gone_id = $1 AND workspace_id = $2"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to merge with; `why` is phone or email where that is what made us think so."""

    id: UUID
    name: str
    phone: str
    email: str
    picture_url: str
    channels: Sequence[str]
    why: str = ""


class MergeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that was merged into this one, by the name it had."""

    id: UUID
    name: str
    at: datetime
    by_name: str | None


async def likely(
    db: Pool | Connection, workspace_id: UUID, contact_id: UUID, phone: str, email: str
) -> Sequence[Person]:
    """Return at most three others with the same phone number or e-mail address."""
    digits = NOT_DIGITS.sub("", phone)
    tail = digits[-TAIL:] if len(digits) >= LEAST else ""
    if not tail and not email:
        return []
    rows = await db.fetch(LIKELY, workspace_id, contact_id, tail, email, LOOKED_AT)
    found = [Person(**row, why=why) for row in rows if (why := _why(row, phone, email))]
    return found[:MOST]


def _why(row: Any, phone: str, email: str) -> str:  # noqa: ANN401 (a record)
    if email and row["email"].casefold() == email.casefold():
        return "email"
    return "phone" if same_phone(row["phone"], phone) else ""


def same_phone(one: str, other: str) -> bool:
    """Say whether two numbers are one, written for the world (+886 912 345 678) or for their country (0912-345-678)."""
    first, second = _number(one), _number(other)
    if first[0] == second[0]:
        return first == second and len(first[1]) >= LEAST
    national = first[1] if not first[0] else second[1]
    world = second[1] if not first[0] else first[1]
    return len(national) >= LEAST and len(world) > len(national) and world.endswith(national)


def _number(text: str) -> tuple[bool, str]:
    """Return whether a number names its country, and its digits; the nought of a national one is left out."""
    digits = NOT_DIGITS.sub("", text)
    if text.lstrip().startswith("+"):
        return True, digits
    if digits.startswith("00"):
        return True, digits[2:]
    return False, digits.removeprefix("0")


async def find_people(
    db: Pool | Connection, workspace_id: UUID, contact_id: UUID, text: str
) -> Sequence[Person]:
    """Return at most ten others by name, phone or e-mail; nobody for a single letter."""
    sought = contact_search.sought(text)
    if sought.too_short:
        return []
    rows = await db.fetch(SEARCH, *sought.values(workspace_id), contact_id, FOUND)
    return [Person(**row) for row in rows]


async def merges_of(db: Pool | Connection, contact_id: UUID) -> Sequence[MergeRow]:
    """Return who was merged into a contact, the latest first. The caller checked the workspace."""
    return [MergeRow(**row) for row in await db.fetch(MERGES, contact_id)]


async def standing(db: Pool | Connection, workspace_id: UUID, contact_id: UUID) -> UUID:
    """Return who stands for a contact: themselves, or whom they were merged into."""
    found = await db.fetchval(STANDING, contact_id, workspace_id)
    return found or contact_id
