"""Erase what a person said, step by step: files, words, words in groups, raw events, and what is left.

Each step is a transaction of its own and may be done twice: a process killed midway leaves the job's row, and
whoever looks next goes on. Rows of messages stay without their words, so that what is counted stays right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from conversations import inbox
from conversations.actions.erase import wipe
from conversations.channel import Channel
from conversations.search_index import READER
from conversations.traces import is_theirs, needles
from runtime.database import Connection, Database, Pool
from runtime.live import Change, publish
from runtime.media import MediaStore
from team.forget import Found, find_in_logs, forget_in_logs

STEPS = ("files", "words", "groups", "events", "rest")
ROWS = 500
EVENTS = 2000
GROUP_ROWS = 2000
WITHIN = "m"
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)

JOBS = "SELECT contact_id FROM erase_job ORDER BY created_at, contact_id"
LOOK = "SELECT * FROM erase_job WHERE contact_id = $1"
TAKE = "SELECT * FROM erase_job WHERE contact_id = $1 FOR UPDATE SKIP LOCKED"
MOVE = "UPDATE erase_job SET step = $2, upto = $3 WHERE contact_id = $1"
END = "DELETE FROM erase_job WHERE contact_id = $1"

# First nothing is fetched any more, then the files go, then the keys that name them.
OF_CONTACT = "SELECT m.id FROM conversation c JOIN message m ON m.conversation_id = c.id WHERE c.contact_id = $1"
STOP_FETCHING = """
UPDATE attachment SET state = 'skipped', source = '{{}}', name = '', content_type = '', size = 0
WHERE message_id IN ({messages})
  AND (state <> 'skipped' OR source <> '{{}}' OR name <> '' OR content_type <> '' OR size <> 0)
"""
FILES = """
SELECT id, storage_key FROM attachment WHERE message_id IN ({messages}) AND storage_key <> '' LIMIT $2
"""
DROP_KEYS = "UPDATE attachment SET storage_key = '' WHERE id = ANY ($1::uuid[])"

# Files that members sent, or were about to.
UPLOADS = """
SELECT u.id, u.storage_key, u.preview_key FROM conversation c JOIN upload u ON u.conversation_id = c.id
WHERE c.contact_id = $1 LIMIT $2
"""
DROP_UPLOADS = "DELETE FROM upload WHERE id = ANY ($1::uuid[])"

WITH_WORDS = """
SELECT m.id FROM conversation c JOIN message m ON m.conversation_id = c.id
WHERE c.contact_id = $1 AND (m.text <> '' OR m.external_id IS NOT NULL OR m.sender_external_id <> '' OR m.reply_to <> ''
  OR m.error_code <> '' OR m.error_text <> '' OR CASE WHEN m.kind = 'activity' THEN m.content - 'act' <> '{}'
    ELSE m.content IS NOT NULL END) LIMIT $2
"""
EMPTY = """
UPDATE message SET text = '', external_id = NULL, sender_external_id = '', reply_to = '', error_code = '',
  error_text = '', content = CASE WHEN kind = 'activity' THEN jsonb_build_object('act', content->'act') END
WHERE id = ANY ($1::uuid[])
"""
AROUND = (
    "UPDATE delivery SET external_id = NULL, error_code = '', error_text = '' WHERE message_id = ANY ($1::uuid[])",
    "DELETE FROM reaction WHERE message_id = ANY ($1::uuid[])",
    "DELETE FROM mention WHERE message_id = ANY ($1::uuid[])",
    "DELETE FROM search_message WHERE message_id = ANY ($1::uuid[])",
)
GROUP = """
SELECT id FROM conversation WHERE account_id = ANY ($1::uuid[]) AND chat_type <> 'direct' AND id > $2
ORDER BY id LIMIT 1
"""
PLACE = "SELECT conversation_id, provider_at, seq FROM message WHERE id = $1"
# A stretch of a group by its index; the words of others may name them, and others' messages bear their reactions.
IN_GROUP = """
SELECT m.id, m.provider_at, m.seq, m.sender_external_id = ANY ($2::text[]) AS theirs FROM message m
WHERE m.conversation_id = $1::uuid AND (m.provider_at, m.seq) > ($3::timestamptz, $4::bigint)
ORDER BY m.provider_at, m.seq LIMIT $5
"""
# Whoever mentions them, or tells that they joined, names their id.
NAMED = """
UPDATE message SET content = replace(content::text, to_json($2::text)::text, '"erased"')::jsonb
WHERE id = ANY ($1::uuid[]) AND position(to_json($2::text)::text IN content::text) > 0
"""
REACTED = "DELETE FROM reaction WHERE message_id = ANY ($1::uuid[]) AND actor = ANY ($2::text[])"
HIDE = "UPDATE conversation SET last_text = '', version = version + 1 WHERE id = $1"
UPTO = (
    "SELECT max(id) FROM (SELECT id FROM inbox WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) s"
)
RAW = """
SELECT i.id, i.state, i.payload, a.channel FROM inbox i LEFT JOIN channel_account a ON a.id = i.account_id
WHERE i.id > $1 AND i.id <= $2 AND i.account_id = ANY ($3::uuid[]) AND octet_length(i.payload) > 0
  AND EXISTS (SELECT 1 FROM unnest($4::bytea[]) AS u (needle) WHERE position(u.needle IN i.payload) > 0)
"""
CHATS = "SELECT id FROM conversation WHERE contact_id = $1"
INDEXED = """
DELETE FROM search_message WHERE conversation_id IN (SELECT id FROM conversation WHERE contact_id = $1)
"""
# What was done stays; the names of those who were merged or separated stand in the chats of the other, too.
UNNAME = """
UPDATE message SET content = jsonb_build_object('act', content->'act')
WHERE workspace_id = $1 AND trigger IN ('merged', 'separated')
  AND (content->>'gone' = ANY ($2::text[]) OR content->>'kept' = ANY ($2::text[]))
"""


class Also(Protocol):
    """What other packages erase, in the last step: told the contact and those who were merged into it."""

    async def find(self, db: Pool, people: Sequence[UUID]) -> Sequence[str]:
        """Find what takes long to find; only reads."""

    async def erase(self, tx: Connection, people: Sequence[UUID], found: Sequence[str]) -> None:
        """Erase it, and what was found."""


class Job(msgspec.Struct, frozen=True):
    """What is being erased, and how far it is."""

    contact_id: UUID
    workspace_id: UUID
    addresses: Sequence[tuple[UUID, str]]
    merged: Sequence[UUID]
    step: str
    upto: str
    last_event: int

    @property
    def people(self) -> list[UUID]:
        """The contact, and those who were merged into it."""
        return [self.contact_id, *self.merged]

    @property
    def names(self) -> list[str]:
        """How accounts knew the person."""
        return sorted({name for _, name in self.addresses})

    @property
    def accounts(self) -> list[UUID]:
        """Whom they wrote to."""
        return sorted({account for account, _ in self.addresses})


class Traces(msgspec.Struct, frozen=True):
    """What the last step empties, found before it began to write: nothing may wait for so long a search."""

    about: Sequence[UUID]
    logs: Found
    also: Sequence[str]


class Tools(msgspec.Struct, frozen=True):
    """What the steps need: where files lie, how events are read, and what others erase."""

    store: MediaStore
    channels: Mapping[str, Channel]
    also: Also


class Eraser:
    """Does the steps of jobs on one database; any number of processes may each have one."""

    def __init__(self, db: Database, tools: Tools) -> None:
        self._db = db
        self._tools = tools

    async def waiting(self) -> list[UUID]:
        """Return who is being erased, the oldest job first."""
        return [row["contact_id"] for row in await self._db.screens.fetch(JOBS)]

    async def step(self, contact_id: UUID, now: datetime) -> bool:
        """Take one step and return whether more is to do; False, too, while another process is at it."""
        steps = {
            "files": self._files,
            "words": self._words,
            "groups": self._groups,
            "events": self._events,
        }
        traces = await self._find(contact_id)
        async with self._db.transaction() as tx:
            row = await tx.fetchrow(TAKE, contact_id)
            if row is None:
                return False
            job = _job(row)
            if job.step == "rest":
                if traces is None:
                    return True
                await self._rest(tx, job, traces, now)
                return False
            upto = await steps[job.step](tx, job)
            step = job.step if upto is not None else STEPS[STEPS.index(job.step) + 1]
            await tx.execute(MOVE, contact_id, step, upto or "")
        return True

    async def _find(self, contact_id: UUID) -> Traces | None:
        """Find what the last step will empty; None when it is not its turn."""
        db = self._db.screens
        row = await db.fetchrow(LOOK, contact_id)
        if row is None or row["step"] != "rest":
            return None
        job = _job(row)
        about = [*job.people, *(one["id"] for one in await db.fetch(CHATS, contact_id))]
        logs = await find_in_logs(db, job.workspace_id, about)
        return Traces(about, logs, await self._tools.also.find(db, job.people))

    async def _files(self, tx: Connection, job: Job) -> str | None:
        await tx.execute(STOP_FETCHING.format(messages=OF_CONTACT), job.contact_id)
        rows = await tx.fetch(FILES.format(messages=OF_CONTACT), job.contact_id, ROWS)
        return "" if await self._delete(tx, rows) or await self._uploads(tx, job) else None

    async def _uploads(self, tx: Connection, job: Job) -> bool:
        rows = await tx.fetch(UPLOADS, job.contact_id, ROWS)
        keys = [row[name] for row in rows for name in ("storage_key", "preview_key") if row[name]]
        for key in keys:
            await asyncio.to_thread(self._tools.store.delete, key)
        await tx.execute(DROP_UPLOADS, [row["id"] for row in rows])
        return bool(rows)

    async def _delete(self, tx: Connection, rows: Sequence[Any]) -> bool:
        """Delete files and forget their keys; a crash in between deletes them once more."""
        for row in rows:
            await asyncio.to_thread(self._tools.store.delete, row["storage_key"])
        await tx.execute(DROP_KEYS, [row["id"] for row in rows])
        return bool(rows)

    async def _words(self, tx: Connection, job: Job) -> str | None:
        rows = await tx.fetch(WITH_WORDS, job.contact_id, ROWS)
        await _empty(tx, [row["id"] for row in rows])
        return "" if rows else None

    async def _groups(self, tx: Connection, job: Job) -> str | None:
        """Go through a stretch of one group; `upto` is the group, and within it the last message looked at."""
        if job.upto.startswith(WITHIN):
            group, *place = await tx.fetchrow(PLACE, UUID(job.upto.removeprefix(WITHIN)))
        else:
            last = UUID(job.upto) if job.upto else UUID(int=0)
            group, place = await tx.fetchval(GROUP, job.accounts, last), [BEGINNING, 0]
        if group is None:
            return None
        rows = await tx.fetch(IN_GROUP, group, job.names, *place, GROUP_ROWS)
        await self._said_in_group(tx, group, [row["id"] for row in rows if row["theirs"]])
        everybodys = [row["id"] for row in rows]
        await tx.execute(REACTED, everybodys, job.names)
        for name in job.names:
            await tx.execute(NAMED, everybodys, name)
        if len(rows) < GROUP_ROWS:
            return str(group)
        return f"{WITHIN}{everybodys[-1]}"

    async def _said_in_group(self, tx: Connection, group: UUID, said: Sequence[UUID]) -> None:
        if not said:
            return
        among = "SELECT unnest($1::uuid[])"
        await tx.execute(STOP_FETCHING.format(messages=among), said)
        while await self._delete(tx, await tx.fetch(FILES.format(messages=among), said, ROWS)):
            continue
        await _empty(tx, said)
        await tx.execute(HIDE, group)

    async def _events(self, tx: Connection, job: Job) -> str | None:
        since = int(job.upto or 0)
        upto = await tx.fetchval(UPTO, since, job.last_event, EVENTS)
        if upto is None:
            return None
        rows = await tx.fetch(RAW, since, upto, job.accounts, needles(job.names))
        channels, names = self._tools.channels, job.names
        gone = [
            row["id"]
            for row in rows
            if row["state"] == 1 or is_theirs(channels[row["channel"]], row["payload"], names)
        ]
        # Only what is done with, or is theirs: another's event that names them must still be worked on.
        await inbox.drop(tx, gone)
        return str(upto)

    async def _rest(self, tx: Connection, job: Job, traces: Traces, now: datetime) -> None:
        """Forget the last traces, under the lock of what files words for search; then the job is done."""
        await READER.wait_for_turn(tx)
        await wipe(tx, job.contact_id, now)
        await tx.execute(INDEXED, job.contact_id)
        await tx.execute(UNNAME, job.workspace_id, [str(one) for one in job.people])
        await self._tools.also.erase(tx, job.people, traces.also)
        await forget_in_logs(tx, job.workspace_id, traces.about, traces.logs, now)
        await tx.execute(END, job.contact_id)
        done = Change(job.workspace_id, "contact", job.contact_id, {"state": "erased"})
        await publish(tx, [done], now)


async def _empty(tx: Connection, messages: Sequence[UUID]) -> None:
    await tx.execute(EMPTY, messages)
    for statement in AROUND:
        await tx.execute(statement, messages)


def _job(row: Any) -> Job:  # noqa: ANN401 (a database record)
    addresses = [(UUID(account), name) for account, name in row["addresses"]]
    return Job(
        row["contact_id"],
        row["workspace_id"],
        addresses,
        [UUID(one) for one in row["merged"] or ()],
        row["step"],
        row["upto"],
        row["last_event"],
    )
