"""Signed LINE webhooks in any number, and the books over them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import random
import sys

import asyncpg

from benchmarks.load import Result
from conversations.channel import Account

REDELIVERED = 5  # one call in so many
RECENT = 2000  # a redelivery repeats one of so many calls before it
EVENT = (
    b'{"destination":"%(destination)s","events":[{"type":"message","message":{"type":"text",'
    b'"id":"%(number)020d","quoteToken":"q3Plxr4AgKd0_tHIT-sWuq-cLkn5DZmH","text":"%(text)s"},'
    b'"webhookEventId":"%(key)s","deliveryContext":{"isRedelivery":false},"timestamp":1795310000000,'
    b'"source":{"type":"user","userId":"U%(contact)032x"},"replyToken":"%(number)032x","mode":"active"}]}'
)


class Traffic:
    """The calls of one run; it remembers which of its events were acknowledged.

    `contacts`: how many customers write; 0 makes every event another customer's.
    """

    def __init__(
        self, account: Account, run: int, text: bytes = b"hello there", contacts: int = 5000
    ) -> None:
        self._account = account
        self._run = run
        self._text = text
        self._contacts = contacts
        self._numbers = itertools.count(run * 10_000_000)
        self._choose = random.Random(run)  # noqa: S311 (no secret)
        self._recent: list[tuple[bytes, bytes]] = []
        self._ready: list[tuple[bytes, bytes]] = []
        self._path = f"/webhooks/line/{account.name}"
        self.acknowledged: set[bytes] = set()

    def prepare(self, calls: int) -> None:
        """Make calls before the clock runs."""
        self._ready = [self._make() for _ in range(calls)]
        self._ready.reverse()

    def next(self) -> tuple[bytes, object]:
        """Return the next call and the hash of its event's key."""
        return self._ready.pop() if self._ready else self._make()

    def told(self, note: object, status: int) -> None:
        """Note an answer."""
        if status == 200 and isinstance(note, bytes):
            self.acknowledged.add(note)

    def _make(self) -> tuple[bytes, bytes]:
        number = next(self._numbers)
        if number % REDELIVERED == REDELIVERED - 1:
            return self._choose.choice(self._recent)
        key = b"01KB%06dR%015d" % (self._run, number)
        body = EVENT % {
            b"destination": self._account.external_id.encode(),
            b"number": number,
            b"text": self._text,
            b"key": key,
            b"contact": self._choose.randrange(self._contacts) if self._contacts else number,
        }
        mac = base64.b64encode(hmac.digest(self._account.secret.encode(), body, "sha256"))
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: LineBotWebhook/2.0\r\n"
            f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            f"x-line-signature: {mac.decode()}\r\n\r\n"
        )
        call = (head.encode() + body, hashlib.sha256(key).digest()[:16])
        if len(self._recent) < RECENT:
            self._recent.append(call)
        else:
            self._recent[number % RECENT] = call
        return call


async def check_books(
    connection: asyncpg.Connection, traffic: Traffic, before: int, result: Result
) -> str:
    """Compare what was acknowledged with what is stored; exits when the books do not balance."""
    rows = await connection.fetch("SELECT key_hash FROM inbox WHERE id > $1", before)
    stored = [row["key_hash"] for row in rows]
    lost = traffic.acknowledged - set(stored)
    twice = len(stored) - len(set(stored))
    unasked = set(stored) - traffic.acknowledged
    refused = sum(count for status, count in result.statuses.items() if status != 200)
    if lost or twice or len(unasked) > refused + result.lost:
        sys.exit(
            f"THE BOOKS DO NOT BALANCE: {len(lost)} lost, {twice} twice, {len(unasked)} without an answer; "
            f"answers {result.statuses}, {result.lost} connections cut"
        )
    calls = sum(result.statuses.values())
    return (
        f"books: {calls} calls {result.statuses}, {len(stored)} rows, nothing lost, nothing twice"
    )
