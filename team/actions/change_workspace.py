"""Change what a workspace is called, where it is, and the picture it shows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from runtime.database import Connection
from runtime.errors import Invalid
from runtime.i18n import mark
from runtime.live import Change, publish
from team.audit import Entry, record
from team.languages import CUSTOMER_LANGUAGES

NO_NAME = mark("Write a name first")
LONG_NAME = mark("That is too long: 120 characters at most")
NO_ZONE = mark("Choose a time zone from the list")
NO_LANGUAGE = mark("Choose a language from the list")
FIND = "SELECT name, zone, language FROM workspace WHERE id = $1 FOR NO KEY UPDATE"
CHANGE = "UPDATE workspace SET name = $2, zone = $3, language = $4 WHERE id = $1"
PICTURE = "UPDATE workspace SET picture_key = $2 WHERE id = $1"


class Facts(msgspec.Struct, frozen=True):
    """A workspace's name, its time zone, and the language of customers who have none of ours."""

    name: str
    zone: str
    language: str


async def change_workspace(
    tx: Connection, workspace_id: UUID, entered: Facts, now: datetime, *, by: UUID
) -> None:
    """Keep what is different; raises Invalid, naming the field.

    Another zone changes the days that figures are counted by from now on, and what coupons mean by a day.
    """
    wanted = _checked(entered)
    stored = Facts(**dict(await tx.fetchrow(FIND, workspace_id)))
    changed = {
        field: {"from": getattr(stored, field), "to": getattr(wanted, field)}
        for field in Facts.__struct_fields__
        if getattr(wanted, field) != getattr(stored, field)
    }
    if not changed:
        return
    await tx.execute(CHANGE, workspace_id, wanted.name, wanted.zone, wanted.language)
    entry = Entry(
        workspace_id=workspace_id, member_id=by, action="workspace.changed", detail=changed
    )
    await record(tx, entry, now)
    await publish(tx, [Change(workspace_id, "workspace", workspace_id)], now)


async def set_picture(
    tx: Connection, workspace_id: UUID, key: str, now: datetime, *, by: UUID
) -> None:
    """Show the kept picture `key` as the workspace's own; "" shows none."""
    await tx.execute(PICTURE, workspace_id, key)
    action = "workspace.picture_set" if key else "workspace.picture_removed"
    await record(tx, Entry(workspace_id=workspace_id, member_id=by, action=action), now)
    await publish(tx, [Change(workspace_id, "workspace", workspace_id)], now)


def _checked(entered: Facts) -> Facts:
    name = " ".join(entered.name.replace("\x00", "").split())
    if not name:
        raise Invalid("name", NO_NAME)
    if len(name) > 120:
        raise Invalid("name", LONG_NAME)
    if entered.language not in CUSTOMER_LANGUAGES:
        raise Invalid("language", NO_LANGUAGE)
    try:
        ZoneInfo(entered.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("zone", NO_ZONE) from error
    return Facts(name, entered.zone, entered.language)
