"""What the customers' pages read: a claim by its token, and a customer's claims. Nothing here writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.design_facts import COLUMNS, Design, design
from coupons.rules.validity import Span, usable
from runtime.database import Connection, Pool

MOST_LISTED = 50

CODE_OFF = """coalesce((SELECT co.disabled_at IS NOT NULL FROM unit u JOIN code co ON co.id = u.code_id
    WHERE u.id = k.unit_id), false) AS code_off"""
PAGE = f"""
SELECT k.id AS claim_id, k.contact_id, k.conversation_id, k.state AS claim_state, k.number, k.code,
  k.more_codes, k.issued_at, k.first_opened_at, k.redeemed_at, k.test, ct.language AS contact_language, {COLUMNS},
  {CODE_OFF},
  (SELECT jsonb_agg(jsonb_build_array(s.name, s.address, s.phone, s.latitude, s.longitude) ORDER BY s.name)
    FROM store s LEFT JOIN coupon_store cs ON cs.coupon_id = c.id AND cs.store_id = s.id
    WHERE s.workspace_id = w.id AND (cs.id IS NOT NULL OR NOT EXISTS (
      SELECT 1 FROM coupon_store o WHERE o.coupon_id = c.id))) AS stores
FROM claim k JOIN coupon c ON c.id = k.coupon_id JOIN workspace w ON w.id = c.workspace_id
JOIN contact ct ON ct.id = k.contact_id WHERE k.token = $1
"""  # noqa: S608 (constants)
STORY = """
SELECT at, store_name, who FROM redemption WHERE claim_id = $1 AND kind = 'redeem'
ORDER BY at DESC, id DESC LIMIT 1
"""
VERSION = f"""
SELECT k.id, k.coupon_id, k.state AS claim_state, c.state AS coupon_state, {CODE_OFF}
FROM claim k JOIN coupon c ON c.id = k.coupon_id WHERE k.token = $1
"""  # noqa: S608 (constants)
MINE = f"""
SELECT k.token, k.state AS claim_state, k.issued_at, k.first_opened_at, {COLUMNS}
FROM claim k JOIN coupon c ON c.id = k.coupon_id JOIN workspace w ON w.id = c.workspace_id
WHERE k.contact_id = coalesce((SELECT kept_id FROM contact_merge WHERE gone_id = $1), $1) AND NOT k.test
ORDER BY k.id DESC LIMIT {MOST_LISTED}
"""  # noqa: S608 (constants)
OWNER = """
SELECT ct.id, ct.language, w.name AS workspace_name, w.language AS workspace_language, w.zone
FROM contact ct JOIN workspace w ON w.id = ct.workspace_id
WHERE ct.id = coalesce((SELECT kept_id FROM contact_merge WHERE gone_id = $1), $1)
"""


class StoreFacts(msgspec.Struct, frozen=True, array_like=True):
    """A store as customers see it; degrees, WGS 84."""

    name: str
    address: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None


class ClaimPage(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as its page shows it. `span` None: its clock waits for the first opening. `codes`: the
    merchant's codes in the order of the pack's columns; `code_off`: they are worth nothing any more.
    """

    id: UUID
    contact_id: UUID
    conversation_id: UUID | None
    state: str
    number: str
    codes: tuple[str, ...]
    test: bool
    issued_at: datetime
    first_opened_at: datetime | None
    span: Span | None
    design: Design
    contact_language: str
    stores: tuple[StoreFacts, ...]
    redeemed_at: datetime | None = None
    redeemed_store: str = ""
    redeemed_by: str = ""
    code_off: bool = False

    @property
    def version(self) -> str:
        """What the open page shows, in a word: see `ClaimVersion`."""
        return version(self.state, self.design.state, code_off=self.code_off)


class ClaimVersion(msgspec.Struct, frozen=True):
    """A claim, and a word that changes when its open page has become wrong."""

    id: UUID
    coupon_id: UUID
    word: str


class ListedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """One of a customer's coupons."""

    token: str
    state: str
    first_opened_at: datetime | None
    span: Span | None
    design: Design


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose coupons are listed, and at which shop."""

    id: UUID
    language: str
    workspace_name: str
    workspace_language: str
    zone: str


def version(claim_state: str, coupon_state: str, *, code_off: bool) -> str:
    """Return the word of `ClaimVersion`: the claim's state, or that its coupon or code is switched off."""
    off = coupon_state == "paused" or code_off
    return "paused" if claim_state == "issued" and off else claim_state


async def claim_page(db: Pool | Connection, token: str) -> ClaimPage | None:
    """Read what a claim's page shows: one indexed read, a second when it is redeemed. None: unknown."""
    row = await db.fetchrow(PAGE, token)
    if row is None:
        return None
    plan = design(row)
    told = row["claim_state"] == "redeemed"
    story = await db.fetchrow(STORY, row["claim_id"]) if told else None
    return ClaimPage(
        id=row["claim_id"],
        contact_id=row["contact_id"],
        conversation_id=row["conversation_id"],
        state=row["claim_state"],
        number=row["number"],
        codes=tuple(code for code in (row["code"], *row["more_codes"]) if code),
        test=row["test"],
        issued_at=row["issued_at"],
        first_opened_at=row["first_opened_at"],
        span=usable(plan.validity, row["issued_at"], row["first_opened_at"]),
        design=plan,
        contact_language=row["contact_language"],
        stores=tuple(StoreFacts(*facts) for facts in row["stores"] or ()),
        redeemed_at=row["redeemed_at"],
        redeemed_store=story["store_name"] if story is not None else "",
        redeemed_by=story["who"] if story is not None else "",
        code_off=row["code_off"],
    )


async def claim_version(db: Pool | Connection, token: str) -> ClaimVersion | None:
    """Read what tells an open page that it must be drawn anew: one indexed read."""
    row = await db.fetchrow(VERSION, token)
    if row is None:
        return None
    word = version(row["claim_state"], row["coupon_state"], code_off=row["code_off"])
    return ClaimVersion(row["id"], row["coupon_id"], word)


async def owner(db: Pool | Connection, contact_id: UUID) -> Owner | None:
    """Read whose list it is; None when the contact is gone."""
    row = await db.fetchrow(OWNER, contact_id)
    return Owner(**dict(row)) if row is not None else None


async def listed(db: Pool | Connection, contact_id: UUID) -> list[ListedClaim]:
    """List a customer's newest coupons, at most 50."""
    rows = await db.fetch(MINE, contact_id)
    return [_listed(row) for row in rows]


def _listed(row: Any) -> ListedClaim:  # noqa: ANN401 (a database record)
    plan = design(row)
    return ListedClaim(
        token=row["token"],
        state=row["claim_state"],
        first_opened_at=row["first_opened_at"],
        span=usable(plan.validity, row["issued_at"], row["first_opened_at"]),
        design=plan,
    )
