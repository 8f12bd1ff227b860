"""Keeps the roll-ups: figures of each coupon by day and kind, and their totals, corrected claim by claim.

Every claim's share is remembered (`counted_claim`), and a change counts the claim anew: what it adds now
minus what it added before. So the same event twice, a late one, a void, a release or an undo all come out
right, and a follower that lost its place simply counts again. Never part of a claim's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from coupons.figure_totals import EMPTY, SUM_UP, add
from runtime.database import Connection, Database
from runtime.follower import Reader, Step, alone
from runtime.live import Change, head, publish

READER = Reader(
    "figure_cursor", "claims", lock=0x7E55F16, events=2000, kinds=("claim",), publishes=True
)
REBUILD_LOCK = 0x7E55F17
STEP = 2000
NIL = UUID(int=0)

# The word before the colon of a claim's trigger ("keyword: latte"), or the source of one without.
TRIGGER_KIND = (
    "lower(left(CASE WHEN k.trigger = '' THEN k.source ELSE split_part(k.trigger, ':', 1) END, 20))"
)


def shares_of(claims: str) -> str:
    """Return the statement of what each of `claims` (rows of `claim`, named k) adds to the figures as it stands now;
    a released one adds nothing. What a claim belongs to is looked up from it, whatever the planner knows of it.
    """
    return f"""
SELECT k.id, k.workspace_id, k.coupon_id, coalesce(a.channel, '') AS channel, {TRIGGER_KIND} AS trigger_kind,
  coalesce(k.member_id, '00000000-0000-0000-0000-000000000000') AS member_id,
  coalesce(r.store_id, '00000000-0000-0000-0000-000000000000') AS store_id,
  (k.issued_at AT TIME ZONE w.zone)::date AS claimed_on,
  (k.first_opened_at AT TIME ZONE w.zone)::date AS opened_on,
  CASE WHEN k.state = 'redeemed' THEN (k.redeemed_at AT TIME ZONE w.zone)::date END AS redeemed_on,
  CASE WHEN k.state = 'voided' THEN (k.voided_at AT TIME ZONE w.zone)::date END AS voided_on
FROM {claims} CROSS JOIN LATERAL (SELECT zone FROM workspace WHERE id = k.workspace_id OFFSET 0) w
LEFT JOIN LATERAL (SELECT account_id FROM conversation WHERE id = k.conversation_id OFFSET 0) v ON true
LEFT JOIN LATERAL (SELECT channel FROM channel_account WHERE id = v.account_id OFFSET 0) a ON true
LEFT JOIN LATERAL (SELECT o.store_id FROM redemption o WHERE o.claim_id = k.id AND o.kind = 'redeem'
  AND k.state = 'redeemed' ORDER BY o.at DESC, o.id DESC LIMIT 1) r ON true
WHERE NOT k.test AND k.state <> 'released'
"""  # noqa: S608 (our own names)


NOWHERE = "'00000000-0000-0000-0000-000000000000'::uuid"
CELL = "coupon_id, day, channel, trigger_kind, member_id, store_id"
KINDS = "coupon_id, channel, trigger_kind, member_id"


def cells(shares: str) -> str:
    """Return the statement that spreads the rows of `shares` (as shares_of gives) over the figures' cells."""
    return f"""
SELECT {KINDS}, claimed_on AS day, {NOWHERE} AS store_id,
  1 AS claimed, 0 AS opened, 0 AS redeemed, 0 AS voided FROM {shares}
UNION ALL SELECT {KINDS}, opened_on, {NOWHERE}, 0, 1, 0, 0 FROM {shares} WHERE opened_on IS NOT NULL
UNION ALL SELECT {KINDS}, redeemed_on, store_id, 0, 0, 1, 0 FROM {shares} WHERE redeemed_on IS NOT NULL
UNION ALL SELECT {KINDS}, voided_on, {NOWHERE}, 0, 0, 0, 1 FROM {shares} WHERE voided_on IS NOT NULL
"""  # noqa: S608 (our own names)


FIELDS = "id, coupon_id, channel, trigger_kind, member_id, store_id, claimed_on, opened_on, redeemed_on, voided_on"
COUNT = f"""
WITH now AS MATERIALIZED ({shares_of("(SELECT * FROM claim WHERE id = ANY ($1::uuid[]) OFFSET 0) k")}),
was AS MATERIALIZED (SELECT {FIELDS} FROM counted_claim WHERE id = ANY ($1::uuid[])),
fresh AS MATERIALIZED (SELECT {FIELDS} FROM now EXCEPT ALL SELECT {FIELDS} FROM was),
stale AS MATERIALIZED (SELECT {FIELDS} FROM was EXCEPT ALL SELECT {FIELDS} FROM now),
gone AS (DELETE FROM counted_claim c USING stale s
  WHERE c.id = s.id AND NOT EXISTS (SELECT 1 FROM fresh f WHERE f.id = s.id)),
kept AS (INSERT INTO counted_claim ({FIELDS}) SELECT {FIELDS} FROM fresh
  ON CONFLICT (id) DO UPDATE SET coupon_id = excluded.coupon_id, channel = excluded.channel,
    trigger_kind = excluded.trigger_kind, member_id = excluded.member_id, store_id = excluded.store_id,
    claimed_on = excluded.claimed_on, opened_on = excluded.opened_on, redeemed_on = excluded.redeemed_on,
    voided_on = excluded.voided_on),
moved AS (
  SELECT {CELL}, sum(claimed) AS claimed, sum(opened) AS opened, sum(redeemed) AS redeemed, sum(voided) AS voided
  FROM (SELECT * FROM ({cells("fresh")}) p UNION ALL
    SELECT {KINDS}, day, store_id, -claimed, -opened, -redeemed, -voided FROM ({cells("stale")}) m) d
  GROUP BY {CELL}
), placed AS (
  SELECT c.workspace_id, moved.* FROM moved JOIN coupon c ON c.id = moved.coupon_id
  WHERE (claimed, opened, redeemed, voided) <> (0, 0, 0, 0)
), totalled AS ({add("placed")}),
written AS (
  INSERT INTO figure (workspace_id, {CELL}, claimed, opened, redeemed, voided)
  SELECT workspace_id, {CELL}, claimed, opened, redeemed, voided FROM placed
  ON CONFLICT ({CELL}) DO UPDATE SET claimed = figure.claimed + excluded.claimed,
    opened = figure.opened + excluded.opened, redeemed = figure.redeemed + excluded.redeemed,
    voided = figure.voided + excluded.voided
  RETURNING workspace_id, coupon_id
)
SELECT DISTINCT workspace_id, coupon_id FROM written
"""  # noqa: S608 (our own names)
RECOUNT = f"""
SELECT {CELL}, sum(claimed)::bigint AS claimed, sum(opened)::bigint AS opened,
  sum(redeemed)::bigint AS redeemed, sum(voided)::bigint AS voided
FROM ({cells("share")}) c GROUP BY {CELL}
"""  # noqa: S608 (our own names)
# Both take their totals along.
DROP = f"""
WITH gone AS (DELETE FROM figure WHERE coupon_id = $1
  RETURNING workspace_id, day, channel, member_id, -claimed AS claimed, -opened AS opened, -redeemed AS redeemed
) {add("gone")}
"""  # noqa: S608 (our own names)
REPLACE = f"""
WITH share AS MATERIALIZED (SELECT * FROM counted_claim WHERE coupon_id = $1), put AS (
  INSERT INTO figure (workspace_id, {CELL}, claimed, opened, redeemed, voided)
  SELECT $2::uuid, {CELL}, claimed, opened, redeemed, voided FROM ({RECOUNT}) r RETURNING *
) {add("put")}
"""  # noqa: S608 (our own names)
ORPHANS = """
DELETE FROM counted_claim c WHERE c.coupon_id = $1 AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.id = c.id)
"""
CLAIMS = "SELECT id FROM claim WHERE coupon_id = $1 AND id > $2 ORDER BY id LIMIT $3"
WORKSPACE = "SELECT workspace_id FROM coupon WHERE id = $1"
COUPONS = "SELECT id FROM coupon ORDER BY id"
MOVED = """
SELECT w.id, w.zone, ARRAY(SELECT c.id FROM coupon c WHERE c.workspace_id = w.id ORDER BY c.id) AS coupons
FROM workspace w LEFT JOIN figure_zone z ON z.workspace_id = w.id WHERE z.zone IS DISTINCT FROM w.zone ORDER BY w.id
"""
NOTE_ZONE = """
INSERT INTO figure_zone (workspace_id, zone) VALUES ($1, $2)
ON CONFLICT (workspace_id) DO UPDATE SET zone = excluded.zone
"""

log = structlog.get_logger("figures")


class Round(msgspec.Struct, frozen=True):
    """What a round did: how many claims it looked at, which coupons' figures changed, whether more waits."""

    claims: int = 0
    coupons: frozenset[UUID] = frozenset()
    more: bool = False


async def count_claims(tx: Connection, ids: Sequence[UUID], now: datetime) -> frozenset[UUID]:
    """Count the claims `ids` anew and return the coupons whose figures moved; screens are told of them.

    Call it under the lock of `follow` and `rebuild`, in its transaction.
    """
    if not ids:
        return frozenset()
    rows = await tx.fetch(COUNT, sorted(set(ids)))
    changes = [Change(row["workspace_id"], "figures", row["coupon_id"]) for row in rows]
    await publish(tx, changes, now)
    return frozenset(row["coupon_id"] for row in rows)


async def follow(db: Database, now: datetime) -> Round | None:
    """Take the next events of the feed into the figures; None: `rebuild` must count everything."""
    claims: list[UUID] = []
    moved: set[UUID] = set()

    async def take(tx: Connection, step: Step) -> None:
        claims.extend(event.change.subject for event in await READER.read(tx, step))
        moved.update(await count_claims(tx, claims, now))

    done = await READER.follow(db, now, take)
    return None if done is None else Round(len(claims), frozenset(moved), done.more)


async def rebuild(
    db: Database, now: datetime, coupon_id: UUID | None = None, *, if_lost: bool = False
) -> int | None:
    """Count every claim anew (or one coupon's) in short steps and return how many there were; None while another
    process counts them all. `if_lost`: only where there still is no place to follow from.
    """
    if coupon_id is not None:
        await _sum_up(db, await db.screens.fetchval(WORKSPACE, coupon_id))
        return await _rebuild(db, coupon_id, now)
    async with alone(db, REBUILD_LOCK) as mine:
        if not mine:
            return None
        if if_lost:
            if not await READER.is_lost(db, now):
                return 0
            log.info("the figures have no place in the feed to go on from: counting every claim")
        return await _rebuild_all(db, now)


async def _rebuild_all(db: Database, now: datetime) -> int:
    await _sum_up(db)
    end = await head(db.screens)
    known = [row["id"] for row in await db.screens.fetch(COUPONS)]
    total = 0
    for each in known:
        total += await _rebuild(db, each, now)
    async with db.transaction() as tx:
        await READER.wait_for_turn(tx)
        await READER.keep(tx, end, now)
    if total:
        log.info("figures rebuilt", coupons=len(known), claims=total)
    return total


async def _sum_up(db: Database, workspace_id: UUID | None = None) -> None:
    """Make the totals what the figures sum up to; from then on both move together."""
    async with db.transaction() as tx:
        await READER.wait_for_turn(tx)
        await tx.execute(EMPTY, workspace_id)
        await tx.execute(SUM_UP, workspace_id)


async def follow_zones(db: Database, now: datetime) -> frozenset[UUID]:
    """Count the figures of workspaces whose zone was changed by its days; return those workspaces.

    Cut off midway it begins anew: the zone is noted last. Changed again meanwhile, it is found again. One process
    does it, and not beside a rebuild.
    """
    if not await db.screens.fetch(MOVED):
        return frozenset()
    async with alone(db, REBUILD_LOCK) as mine:
        # Asked once more: another process may have come to its end in between.
        moved = await db.screens.fetch(MOVED) if mine else []
        for row in moved:
            for coupon_id in row["coupons"]:
                await _rebuild(db, coupon_id, now)
            await db.screens.execute(NOTE_ZONE, row["id"], row["zone"])
    return frozenset(row["id"] for row in moved)


async def _rebuild(db: Database, coupon_id: UUID, now: datetime) -> int:
    total, last = 0, NIL
    while True:
        async with db.transaction() as tx:
            await READER.wait_for_turn(tx)
            ids = [row["id"] for row in await tx.fetch(CLAIMS, coupon_id, last, STEP)]
            await count_claims(tx, ids, now)
        if not ids:
            break
        total, last = total + len(ids), ids[-1]
    async with db.transaction() as tx:
        await READER.wait_for_turn(tx)
        await tx.execute(ORPHANS, coupon_id)
        workspace = await tx.fetchval(WORKSPACE, coupon_id)
        await tx.execute(DROP, coupon_id)
        await tx.execute(REPLACE, coupon_id, workspace)
        await publish(tx, [Change(workspace, "figures", coupon_id)], now)
    return total
