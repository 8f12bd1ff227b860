"""The list of contacts: newest first or found by name, phone or e-mail, narrowed by tag or to the blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations import contact_search
from runtime.database import Database

MOST_FOUND = 50

FACTS = """
SELECT p.id, p.name, p.phone, p.email, p.created_at, p.blocked_at IS NOT NULL AS blocked,
  ARRAY(SELECT DISTINCT a.channel FROM channel_identity i JOIN channel_account a ON a.id = i.account_id
    WHERE i.contact_id = p.id ORDER BY 1) AS channels,
  ARRAY(SELECT t.name FROM contact_tag l JOIN tag t ON t.id = l.tag_id WHERE l.contact_id = p.id
    ORDER BY t.name LIMIT 6) AS tags,
  (SELECT max(c.last_at) FROM conversation c WHERE c.contact_id = p.id) AS last_at
"""
NEWEST = f"""
{FACTS} FROM contact p WHERE p.workspace_id = $1 AND p.erased_at IS NULL
  AND ($2::uuid IS NULL OR p.id < $2){{where}} ORDER BY p.id DESC LIMIT $3
"""
# A tag's contacts start from the tag.
OF_TAG = (
    " AND p.id IN (SELECT l.contact_id FROM contact_tag l JOIN tag t ON t.id = l.tag_id"
    " WHERE t.id = $4 AND t.workspace_id = $1)"
)
BLOCKED = " AND p.blocked_at IS NOT NULL"
FOUND = f"""
WITH {contact_search.FOUND}
{FACTS} FROM contact p WHERE p.workspace_id = $1 AND p.erased_at IS NULL
  AND p.id IN (SELECT contact_id FROM found){{where}}
ORDER BY p.id DESC LIMIT $6
"""  # noqa: S608 (our own names)
FOUND_TAG = OF_TAG.replace("$4", "$7")


class ContactFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which contacts. `text`: part of a name, phone number or e-mail address; `after`: the last one shown."""

    workspace_id: UUID
    text: str = ""
    tag: UUID | None = None
    blocked: bool = False
    after: UUID | None = None


class ContactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. `last_at`: when something was last said."""

    id: UUID
    name: str
    phone: str
    email: str
    created_at: datetime
    blocked: bool
    channels: Sequence[str]
    tags: Sequence[str]
    last_at: datetime | None


class ContactPage(msgspec.Struct, frozen=True):
    """Contacts, newest first. `more`: older ones follow; of what a search found only the newest are shown."""

    rows: Sequence[ContactRow]
    more: bool


async def contact_page(db: Database, which: ContactFilter, limit: int = 50) -> ContactPage:
    """Return a page of the list; a search has one page of MOST_FOUND at most."""
    if which.text:
        return await _found(db, which, contact_search.sought(which.text))
    values: list[Any] = [which.workspace_id, which.after, limit + 1]
    where = BLOCKED if which.blocked else ""
    if which.tag:
        where, values = where + OF_TAG, [*values, which.tag]
    rows = await db.screens.fetch(NEWEST.format(where=where), *values)
    return ContactPage([ContactRow(**row) for row in rows[:limit]], more=len(rows) > limit)


async def _found(db: Database, which: ContactFilter, sought: contact_search.Sought) -> ContactPage:
    if sought.too_short:
        return ContactPage((), more=False)
    values = sought.values(which.workspace_id)
    where = BLOCKED if which.blocked else ""
    if which.tag:
        where, values = where + FOUND_TAG, [*values, which.tag]
    rows = await db.screens.fetch(FOUND.format(where=where), *values)
    now = [
        ContactRow(**row)
        for row in rows
        if sought.stands_in((row["name"], row["phone"], row["email"]))
    ]
    return ContactPage(now[:MOST_FOUND], more=len(now) > MOST_FOUND)
