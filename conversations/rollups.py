"""Keeps the figures of conversations: behind the feed, never in the transaction that writes a message.

Of each conversation it is remembered up to which `seq` it is counted, and what is open there. Messages get
their `seq` under the conversation's lock, so within one conversation what shows later also comes later, and
counting what lies behind the remembered number counts each message once, whatever the order of events.

A rebuild counts into a generation of its own, which nobody sees until it is complete; then the reader goes
back to where the rebuild began and takes in what came meanwhile (docs/decisions/0023).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
import structlog

from conversations.counting import Chat, Row, State, Sums
from conversations.rollups_sql import (
    ACCOUNTS,
    ADD_ANSWERS,
    ADD_MESSAGES,
    ADD_WAITS,
    BEGIN,
    BOOKS,
    CHATS_TOLD,
    KEEP_STATES,
    MOVED,
    NEXT_CHATS,
    OLD_TABLES,
    OPEN_BOOKS,
    ROWS,
    SWITCH,
    WORKSPACES,
)
from runtime.arrays import array, texts
from runtime.database import Connection, Database
from runtime.follower import Reader, Step, alone
from runtime.live import Change, head, publish
from runtime.turns import in_turns

READER = Reader(
    "chat_figure_cursor",
    "chats",
    lock=0x7E55C4A,
    events=1000,
    kinds=("message", "conversation"),
    publishes=True,
)
REBUILD_LOCK = 0x7E55C4B
STEP = 200
# Of messages at once: some twenty milliseconds of counting.
MOST_ROWS = 2000
DROP = 5000
AUTHORS = ("customer", "bot", "member", "elsewhere")
_members = msgspec.json.Encoder()
log = structlog.get_logger("chat_figures")


class Book(msgspec.Struct, frozen=True):
    """Where a workspace's figures are counted: a generation, by the days of `zone`."""

    workspace_id: UUID
    generation: int
    zone: str


class Round(msgspec.Struct, frozen=True):
    """What a round did: how many events it looked at, whose figures changed, whether more wait."""

    events: int = 0
    workspaces: frozenset[UUID] = frozenset()
    more: bool = False


async def follow(db: Database, now: datetime) -> Round | None:
    """Take the next events of the feed into the figures; None: `rebuild` must count everything."""
    moved: list[UUID] = []

    async def take(tx: Connection, step: Step) -> None:
        chats = dict(await tx.fetch(CHATS_TOLD, *step.bounds))
        workspaces = sorted(chats)
        known = [Book(*row) for row in await tx.fetch(BOOKS, workspaces)]
        if len(known) < len(chats):
            await tx.execute(OPEN_BOOKS, workspaces)
            known = [Book(*row) for row in await tx.fetch(BOOKS, workspaces)]
        moved.extend(
            [book.workspace_id for book in known if await count(tx, book, chats[book.workspace_id])]
        )
        await publish(tx, [Change(one, "chat_figures", one) for one in moved], now)

    done = await READER.follow(db, now, take)
    return None if done is None else Round(done.events, frozenset(moved), done.more)


async def count(tx: Connection, book: Book, conversations: Sequence[UUID]) -> bool:
    """Count what is new in conversations of the book's workspace; returns whether anything was.

    Call it with the reader's turn, in its transaction.
    """
    anything = False
    left: Sequence[UUID] = sorted(set(conversations))
    while left:
        touched, left = await _count_some(tx, book, left)
        anything = anything or touched
    return anything


async def _count_some(
    tx: Connection, book: Book, ids: Sequence[UUID]
) -> tuple[bool, Sequence[UUID]]:
    """Count at most MOST_ROWS messages of conversations, given in order, so that nobody waits long for the
    loop; return whether there were any, and the conversations that may have more.
    """
    home = book.workspace_id, book.generation, book.zone
    rows = await tx.fetch(ROWS, array(ids), *home, MOST_ROWS)
    sums = Sums()

    def counted(rows: Sequence[Any]) -> tuple[UUID, State]:
        first = rows[0]
        chat = Chat(first["channel"], first["direct"], _state(first), sums)
        chat.count([_row(row) for row in rows])
        return first["id"], chat.state

    chats = [list(group) for _, group in groupby(rows, key=itemgetter("id"))]
    states = dict(await in_turns(counted, chats))
    if states:
        await _write(tx, book, sums)
        await _keep(tx, book, states)
    if len(rows) < MOST_ROWS:
        return bool(states), ()
    last = rows[-1]["id"]
    return True, [one for one in ids if one >= last]


def _state(row: Any) -> State:  # noqa: ANN401 (a database record)
    return State(
        seq=row["counted"],
        said_at=row["said_at"],
        said_request=row["said_request"],
        asked_at=row["asked_at"],
        case_at=row["case_at"],
        members=row["members"] or [],
    )


def _row(row: Any) -> Row:  # noqa: ANN401 (a database record)
    return Row(
        seq=row["seq"],
        what=row["what"],
        at=row["at"],
        day=row["day"],
        hour=row["hour"],
        member_id=row["member_id"],
        trigger=row["trigger"],
        request_id=row["request_id"],
    )


async def _write(tx: Connection, book: Book, sums: Sums) -> None:
    messages: dict[tuple[date, int, str], list[int]] = {}
    for (day, hour, channel, who), n in sums.messages.items():
        messages.setdefault((day, hour, channel), [0, 0, 0, 0])[AUTHORS.index(who)] += n
    home = book.workspace_id, book.generation
    if messages:
        await tx.execute(ADD_MESSAGES, *home, *_columns(((*k, *v) for k, v in messages.items())))
    if sums.waits:
        await tx.execute(ADD_WAITS, *home, *_columns(((*k, n) for k, n in sums.waits.items())))
    if sums.answers:
        answers = ((*key, n, sums.handled[key]) for key, n in sums.answers.items())
        await tx.execute(ADD_ANSWERS, *home, *_columns(answers))


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def _keep(tx: Connection, book: Book, states: dict[UUID, State]) -> None:
    values = list(states.values())
    await tx.execute(
        KEEP_STATES,
        book.workspace_id,
        book.generation,
        array(list(states)),
        array([one.seq for one in values]),
        array([one.said_at for one in values]),
        texts([one.said_request for one in values]),
        array([one.asked_at for one in values]),
        array([one.case_at for one in values]),
        texts([_members.encode(one.members).decode() for one in values]),
    )


async def follow_zones(db: Database, now: datetime) -> frozenset[UUID]:
    """Count the figures of workspaces whose zone was changed by its days; return those workspaces.

    Cut off midway it begins anew. Until it is complete the old days are shown. One process does it.
    """
    if not await db.screens.fetch(MOVED):
        return frozenset()
    async with alone(db, REBUILD_LOCK) as mine:
        # Asked once more: another process may have come to its end in between.
        moved = [row["id"] for row in await db.screens.fetch(MOVED)] if mine else []
        if moved:
            await _rebuild(db, now, moved)
    return frozenset(moved)


async def rebuild(db: Database, now: datetime, *, if_lost: bool = False) -> int | None:
    """Count all conversations anew in short steps; return how many, None while another process is at it.
    `if_lost`: only where there still is no place to follow from.

    The figures shown meanwhile are the old ones. May run beside the reader.
    """
    async with alone(db, REBUILD_LOCK) as mine:
        if not mine:
            return None
        if if_lost:
            if not await READER.is_lost(db, now):
                return 0
            log.info("figures have no place in the feed to go on from: counting every conversation")
        return await _rebuild(db, now)


async def _rebuild(db: Database, now: datetime, workspaces: Sequence[UUID] | None = None) -> int:
    end = await head(db.screens)
    known = [row["id"] for row in await db.screens.fetch(WORKSPACES, workspaces)]
    books = [Book(*await db.screens.fetchrow(BEGIN, workspace)) for workspace in known]
    total = 0
    for book in books:
        total += await _count_all(db, book)
    async with db.transaction() as tx:
        await READER.wait_for_turn(tx)
        for book in books:
            await tx.execute(SWITCH, book.workspace_id, book.generation, book.zone)
        await READER.keep(tx, end, now)
        await publish(tx, [Change(one, "chat_figures", one) for one in known], now)
    for workspace in known:
        await _drop_old(db, workspace)
    if total:
        log.info("figures of conversations rebuilt", workspaces=len(known), conversations=total)
    return total


async def _count_all(db: Database, book: Book) -> int:
    accounts = [row["id"] for row in await db.screens.fetch(ACCOUNTS, book.workspace_id)]
    return sum([await _count_account(db, book, account) for account in accounts])


async def _count_account(db: Database, book: Book, account: UUID) -> int:
    total, last = 0, ""
    while True:
        found = await db.screens.fetch(NEXT_CHATS, account, last, STEP)
        if not found:
            return total
        left: Sequence[UUID] = sorted(row["id"] for row in found)
        while left:
            async with db.transaction() as tx:
                await READER.wait_for_turn(tx)
                _, left = await _count_some(tx, book, left)
        total, last = total + len(found), found[-1]["chat_key"]


async def _drop_old(db: Database, workspace: UUID) -> None:
    """Delete what was counted before the generation shown, in short steps."""
    for statement in OLD_TABLES:
        while await db.screens.fetchval(statement, workspace, DROP) == DROP:
            continue
