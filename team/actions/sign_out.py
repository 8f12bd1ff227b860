"""End a session; open streams of it close at once."""

from __future__ import annotations

from datetime import datetime

from runtime.database import Database
from runtime.ids import token_hash
from runtime.live import Change, publish

END = """
UPDATE session s SET ended_at = $2 FROM member m
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND m.id = s.member_id
RETURNING s.id, m.workspace_id
"""


async def sign_out(db: Database, token: str, now: datetime) -> None:
    """End the session behind a cookie's `token`; an unknown or ended one is no error."""
    async with db.transaction() as tx:
        ended = await tx.fetchrow(END, token_hash(token), now)
        if ended:
            await publish(tx, [Change(ended["workspace_id"], "session", ended["id"])], now)
