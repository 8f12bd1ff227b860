"""The limit of webhook intake: the least that verifies, decodes and makes durable before the 200.

uvloop, aiohttp's low-level server, hmac.digest, msgspec, one INSERT ... unnest for whatever gathered, two
in flight. It writes the same rows into the same table as the product, and knows one LINE account.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import itertools
import zlib
from collections import deque
from datetime import UTC, datetime
from time import time
from uuid import UUID

import asyncpg
import msgspec
import uvloop
from aiohttp import web

INSERT = """
INSERT INTO inbox (account_id, key_hash, lane, state, tries, payload, received_at, request_id)
SELECT a, k, l, 0, 0, p, r, q
FROM unnest($1::uuid[], $2::bytea[], $3::smallint[], $4::bytea[], $5::timestamptz[], $6::text[])
  AS u (a, k, l, p, r, q)
ON CONFLICT (account_id, key_hash) DO NOTHING
"""


class Source(msgspec.Struct):
    """Who wrote."""

    userId: str  # noqa: N815 (LINE's name)


class Head(msgspec.Struct):
    """What of an event is needed to store it."""

    webhookEventId: str  # noqa: N815 (LINE's name)
    source: Source


class Body(msgspec.Struct):
    """A LINE webhook body."""

    destination: str
    events: list[msgspec.Raw]


Row = tuple[bytes, int, bytes, datetime, str]
Waiting = tuple[list[Row], asyncio.Future[None]]


class Bare:
    """The whole server."""

    def __init__(self, account: UUID, secret: str, destination: str) -> None:
        self.account, self.secret, self.destination = account, secret.encode(), destination
        self.bodies = msgspec.json.Decoder(Body)
        self.heads = msgspec.json.Decoder(Head)
        self.queue: deque[Waiting] = deque()
        self.arrived = asyncio.Event()
        self.numbers = itertools.count()

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer one call."""
        now = datetime.fromtimestamp(time(), tz=UTC)
        raw = await request.read()
        mac = base64.b64encode(hmac.digest(self.secret, raw, "sha256"))
        if not hmac.compare_digest(mac, request.headers.get("x-line-signature", "").encode()):
            return web.Response(status=401)
        body = self.bodies.decode(raw)
        if body.destination != self.destination:
            return web.Response()
        rows = []
        for event in body.events:
            head = self.heads.decode(event)
            key = hashlib.sha256(head.webhookEventId.encode()).digest()[:16]
            lane = zlib.crc32(head.source.userId.encode()) % 64
            rows.append((key, lane, bytes(event), now, str(next(self.numbers))))
        done = asyncio.get_running_loop().create_future()
        self.queue.append((rows, done))
        self.arrived.set()
        await done
        return web.Response()

    async def write(self, dsn: str) -> None:
        """Store what gathered, for ever."""
        connection = await asyncpg.connect(dsn)
        while True:
            while not self.queue:
                self.arrived.clear()
                await self.arrived.wait()
            batch = list(self.queue)
            self.queue.clear()
            rows = sorted((row for rows, _ in batch for row in rows), key=lambda row: row[0])
            columns = list(zip(*rows, strict=True))
            await connection.execute(INSERT, [self.account] * len(rows), *columns)
            for _, done in batch:
                done.set_result(None)


async def serve(options: argparse.Namespace) -> None:
    """Run until killed."""
    bare = Bare(UUID(options.account), options.secret, options.destination)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(bare.write(options.dsn))
        runner = web.ServerRunner(web.Server(bare.handle, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", options.port).start()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account", required=True, help="the account's UUID")
    parser.add_argument("--secret", required=True)
    parser.add_argument("--destination", required=True)
    options = parser.parse_args()
    uvloop.run(serve(options))


if __name__ == "__main__":
    main()
