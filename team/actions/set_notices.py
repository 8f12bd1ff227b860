"""A member chooses what their browser tells them while they look elsewhere."""

from __future__ import annotations

from uuid import UUID

import msgspec

from runtime.database import Database

SET = "UPDATE member SET notify = $2, notify_sound = $3, notify_words = $4 WHERE id = $1"


class Notices(msgspec.Struct, frozen=True, kw_only=True):
    """Whether they are told at all, with a sound, and with the customer's words."""

    notify: bool
    notify_sound: bool
    notify_words: bool


async def set_notices(db: Database, member_id: UUID, new: Notices) -> None:
    """Store the choice. It concerns nobody else, so it is in no log."""
    await db.screens.execute(SET, member_id, new.notify, new.notify_sound, new.notify_words)
