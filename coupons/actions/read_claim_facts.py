"""The diagnosing reads of the doorway: everything a claim depends on, for many requests at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from conversations.actions.post import Target
from coupons.actions.take_units import remembered
from coupons.design_facts import COLUMNS, Design, design
from coupons.requests import ClaimRequest
from coupons.rules.claiming import Taken
from coupons.rules.quota import ALWAYS, effective_quota, period_start
from runtime.arrays import FEW, every, once, sparse
from runtime.database import Connection

HASH_BYTES = 16

# One statement reads it all, coupons apart: those are remembered, and read again when their version says so.
# What only members or cards need is left out where there are none. Scalar subqueries rather than joins: the
# planner would try every order of them; rather than EXISTS, too: it might read a whole stock into a hash.
FACTS = """
SELECT CASE WHEN u.first THEN (SELECT {version} FROM coupon c JOIN workspace w ON w.id = c.workspace_id
    WHERE c.id = u.coupon) END AS version,
  u.first AND (
    (SELECT true FROM unit f WHERE f.coupon_id = u.coupon AND f.state = 'free' AND f.seq >= u.seq LIMIT 1) IS TRUE
    OR (SELECT true FROM unit f WHERE f.coupon_id = u.coupon AND f.state = 'free' LIMIT 1) IS TRUE) AS in_stock,
  k.id AS claim_id, k.contact_id AS claim_contact, k.number, k.token, k.code, k.request_hash,
  ct.name AS contact_name, ct.language AS contact_language, ct.id IS NOT NULL AS contact_known,
  ct.blocked_at IS NOT NULL AS contact_blocked,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = u.coupon
    AND l.subject = 'c:' || u.contact::text AND l.period_start = $11), 0) AS contact_count,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = u.coupon
    AND l.subject = 'd:' || u.contact::text AND l.period_start = u.day), 0) AS day_count,
  {member_columns}, {chat_columns}
FROM (
  SELECT {w}, {coupon}, contact, {source}, key, member, day, chat, n = ANY ($9::int[]) AS first, {seq}, {quota_start},
    n
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::uuid[],
    $10::int[], $12::timestamptz[]) WITH ORDINALITY
    AS a (w, coupon, contact, source, key, member, day, chat, seq, quota_start, n)
  {order} {few}
) u
LEFT JOIN claim k ON k.key = u.key AND k.source = u.source AND (k.workspace_id = u.w) IS TRUE
LEFT JOIN contact ct ON ct.id = u.contact AND (ct.workspace_id = u.w) IS TRUE AND ct.erased_at IS NULL
{member_joins} {chat_joins}
ORDER BY u.n
"""
MEMBER_COLUMNS = """m.role,
  (SELECT ARRAY[q.value] FROM quota_value q WHERE q.coupon_id = u.coupon AND q.who = u.member::text) AS own,
  (SELECT ARRAY[q.value] FROM quota_value q WHERE q.coupon_id = u.coupon AND q.who = m.role) AS of_role,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = u.coupon
    AND l.subject = 'm:' || u.member::text AND l.period_start = u.quota_start), 0) AS member_count,
  CASE WHEN m.role <> 'seller' THEN true ELSE
    NOT EXISTS (SELECT 1 FROM coupon_store s WHERE s.coupon_id = u.coupon)
    OR EXISTS (SELECT 1 FROM coupon_store s JOIN member_store o ON o.store_id = s.store_id
      WHERE s.coupon_id = u.coupon AND o.member_id = u.member) END AS in_own_stores"""
NO_MEMBER_COLUMNS = (
    """NULL AS role, NULL AS own, NULL AS of_role, 0 AS member_count, true AS in_own_stores"""
)
MEMBER_JOINS = "LEFT JOIN member m ON m.id = u.member AND m.workspace_id = u.w AND m.active"
CHAT_COLUMNS = """t.id AS chat_id, t.workspace_id AS chat_workspace, t.account_id AS chat_account,
  t.address AS chat_address, t.customer_at AS chat_customer_at, t.channel AS chat_channel,
  t.contact_id AS chat_contact, t.reachable AS chat_reachable, t.reply_token AS chat_token,
  t.reply_token_at AS chat_token_at"""
NO_CHAT_COLUMNS = "NULL AS chat_id"
# Locked in the order of their ids, in which `u` comes where there are any.
CHAT_JOINS = """LEFT JOIN LATERAL (
  SELECT c.id, c.workspace_id, c.account_id, c.address, c.customer_at, a.channel, c.contact_id, c.reply_token,
    c.reply_token_at,
    coalesce(i.reachable, true) AND a.paused_at IS NULL AND a.removed_at IS NULL AND c.shelf = '' AS reachable
  FROM conversation c
  CROSS JOIN LATERAL (SELECT * FROM channel_account WHERE id = c.account_id OFFSET 0) a
  LEFT JOIN channel_identity i ON i.account_id = c.account_id AND i.external_id = c.address
  WHERE c.id = u.chat FOR UPDATE OF c
) t ON true"""
# Each change of a row leaves it under another transaction's id, at another place.
VERSION = "concat_ws(' ', c.xmin, c.ctid, w.xmin, w.ctid)"
DESIGNS = f"""
SELECT {COLUMNS}, {VERSION} AS version FROM coupon c JOIN workspace w ON w.id = c.workspace_id
WHERE c.id = ANY ($1::uuid[])
"""  # noqa: S608 (constants)
REMEMBERED = 1000
# A coupon as last read, with its version.
Known: TypeAlias = tuple[str, Design]
UNSEEN = ("",)
_designs: dict[UUID, Known] = {}


@cache
def facts_query(*, members: bool, chats: bool) -> str:
    """Return the statement, with what `members` and `chats` need where there are any."""
    return FACTS.format(
        version=VERSION,
        w=every("w", "$1::uuid[]"),
        coupon=every("coupon", "$2::uuid[]"),
        source=every("source", "$4::text[]"),
        seq=every("seq", "$10::int[]"),
        quota_start=every("quota_start", "$12::timestamptz[]"),
        member_columns=MEMBER_COLUMNS if members else NO_MEMBER_COLUMNS,
        member_joins=MEMBER_JOINS if members else "",
        few=FEW,
        order="ORDER BY chat" if chats else "",
        chat_columns=CHAT_COLUMNS if chats else NO_CHAT_COLUMNS,
        chat_joins=CHAT_JOINS if chats else "",
    )


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation that gets the card, locked."""

    target: Target
    contact_id: UUID | None
    reachable: bool

    @property
    def owners(self) -> tuple[UUID, UUID | None]:
        """Whose it is: workspace and contact."""
        return self.target.workspace_id, self.contact_id


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One request's world. `chat` is its locked conversation; `earlier` the claim its key already made."""

    request: ClaimRequest
    design: Design | None
    in_stock: bool
    day: datetime
    quota_start: datetime
    row: Any
    chat: Chat | None

    @property
    def earlier(self) -> Any:  # noqa: ANN401 (a database record)
        """The record of the claim that an earlier request under this key made, or None."""
        return self.row if self.row["claim_id"] is not None else None

    def taken(self, design: Design) -> Taken:
        """Return what was taken before and how much may be."""
        row, request = self.row, self.request
        quota: int | None = None
        if request.member_id is not None:
            values: dict[str, int | None] = {}
            if row["own"] is not None:
                values[str(request.member_id)] = row["own"][0]
            if row["of_role"] is not None:
                values[row["role"]] = row["of_role"][0]
            quota = effective_quota(
                values, str(request.member_id), row["role"] or "", design.default_quota
            )
        return Taken(
            contact=row["contact_count"],
            contact_limit=design.per_contact_limit,
            today=row["day_count"],
            daily_limit=design.per_contact_daily_limit,
            member=row["member_count"],
            quota=quota,
        )


def request_hash(request: ClaimRequest) -> bytes:
    """Return what tells another request under the same key: coupon and contact."""
    value = request.coupon_id.bytes + request.contact_id.bytes
    return hashlib.sha256(value).digest()[:HASH_BYTES]


async def read_claim_facts(tx: Connection, requests: Sequence[ClaimRequest]) -> list[Facts]:
    """Lock the conversations that get a card and read what each request depends on, in one statement; in
    three when a coupon is new or was changed.
    """
    while True:
        # What others learn meanwhile must not mix with what this statement was asked by.
        seen = {request.coupon_id: _designs.get(request.coupon_id) for request in requests}
        starts = [_starts(request, seen[request.coupon_id]) for request in requests]
        rows = await _read(tx, requests, starts)
        firsts = {
            request.coupon_id: row
            for request, row in zip(requests, rows, strict=True)
            if row["version"] is not None
        }
        news = [c for c, row in firsts.items() if (seen[c] or UNSEEN)[0] != row["version"]]
        if not news:
            break
        await _learn(tx, news)
    facts = []
    for request, row, (day, quota_start) in zip(requests, rows, starts, strict=True):
        first, known = firsts.get(request.coupon_id), seen[request.coupon_id]
        in_stock, found = False, None
        if first is not None and known is not None:
            in_stock, found = first["in_stock"], known[1]
            if found.workspace_id != request.workspace_id:
                found = None
        facts.append(
            Facts(
                request=request,
                design=found,
                in_stock=found is not None and (in_stock or not found.counted),
                day=day or ALWAYS,
                quota_start=quota_start,
                row=row,
                chat=_chat(row),
            )
        )
    return facts


async def _learn(tx: Connection, coupons: Sequence[UUID]) -> None:
    """Read coupons that are new or were changed."""
    if len(_designs) + len(coupons) > REMEMBERED:
        _designs.clear()
    for row in await tx.fetch(DESIGNS, coupons):
        _designs[row["id"]] = row["version"], design(row)


async def _read(
    tx: Connection,
    requests: Sequence[ClaimRequest],
    starts: Sequence[tuple[datetime | None, datetime]],
) -> list[Any]:
    coupons = [request.coupon_id for request in requests]
    first = {coupon: n for n, coupon in reversed(list(enumerate(coupons, 1)))}
    chats = [None if request.post is None else request.conversation_id for request in requests]
    rows: list[Any] = await tx.fetch(
        facts_query(
            members=any(request.member_id for request in requests),
            chats=any(chat is not None for chat in chats),
        ),
        once([request.workspace_id for request in requests]),
        once(coupons),
        [request.contact_id for request in requests],
        once([request.source for request in requests]),
        [request.key for request in requests],
        sparse([request.member_id for request in requests]),
        sparse([day for day, _ in starts]),
        sparse(chats),
        list(first.values()),
        once([remembered(coupon) for coupon in coupons]),
        ALWAYS,
        once([quota_start for _, quota_start in starts]),
    )
    return rows


def _chat(row: Any) -> Chat | None:  # noqa: ANN401 (a database record)
    if row["chat_id"] is None:
        return None
    target = Target(
        row["chat_id"],
        row["chat_workspace"],
        row["chat_account"],
        row["chat_address"],
        row["chat_customer_at"],
        row["chat_channel"],
        reply_token=row["chat_token"],
        reply_token_at=row["chat_token_at"],
    )
    return Chat(target=target, contact_id=row["chat_contact"], reachable=row["chat_reachable"])


def _starts(request: ClaimRequest, known: Known | None) -> tuple[datetime | None, datetime]:
    """Return when the day (None: nothing counts by it) and the quota's period of a request began."""
    if known is None:
        return None, ALWAYS
    _, found = known
    at, day, quota_start = request.arrived_at, None, ALWAYS
    if found.per_contact_daily_limit is not None:
        day = period_start("day", at, found.zone)
    if request.member_id is not None:
        quota_start = period_start(found.quota_period, at, found.zone)
    return day, quota_start
