"""What pages, bots and the console read about promotion links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from conversations.channel import Account
from coupons.design_facts import COLUMNS, Design, design
from runtime.database import Connection, Pool
from runtime.errors import NotFound

BY_SLUG = f"""
SELECT p.name AS promotion_name, p.active, {COLUMNS} FROM promotion p JOIN coupon c ON c.id = p.coupon_id
JOIN workspace w ON w.id = p.workspace_id WHERE p.slug = $1
"""  # noqa: S608 (constants)
CHATS = """
SELECT id, workspace_id, channel, name, address FROM channel_account
WHERE workspace_id = $1 AND address <> '' AND state <> 'reconnect'
  AND paused_at IS NULL AND removed_at IS NULL ORDER BY channel, name
"""
SLUGS = """
SELECT p.id, p.workspace_id, p.coupon_id, p.name, p.slug, p.active, w.language
FROM promotion p JOIN workspace w ON w.id = p.workspace_id WHERE p.slug = ANY ($1::text[])
"""
OF_COUPON = """
SELECT p.id, p.workspace_id, p.coupon_id, p.name, p.slug, p.active, w.language
FROM promotion p JOIN workspace w ON w.id = p.workspace_id
WHERE p.coupon_id = $1 AND p.workspace_id = $2 ORDER BY p.created_at, p.id
"""
COUPON = f"""
SELECT {COLUMNS} FROM coupon c JOIN workspace w ON w.id = c.workspace_id WHERE c.id = $1 AND c.workspace_id = $2
"""  # noqa: S608 (constants)
# The member's own choice, else the latest anybody of the workspace made.
CHOICE = """
SELECT name, logo FROM promotion_choice WHERE workspace_id = $2 ORDER BY (member_id = $1) DESC, at DESC LIMIT 1
"""
LOGOS = """
SELECT key FROM promotion_logo WHERE workspace_id = $1
UNION SELECT image_key FROM coupon WHERE workspace_id = $1 AND image_key <> ''
UNION SELECT brand_image_key FROM coupon WHERE workspace_id = $1 AND brand_image_key <> ''
UNION SELECT picture_key FROM workspace WHERE id = $1 AND picture_key <> '' ORDER BY 1
"""


class PromotionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion link; `language` is the workspace's."""

    id: UUID
    workspace_id: UUID
    coupon_id: UUID
    name: str
    slug: str
    active: bool
    language: str = ""


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """What `/p/{slug}` shows: the coupon, and whether the link still gives it out."""

    active: bool
    design: Design


class Choice(msgspec.Struct, frozen=True):
    """A promotion channel's name and a logo, "" for none."""

    name: str = ""
    logo: str = ""


async def landing(db: Pool | Connection, slug: str) -> Landing | None:
    """Read a promotion's page; None when there is none of that slug."""
    row = await db.fetchrow(BY_SLUG, slug)
    return Landing(active=row["active"], design=design(row)) if row is not None else None


async def chat_accounts(db: Pool | Connection, workspace_id: UUID) -> list[Account]:
    """List the accounts customers can write to, without their credentials."""
    return [Account(**dict(row)) for row in await db.fetch(CHATS, workspace_id)]


async def by_slugs(db: Pool | Connection, slugs: Sequence[str]) -> dict[str, PromotionFacts]:
    """Return the promotions of these slugs, by slug, of every workspace."""
    rows = await db.fetch(SLUGS, list(slugs))
    return {row["slug"]: _facts(row) for row in rows}


async def promotions_of(
    db: Pool | Connection, workspace_id: UUID, coupon_id: UUID
) -> list[PromotionFacts]:
    """List a coupon's links, the oldest first."""
    return [_facts(row) for row in await db.fetch(OF_COUPON, coupon_id, workspace_id)]


async def coupon_design(db: Pool | Connection, workspace_id: UUID, coupon_id: UUID) -> Design:
    """Return a coupon of the workspace; raises NotFound."""
    row = await db.fetchrow(COUPON, coupon_id, workspace_id)
    if row is None:
        raise NotFound("There is no such coupon")
    return design(row)


async def last_choice(db: Pool | Connection, workspace_id: UUID, member_id: UUID) -> Choice:
    """Return what the member chose last, else what a colleague did."""
    row = await db.fetchrow(CHOICE, member_id, workspace_id)
    return Choice(row["name"], row["logo"]) if row is not None else Choice()


async def logos_of(db: Pool | Connection, workspace_id: UUID) -> list[str]:
    """List the keys of the workspace's pictures: uploaded logos, and those of its coupons."""
    return [row["key"] for row in await db.fetch(LOGOS, workspace_id)]


def _facts(row: Any) -> PromotionFacts:  # noqa: ANN401 (a database record)
    return PromotionFacts(**{name: row[name] for name in PromotionFacts.__struct_fields__})
