"""Take what each claim needs, in the order of locks: contact limit, quota, unit; all of it or nothing.

The algorithm with its picture is `docs/rules/quota.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from coupons.actions.give_codes import give_codes
from coupons.actions.record_claims import Draft
from coupons.actions.take_limits import (
    Subject,
    contact_subject,
    day_subject,
    give_back,
    member_subject,
    take_limits,
)
from coupons.actions.take_units import take_units
from coupons.errors import Refusal
from runtime.database import Connection

TEST_CODE = "TEST"

Want = tuple[Subject, int | None, Refusal]


async def take_scarce(tx: Connection, drafts: Sequence[Draft]) -> None:
    """Take limits, quota and units for `drafts`; one that falls short is refused and gives all back.

    Test claims take nothing and count nowhere.
    """
    for draft in drafts:
        draft.code = draft.design.fixed_code
        if draft.facts.request.test:
            draft.code = draft.code or TEST_CODE
    counted = [draft for draft in drafts if not draft.facts.request.test]
    await _count(tx, counted, _contact_wants)
    await _count(tx, _alive(counted), _member_wants)
    await _take_stock(tx, _alive(counted))
    await give_codes(tx, _alive(counted))
    await give_back(tx, [s for draft in counted if draft.refusal for s in draft.held])


def _alive(drafts: Sequence[Draft]) -> list[Draft]:
    return [draft for draft in drafts if draft.refusal is None]


def _contact_wants(draft: Draft) -> list[Want]:
    request, design = draft.facts.request, draft.design
    row = contact_subject(request.coupon_id, request.contact_id)
    wants: list[Want] = [(row, design.per_contact_limit, Refusal.CONTACT_LIMIT)]
    if design.per_contact_daily_limit is not None:
        draft.period = draft.facts.day
        day = day_subject(request.coupon_id, request.contact_id, draft.facts.day)
        wants.append((day, design.per_contact_daily_limit, Refusal.CONTACT_DAILY_LIMIT))
    return wants


def _member_wants(draft: Draft) -> list[Want]:
    request = draft.facts.request
    if request.member_id is None:
        return []
    draft.quota_period = draft.facts.quota_start
    row = member_subject(request.coupon_id, request.member_id, draft.facts.quota_start)
    return [(row, draft.facts.taken(draft.design).quota, Refusal.MEMBER_QUOTA)]


async def _count(
    tx: Connection, drafts: Sequence[Draft], wants_of: Callable[[Draft], list[Want]]
) -> None:
    """Count each draft against its rows; what was granted goes round in the drafts' order."""
    wants = [(draft, want) for draft in drafts for want in wants_of(draft)]
    granted = await take_limits(tx, [(row, limit) for _, (row, limit, _) in wants])
    for draft, (row, _, refusal) in wants:
        if granted[row] > 0:
            granted[row] -= 1
            draft.held.append(row)
        else:
            draft.refusal = draft.refusal or refusal


async def _take_stock(tx: Connection, drafts: Sequence[Draft]) -> None:
    by_coupon: dict[UUID, list[Draft]] = {}
    for draft in drafts:
        if draft.design.counted:
            by_coupon.setdefault(draft.design.id, []).append(draft)
    for coupon_id in sorted(by_coupon):
        wanting = by_coupon[coupon_id]
        units = await take_units(tx, coupon_id, len(wanting))
        for draft, (unit_id, code) in zip(wanting, units.taken, strict=False):
            draft.unit_id, draft.code = unit_id, code or draft.code
        for draft in wanting[len(units.taken) :]:
            draft.refusal = Refusal.SOLD_OUT if units.sold_out else Refusal.ERROR
