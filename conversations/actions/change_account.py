"""Give an account new credentials or another address, and let it send again."""

from __future__ import annotations

from uuid import UUID

import msgspec

from conversations.accounts import COLUMNS, Credentials, open_account, seal
from conversations.actions.account_state import mark_reconnected
from conversations.actions.add_account import NewAccount, check
from conversations.channel import Account
from runtime.clock import Clock
from runtime.database import Database
from runtime.errors import NotFound
from runtime.keys import Keyring
from team.audit import Entry, record

FIND = f"SELECT {COLUMNS} FROM channel_account WHERE channel = $1 AND name = $2 FOR UPDATE"  # noqa: S608 (constants)
CHANGE = """
UPDATE channel_account SET external_id = $2, address = $3, api_base = $4, credentials = $5 WHERE id = $1
"""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; None leaves a thing as it is. Never logged.

    `by` is the member who changes it, None the operator.
    """

    secret: str | None = None
    token: str | None = None
    external_id: str | None = None
    verify_token: str | None = None
    shared_keys: dict[str, str] | None = None
    address: str | None = None
    api_base: str | None = None
    by: UUID | None = None


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
        k: v for k, v in msgspec.structs.asdict(changes).items() if v is not None and k != "by"
    }
    async with database.transaction() as tx:
        row = await tx.fetchrow(FIND, channel, name)
        if row is None:
            raise NotFound(f"There is no account {channel}/{name}; see: tessera account list")
        account = msgspec.structs.replace(open_account(keyring, row), **wanted)
        facts = {field: getattr(account, field) for field in NewAccount.__struct_fields__}
        check(NewAccount(**facts))
        credentials = Credentials(
            account.secret, account.token, account.verify_token, dict(account.shared_keys)
        )
        address = account.address.removeprefix("whatsapp:")
        base = account.api_base.rstrip("/")
        sealed = seal(keyring, credentials)
        await tx.execute(CHANGE, account.id, account.external_id, address, base, sealed)
        await mark_reconnected(tx, account.id, clock.now())
        entry = Entry(
            workspace_id=account.workspace_id,
            member_id=changes.by,
            action="account.changed",
            subject=f"{channel}/{name}",
            detail={"changed": sorted(wanted)},
        )
        await record(tx, entry, clock.now())
    return msgspec.structs.replace(account, address=address, api_base=base)
