"""Finding claim records by what somebody typed: few by their ids, many while walking through the coupon.

A customer's name or phone is found by any part of it (by what the inbox's search looks through, which follows a
moment later), a number or code by its beginning; quoted, all of them as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from conversations.contact_search import who_is_called
from coupons.rules.codes import lookup_keys, normalise
from coupons.search import Term, search_term
from runtime.database import Connection, Pool
from runtime.ids import normalise_number

# So many claims are looked up by id; where more fit, walking through the coupon meets them soon.
MOST = 1000
# Shorter beginnings fit too many codes.
LEAST = 3
# Behind every number (digits and capital letters), and behind every code, that begins so.
LAST_NUMBER = "Z" * 12
LAST_CODE = chr(0x10FFFF)

PLAN = """
SELECT fixed_code, code_columns FROM coupon WHERE id = $1 AND workspace_id = $2
"""
# Who types a whole number or code means that claim: nobody else is looked for then.
WHOLE = """
WITH codes AS MATERIALIZED (
  SELECT id, claim_id FROM code WHERE workspace_id = $1 AND normalised = ANY ($4::text[]) AND coupon_id = $2
)
SELECT id FROM claim WHERE workspace_id = $1 AND number = $3 AND coupon_id = $2
UNION SELECT k.id FROM codes d JOIN claim k ON k.id = d.claim_id
UNION SELECT k.id FROM codes d JOIN unit u ON u.code_id = d.id JOIN claim k ON k.unit_id = u.id
"""
FIND = f"""
WITH codes AS MATERIALIZED (
  SELECT id, claim_id FROM code WHERE workspace_id = $1 AND normalised >= $5 AND normalised < $5 || $6
    AND starts_with(normalised, $5) AND coupon_id = $2 AND NOT $7 LIMIT {MOST + 1}
), numbers AS MATERIALIZED (
  SELECT id FROM claim WHERE workspace_id = $1 AND number BETWEEN $3 AND $3 || $4 AND starts_with(number, $3)
    AND coupon_id = $2 AND $3 <> '' AND NOT $7 LIMIT {MOST + 1}
), claims AS (
  SELECT id FROM numbers
  UNION SELECT k.id FROM codes d JOIN claim k ON k.id = d.claim_id WHERE k.coupon_id = $2
  UNION SELECT k.id FROM codes d JOIN unit u ON u.code_id = d.id JOIN claim k ON k.unit_id = u.id
  UNION SELECT k.id FROM claim k WHERE k.contact_id = ANY ($8::uuid[]) AND k.coupon_id = $2
)
SELECT ARRAY(SELECT id FROM claims LIMIT {MOST + 1}) AS ids,
  greatest((SELECT count(*) FROM codes), (SELECT count(*) FROM numbers)) AS most
"""  # noqa: S608 (constants)
EXACTLY = "SELECT id FROM contact WHERE id = ANY ($1::uuid[]) AND (name = $2 OR phone = $2)"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Which claims fit: those of `ids`, or, where that is None, those that fit `term`; with neither, all. `people`
    are the customers that the term fits, None where they are too many to name.
    """

    term: Term | None = None
    ids: list[UUID] | None = None
    people: list[UUID] | None = None


async def find(
    db: Pool | Connection, workspace_id: UUID, coupon_id: UUID, typed: str, *, test: bool
) -> Found:
    """Look for what was typed among a coupon's claims."""
    term = search_term(typed)
    if term is None:
        return Found()
    plan = await db.fetchrow(PLAN, coupon_id, workspace_id)
    if plan is None:
        return Found(ids=[])
    if not test and _fits(term, plan["fixed_code"]):
        return Found()
    whole = [] if test else await _whole(db, term, workspace_id, coupon_id)
    if whole:
        return Found(ids=whole)
    people = await _people(db, term, workspace_id)
    # Test claims have no code of their own, and further columns of a pack no index.
    plain = not test and plan["code_columns"] <= 1
    few = await _few(db, term, (workspace_id, coupon_id), people) if plain else None
    return Found(ids=few) if few is not None else Found(term=term, people=people)


async def _few(
    db: Pool | Connection, term: Term, where: tuple[UUID, UUID], people: list[UUID] | None
) -> list[UUID] | None:
    """Return the claims that fit, None where they are many, or too little was typed to tell."""
    if people is None or len(term.plain) < LEAST:
        return None
    row = await db.fetchrow(FIND, *_values(term, *where), people)
    few = row["most"] <= MOST and len(row["ids"]) <= MOST
    return list(row["ids"]) if few else None


async def _people(db: Pool | Connection, term: Term, workspace_id: UUID) -> list[UUID] | None:
    people = await who_is_called(db, workspace_id, term.plain, MOST)
    if people and term.exact:
        return [row["id"] for row in await db.fetch(EXACTLY, people, term.value)]
    return people


async def _whole(
    db: Pool | Connection, term: Term, workspace_id: UUID, coupon_id: UUID
) -> list[UUID]:
    number, keys = normalise_number(term.plain), lookup_keys(term.plain)
    rows = await db.fetch(WHOLE, workspace_id, coupon_id, number, keys)
    return [row["id"] for row in rows]


def _fits(term: Term, fixed_code: str) -> bool:
    """Say whether the code that all of the coupon's claims share is meant."""
    key, wanted = normalise(fixed_code), normalise(term.plain)
    return bool(wanted) and (key == wanted if term.exact else key.startswith(wanted))


def _values(term: Term, workspace_id: UUID, coupon_id: UUID) -> tuple[Any, ...]:
    return (
        *(workspace_id, coupon_id),
        *(normalise_number(term.plain), LAST_NUMBER),
        *(normalise(term.plain), LAST_CODE),
        term.exact,
    )


def conditions(found: Found, given: Callable[[object], str]) -> list[str]:
    """Return what `found` asks of a claim `k` as SQL; `given` names the place of a value."""
    if found.ids is not None:
        return [f"AND k.id = ANY ({given(found.ids)}::uuid[])"]
    if found.term is None:
        return []
    term = found.term
    number = normalise_number(term.plain) or "-"
    if term.exact:
        value = given(term.value)
        fields = [f"k.code = {value}", f"k.more_codes ? {value}", f"k.number = {given(number)}"]
    else:
        begins = given(value_of_beginning(term))
        fields = [
            f"k.code ILIKE {begins}",
            f"k.more_codes <> '[]' AND k.more_codes::text ILIKE '%\"' || {begins}",
            f"k.number LIKE {given(f'{number}%')}",
        ]
    fields.append(_whose(found.people, term, given))
    return [f"AND ({' OR '.join(fields)})"]


def _whose(people: list[UUID] | None, term: Term, given: Callable[[object], str]) -> str:
    if people is not None:
        return f"k.contact_id = ANY ({given(people)}::uuid[])"
    # Asked claim by claim, for so many are called so that a walk through the coupon soon meets them.
    value = given(term.value)
    like = "=" if term.exact else "ILIKE"
    return f"(SELECT s.name {like} {value} OR s.phone {like} {value} FROM contact s WHERE s.id = k.contact_id)"  # noqa: S608


def value_of_beginning(term: Term) -> str:
    """Return the pattern of `term` without what lets it stand anywhere."""
    return term.value.removeprefix("%")
