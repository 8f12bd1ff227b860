"""Take and record the common claims of one coupon with one statement: no member, no code to be made.

Rows that stand are locked and looked at first, then units (never waited for), and missing rows are added last:
so nothing is taken for a claim that is not made. What meets a rival in between is left for `take_scarce`, which
knows how to wait and how to name what is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from coupons.actions.read_claim_facts import request_hash
from coupons.actions.record_claims import Draft, span
from coupons.actions.take_limits import (
    UNLIMITED,
    Subject,
    contact_subject,
    day_subject,
    give_back,
)
from coupons.actions.take_units import remember, remembered
from coupons.rules.quota import ALWAYS
from runtime.arrays import every, once
from runtime.database import Connection

# Lateral, by arrays of ids and by IN rather than joined: planned once for any number, a join would read whole
# tables, or each part of the statement for every row of another.
TAKE = f"""
WITH u AS (
  SELECT id, contact, chat, number, token, {every("source", "$17::text[]")}, key, hash, {every("why", "$20::text[]")},
    n, 'c:' || contact AS c, CASE WHEN $8::timestamptz IS NOT NULL THEN 'd:' || contact END AS d
  FROM unnest($12::uuid[], $13::uuid[], $14::uuid[], $15::text[], $16::text[], $17::text[], $18::text[], $19::bytea[],
    $20::text[]) WITH ORDINALITY AS u (id, contact, chat, number, token, source, key, hash, why, n)
), want AS (
  SELECT c AS subject, $10::timestamptz AS since, $7::int AS ceiling FROM u
  UNION ALL SELECT d, $8::timestamptz, $9::int FROM u WHERE d IS NOT NULL
), held AS (
  SELECT l.id, l.subject, l.count < w.ceiling AS open FROM (SELECT * FROM want ORDER BY subject) w
  CROSS JOIN LATERAL (SELECT id, subject, count FROM limit_row WHERE coupon_id = $3 AND subject = w.subject
    AND period_start = w.since FOR UPDATE) l
), able AS (
  SELECT *, row_number() OVER (ORDER BY n) AS place FROM u
  WHERE $7::int > 0 AND c NOT IN (SELECT subject FROM held WHERE NOT open)
    AND (d IS NULL OR ($9::int > 0 AND d NOT IN (SELECT subject FROM held WHERE NOT open)))
), units AS (
  SELECT id, seq, code_id FROM unit WHERE $5::bool AND coupon_id = $3 AND state = 'free' AND seq >= $6
  ORDER BY seq LIMIT (SELECT count(*) FROM able) FOR UPDATE SKIP LOCKED
), served AS (
  SELECT *, coalesce((SELECT k.text FROM code k WHERE k.id = code_id), $4) AS code
  FROM (SELECT *, (ARRAY(SELECT id FROM units ORDER BY seq))[place] AS unit,
      (ARRAY(SELECT seq FROM units ORDER BY seq))[place] AS seq,
      (ARRAY(SELECT code_id FROM units ORDER BY seq))[place] AS code_id
    FROM able OFFSET 0) a
  WHERE NOT $5 OR unit IS NOT NULL
), fresh AS (
  INSERT INTO limit_row (coupon_id, subject, period_start, count)
  SELECT $3::uuid, s.subject, s.since, 1 FROM (
    SELECT c AS subject, $10::timestamptz AS since FROM served UNION ALL
    SELECT d, $8::timestamptz FROM served WHERE d IS NOT NULL) s
  WHERE s.subject NOT IN (SELECT subject FROM held)
  ORDER BY s.subject ON CONFLICT (coupon_id, subject, period_start) DO NOTHING RETURNING subject
), granted AS (
  SELECT subject FROM held UNION ALL SELECT subject FROM fresh
), made AS (
  SELECT * FROM served WHERE (c IN (SELECT subject FROM granted)) IS TRUE
    AND (d IS NULL OR d IN (SELECT subject FROM granted))
), issued AS (
  UPDATE unit SET state = 'issued' WHERE id = ANY (ARRAY(SELECT unit FROM made))
), raised AS (
  UPDATE limit_row SET count = count + 1 WHERE id = ANY (ARRAY(
    SELECT id FROM held WHERE (subject IN (SELECT c FROM made UNION ALL SELECT d FROM made)) IS TRUE))
), claims AS (
  INSERT INTO claim (id, workspace_id, coupon_id, contact_id, conversation_id, unit_id, number, token, code, source,
    key, request_hash, trigger, state, test, issued_at, valid_from, valid_until, period_start)
  SELECT id, $2, $3, contact, chat, unit, number, token, code, source, key, hash, why, 'issued', false, $1, $11, $21, $8
  FROM made ORDER BY source, key
), told AS (
  INSERT INTO feed (workspace_id, kind, subject, detail, at)
  SELECT $2, 'claim', id, jsonb_build_object('state', 'issued', 'coupon', $3, 'contact', contact, 'conversation', chat,
    'member', NULL), $1 FROM made ORDER BY n
)
SELECT n, unit, seq, code FROM made UNION ALL
SELECT 0, NULL, NULL, subject FROM fresh WHERE subject NOT IN (
  SELECT c FROM made UNION ALL SELECT d FROM made WHERE d IS NOT NULL)
"""  # noqa: S608 (columns of our own; every value is a parameter)


def fits(draft: Draft) -> bool:
    """Say whether the one statement can take the claim."""
    request, design = draft.facts.request, draft.design
    return (
        request.member_id is None
        and not request.test
        and design.code_mode != "random"
        and design.code_columns == 1
    )


def stands_alone(drafts: Sequence[Draft]) -> bool:
    """Say whether the statement needs no transaction around it: it is the only one, and leaves nothing to
    give back. (Of two rows to add for a claim, only one could be there already.)
    """
    first = drafts[0].design
    return (
        not first.tag_on_claim
        and first.per_contact_daily_limit is None
        and all(draft.design.id == first.id for draft in drafts)
    )


async def take_at_once(tx: Connection, drafts: Sequence[Draft], now: datetime) -> list[Draft]:
    """Take, record and tell the feed; return the drafts that were left, for which nothing was taken.

    `drafts` all fit, and no two of them are for the same contact and coupon.
    """
    groups: dict[tuple[UUID, datetime], list[Draft]] = {}
    for draft in drafts:
        daily = draft.design.per_contact_daily_limit is not None
        draft.period = draft.facts.day if daily else None
        groups.setdefault((draft.design.id, draft.period or ALWAYS), []).append(draft)
    left: list[Draft] = []
    for group in sorted(groups):
        left += await _take(tx, groups[group], now)
    return left


async def _take(tx: Connection, drafts: Sequence[Draft], now: datetime) -> list[Draft]:
    design, period = drafts[0].design, drafts[0].period
    requests = [draft.facts.request for draft in drafts]
    begin, end = span(design, now)
    rows = await tx.fetch(
        TAKE,
        now,
        design.workspace_id,
        design.id,
        design.fixed_code,
        design.counted,
        remembered(design.id),
        UNLIMITED if design.per_contact_limit is None else design.per_contact_limit,
        period,
        design.per_contact_daily_limit,
        ALWAYS,
        begin,
        [draft.id for draft in drafts],
        [request.contact_id for request in requests],
        [request.conversation_id for request in requests],
        [draft.number for draft in drafts],
        [draft.token for draft in drafts],
        once([request.source for request in requests]),
        [request.key for request in requests],
        [request_hash(request) for request in requests],
        once([request.trigger[:120] for request in requests]),
        end,
    )
    made = {n for n, *_ in rows}
    for n, unit_id, _, code in rows:
        if n:
            drafts[n - 1].unit_id, drafts[n - 1].code = unit_id, code
    if design.counted and made:
        remember(design.id, max(seq or 0 for _, _, seq, _ in rows))
    await give_back(tx, [_subject(drafts, subject) for n, _, _, subject in rows if not n])
    return [draft for n, draft in enumerate(drafts, 1) if n not in made]


def _subject(drafts: Sequence[Draft], subject: str) -> Subject:
    """Return the row by its subject; its contact is one of the drafts'."""
    contact, coupon, period = UUID(subject[2:]), drafts[0].design.id, drafts[0].period
    if period is None or subject.startswith("c:"):
        return contact_subject(coupon, contact)
    return day_subject(coupon, contact, period)
