"""The quotas of all coupons that members send: members by coupons, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from coupons.quota_reads import MemberQuota, member_quotas
from coupons.rules.quota import SENDERS
from runtime.database import Pool
from team.roles import Role, holders

COUPONS = """
SELECT id, name, purpose, default_quota AS standard, quota_period AS period FROM coupon
WHERE workspace_id = $1 AND purpose = ANY ($2::text[]) AND state IN ('published', 'paused')
  AND ($3 = '' OR strpos(lower(name), lower($3)) > 0)
ORDER BY name, id LIMIT $4 OFFSET $5
"""
MEMBERS = """
SELECT id, name, role FROM member WHERE workspace_id = $1 AND active AND role = ANY ($2::text[])
  AND ($3 = '' OR strpos(lower(name), lower($3)) > 0)
ORDER BY name, id LIMIT $4 OFFSET $5
"""
ROLES = """
SELECT coupon_id, who, value FROM quota_value WHERE coupon_id = ANY ($1::uuid[]) AND who = ANY ($2::text[])
"""
EXPORTED_MEMBERS = 200
EXPORTED_COUPONS = 20


class MatrixFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the table: coupons of `purpose` ("" for every) whose name holds `coupon`, members
    whose name holds `member`. `column` and `row` count from 0: the first coupon and the first member.
    """

    workspace_id: UUID
    purpose: str = ""
    coupon: str = ""
    member: str = ""
    column: int = 0
    row: int = 0


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon. `standard`: what holds for whom nothing was set; None means no limit."""

    id: UUID
    name: str
    purpose: str
    standard: int | None
    period: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A member who may send some coupons."""

    id: UUID
    name: str
    role: str


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the table. `cells` by (coupon, member); `of_roles` by (coupon, role): an array of one where
    a value was set for the role. `more_columns`, `more_rows`: there are others after these.
    """

    columns: Sequence[Column]
    people: Sequence[Person]
    roles: Sequence[Role]
    cells: Mapping[tuple[UUID, UUID], MemberQuota]
    of_roles: Mapping[tuple[UUID, str], int | None]
    more_columns: bool
    more_rows: bool


async def quota_matrix(
    pool: Pool, which: MatrixFilter, now: datetime, *, columns: int, rows: int
) -> Matrix:
    """Read a page of at most so many columns and rows."""
    coupons = await _columns(pool, which, columns + 1)
    people = await _people(pool, which, rows + 1)
    shown, listed = coupons[:columns], people[:rows]
    ids, roles = [one.id for one in shown], senders(which.purpose)
    cells = await member_quotas(pool, which.workspace_id, ids, [one.id for one in listed], now)
    set_for = await pool.fetch(ROLES, ids, roles)
    return Matrix(
        columns=shown,
        people=listed,
        roles=roles,
        cells=cells,
        of_roles={(row["coupon_id"], row["who"]): row["value"] for row in set_for},
        more_columns=len(coupons) > columns,
        more_rows=len(people) > rows,
    )


async def all_quotas(
    pool: Pool, which: MatrixFilter, now: datetime
) -> AsyncIterator[list[tuple[Person, Column, MemberQuota]]]:
    """Yield every member's quota of every coupon they may send, a few hundred lines at a time."""
    column = 0
    while coupons := await _columns(pool, replace(which, column=column), EXPORTED_COUPONS):
        row = 0
        while people := await _people(pool, replace(which, row=row), EXPORTED_MEMBERS):
            ids = [one.id for one in coupons], [one.id for one in people]
            found = await member_quotas(pool, which.workspace_id, *ids, now)
            pairs = [(person, coupon) for person in people for coupon in coupons]
            yield [
                (person, coupon, quota)
                for person, coupon in pairs
                if (quota := found.get((coupon.id, person.id))) is not None and quota.sends
            ]
            row += EXPORTED_MEMBERS
        column += EXPORTED_COUPONS


def senders(purpose: str) -> list[Role]:
    """Return the roles that may send coupons of a purpose; of any for ""."""
    rights = [SENDERS[purpose]] if purpose in SENDERS else list(SENDERS.values())
    return [role for role in Role if any(role in holders(right) for right in rights)]


async def _columns(pool: Pool, which: MatrixFilter, most: int) -> list[Column]:
    purposes = [which.purpose] if which.purpose else list(SENDERS)
    facts: tuple[Any, ...] = (which.workspace_id, purposes, which.coupon, most, which.column)
    return [Column(**row) for row in await pool.fetch(COUPONS, *facts)]


async def _people(pool: Pool, which: MatrixFilter, most: int) -> list[Person]:
    facts: tuple[Any, ...] = (which.workspace_id, senders(which.purpose), which.member, most)
    return [Person(**row) for row in await pool.fetch(MEMBERS, *facts, which.row)]
