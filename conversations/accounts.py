"""Channel accounts in the clear: their credentials are stored encrypted and opened only here."""

from __future__ import annotations

from uuid import UUID

import msgspec

from conversations.channel import Account
from runtime.database import Connection, Pool
from runtime.errors import NotFound
from runtime.keys import Keyring

COLUMNS = "id, workspace_id, channel, name, external_id, address, api_base, credentials, state"
ONE = f"SELECT {COLUMNS} FROM channel_account WHERE workspace_id = $1 AND id = $2"  # noqa: S608 (constants)


class Credentials(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is encrypted at rest: see docs/architecture.md for what each means on each channel."""

    secret: str = ""
    token: str = ""
    verify_token: str = ""
    shared_keys: dict[str, str] = {}


def seal(keyring: Keyring, credentials: Credentials) -> bytes:
    """Return the stored form of `credentials`."""
    return keyring.encrypt(msgspec.json.encode(credentials))


def open_account(keyring: Keyring, row: Connection) -> Account:
    """Return the account of a database row with COLUMNS; raises BadKey."""
    credentials = msgspec.json.decode(keyring.decrypt(row["credentials"]), type=Credentials)
    return Account(
        id=row["id"],
        workspace_id=row["workspace_id"],
        channel=row["channel"],
        name=row["name"],
        external_id=row["external_id"],
        address=row["address"],
        api_base=row["api_base"],
        secret=credentials.secret,
        token=credentials.token,
        verify_token=credentials.verify_token,
        shared_keys=credentials.shared_keys,
    )


async def find_account(
    pool: Pool, keyring: Keyring, workspace_id: UUID, account_id: UUID
) -> Account:
    """Return one account of a workspace; raises NotFound and BadKey."""
    row = await pool.fetchrow(ONE, workspace_id, account_id)
    if row is None:
        raise NotFound("There is no such account")
    return open_account(keyring, row)


async def all_accounts(pool: Pool, keyring: Keyring) -> list[Account]:
    """Return every account of every workspace."""
    rows = await pool.fetch(f"SELECT {COLUMNS} FROM channel_account ORDER BY channel, name")  # noqa: S608 (constants)
    return [open_account(keyring, row) for row in rows]
