"""Claim records: a coupon's claims one by one, searched, filtered, paged or walked through to the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.record_search import Found, conditions, find
from coupons.rollups import TRIGGER_KIND
from runtime.database import Connection, Pool
from team.workspaces import store_rows

STATES = ("issued", "opened", "redeemed", "expired", "released", "voided", "given_away")
# Which of a record's instants a span of time is about.
INSTANTS = {"claimed": "k.issued_at", "opened": "k.first_opened_at", "redeemed": "k.redeemed_at"}
STEP = 1000
LAST = UUID(int=2**128 - 1)

# Where a claim's validity begins and ends: coupons.rules.validity.usable, as the database says it.
BEGIN = """CASE WHEN c.starts_after_days > 0 THEN
  ((CASE c.validity_mode WHEN 'claim' THEN k.issued_at ELSE k.first_opened_at END AT TIME ZONE w.zone)::date
    + c.starts_after_days)::timestamp AT TIME ZONE w.zone
  ELSE CASE c.validity_mode WHEN 'claim' THEN k.issued_at ELSE k.first_opened_at END END"""
UNTIL = f"""CASE WHEN c.validity_mode = 'fixed' THEN c.valid_until
  WHEN c.validity_mode = 'open' AND k.first_opened_at IS NULL THEN NULL
  ELSE least(c.valid_until, CASE WHEN c.lasts_minutes IS NOT NULL
      THEN {BEGIN} + make_interval(mins => c.lasts_minutes)
    WHEN c.lasts_days IS NOT NULL
      THEN (({BEGIN} AT TIME ZONE w.zone)::date + c.lasts_days)::timestamp AT TIME ZONE w.zone END) END"""
STATE = f"""CASE WHEN k.state <> 'issued' THEN k.state WHEN {UNTIL} <= $2 THEN 'expired'
  WHEN k.first_opened_at IS NOT NULL THEN 'opened' ELSE 'issued' END"""
# The claims are chosen first and alone; what a page tells of them is looked up for those few.
RECORD = f"""
SELECT k.id, k.number, k.code, k.more_codes, {STATE} AS state, k.test, k.issued_at, k.delivered_at,
  k.first_opened_at, k.redeemed_at, k.released_at, k.voided_at, {UNTIL} AS valid_until, k.source, k.trigger,
  k.contact_id, p.name AS contact_name, p.phone, k.conversation_id, coalesce(a.channel, '') AS channel,
  coalesce(a.name, '') AS account_name, k.member_id, coalesce(m.name, '') AS member_name,
  r.id AS redemption_id, coalesce(r.who, '') AS redeemed_by, coalesce(r.store_name, '') AS store_name,
  coalesce(r.via, '') AS via
FROM (
  SELECT k.* FROM claim k JOIN coupon c ON c.id = k.coupon_id JOIN workspace w ON w.id = c.workspace_id
  WHERE k.coupon_id = $1 {{conditions}}
) k JOIN coupon c ON c.id = k.coupon_id JOIN workspace w ON w.id = c.workspace_id
JOIN contact p ON p.id = k.contact_id
LEFT JOIN conversation v ON v.id = k.conversation_id LEFT JOIN channel_account a ON a.id = v.account_id
LEFT JOIN member m ON m.id = k.member_id
LEFT JOIN LATERAL (SELECT o.id, o.who, o.via, o.store_id, o.store_name FROM redemption o
  WHERE o.claim_id = k.id AND o.kind = 'redeem' AND k.state = 'redeemed' ORDER BY o.at DESC, o.id DESC LIMIT 1
) r ON true ORDER BY k.id
"""  # noqa: S608 (constants)
OLDER = "AND k.id < ${place} ORDER BY k.id DESC LIMIT {most}"
NEWER = "AND k.id > ${place} ORDER BY k.id LIMIT {most}"
AT_STORE = """AND k.state = 'redeemed'
  AND k.id IN (SELECT o.claim_id FROM redemption o WHERE o.store_id = {store} AND o.kind = 'redeem')
  AND (SELECT o.store_id FROM redemption o
  WHERE o.claim_id = k.id AND o.kind = 'redeem' ORDER BY o.at DESC, o.id DESC LIMIT 1) = {store}"""
CHOICES = """
SELECT ARRAY(SELECT DISTINCT trigger_kind FROM figure WHERE coupon_id = $1 ORDER BY 1) AS triggers,
  ARRAY(SELECT DISTINCT member_id FROM figure WHERE coupon_id = $1) AS members
"""
MEMBERS = "SELECT id, name FROM member WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY name, id"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as its record shows it. `state` adds opened and expired to the stored states.

    `redemption_id`, `redeemed_by`, `store_name`, `via`: the redemption that stands, and whose PIN or hand it was.
    """

    id: UUID
    number: str
    code: str
    more_codes: list[str]
    state: str
    test: bool
    issued_at: datetime
    delivered_at: datetime | None
    first_opened_at: datetime | None
    redeemed_at: datetime | None
    released_at: datetime | None
    voided_at: datetime | None
    valid_until: datetime | None
    source: str
    trigger: str
    contact_id: UUID
    contact_name: str
    phone: str
    conversation_id: UUID | None
    channel: str
    account_name: str
    member_id: UUID | None
    member_name: str
    redemption_id: UUID | None
    redeemed_by: str
    store_name: str
    via: str

    @property
    def verified_by(self) -> str:
        """The name of the verification code and its store, as in "Ray/Xinyi"."""
        return "/".join(filter(None, (self.redeemed_by, self.store_name)))


class RecordFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which claims of a coupon; "" and None do not restrict. `span_of`: claimed, opened or redeemed, what
    `since` (included) and `until` (not) are about. `test`: the test claims instead of the real ones.
    """

    coupon_id: UUID
    workspace_id: UUID
    text: str = ""
    state: str = ""
    trigger_kind: str = ""
    member_id: UUID | None = None
    store_id: UUID | None = None
    span_of: str = "claimed"
    since: datetime | None = None
    until: datetime | None = None
    test: bool = False


class RecordPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first. `older`, `newer`: whether more lies beyond its ends."""

    rows: list[Record]
    older: bool
    newer: bool


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the records can be filtered by: kinds of trigger, (id, name) of members and stores."""

    triggers: list[str]
    members: list[tuple[UUID, str]]
    stores: list[tuple[UUID, str]]


async def record_page(
    db: Pool | Connection,
    which: RecordFilter,
    now: datetime,
    size: int,
    *,
    after: UUID | None = None,
    before: UUID | None = None,
) -> RecordPage:
    """Return up to `size` records older than `after`, or those just newer than `before`."""
    if before is not None:
        newer = await _walk(db, which, now, NEWER, size + 1)
        rows = await _fetch(db, newer, before)
        more = len(rows) > size
        return RecordPage(rows=rows[:size][::-1], older=True, newer=more)
    older = await _walk(db, which, now, OLDER, size + 1)
    rows = await _fetch(db, older, after or LAST)
    return RecordPage(rows=rows[::-1][:size], older=len(rows) > size, newer=after is not None)


async def all_records(
    db: Pool | Connection, which: RecordFilter, now: datetime
) -> AsyncIterator[list[Record]]:
    """Yield every record, newest first, in steps that hold no connection between them."""
    last, walk = LAST, await _walk(db, which, now, OLDER, STEP)
    while rows := await _fetch(db, walk, last):
        yield rows[::-1]
        last = rows[0].id


async def choices(db: Pool | Connection, workspace_id: UUID, coupon_id: UUID) -> Choices:
    """Return what the coupon's records can be filtered by."""
    row = await db.fetchrow(CHOICES, coupon_id)
    members = await db.fetch(MEMBERS, workspace_id, row["members"])
    stores = await store_rows(db, workspace_id)
    return Choices(
        triggers=list(row["triggers"]),
        members=[(one["id"], one["name"]) for one in members],
        stores=[(one.id, one.name) for one in stores],
    )


class _Walk(msgspec.Struct, frozen=True):
    """A choice of records, `found` what its text fits, and what is read at a time in which direction."""

    which: RecordFilter
    found: Found
    now: datetime
    way: str
    most: int


async def _walk(
    db: Pool | Connection, which: RecordFilter, now: datetime, way: str, most: int
) -> _Walk:
    found = await find(db, which.workspace_id, which.coupon_id, which.text, test=which.test)
    return _Walk(which, found, now, way, most)


async def _fetch(db: Pool | Connection, walk: _Walk, place: UUID) -> list[Record]:
    """Return up to `most` records beyond `place`, oldest first."""
    values: list[Any] = [walk.which.coupon_id, walk.now]
    parts = _conditions(walk.which, walk.found, values)
    values.append(place)
    parts.append(walk.way.format(place=len(values), most=walk.most))
    query = RECORD.format(conditions="\n  ".join(parts))
    return [Record(**row) for row in await db.fetch(query, *values)]


def _conditions(which: RecordFilter, fitting: Found, values: list[Any]) -> list[str]:
    """Return the conditions as SQL and put their values behind `values`; no typed text enters the SQL."""

    def given(value: object) -> str:
        values.append(value)
        return f"${len(values)}"

    column = INSTANTS.get(which.span_of, INSTANTS["claimed"])
    found = [f"AND k.workspace_id = {given(which.workspace_id)} AND k.test = {given(which.test)}"]
    if which.since is not None:
        found.append(f"AND {column} >= {given(which.since)}")
    if which.until is not None:
        found.append(f"AND {column} < {given(which.until)}")
    if which.state:
        found.append(f"AND {STATE} = {given(which.state)}")
    if which.trigger_kind:
        found.append(f"AND {TRIGGER_KIND} = {given(which.trigger_kind)}")
    if which.member_id is not None:
        found.append(f"AND k.member_id = {given(which.member_id)}")
    if which.store_id is not None:
        found.append(AT_STORE.format(store=given(which.store_id)))
    return found + conditions(fitting, given)
