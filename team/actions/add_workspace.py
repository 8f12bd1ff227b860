"""Begin a workspace."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runtime.database import Database
from runtime.errors import Invalid
from runtime.ids import uuid7

ADD = """
INSERT INTO workspace (id, name, zone, language, features, created_at)
VALUES ($1, $2, $3, 'zh-Hant', '{}', $4)
"""


async def add_workspace(
    db: Database, name: str, now: datetime, *, zone: str = "Asia/Taipei"
) -> UUID:
    """Add a workspace and return its id; raises Invalid for a zone nobody knows."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(
            "zone", f"{zone[:64]!r} is not a time zone; use a name like Asia/Taipei"
        ) from error
    key = uuid7()
    await db.screens.execute(ADD, key, name[:120], zone, now)
    return key
