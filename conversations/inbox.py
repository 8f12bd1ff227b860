"""The inbox: received events, appended by batch, worked on by lane, acknowledged, kept and emptied.

Set-based SQL on the hot path (docs/decisions/0002). States of a row: 0 pending, 1 done, 2 set aside.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

LANES = 64
KEY_BYTES = 16
ERROR_LENGTH = 2000
KEEP_PAYLOAD = timedelta(days=7)
KEEP_KEY = timedelta(days=30)
STEP = 500
# Of a lane's events so many at least are taken at once.
LEAST_EACH = 8

INSERT = """
INSERT INTO inbox (account_id, key_hash, lane, state, tries, payload, received_at, request_id)
SELECT a, k, l, 0, 0, p, r, q
FROM unnest($1::uuid[], $2::bytea[], $3::smallint[], $4::bytea[], $5::timestamptz[], $6::text[])
  AS u (a, k, l, p, r, q)
ON CONFLICT (account_id, key_hash) DO NOTHING
"""
DUE = "i.state = 0 AND (i.next_try_at IS NULL OR i.next_try_at <= $3)"
CLAIM = f"""
SELECT l.id FROM lane l JOIN unnest($1::smallint[], $2::bigint[]) AS w (lane, after) ON w.lane = l.id
WHERE $4::bool OR EXISTS (SELECT 1 FROM inbox i WHERE i.lane = l.id AND i.id > w.after AND {DUE})
ORDER BY l.id FOR UPDATE OF l SKIP LOCKED
"""  # noqa: S608 (constants)
PENDING = f"""
SELECT e.* FROM unnest($1::smallint[], $2::bigint[]) AS w (lane, after) CROSS JOIN LATERAL (
  SELECT i.id, i.account_id, i.lane, i.payload, i.received_at, i.tries, i.request_id FROM inbox i
  WHERE i.lane = w.lane AND i.id > w.after AND {DUE} ORDER BY i.id LIMIT $5
) e ORDER BY e.id LIMIT $4
"""  # noqa: S608 (constants)
ACKNOWLEDGE = (
    "UPDATE inbox SET state = 1, next_try_at = NULL, error = NULL WHERE id = ANY ($1::bigint[])"
)
DROP = """
UPDATE inbox SET state = 1, payload = '', next_try_at = NULL, error = NULL WHERE id = ANY ($1::bigint[])
"""
FAIL = (
    "UPDATE inbox SET error = $2, tries = $3, next_try_at = $4,"
    " state = CASE WHEN $4::timestamptz IS NULL THEN 2 ELSE 0 END WHERE id = $1"
)
RETRY = """
WITH again AS (
  UPDATE inbox SET state = 0, tries = 0, next_try_at = NULL, error = NULL
  WHERE state = 2 AND ($1::bigint[] IS NULL OR id = ANY ($1)) RETURNING 1
) SELECT count(*) FROM again
"""
OLDEST = """
SELECT min(e.received_at) FROM lane l CROSS JOIN LATERAL (
  SELECT i.received_at FROM inbox i WHERE i.lane = l.id AND i.state = 0 AND i.tries = 0 ORDER BY i.id LIMIT 1
) e
"""
EMPTY = """
WITH emptied AS (
  UPDATE inbox SET payload = '' WHERE id = ANY (ARRAY(
    SELECT id FROM inbox WHERE received_at >= $1 AND received_at < $2 AND state = 1
      AND octet_length(payload) > 0 ORDER BY received_at LIMIT $3)) RETURNING received_at
) SELECT count(*) AS n, max(received_at) AS until FROM emptied
"""
FORGET = """
WITH gone AS (
  DELETE FROM inbox WHERE id = ANY (ARRAY(
    SELECT id FROM inbox WHERE received_at < $1 AND state = 1 ORDER BY received_at LIMIT $2)) RETURNING 1
) SELECT count(*) FROM gone
"""


class NewEvent(msgspec.Struct, frozen=True):
    """One event to store. `order` is (account, key hash) as bytes: the order in which rows are written."""

    account_id: UUID
    key_hash: bytes
    lane: int
    payload: bytes
    received_at: datetime
    request_id: str
    order: bytes


class Pending(msgspec.Struct, frozen=True):
    """A stored event that waits to be worked on; `tries` counts its failures."""

    id: int
    account_id: UUID
    lane: int
    payload: bytes
    received_at: datetime
    tries: int
    request_id: str


def lane_of(account: bytes, subject: str) -> int:
    """Return the lane, 0 to 63, of a contact or group of the account whose id has these 16 bytes."""
    return zlib.crc32(subject.encode("utf-8", "surrogatepass"), zlib.crc32(account)) % LANES


def hash_of(key: str) -> bytes:
    """Return the 16 bytes under which an event's key is stored."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]


async def append(
    connection: Connection, events: Sequence[NewEvent], timeout_s: float | None = None
) -> int:
    """Store `events` in one statement and return how many were new; a known key stores nothing.

    Rows are written in key order: batches with the same keys in different orders would deadlock.
    """
    return await write(connection, sorted(events, key=attrgetter("order")), timeout_s)


async def write(
    connection: Connection, events: Sequence[NewEvent], timeout_s: float | None = None
) -> int:
    """Store `events` in the order given; everyone but the test of that order calls `append`."""
    status: str = await connection.execute(
        INSERT,
        [event.account_id for event in events],
        [event.key_hash for event in events],
        [event.lane for event in events],
        [event.payload for event in events],
        [event.received_at for event in events],
        [event.request_id for event in events],
        timeout=timeout_s,
    )
    return int(status.rpartition(" ")[2])


async def claim_lanes(
    tx: Connection, wanted: Mapping[int, int], now: datetime, *, sure: bool = False
) -> list[int]:
    """Lock the free ones of the `wanted` lanes that have due events, until the transaction ends.

    `wanted` gives for each lane the id after which to look (0: from the start); see LaneMarks. `sure`: all of them are
    said to have some; nobody looks.
    """
    rows = await tx.fetch(CLAIM, list(wanted), list(wanted.values()), now, sure)
    return [row["id"] for row in rows]


async def pending(
    tx: Connection, lanes: Mapping[int, int], now: datetime, limit: int = 128
) -> list[Pending]:
    """Return up to `limit` due events of the lanes held, oldest first; `lanes` as in `claim_lanes`."""
    each = min(limit, max(LEAST_EACH, 4 * limit // max(1, len(lanes))))
    rows = await tx.fetch(PENDING, list(lanes), list(lanes.values()), now, limit, each)
    return [Pending(*row) for row in rows]


async def acknowledge(tx: Connection, ids: Sequence[int]) -> None:
    """Mark events as done, in the transaction that did their work."""
    await tx.execute(ACKNOWLEDGE, sorted(ids))


async def drop(tx: Connection, ids: Sequence[int]) -> None:
    """Empty events that nobody shall work on; redelivered they are known, for their keys stay."""
    await tx.execute(DROP, ids)


async def fail(
    tx: Connection, event_id: int, error: str, tries: int, next_try_at: datetime | None
) -> None:
    """Note that an event failed `tries` times; without a next try it is set aside."""
    text = error.replace("\0", "")[:ERROR_LENGTH].encode("utf-8", "replace").decode()
    await tx.execute(FAIL, event_id, text, tries, next_try_at)


async def retry_failed(pool: Pool, ids: Sequence[int] | None = None) -> int:
    """Make events that were set aside (all, or those of `ids`) pending again; return how many."""
    return int(await pool.fetchval(RETRY, None if ids is None else list(ids)))


async def lag(pool: Pool, now: datetime) -> float:
    """Return the age in seconds of the oldest event not yet tried; 0 when none waits."""
    oldest: datetime | None = await pool.fetchval(OLDEST)
    return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


async def tidy(pool: Pool, now: datetime, since: datetime | None = None) -> datetime:
    """Empty the payloads of done events after 7 days and delete them after 30, in small steps.

    Events set aside keep theirs. Returns the instant up to which payloads are empty: hand it to the
    next call as `since`, so that it does not look at the same rows again.
    """
    while await pool.fetchval(FORGET, now - KEEP_KEY, STEP) == STEP:
        pass
    position = since or now - KEEP_KEY
    end = now - KEEP_PAYLOAD
    while (row := await pool.fetchrow(EMPTY, position, end, STEP))["n"]:
        position = row["until"]
    return end
