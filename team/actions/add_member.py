"""Add a person to the staff."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from runtime.database import Database
from runtime.errors import Invalid
from runtime.ids import uuid7
from team.actions.sign_in import normalise_email
from team.audit import Entry, record
from team.passwords import hash_password, require_acceptable
from team.roles import Role

EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
ADD = """
INSERT INTO member (id, workspace_id, email, name, role, password_hash, language, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8)
"""


class NewMember(msgspec.Struct, frozen=True, kw_only=True):
    """Who is added. `name` empty: the part of the e-mail before the @; `language` empty: the browser's."""

    workspace_id: UUID
    email: str
    role: str
    password: str
    name: str = ""
    language: str = ""


async def add_member(
    db: Database, new: NewMember, now: datetime, *, by: UUID | None = None
) -> UUID:
    """Add a member and return the id; raises Invalid naming the field. `by` None: the operator."""
    email = normalise_email(new.email)
    if not EMAIL.fullmatch(email):
        raise Invalid("email", f"{new.email[:80]!r} is not an e-mail address")
    if new.role not in set(Role):
        raise Invalid("role", f"{new.role[:40]!r} is not a role; use one of {', '.join(Role)}")
    require_acceptable(new.password)
    stored = await hash_password(new.password)
    key = uuid7()
    name = new.name.strip()[:120] or email.partition("@")[0]
    try:
        async with db.transaction() as tx:
            await tx.execute(
                ADD, key, new.workspace_id, email, name, new.role, stored, new.language, now
            )
            entry = Entry(
                workspace_id=new.workspace_id,
                member_id=by,
                action="member.added",
                subject=email,
                detail={"role": new.role},
            )
            await record(tx, entry, now)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("email", f"{email} is already a member") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise Invalid("workspace", "There is no such workspace") from error
    return key
