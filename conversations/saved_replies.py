"""Replies worth keeping: which a member may use, and their words with the variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Database

# What stands in braces; each is filled in when the reply is put into the composer.
VARIABLES = ("name", "member", "store", "workspace")
VARIABLE = re.compile(r"\{(" + "|".join(VARIABLES) + r")\}")
# Stands for a variable without a value; no text that was saved holds it.
MISSING = "\x00"
AT_START = re.compile(r"^[ \t]*\x00(?:[ \t]*\x00)*[ \t]*[,，、:：]?[ \t]*", re.MULTILINE)
AFTER_SPACE = re.compile(r"[ \t]*\x00")
MOST = 50
FIND = r"""
SELECT id, shortcut, title, text, member_id IS NOT NULL AS own, changed_at FROM saved_reply
WHERE workspace_id = $1 AND (member_id IS NULL OR member_id = $2)
  AND ($3 = '' OR shortcut LIKE $3 || '%' OR lower(title) LIKE '%' || $3 || '%')
ORDER BY shortcut LIKE $3 || '%' DESC, member_id IS NULL, shortcut, id LIMIT $4
"""


class SavedReplyRow(msgspec.Struct, frozen=True):
    """A saved reply; `own` says that only this member sees it."""

    id: UUID
    shortcut: str
    title: str
    text: str
    own: bool
    changed_at: datetime


async def saved_replies(
    db: Database, workspace_id: UUID, member_id: UUID, prefix: str = "", most: int = MOST
) -> Sequence[SavedReplyRow]:
    """Return what a member may use whose shortcut begins with `prefix` or whose title holds it.

    Shortcuts come first, the member's own before everybody's; `prefix` may carry the slash it was
    typed with.
    """
    sought = prefix.replace("\x00", "").removeprefix("/").strip().lower()[:80]
    pattern = re.sub(r"([\\%_])", r"\\\1", sought)
    rows = await db.screens.fetch(FIND, workspace_id, member_id, pattern, most)
    return [SavedReplyRow(**row) for row in rows]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its {variables} replaced.

    One without a value goes, and with it the space before it; at the start of a line also the comma
    after it, so that "{name}, thank you" reads as "thank you".
    """
    filled = VARIABLE.sub(lambda found: values.get(found[1], "") or MISSING, text)
    return AFTER_SPACE.sub("", AT_START.sub("", filled))
