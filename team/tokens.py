"""Bearer tokens of tills and integrations: made, found, revoked. The secret is shown once and never stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import asyncpg
import msgspec

from runtime.database import Connection, Pool
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.ids import token, token_hash, uuid7
from team.audit import Entry, record

PREFIX = "tsr_"
SEEN_GAP = timedelta(minutes=5)
LONGEST_LIFE = timedelta(days=3660)
NO_NAME = mark("Name the till or system the token belongs to")
WRONG_END = mark("Choose a day after today and within ten years")

ADD = """
INSERT INTO api_token (id, workspace_id, name, token_hash, scopes, store_id, created_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE $6::uuid IS NULL OR EXISTS (SELECT 1 FROM store WHERE id = $6 AND workspace_id = $2) RETURNING id
"""
FIND = """
SELECT t.id, t.workspace_id, t.name, t.scopes, t.store_id, t.used_at, s.name AS store_name
FROM api_token t LEFT JOIN store s ON s.id = t.store_id
WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
"""
LIST = """
SELECT t.id, t.name, t.scopes, t.created_at, t.used_at, t.expires_at, t.revoked_at, coalesce(s.name, '') AS store
FROM api_token t LEFT JOIN store s ON s.id = t.store_id WHERE t.workspace_id = $1 ORDER BY t.name, t.id
"""
REVOKE = """
UPDATE api_token SET revoked_at = $3 WHERE workspace_id = $1 AND (id::text = $2 OR name = $2)
  AND revoked_at IS NULL RETURNING name
"""


class Scope(StrEnum):
    """What a token may do."""

    CLAIMS_WRITE = "claims:write"
    REDEMPTIONS_READ = "redemptions:read"
    REDEMPTIONS_WRITE = "redemptions:write"


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls: the token's workspace, scopes, and the store it is bound to, if any."""

    id: UUID
    workspace_id: UUID
    name: str
    scopes: frozenset[str]
    store_id: UUID | None
    store_name: str


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token to be made; `name` tells people which till or system it belongs to. It works until `expires_at`;
    None: until it is revoked.
    """

    workspace_id: UUID
    name: str
    scopes: Sequence[str]
    store_id: UUID | None = None
    expires_at: datetime | None = None


async def issue(tx: Connection, new: NewToken, now: datetime, *, by: UUID | None = None) -> str:
    """Make a token and return its secret, which cannot be read again. Raises Invalid or NotFound."""
    name = new.name.strip()[:60]
    if not name:
        raise Invalid("name", NO_NAME)
    unknown = sorted(set(new.scopes) - set(Scope))
    if unknown or not new.scopes:
        raise Invalid("scopes", f"Choose at least one of {', '.join(Scope)}")
    if new.expires_at is not None and not now < new.expires_at < now + LONGEST_LIFE:
        raise Invalid("expires", WRONG_END)
    secret = PREFIX + token() + token()
    values = (uuid7(), new.workspace_id, name, token_hash(secret), sorted(set(new.scopes)))
    try:
        key = await tx.fetchval(ADD, *values, new.store_id, now, new.expires_at)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("name", f"There is a token named {name!r} already") from error
    if key is None:
        raise NotFound("There is no such store")
    detail = {"scopes": sorted(set(new.scopes)), "store": str(new.store_id or "")}
    if new.expires_at is not None:
        detail["expires"] = new.expires_at.isoformat()
    entry = Entry(
        workspace_id=new.workspace_id,
        member_id=by,
        action="token.added",
        subject=name,
        detail=detail,
    )
    await record(tx, entry, now)
    return secret


async def revoke(
    tx: Connection, workspace_id: UUID, which: str, now: datetime, *, by: UUID | None = None
) -> str:
    """End a token, named by its id or name, at once, and return its name; raises NotFound."""
    name = await tx.fetchval(REVOKE, workspace_id, which, now)
    if name is None:
        raise NotFound(f"There is no live token {which[:60]!r}")
    entry = Entry(workspace_id=workspace_id, member_id=by, action="token.revoked", subject=name)
    await record(tx, entry, now)
    return str(name)


async def bearer(pool: Pool, secret: str, now: datetime) -> Bearer | None:
    """Return who holds `secret`; None when nobody does, it was revoked or is over."""
    row = await pool.fetchrow(FIND, token_hash(secret), now)
    if row is None:
        return None
    if row["used_at"] is None or now - row["used_at"] > SEEN_GAP:
        await pool.execute("UPDATE api_token SET used_at = $2 WHERE id = $1", row["id"], now)
    return Bearer(
        id=row["id"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        scopes=frozenset(row["scopes"]),
        store_id=row["store_id"],
        store_name=row["store_name"] or "",
    )


async def tokens(pool: Pool, workspace_id: UUID) -> list[dict[str, object]]:
    """List a workspace's tokens, revoked ones included, without their secrets."""
    return [dict(row) for row in await pool.fetch(LIST, workspace_id)]
