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
from team.names import clean_name
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


def require_email(typed: str) -> str:
    """Return an e-mail address as it is stored; raises Invalid."""
    email = normalise_email(typed)
    if not EMAIL.fullmatch(email) or not email.isprintable():
        raise Invalid("email", f"{typed[:80]!r} is not an e-mail address")
    return email


def require_role(role: str) -> None:
    """Raise Invalid, naming the roles, when `role` is none."""
    if role not in set(Role):
        raise Invalid("role", f"{role[:40]!r} is not a role; use one of {', '.join(Role)}")


async def add_member(
    db: Database, new: NewMember, now: datetime, *, by: UUID | None = None
) -> UUID:
    """Add a member and return the id; raises Invalid naming the field. `by` None: the operator."""
    email = require_email(new.email)
    require_role(new.role)
    name = clean_name(new.name) or email.partition("@")[0]
    require_acceptable(new.password, email, name)
    stored = await hash_password(new.password)
    key = uuid7()
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
