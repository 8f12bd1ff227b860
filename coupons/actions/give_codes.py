"""Codes that do not simply stand on a unit: made for the claim itself, or several to a row of the pack."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from uuid import UUID

from coupons.actions.generate_codes import SYSTEM, Order, add_codes
from coupons.actions.record_claims import Draft
from coupons.actions.take_units import put_back
from coupons.errors import Refusal
from coupons.rules.code_shape import shape_of
from runtime.database import Connection

MORE = """
SELECT u.id, k.more FROM unit u JOIN code k ON k.id = u.code_id WHERE u.id = ANY ($1::bigint[])
"""
# A typed code finds its claim through here: claims themselves have no index of codes.
NOTE = """
UPDATE code d SET claim_id = u.claim FROM unnest($1::bigint[], $2::uuid[]) AS u (id, claim) WHERE d.id = u.id
"""


async def give_codes(tx: Connection, drafts: Sequence[Draft], rng: Random = SYSTEM) -> None:
    """Give `drafts`, which hold their units, the codes those lack. One that finds no code is refused as
    sold out, and its unit is free again.
    """
    made: dict[UUID, list[Draft]] = {}
    for draft in drafts:
        if draft.design.code_mode == "random":
            made.setdefault(draft.design.id, []).append(draft)
    for coupon_id in sorted(made):
        await _make(tx, made[coupon_id], rng)
    several = [draft for draft in drafts if draft.design.code_columns > 1 and draft.unit_id]
    if several:
        rows = await tx.fetch(MORE, [draft.unit_id for draft in several])
        more = {row["id"]: row["more"] for row in rows}
        for draft in several:
            draft.more_codes = more.get(draft.unit_id, [])


async def _make(tx: Connection, drafts: Sequence[Draft], rng: Random) -> None:
    design = drafts[0].design
    order = Order(design.workspace_id, design.id, shape_of(design.code_shape))
    codes = await add_codes(tx, order, len(drafts), rng)
    for draft, (_, text) in zip(drafts, codes, strict=False):
        draft.code = text
    await tx.execute(NOTE, [key for key, _ in codes], [draft.id for draft in drafts[: len(codes)]])
    empty = drafts[len(codes) :]
    await put_back(tx, [d.unit_id for d in empty if d.unit_id], code_was_shown=False)
    for draft in empty:
        draft.refusal, draft.unit_id = Refusal.SOLD_OUT, None
