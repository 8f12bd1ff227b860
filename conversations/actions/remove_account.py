"""Take an account out of use: its webhook answers 404, its credentials are gone, its history stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from conversations.accounts import Credentials, seal
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.keys import Keyring
from runtime.live import Change, publish
from team.audit import Entry, record

OTHER_NAME = mark("This is not the account's name: nothing was removed")
FIND = """
SELECT channel, name FROM channel_account
WHERE workspace_id = $1 AND id = $2 AND removed_at IS NULL FOR UPDATE
"""
REMOVE = """
UPDATE channel_account SET removed_at = $2, credentials = $3, paused_at = NULL, state = 'ok', state_reason = ''
WHERE id = $1
"""
# The deliverer closes what is too late, which gives coupons and quotas back.
CLOSE = """
UPDATE outbox SET deadline = $2, not_before = least(not_before, $2) WHERE id IN (
  SELECT id FROM outbox WHERE account_id = $1 ORDER BY id FOR UPDATE)
"""


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """Which account, and its name as the person typed it to confirm; `by` None is the operator."""

    workspace_id: UUID
    account_id: UUID
    typed_name: str
    by: UUID | None = None


async def remove_account(tx: Connection, keyring: Keyring, removal: Removal, now: datetime) -> None:
    """Remove the account; what waits to be sent from it fails. Raises NotFound, Invalid("name")."""
    row = await tx.fetchrow(FIND, removal.workspace_id, removal.account_id)
    if row is None:
        raise NotFound("There is no such account")
    if removal.typed_name.strip() != row["name"]:
        raise Invalid("name", OTHER_NAME)
    await tx.execute(REMOVE, removal.account_id, now, seal(keyring, Credentials()))
    await tx.execute(CLOSE, removal.account_id, now)
    entry = Entry(
        workspace_id=removal.workspace_id,
        member_id=removal.by,
        action="account.removed",
        subject=f"{row['channel']}/{row['name']}",
    )
    await record(tx, entry, now)
    change = Change(removal.workspace_id, "account", removal.account_id, {"state": "removed"})
    await publish(tx, [change], now)
