"""The limit of claims: the least that takes one coupon exactly, with nothing in between.

Waiting claims are settled together, up to 128 a transaction: one reading statement that sorts out who is
refused (so that a refusal writes nothing), and one statement that counts the contact and the member, takes
units and inserts claims and feed rows, under the product's own constraints. It knows one coupon.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import time
from uuid import UUID

import asyncpg

from runtime.database import WORK_SETTINGS
from runtime.ids import uuid7
from runtime.tasks import Supervisor

BATCH = 128
READ = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM unit WHERE coupon_id = $1 AND state = 'free' LIMIT $4) f) AS stock,
  coalesce((SELECT count FROM limit_row WHERE coupon_id = $1 AND subject = 'm:' || $3::uuid::text), 0) AS member,
  coalesce((SELECT count FROM limit_row WHERE coupon_id = $1 AND subject = 'c:' || u.contact), 0) AS contact
FROM unnest($2::uuid[]) WITH ORDINALITY AS u (contact, n) ORDER BY n
"""
WRITE = """
WITH u AS (
  SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::bytea[]) WITH ORDINALITY
    AS u (id, contact, number, token, key, hash, n)
), contacts AS (
  INSERT INTO limit_row AS l (coupon_id, subject, period_start, count)
  SELECT $2, 'c:' || contact, $10, 1 FROM u ORDER BY contact::text
  ON CONFLICT (coupon_id, subject, period_start) DO UPDATE SET count = l.count + 1 WHERE l.count < $11
  RETURNING subject
), able AS (
  SELECT u.*, row_number() OVER (ORDER BY n) AS place FROM u WHERE 'c:' || contact IN (SELECT subject FROM contacts)
), member AS (
  INSERT INTO limit_row AS l (coupon_id, subject, period_start, count)
  SELECT $2, 'm:' || $12::uuid::text, $10, count(*) FROM able HAVING $12::uuid IS NOT NULL AND count(*) > 0
  ON CONFLICT (coupon_id, subject, period_start) DO UPDATE SET count = l.count + excluded.count
    WHERE l.count + excluded.count <= $13 RETURNING count
), units AS (
  UPDATE unit SET state = 'issued' WHERE id = ANY (ARRAY(
    SELECT id FROM unit WHERE coupon_id = $2 AND state = 'free' AND seq > $14
    ORDER BY seq LIMIT (SELECT count(*) FROM able) FOR UPDATE SKIP LOCKED)) RETURNING id, seq
), held AS (
  SELECT id, seq, row_number() OVER (ORDER BY seq) AS place FROM units
), claims AS (
  INSERT INTO claim (id, workspace_id, coupon_id, contact_id, member_id, unit_id, number, token, code, source, key,
    request_hash, trigger, state, test, issued_at)
  SELECT a.id, $1, $2, contact, $12::uuid, held.id, number, token, 'LATTE', 'api', key, hash, 'api', 'issued', false, $3
  FROM able a JOIN held USING (place) RETURNING id
), told AS (
  INSERT INTO feed (workspace_id, kind, subject, detail, at)
  SELECT $1, 'claim', id, '{"state": "issued"}', $3 FROM claims
)
SELECT (SELECT count(*) FROM claims) AS made, (SELECT count(*) FROM u) AS asked,
  (SELECT count(*) FROM member) AS members, (SELECT max(seq) FROM units) AS seq
"""
START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Facts:
    """The one coupon, and its limits (None: without)."""

    workspace: UUID
    coupon: UUID
    per_contact: int
    member: UUID | None
    quota: int | None


class Short(Exception):
    """A rival took what the reading statement saw; the batch is rolled back and settled again."""


@dataclass
class Bare:
    """The queue. `claim` returns whether the contact got one."""

    facts: Facts
    waiting: list[tuple[UUID, asyncio.Future[bool]]] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    seq: int = 0

    def start(self, dsn: str, workers: int, supervisor: Supervisor) -> None:
        """Settle for ever."""
        for number in range(workers):
            supervisor.start(f"bare {number}", partial(self._work, dsn))

    async def claim(self, contact: UUID, _: str) -> bool:
        """Ask for one."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.waiting.append((contact, answer))
        self.ready.set()
        return await answer

    async def _work(self, dsn: str) -> None:
        # As the product's: planned once, by the indexes.
        connection = await asyncpg.connect(dsn, server_settings=WORK_SETTINGS)
        while True:
            await self.ready.wait()
            batch = self._batch()
            look = 1
            while batch:
                try:
                    contacts = [contact for contact, _ in batch]
                    results = await self._settle(connection, contacts, look)
                except (Short, asyncpg.DeadlockDetectedError):
                    self.seq, look = 0, BATCH
                    continue
                for (_, answer), got in zip(batch, results, strict=True):
                    answer.set_result(got)
                break

    def _batch(self) -> list[tuple[UUID, asyncio.Future[bool]]]:
        chosen: dict[UUID, tuple[UUID, asyncio.Future[bool]]] = {}
        rest = []
        for item in self.waiting:
            if item[0] in chosen or len(chosen) == BATCH:
                rest.append(item)
            else:
                chosen[item[0]] = item
        self.waiting = rest
        if not rest:
            self.ready.clear()
        return list(chosen.values())

    async def _settle(
        self, connection: asyncpg.Connection, contacts: list[UUID], look: int
    ) -> list[bool]:
        """Settle a batch, seeing whether there is stock, or how much of it when it ran short (`look`)."""
        facts = self.facts
        async with connection.transaction():
            rows = await connection.fetch(READ, facts.coupon, contacts, facts.member, look)
            stock, member = rows[0]["stock"], rows[0]["member"]
            left = stock if look > 1 else BATCH * stock
            left = left if facts.quota is None else min(left, facts.quota - member)
            able: list[UUID] = []
            for contact, row in zip(contacts, rows, strict=True):
                if row["contact"] < facts.per_contact and len(able) < left:
                    able.append(contact)
            if able:
                await self._write(connection, able)
        taken = set(able)
        return [contact in taken for contact in contacts]

    async def _write(self, connection: asyncpg.Connection, contacts: list[UUID]) -> None:
        facts, ids = self.facts, [uuid7() for _ in contacts]
        row = await connection.fetchrow(
            WRITE,
            *(facts.workspace, facts.coupon, datetime.fromtimestamp(time(), tz=UTC), ids, contacts),
            [secrets.token_hex(6) for _ in ids],
            [secrets.token_urlsafe(18) for _ in ids],
            [one.hex for one in ids],
            [one.bytes for one in ids],
            *(START, facts.per_contact, facts.member, facts.quota, self.seq),
        )
        if row["made"] < row["asked"]:
            raise Short
        self.seq = row["seq"]
