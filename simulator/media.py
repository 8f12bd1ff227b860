"""Photos that customers send: kept in the database, served the way each platform serves them."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from runtime.errors import Invalid
from simulator.keys import WORLD

if TYPE_CHECKING:
    import asyncpg

LARGEST = 8 * 1024 * 1024
TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
    "application/pdf": "pdf",
}


@dataclass(frozen=True)
class Media:
    """One stored file."""

    id: str
    content_type: str
    content: bytes

    @property
    def file_name(self) -> str:
        """The last part of its public address."""
        return f"{self.id}.{TYPES[self.content_type]}"


def check(content_type: str, content: bytes) -> Media:
    """Return the file ready to be stored; raises Invalid for what a phone would not send."""
    if content_type not in TYPES:
        raise Invalid("file", f"Choose a file of one of these types: {', '.join(TYPES)}.")
    if not 0 < len(content) <= LARGEST:
        raise Invalid("file", "Choose a file of at most 8 MiB.")
    return Media(secrets.token_urlsafe(24), content_type, content)


async def add(conn: asyncpg.Connection, account_id: int, message: str, file: Media) -> None:
    """Store the file of a message."""
    await conn.execute(
        "INSERT INTO simulator.media (id, account_id, message_external_id, content_type, content)"
        " VALUES ($1, $2, $3, $4, $5)",
        file.id,
        account_id,
        message,
        file.content_type,
        file.content,
    )


async def of_message(pool: asyncpg.Pool, account_id: int, message: str) -> Media | None:
    """Return the file of a message."""
    row = await pool.fetchrow(
        "SELECT id, content_type, content FROM simulator.media"
        " WHERE account_id = $1 AND message_external_id = $2",
        account_id,
        message,
    )
    return None if row is None else Media(**row)


async def serve(request: web.Request) -> web.Response:
    """GET /media/{id}.{ext}: the file, to whoever knows its unguessable address, as on a CDN."""
    row = await request.app[WORLD].pool.fetchrow(
        "SELECT id, content_type, content FROM simulator.media WHERE id = $1",
        request.match_info["id"],
    )
    if row is None:
        raise web.HTTPNotFound(text="There is no such file.")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    return web.Response(body=row["content"], content_type=row["content_type"], headers=headers)


def sample_photo() -> Media:
    """Return a small drawn photo of a cup of tea."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 (costs 40 ms, needed once in a while)

    picture = Image.new("RGB", (640, 480), "#E9DCC9")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 330, 640, 480), fill="#8A5A3B")
    draw.ellipse((140, 345, 460, 405), fill="#F7F3EC")
    draw.pieslice((190, 130, 410, 390), 0, 180, fill="#B5482A")
    draw.ellipse((190, 235, 410, 285), fill="#C96F3E")
    draw.arc((380, 250, 480, 340), 270, 90, fill="#B5482A", width=18)
    for left in (250, 300, 350):
        draw.arc((left, 120, left + 40, 220), 110, 250, fill="#FFFFFF", width=6)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return check("image/jpeg", out.getvalue())
