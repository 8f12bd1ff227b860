"""Further secrets that a platform may sign with, each known by its own id (Twilio's shared keys)."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from conversations.accounts import COLUMNS, open_account, sealed
from conversations.channel import Account
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.keys import Keyring
from runtime.live import Change, publish
from team.audit import Entry, record

MOST = 10
LONGEST_SECRET = 400
# It stands in the header of a webhook, among commas and equals signs.
KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
BAD_ID = mark("The id of a shared key has letters, digits, dots, - and _ (64 at most)")
BAD_SECRET = mark("Enter the secret of the shared key: 400 characters at most, in one line")
TOO_MANY = mark("There are 10 shared keys already: remove one first")
NO_ACCOUNT = "There is no such account"
FIND = f"""
SELECT {COLUMNS} FROM channel_account WHERE workspace_id = $1 AND id = $2 AND removed_at IS NULL FOR UPDATE
"""  # noqa: S608 (constants)
KEEP = "UPDATE channel_account SET credentials = $2 WHERE id = $1"


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """A shared key of an account, and the member who changes it."""

    workspace_id: UUID
    account_id: UUID
    key_id: str
    by: UUID


async def add_shared_key(
    tx: Connection, keyring: Keyring, which: Which, secret: str, now: datetime
) -> None:
    """Keep the secret, encrypted, under the key's id; one that is there already is replaced. Raises Invalid,
    NotFound and BadKey. The audit log names the key, never its secret.
    """
    if not KEY_ID.fullmatch(which.key_id):
        raise Invalid("key_id", BAD_ID)
    if not 0 < len(secret) <= LONGEST_SECRET or not secret.isprintable():
        raise Invalid("key_secret", BAD_SECRET)

    stored = await _find(tx, keyring, which)
    known = which.key_id in stored.shared_keys
    if not known and len(stored.shared_keys) >= MOST:
        raise Invalid("key_id", TOO_MANY)
    account = replace(stored, shared_keys={**stored.shared_keys, which.key_id: secret})
    action = "account.shared_key_replaced" if known else "account.shared_key_added"
    await _keep(tx, keyring, which, account, action, now)


async def remove_shared_key(tx: Connection, keyring: Keyring, which: Which, now: datetime) -> None:
    """Forget the key: what is signed with it is refused within a second. Raises NotFound and BadKey."""

    stored = await _find(tx, keyring, which)
    keys = dict(stored.shared_keys)
    if keys.pop(which.key_id, None) is None:
        raise NotFound("There is no such key")
    account = replace(stored, shared_keys=keys)
    await _keep(tx, keyring, which, account, "account.shared_key_removed", now)


async def _find(tx: Connection, keyring: Keyring, which: Which) -> Account:
    row = await tx.fetchrow(FIND, which.workspace_id, which.account_id)
    if row is None:
        raise NotFound(NO_ACCOUNT)
    return open_account(keyring, row)


async def _keep(
    tx: Connection, keyring: Keyring, which: Which, account: Account, action: str, now: datetime
) -> None:
    await tx.execute(KEEP, account.id, sealed(keyring, account))
    entry = Entry(
        workspace_id=account.workspace_id,
        member_id=which.by,
        action=action,
        subject=f"{account.channel}/{account.name}",
        detail={"key": which.key_id},
    )
    await record(tx, entry, now)
    told = Change(account.workspace_id, "account", account.id, {"state": "changed"})
    await publish(tx, [told], now)
