"""Give an account new credentials or another address, and let it send again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations.accounts import COLUMNS, open_account, sealed
from conversations.actions.account_state import mark_reconnected
from conversations.actions.add_account import NewAccount, check
from conversations.channel import Account
from runtime.clock import Clock
from runtime.database import Database
from runtime.errors import NotFound
from runtime.keys import Keyring
from team.audit import Entry, record

# How long webhooks signed with the secret before are taken, so that none is lost while the platform changes.
OVERLAP = timedelta(hours=24)
FIND = f"""
SELECT {COLUMNS} FROM channel_account WHERE channel = $1 AND name = $2 AND removed_at IS NULL FOR UPDATE
"""  # noqa: S608 (constants)
CHANGE = """
UPDATE channel_account SET external_id = $2, address = $3, api_base = $4, credentials = $5 WHERE id = $1
"""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; None leaves a thing as it is. Never logged.

    `by` is the member who changes it, None the operator. `keep_old`: the secret before verifies webhooks
    for OVERLAP longer; False refuses it at once, when it has leaked.
    """

    secret: str | None = None
    token: str | None = None
    external_id: str | None = None
    verify_token: str | None = None
    shared_keys: dict[str, str] | None = None
    address: str | None = None
    api_base: str | None = None
    by: UUID | None = None
    keep_old: bool = True


APART = frozenset({"by", "keep_old"})


async def change_account(
    database: Database,
    keyring: Keyring,
    channel: str,
    name: str,
    changes: Changes,
    clock: Clock,
) -> Account:
    """Change the account and return it as it is now; raises NotFound, Invalid or BadKey.

    Its credentials are encrypted anew under the present key, and it may send again. The audit log names
    what was changed, never to what.
    """
    wanted = {
        name: value
        for name, value in msgspec.structs.asdict(changes).items()
        if value is not None and name not in APART
    }
    async with database.transaction() as tx:
        row = await tx.fetchrow(FIND, channel, name)
        if row is None:
            raise NotFound(f"There is no account {channel}/{name}; see: tessera account list")
        account = _changed(open_account(keyring, row), wanted, changes, clock.now())
        place = (account.external_id, account.address, account.api_base)
        await tx.execute(CHANGE, account.id, *place, sealed(keyring, account))
        await mark_reconnected(tx, account.id, clock.now())
        entry = Entry(
            workspace_id=account.workspace_id,
            member_id=changes.by,
            action="account.changed",
            subject=f"{channel}/{name}",
            detail={"changed": sorted(wanted)},
        )
        await record(tx, entry, clock.now())
    return account


def _changed(
    stored: Account, wanted: Mapping[str, Any], changes: Changes, now: datetime
) -> Account:
    account = msgspec.structs.replace(stored, **wanted)
    check(NewAccount(**{field: getattr(account, field) for field in NewAccount.__struct_fields__}))
    secret, until = account.previous_secret, account.previous_until
    if not changes.keep_old:
        secret, until = "", None
    elif account.secret != stored.secret:
        secret, until = stored.secret, now + OVERLAP
    return msgspec.structs.replace(
        account,
        address=account.address.removeprefix("whatsapp:"),
        api_base=account.api_base.rstrip("/"),
        previous_secret=secret,
        previous_until=until,
    )
