"""Write claims whose limits, quota and unit have been taken, and everything that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.tag import CLAIM, TagPut, put_tags
from conversations.content import Card, Content
from coupons.actions.read_claim_facts import Facts, request_hash
from coupons.actions.take_limits import Subject
from coupons.design_facts import Design
from coupons.errors import Refusal
from coupons.rules.validity import usable
from runtime.database import Connection
from runtime.live import Change, publish

ADD = """
INSERT INTO claim (id, workspace_id, coupon_id, contact_id, conversation_id, member_id, unit_id, number,
  token, code, source, key, request_hash, trigger, state, test, issued_at, valid_from, valid_until, period_start,
  quota_period_start)
SELECT id, w, coupon, contact, chat, member, unit, number, token, code, source, key, hash, why, 'issued',
  test, $1, starts, ends, period, quota_period
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::bigint[],
  $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bytea[], $15::text[], $16::bool[],
  $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[])
  AS u (id, w, coupon, contact, chat, member, unit, number, token, code, source, key, hash, why, test,
    starts, ends, period, quota_period)
ORDER BY w, source, key
"""

MORE = """
UPDATE claim c SET more_codes = u.more::jsonb FROM unnest($1::uuid[], $2::text[]) AS u (id, more)
WHERE c.id = u.id
"""

NOBODY = UUID(int=0)


class Draft(msgspec.Struct, kw_only=True):
    """A claim in the making. `refusal` set: it will not be; `period` set: the daily limit counts it;
    `quota_period` set: a member's quota does. `pieces`: what the channel cuts `card` into.
    """

    facts: Facts
    design: Design
    lang: str
    id: UUID = NOBODY
    number: str = ""
    token: str = ""
    refusal: Refusal | None = None
    unit_id: int | None = None
    code: str = ""
    more_codes: list[str] = []
    period: datetime | None = None
    quota_period: datetime | None = None
    held: list[Subject] = []
    card: Card | None = None
    pieces: tuple[Content, ...] = ()
    message_id: UUID | None = None


async def record_claims(tx: Connection, drafts: Sequence[Draft], now: datetime) -> None:
    """Insert the claims and tell the feed."""
    if not drafts:
        return
    requests = [draft.facts.request for draft in drafts]
    spans = [span(draft.design, now) for draft in drafts]
    await tx.execute(
        ADD,
        now,
        [draft.id for draft in drafts],
        [request.workspace_id for request in requests],
        [request.coupon_id for request in requests],
        [request.contact_id for request in requests],
        [request.conversation_id for request in requests],
        [request.member_id for request in requests],
        [draft.unit_id for draft in drafts],
        [draft.number for draft in drafts],
        [draft.token for draft in drafts],
        [draft.code for draft in drafts],
        [request.source for request in requests],
        [request.key for request in requests],
        [request_hash(request) for request in requests],
        [request.trigger[:120] for request in requests],
        [request.test for request in requests],
        [start for start, _ in spans],
        [end for _, end in spans],
        [draft.period for draft in drafts],
        [draft.quota_period for draft in drafts],
    )
    await _keep_more(tx, [draft for draft in drafts if draft.more_codes])
    await publish(tx, [_change(draft) for draft in drafts], now)


async def tag_contacts(tx: Connection, drafts: Sequence[Draft], now: datetime) -> None:
    """Put the tags of claims that were made on their contacts."""
    tags = [
        TagPut(request.workspace_id, request.contact_id, draft.design.tag_on_claim, CLAIM)
        for draft in drafts
        if draft.design.tag_on_claim and not (request := draft.facts.request).test
    ]
    await put_tags(tx, tags, now)


async def _keep_more(tx: Connection, drafts: Sequence[Draft]) -> None:
    """Note the further codes of the few claims that have several."""
    if drafts:
        more = [msgspec.json.encode(draft.more_codes).decode() for draft in drafts]
        await tx.execute(MORE, [draft.id for draft in drafts], more)


def span(design: Design, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the instants to fix on a claim made now. Only a clock that starts with the claim is; a fixed
    range stays the coupon's.
    """
    if design.validity_mode != "claim":
        return None, None
    span = usable(design.validity, now, None)
    return (span.start, span.end) if span is not None else (None, None)


def _change(draft: Draft) -> Change:
    request = draft.facts.request
    detail = {
        "state": "issued",
        "coupon": str(request.coupon_id),
        "contact": str(request.contact_id),
        "conversation": str(request.conversation_id) if request.conversation_id else None,
        "member": str(request.member_id) if request.member_id else None,
    }
    return Change(request.workspace_id, "claim", draft.id, detail)
