"""Messages in a phone's chats: written by both sides, read by the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from simulator.accounts import Account


@dataclass(frozen=True)
class Message:
    """One message. `sender` is the customer's platform id, empty for the account's own."""

    chat: str
    external_id: str
    direction: str
    kind: str
    body: dict[str, Any]
    at: datetime
    sender: str = ""
    status: str = ""
    callback_url: str = ""
    error_code: int | None = None
    id: int = 0


_COLUMNS = (
    "id, chat, sender, external_id, direction, kind, body, status, error_code, callback_url, at"
)


async def add(conn: asyncpg.Connection, account: Account, message: Message) -> None:
    """Store a message and mark the account changed; run it in the caller's transaction."""
    await conn.execute(
        "INSERT INTO simulator.message (account_id, chat, sender, external_id, direction, kind, body,"
        " status, error_code, callback_url, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        account.id,
        message.chat,
        message.sender,
        message.external_id,
        message.direction,
        message.kind,
        message.body,
        message.status,
        message.error_code,
        message.callback_url,
        message.at,
    )
    await touch(conn, account)


async def touch(conn: asyncpg.Connection, account: Account) -> None:
    """Mark the account changed, so that open pages read again."""
    await conn.execute(
        "UPDATE simulator.account SET version = version + 1 WHERE id = $1", account.id
    )


async def set_body(
    conn: asyncpg.Connection, account: Account, external_id: str, body: dict[str, Any]
) -> None:
    """Replace what a message says (an edit, a reaction, an unsent message)."""
    await conn.execute(
        "UPDATE simulator.message SET body = $3 WHERE account_id = $1 AND external_id = $2",
        account.id,
        external_id,
        body,
    )
    await touch(conn, account)


async def one(
    conn: asyncpg.Connection | asyncpg.Pool, account: Account, external_id: str
) -> Message | None:
    """Return one message by platform id."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM simulator.message WHERE account_id = $1 AND external_id = $2",  # noqa: S608 (constant column list)
        account.id,
        external_id,
    )
    return None if row is None else _message(row)


async def of_chat(
    conn: asyncpg.Connection | asyncpg.Pool, account: Account, chat: str
) -> list[Message]:
    """Return the last hundred messages of a chat, oldest first."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM simulator.message WHERE account_id = $1 AND chat = $2"  # noqa: S608 (constant column list)
        " ORDER BY id DESC LIMIT 100",
        account.id,
        chat,
    )
    return [_message(row) for row in reversed(rows)]


def _message(row: asyncpg.Record) -> Message:
    return Message(**row)
