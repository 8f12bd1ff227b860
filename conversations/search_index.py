"""Keeps what search looks through in step: behind the feed, never in the transaction that takes a message in.

A row of `search_message` is filed under a number for each pair of its characters: 32 bits of the pair and the
workspace, below the number of the batch of 4,096 messages it came in. So a search goes back batch by batch and
ends once it has enough, however often its words are said (docs/decisions/0021). What is found is compared with
the message as it stands before it is shown: words taken back are never found, even before this follower came by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog

from conversations.search_text import fold, keys, line_parts, pairs
from runtime.arrays import array, texts
from runtime.database import Connection, Database
from runtime.follower import IN_STEP, Reader, Round, Step, alone
from runtime.live import head
from runtime.turns import in_turns

READER = Reader(
    "search_cursor",
    "words",
    lock=0x7E55EA4,
    events=1000,
    kinds=("message", "conversation", "contact"),
)
REBUILD_LOCK = 0x7E55EA5
STEP = 500
BATCH_BITS = 12
LAST = UUID(int=2**128 - 1)
# A workspace's customers say much the same words.
KNOWN_BODIES = 4096

# The trail of what was done holds no words. What is filed already needs no filing again: what became of a sent
# message is told several times.
MESSAGES = """
SELECT m.id::text AS id, m.seq, m.workspace_id, m.conversation_id::text AS conversation,
  CASE WHEN m.unsent_at IS NULL THEN m.text ELSE '' END AS text,
  s.message_id IS NOT NULL AS filed, CASE WHEN s.conversation_id = m.conversation_id THEN s.body END AS body
FROM message m LEFT JOIN search_message s ON s.message_id = m.id
WHERE m.kind <> 'activity' AND m.id
"""
THESE = f"{MESSAGES} = ANY ($1::uuid[])"
TOLD = f"""
{MESSAGES} = ANY (ARRAY(
  SELECT (detail ->> 'message')::uuid FROM feed
  WHERE {IN_STEP} AND kind IN ('message', 'conversation') AND detail ->> 'message' <> ''
))
"""  # noqa: S608 (our own names)
FILE_MESSAGES = """
INSERT INTO search_message (message_id, seq, workspace_id, conversation_id, body, grams)
SELECT id, seq, w, c, body, grams::bigint[]
FROM unnest($1::text::uuid[], $2::text::bigint[], $3::text::uuid[], $4::text::uuid[], $5::text::text[],
  $6::text::text[]) AS u (id, seq, w, c, body, grams)
ON CONFLICT (message_id) DO UPDATE SET body = excluded.body, grams = excluded.grams,
  conversation_id = excluded.conversation_id
WHERE search_message.body <> excluded.body OR search_message.conversation_id <> excluded.conversation_id
"""
# One sweep sorts what many messages add into the index, each number once; a search finds no list to read through.
SWEEP = "SELECT gin_clean_pending_list('search_message_grams'::regclass)"
DROP_MESSAGES = "DELETE FROM search_message WHERE message_id = ANY ($1::uuid[])"
# Of whoever wrote, only those who were changed since the step began: each change is told of in its own
# transaction, so what was changed before has been filed.
CONTACTS_TOLD = f"""
SELECT p.id FROM conversation c JOIN contact p ON p.id = c.contact_id
WHERE c.id = ANY (ARRAY(SELECT subject FROM feed WHERE {IN_STEP} AND kind IN ('message', 'conversation')))
  AND age(p.xmin) <= age($1::text::xid8::xid)
UNION SELECT subject FROM feed WHERE {IN_STEP} AND kind = 'contact'
UNION SELECT (detail ->> 'contact')::uuid FROM feed
WHERE {IN_STEP} AND kind IN ('message', 'conversation') AND detail ->> 'contact' <> ''
"""  # noqa: S608 (our own names)
# Only lines that are new or changed: most messages come from somebody known.
CONTACTS = """
SELECT p.id, p.workspace_id, l.source, l.said, s.body FROM contact p
CROSS JOIN LATERAL (VALUES ('name', p.name), ('phone', p.phone), ('email', p.email)) AS l (source, said)
LEFT JOIN LATERAL (
  SELECT id, body FROM search_contact WHERE contact_id = p.id AND source = l.source OFFSET 0) s ON true
WHERE p.id = ANY ($1::uuid[]) AND (l.said <> '' OR s.id IS NOT NULL)
"""
FILE_CONTACTS = """
INSERT INTO search_contact (contact_id, workspace_id, source, body, grams)
SELECT c, w, source, body, grams::bigint[]
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS u (c, w, source, body, grams)
ON CONFLICT (contact_id, source) DO UPDATE SET body = excluded.body, grams = excluded.grams
"""
DROP_CONTACTS = """
DELETE FROM search_contact s USING unnest($1::uuid[], $2::text[]) AS u (c, source)
WHERE s.contact_id = u.c AND s.source = u.source
"""
# Newest first: those are looked for first.
ALL_MESSAGES = "SELECT id FROM message WHERE id < $1 ORDER BY id DESC LIMIT $2"
ALL_CONTACTS = "SELECT id FROM contact WHERE id < $1 ORDER BY id DESC LIMIT $2"
log = structlog.get_logger("search")


async def file_messages(tx: Connection, ids: Iterable[UUID]) -> None:
    """File messages as they stand now; those without words, unsent ones too, are taken out."""
    await _file(tx, await tx.fetch(THESE, sorted(set(ids))))


async def _file(tx: Connection, rows: Sequence[Any]) -> None:
    said = await in_turns(_said, rows)
    gone = [UUID(row["id"]) for row, body in said if not body and row["filed"]]
    fresh = [(row, body) for row, body in said if body and body != row["body"]]
    if gone:
        await tx.execute(DROP_MESSAGES, gone)
    if fresh:
        await tx.execute(
            FILE_MESSAGES,
            _listed([row["id"] for row, _ in fresh]),
            array([row["seq"] for row, _ in fresh]),
            array([row["workspace_id"] for row, _ in fresh]),
            _listed([row["conversation"] for row, _ in fresh]),
            texts([body for _, body in fresh]),
            texts(await in_turns(_filed_under, fresh)),
        )
        await tx.execute(SWEEP)


def _said(row: Any) -> tuple[Any, str]:  # noqa: ANN401 (a database record)
    return row, fold(row["text"])


def _filed_under(fresh: tuple[Any, str]) -> str:
    row, body = fresh
    return message_keys(row["workspace_id"], row["seq"], body)


def _listed(ids: Sequence[str]) -> str:
    return "{" + ",".join(ids) + "}"


async def file_contacts(tx: Connection, ids: Iterable[UUID]) -> None:
    """File names, phone numbers and e-mail addresses of contacts as they stand now."""
    rows = await tx.fetch(CONTACTS, sorted(set(ids)))
    lines = [(row, fold(row["said"])) for row in rows]
    fresh = [(row, body) for row, body in lines if body and body != row["body"]]
    gone = [row for row, body in lines if not body]
    if gone:
        sources = [row["source"] for row in gone]
        await tx.execute(DROP_CONTACTS, [row["id"] for row in gone], sources)
    if fresh:
        await tx.execute(
            FILE_CONTACTS,
            [row["id"] for row, _ in fresh],
            [row["workspace_id"] for row, _ in fresh],
            [row["source"] for row, _ in fresh],
            [body for _, body in fresh],
            [_literal(keys(row["workspace_id"], line_parts(body))) for row, body in fresh],
        )


def message_keys(workspace_id: UUID, seq: int, body: str) -> str:
    """Return the array of numbers that a message is filed under, as PostgreSQL writes it."""
    batch = (seq >> BATCH_BITS) << 32
    return _literal([batch | key for key in _body_keys(workspace_id, body)])


@lru_cache(KNOWN_BODIES)
def _body_keys(workspace_id: UUID, body: str) -> Sequence[int]:
    return keys(workspace_id, pairs(body))


def _literal(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


async def follow(db: Database, now: datetime) -> Round | None:
    """Take the next events of the feed into what search looks through; None: `rebuild` must look through all."""
    return await READER.follow(db, now, _take_in)


async def _take_in(tx: Connection, step: Step) -> None:
    # Everything is read before anything is written: while a follower writes, screens see nothing newer.
    people = [row["id"] for row in await tx.fetch(CONTACTS_TOLD, *step.bounds)]
    messages = await tx.fetch(TOLD, *step.bounds)
    if people:
        await file_contacts(tx, people)
    await _file(tx, messages)


async def rebuild(db: Database, now: datetime, *, if_lost: bool = False) -> int | None:
    """File every message and contact anew, in short steps, and return how many messages there were; None while
    another process is at it. `if_lost`: only where there still is no place to follow from.

    Each step waits for its turn: words that are erased meanwhile must not be filed after they are gone.
    """
    async with alone(db, REBUILD_LOCK) as mine:
        if not mine:
            return None
        if if_lost:
            if not await READER.is_lost(db, now):
                return 0
            log.info("search has no place in the feed to go on from: filing every message")
        return await _rebuild(db, now)


async def _rebuild(db: Database, now: datetime) -> int:
    end = await head(db.screens)
    last = LAST
    while ids := [row["id"] for row in await db.screens.fetch(ALL_CONTACTS, last, STEP)]:
        async with db.transaction() as tx:
            await READER.wait_for_turn(tx)
            await file_contacts(tx, ids)
        last = ids[-1]
    total, last = 0, LAST
    while ids := [row["id"] for row in await db.screens.fetch(ALL_MESSAGES, last, STEP)]:
        async with db.transaction() as tx:
            await READER.wait_for_turn(tx)
            await file_messages(tx, ids)
        total, last = total + len(ids), ids[-1]
    async with db.transaction() as tx:
        await READER.keep(tx, end, now)
    if total:
        log.info("search rebuilt", messages=total)
    return total
