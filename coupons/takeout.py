"""Everything that is kept of a person in one file: what conversations know, and their coupons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec

from conversations.export import AT_ONCE, SECTIONS, Section, require_contact, stored_files
from conversations.export_file import ExportFile
from runtime.database import Connection, Database
from team.audit import Entry, record

COUPONS: Sequence[Section] = (
    Section(
        "claims",
        "SELECT k.id, c.name AS coupon, k.number, k.code, k.more_codes, k.state, k.source, k.trigger,"
        " p.name AS member, k.conversation_id, k.issued_at, k.first_opened_at, k.delivered_at, k.redeemed_at,"
        " k.released_at, k.voided_at, k.valid_from, k.valid_until FROM claim k JOIN coupon c ON c.id = k.coupon_id"
        " LEFT JOIN member p ON p.id = k.member_id WHERE k.contact_id = $1 AND k.workspace_id = $2"
        " ORDER BY k.issued_at, k.id",
    ),
    Section(
        "redemptions",
        "SELECT r.claim_id, r.kind, r.at, r.store_name, r.who, r.via, r.reason FROM redemption r"
        " JOIN claim k ON k.id = r.claim_id WHERE k.contact_id = $1 AND k.workspace_id = $2 ORDER BY r.at, r.id",
    ),
)
# Of each event loop, for a lock belongs to one; a process has one.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Whose data is taken out, and who ordered it (None: the operator)."""

    workspace_id: UUID
    contact_id: UUID
    member_id: UUID | None = None


async def take_out(db: Database, who: Wanted, media: Path, path: Path, now: datetime) -> None:
    """Write the person's data to `path`; `media` is the folder of received files. Noted in the audit log.

    Raises NotFound, also for another workspace's contact. Rows and files go to disk as they are read; one export
    is written at a time, the others wait. Where it fails, no file is left.
    """
    async with db.transaction() as tx:
        await require_contact(tx, who.workspace_id, who.contact_id)
        await record(tx, _entry(who), now)
    async with _turn():
        await _write(db, who, media, path, now)


def _turn() -> asyncio.Lock:
    """One export at a time: each holds a connection and what a snapshot keeps from being cleaned up."""
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())


async def _write(db: Database, who: Wanted, media: Path, path: Path, now: datetime) -> None:
    file = await asyncio.to_thread(ExportFile, path)
    try:
        async with (
            db.screens.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            for section in (*SECTIONS, *COUPONS):
                await _section(connection, who, section, file)
        await _files(db, who, media, file)
        await asyncio.to_thread(file.finish, now)
    except BaseException:
        await asyncio.to_thread(file.discard)
        raise


def _entry(who: Wanted) -> Entry:
    return Entry(
        workspace_id=who.workspace_id,
        member_id=who.member_id,
        action="contact.exported",
        subject=str(who.contact_id),
    )


async def _section(connection: Connection, who: Wanted, section: Section, file: ExportFile) -> None:
    """Write a section twice: an archive has one file open at a time."""
    out = file.open_json(section.name)
    async for rows in _rows(connection, who, section):
        await asyncio.to_thread(file.add_json, out, section.name, rows)
    file.close_json(out, section.name)
    out, first = file.open_csv(section.name), True
    async for rows in _rows(connection, who, section):
        await asyncio.to_thread(file.add_csv, out, rows, first=first)
        first = False
    out.close()


async def _rows(
    connection: Connection, who: Wanted, section: Section
) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    cursor = await connection.cursor(section.query, who.contact_id, who.workspace_id)
    while rows := await cursor.fetch(AT_ONCE):
        yield [dict(row) for row in rows]


async def _files(db: Database, who: Wanted, media: Path, file: ExportFile) -> None:
    last = UUID(int=0)
    while found := await stored_files(db.screens, who.workspace_id, who.contact_id, last):
        for one in found:
            await asyncio.to_thread(file.add_file, media, one)
        last = found[-1].id
