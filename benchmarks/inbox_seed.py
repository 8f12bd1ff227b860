"""A busy shop's inbox for measuring: customers, conversations and messages, put in by COPY.

The mix: nine conversations in ten are the bot's or closed, the rest is spread over who waits, is helped or
sleeps. Some words are in every tenth message, some in one of all. What search looks through is put in the same
way, made by the product's own functions.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from benchmarks.stand import insert_account, line_account
from conversations.channel import Account
from conversations.search_index import BATCH_BITS
from conversations.search_text import fold, keys, line_parts, pairs
from runtime.database import Connection
from runtime.ids import uuid7

CHUNK = 20_000
# So many messages of the first conversation, to be read.
THREAD = 60
STATUSES = ("bot",) * 60 + ("closed",) * 30 + ("waiting",) * 4 + ("in_progress",) * 5 + ("snoozed",)
GIVEN = ("美玲", "小明", "Anna", "Tom", "さくら", "佳蓉", "志豪", "Ploy", "Ken", "雅婷")
FAMILY = ("陳", "林", "Baker", "Lee", "田中", "張", "สมชาย", "Wang", "李", "黃")
# Said often, and sentences around a number, so that nearly every message is its own.
OFTEN = (
    "謝謝您",
    "請問週年慶什麼時候開始",
    "what is the price",
    "ขอบคุณครับ",
    "ありがとう",
    "好的沒問題",
)
SELDOM = (
    "想訂位",
    "order",
    "發票號碼",
    "顏色尺寸",
    "store hours",
    "退貨流程",
    "予約したい",
    "ลดราคา",
)
RARE = ("鸚鵡", "zq")
TAGS = {"newsletter": 0.4, "vip": 0.05, "wholesale": 0.001}
COPIED = {
    "contact": "id workspace_id name phone email created_at",
    "contact_tag": "contact_id tag_id source at",
    "conversation": "id workspace_id account_id contact_id chat_key address status assignee_id last_text last_at"
    " customer_at waiting_since unread created_at",
    "message": "id seq workspace_id conversation_id account_id direction author kind text external_id provider_at"
    " received_at",
    "search_message": "message_id seq workspace_id conversation_id body grams",
    "search_contact": "contact_id workspace_id source body grams",
}
# An index is made at once from all rows, as a restored backup's is.
GRAMS = (
    "CREATE INDEX search_message_grams ON search_message USING gin (grams) WITH (fastupdate = off)"
)


@dataclass
class Shop:
    """What is put in. `members` are there already; `busy` are ids of conversations to open."""

    members: tuple[UUID, ...]
    conversations: int
    messages: int
    now: datetime
    account: Account = field(default_factory=line_account)
    tags: dict[str, UUID] = field(default_factory=dict)
    chats: list[UUID] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 (rows, not secrets)

    async def seed(self, connection: Connection) -> None:
        """Fill the workspace, from a year ago to now."""
        await self._tags(connection)
        await self._customers(connection)
        await connection.execute("DROP INDEX search_message_grams")
        for first in range(1, self.messages + 1, CHUNK):
            rows = list(self._messages(first, min(first + CHUNK, self.messages + 1)))
            await copy(connection, "message", [row[0] for row in rows])
            await copy(connection, "search_message", [row[1] for row in rows])
        await connection.execute(GRAMS)
        await connection.execute("SELECT setval('message_seq', $1)", self.messages)
        await connection.execute("VACUUM ANALYZE")
        # What was put in is on its way to the disk for a minute else, and a server that starts meanwhile waits.
        await connection.execute("CHECKPOINT")

    async def _tags(self, connection: Connection) -> None:
        self.tags = {name: uuid7() for name in TAGS}
        house = self.account.workspace_id
        for name, key in self.tags.items():
            await connection.execute("INSERT INTO tag VALUES ($1, $2, $3)", key, name, house)

    async def _customers(self, connection: Connection) -> None:
        dice, house = self.dice, self.account.workspace_id
        people = [
            (uuid7(), house, f"{dice.choice(FAMILY)} {dice.choice(GIVEN)}", f"+8869{dice.randrange(10**8):08d}",
             f"c{n}@mail.example", self.now)
            for n in range(self.conversations)
        ]  # fmt: skip
        await copy(connection, "contact", people)
        given = [
            (one[0], self.tags[name], "member", self.now)
            for one in people
            for name, share in TAGS.items()
            if dice.random() < share
        ]
        await copy(connection, "contact_tag", given)
        lines = [
            (one[0], house, source, body := fold(str(one[place])), keys(house, line_parts(body)))
            for one in people
            for source, place in (("name", 2), ("phone", 3), ("email", 4))
        ]
        await copy(connection, "search_contact", lines)
        self.chats = [uuid7() for _ in people]
        rows = [self._chat(chat, one[0]) for chat, one in zip(self.chats, people, strict=True)]
        await copy(connection, "conversation", rows)

    def _chat(self, chat: UUID, contact: UUID) -> tuple[object, ...]:
        dice = self.dice
        status = dice.choice(STATUSES)
        at = self.now - timedelta(seconds=dice.random() * 365 * 86400)
        person = dice.choice(self.members) if status in {"in_progress", "snoozed"} else None
        waits = at if status == "waiting" else None
        unread = dice.randrange(4) if status != "closed" else 0
        return (chat, self.account.workspace_id, self.account.id, contact, f"c:{contact}", f"U{contact.hex}", status,
                person, dice.choice(OFTEN), at, self.now, waits, unread, at)  # fmt: skip

    def _messages(
        self, first: int, end: int
    ) -> Iterator[tuple[tuple[object, ...], tuple[object, ...]]]:
        account, step = self.account, timedelta(days=365) / self.messages
        house = account.workspace_id
        rare = dict(zip((self.messages // 3, self.messages // 2), RARE, strict=True))
        for seq in range(first, end):
            key, chat, text = (
                uuid7(),
                self.dice.choice(self.chats) if seq > THREAD else self.chats[0],
                self._words(seq) + rare.get(seq, ""),
            )
            at = self.now - timedelta(days=365) + step * seq
            body = fold(text)
            filed = [(seq >> BATCH_BITS) << 32 | one for one in keys(house, pairs(body))]
            yield (
                (key, seq, house, chat, account.id, "in", "contact", "text", text, f"m{seq}", at, at),
                (key, seq, house, chat, body, filed),
            )  # fmt: skip

    def _words(self, number: int) -> str:
        if self.dice.random() < 0.4:
            return self.dice.choice(OFTEN)
        return f"{self.dice.choice(SELDOM)} {number} {self.dice.choice(SELDOM)}"


async def copy(connection: Connection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Put rows into a table of COPIED."""
    await connection.copy_records_to_table(table, columns=COPIED[table].split(), records=rows)


async def add_house(connection: Connection, shop: Shop) -> None:
    """Make the shop's workspace and account."""
    await insert_account(connection, shop.account)
