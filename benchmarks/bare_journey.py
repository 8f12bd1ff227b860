"""The limit of a journey: a keyword in, a coupon card accepted by the platform, with nothing in between.

It writes the same rows under the same constraints in the same transactions as the product: the bare
intake's append; blocks of up to 128 events (contact, identity, conversation, message, run, limit, unit,
claim, answer, delivery, outbox, feed, acknowledgement); sends committed before and settled after the call.
It knows one account, one keyword and one coupon, renders nothing, and takes every customer for a new one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import uvloop
from aiohttp import ClientSession, TCPConnector, web

from benchmarks.bare_intake import Bare
from runtime.ids import uuid7

BLOCK = 128
CALLS = 64
LANES = "SELECT id FROM lane ORDER BY id FOR UPDATE SKIP LOCKED"
PENDING = "SELECT id, payload FROM inbox WHERE lane = ANY ($1::smallint[]) AND state = 0 ORDER BY id LIMIT $2"
CONTACTS = """INSERT INTO contact (id, workspace_id, created_at) SELECT id, $1, $2 FROM unnest($3::uuid[]) AS u (id)"""
IDENTITIES = """
INSERT INTO channel_identity (id, account_id, contact_id, external_id, created_at)
SELECT gen_random_uuid(), $1, id, x, $2 FROM unnest($3::uuid[], $4::text[]) AS u (id, x)
ON CONFLICT (account_id, external_id) DO NOTHING
"""
CONVERSATIONS = """
INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_key, address, last_text, last_at,
  customer_at, reply_token, reply_token_at, unread, version, created_at)
SELECT id, $1, $2, contact, contact::text, x, 'latte', $3, $3, token, $3, 1, 1, $3
FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) AS u (id, contact, x, token)
"""
MESSAGES = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, kind, text, content,
  external_id, state, claim_id, provider_at, received_at)
SELECT id, $1, c, $2, way, author, kind, txt, body::jsonb, x, state, claim, $3, $3
FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
  $12::text[], $13::uuid[]) AS u (id, c, way, author, kind, txt, body, x, state, claim)
"""
RUNS = """
INSERT INTO flow_run (id, workspace_id, rule_id, conversation_id, trigger, at)
SELECT id, $1, $2, c, 'keyword: latte', $3 FROM unnest($4::uuid[], $5::uuid[]) AS u (id, c)
"""
LIMITS = """
INSERT INTO limit_row AS l (coupon_id, subject, period_start, count)
SELECT $1, s, '-infinity', 1 FROM unnest($2::text[]) AS u (s)
ON CONFLICT (coupon_id, subject, period_start) DO UPDATE SET count = l.count + 1 WHERE l.count < 1
"""
UNITS = """
UPDATE unit SET state = 'issued' WHERE id IN (
  SELECT id FROM unit WHERE coupon_id = $1 AND state = 'free' AND seq > $2 ORDER BY seq LIMIT $3
  FOR UPDATE SKIP LOCKED) RETURNING id, seq
"""
CLAIMS = """
INSERT INTO claim (id, workspace_id, coupon_id, contact_id, conversation_id, unit_id, number, token, code,
  source, key, request_hash, trigger, state, test, issued_at)
SELECT id, $1, $2, contact, c, unit, number, token, 'LATTE', 'flow', run::text || ':1', hash, 'keyword: latte',
  'issued', false, $3
FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::bigint[], $8::text[], $9::text[], $10::uuid[], $11::bytea[])
  AS u (id, contact, c, unit, number, token, run, hash)
"""
DELIVERIES = """
INSERT INTO delivery (id, message_id, account_id, position, created_at)
SELECT id, m, $1, 0, $2 FROM unnest($3::uuid[], $4::uuid[]) AS u (id, m)
"""
OUTBOX = """
INSERT INTO outbox (delivery_id, conversation_id, account_id, queue, address, reply_token, retry_key,
  not_before, deadline)
SELECT d, c, $1, 'bot', x, token, gen_random_uuid(), $2, $3
FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) AS u (d, c, x, token)
"""
FEED = """
INSERT INTO feed (workspace_id, kind, subject, detail, at)
SELECT $1, k, s, '{}', $2 FROM unnest($3::text[], $4::uuid[]) AS u (k, s)
"""
DONE = "UPDATE inbox SET state = 1 WHERE id = ANY ($1::bigint[])"
BEGIN = """
WITH due AS (SELECT id FROM outbox WHERE state = 0 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED), begun AS (
  UPDATE outbox o SET state = 1, epoch = epoch + 1, attempts = 1, attempted_at = $2, lease_until = $3,
    method = 'reply' FROM due WHERE o.id = due.id RETURNING o.id, o.delivery_id, o.conversation_id, o.reply_token
), told AS (UPDATE delivery d SET state = 'sending' FROM begun b WHERE d.id = b.delivery_id)
SELECT b.id, b.delivery_id, b.reply_token, d.message_id, b.conversation_id
FROM begun b JOIN delivery d ON d.id = b.delivery_id
"""
SETTLE = """
WITH gone AS (DELETE FROM outbox o USING unnest($1::bigint[], $2::text[]) AS u (id, x) WHERE o.id = u.id
  RETURNING o.delivery_id, u.x)
UPDATE delivery d SET state = 'sent', external_id = g.x, method = 'reply', attempts = 1, sent_at = $3
FROM gone g WHERE d.id = g.delivery_id
"""
SENT = "UPDATE message SET state = 'sent' WHERE id = ANY ($1::uuid[])"
CARD = json.dumps(
    {"type": "card", "title": "Spring tea", "text": "A cup on us", "buttons": [{"label": "Open"}]}
)
FLEX = json.dumps(
    {"type": "flex", "altText": "Spring tea", "contents": {"type": "bubble", "filler": "x" * 900}}
)


class Sender(msgspec.Struct):
    """Who wrote."""

    userId: str  # noqa: N815 (LINE's name)


class Event(msgspec.Struct):
    """What of an event the journey needs."""

    replyToken: str  # noqa: N815 (LINE's name)
    source: Sender
    message: dict[str, Any]


class Journey:
    """The worker and the sender."""

    def __init__(self, dsn: str, facts: dict[str, str]) -> None:
        self.dsn = dsn
        self.workspace, self.account = UUID(facts["workspace"]), UUID(facts["account"])
        self.coupon, self.rule = UUID(facts["coupon"]), UUID(facts["rule"])
        self.base = facts["base"]
        self.events = msgspec.json.Decoder(Event)
        self.seq = 0
        self.queued = asyncio.Event()

    async def work(self, arrived: asyncio.Event) -> None:
        """Handle blocks for ever."""
        connection = await asyncpg.connect(self.dsn)
        while True:
            arrived.clear()
            async with connection.transaction():
                lanes = [row["id"] for row in await connection.fetch(LANES)]
                rows = await connection.fetch(PENDING, lanes, BLOCK)
                if rows:
                    await self.block(connection, rows)
            if rows:
                self.queued.set()
            else:
                await arrived.wait()

    async def block(self, tx: asyncpg.Connection, rows: list[Any]) -> None:
        """Write everything that follows from the events of a block."""
        now, count = instant(), len(rows)
        events = [self.events.decode(row["payload"]) for row in rows]
        users = [event.source.userId for event in events]
        tokens = [event.replyToken for event in events]
        contacts, chats, heard, said, runs, claims, parts = (ids(count) for _ in range(7))
        await tx.execute(CONTACTS, self.workspace, now, contacts)
        await tx.execute(IDENTITIES, self.account, now, contacts, users)
        who = (chats, contacts, users, tokens)
        await tx.execute(CONVERSATIONS, self.workspace, self.account, now, *who)
        units = await tx.fetch(UNITS, self.coupon, self.seq, count)
        self.seq = max(row["seq"] for row in units)
        await tx.execute(LIMITS, self.coupon, sorted(str(one) for one in contacts))
        await tx.execute(RUNS, self.workspace, self.rule, now, runs, chats)
        claimed = [
            [row["id"] for row in units],
            [secrets.token_hex(6) for _ in rows],
            [secrets.token_urlsafe(18) for _ in rows],
            runs,
            [run.bytes for run in runs],
        ]
        await tx.execute(
            CLAIMS, self.workspace, self.coupon, now, claims, contacts, chats, *claimed
        )
        await tx.execute(
            MESSAGES,
            *(self.workspace, self.account, now, heard + said, chats * 2),
            ["in"] * count + ["out"] * count,
            ["contact"] * count + ["bot"] * count,
            ["text"] * count + ["card"] * count,
            ["latte"] * count + ["Spring tea"] * count,
            ["{}"] * count + [CARD] * count,
            [event.message["id"] for event in events] + [None] * count,
            [""] * count + ["queued"] * count,
            [None] * count + claims,
        )
        await tx.execute(DELIVERIES, self.account, now, parts, said)
        sends = (parts, chats, users, tokens)
        await tx.execute(OUTBOX, self.account, now, now + timedelta(days=1), *sends)
        kinds = ["message"] * count + ["claim"] * count + ["message"] * count
        await tx.execute(FEED, self.workspace, now, kinds, chats + claims + chats)
        await tx.execute(DONE, [row["id"] for row in rows])

    async def send(self, http: ClientSession) -> None:
        """Send what is queued for ever."""
        connection = await asyncpg.connect(self.dsn)
        while True:
            self.queued.clear()
            now = instant()
            due = await connection.fetch(BEGIN, CALLS, now, now + timedelta(seconds=30))
            if not due:
                await self.queued.wait()
                continue
            sent = await asyncio.gather(*(self.reply(http, row["reply_token"]) for row in due))
            async with connection.transaction():
                await connection.execute(SETTLE, [row["id"] for row in due], sent, instant())
                await connection.execute(SENT, [row["message_id"] for row in due])
                chats = [row["conversation_id"] for row in due]
                await connection.execute(FEED, self.workspace, now, ["message"] * len(due), chats)

    async def reply(self, http: ClientSession, token: str) -> str:
        """Make one call and return the platform's id of the message."""
        body = f'{{"replyToken":"{token}","messages":[{FLEX}]}}'.encode()
        async with http.post(self.base + "/v2/bot/message/reply", data=body) as response:
            told = await response.json()
        return str(told["sentMessages"][0]["id"])


class Arrivals(Bare):
    """The bare intake, telling the worker after each commit."""

    def __init__(self, facts: dict[str, str]) -> None:
        super().__init__(UUID(facts["account"]), facts["secret"], facts["destination"])
        self.committed = asyncio.Event()

    async def serve(self, request: web.BaseRequest) -> web.Response:
        """Answer one call and wake the worker."""
        answer = await self.handle(request)
        self.committed.set()
        return answer


def ids(count: int) -> list[UUID]:
    """Return new ids."""
    return [uuid7() for _ in range(count)]


def instant() -> datetime:
    """Return the current instant."""
    return datetime.fromtimestamp(time(), tz=UTC)


async def serve(options: argparse.Namespace) -> None:
    """Run until killed."""
    facts = json.loads(options.facts)
    intake, journey = Arrivals(facts), Journey(options.dsn, facts)
    async with asyncio.TaskGroup() as tasks, ClientSession(connector=TCPConnector(limit=0)) as http:
        for _ in range(2):
            tasks.create_task(intake.write(options.dsn))
        tasks.create_task(journey.work(intake.committed))
        tasks.create_task(journey.send(http))
        runner = web.ServerRunner(web.Server(intake.serve, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", options.port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--facts", required=True, help="account, secret, coupon and so on as JSON")
    uvloop.run(serve(parser.parse_args()))
