"""What a playable event is, and small files for those that carry one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.media import Media, check

if TYPE_CHECKING:
    import asyncpg

    from simulator.speaker import Speaker

Perform = Callable[["asyncpg.Connection", "Speaker"], Awaitable[None]]
# The least that says what it is; a phone would not play them.
FILES: Mapping[str, tuple[str, bytes]] = {
    "video": ("video/mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"),
    "audio": ("audio/mp4", b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A isom"),
    "file": ("application/pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
}  # fmt: skip


@dataclass(frozen=True)
class Play:
    """An event by its words in the menu."""

    label: str
    perform: Perform


def file_of(kind: str) -> Media:
    """Return a new small file: video, audio or file."""
    return check(*FILES[kind])


async def last_message(conn: asyncpg.Connection, who: Speaker, direction: str) -> str:
    """Return the platform's id of the newest message of the chat, "" when there is none."""
    found = await conn.fetchval(
        "SELECT external_id FROM simulator.message WHERE account_id = $1 AND chat = $2"
        " AND direction = $3 ORDER BY id DESC LIMIT 1",
        who.account.id,
        who.chat,
        direction,
    )
    return str(found or "")
