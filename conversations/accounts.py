"""Channel accounts in the clear: their credentials are stored encrypted and opened only here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from conversations.channel import Account
from runtime.database import Connection, Pool
from runtime.errors import NotFound
from runtime.keys import Keyring

COLUMNS = "id, workspace_id, channel, name, external_id, address, api_base, credentials, state"
ONE = f"SELECT {COLUMNS} FROM channel_account WHERE workspace_id = $1 AND id = $2 AND removed_at IS NULL"  # noqa: S608 (constants)
NAMED = """
SELECT workspace_id, id FROM channel_account WHERE channel = $1 AND name = $2 AND removed_at IS NULL
"""
ALL = f"SELECT {COLUMNS} FROM channel_account WHERE removed_at IS NULL ORDER BY channel, name"  # noqa: S608 (constants)


class Credentials(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is encrypted at rest: see docs/architecture.md for what each means on each channel.

    `previous_secret` still verifies webhooks until `previous_until`.
    """

    secret: str = ""
    token: str = ""
    verify_token: str = ""
    shared_keys: dict[str, str] = {}
    previous_secret: str = ""
    previous_until: datetime | None = None


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
        previous_secret=credentials.previous_secret,
        previous_until=credentials.previous_until,
    )


def sealed(keyring: Keyring, account: Account) -> bytes:
    """Return the stored form of an account's credentials."""
    values = {name: getattr(account, name) for name in Credentials.__struct_fields__}
    return seal(keyring, Credentials(**values | {"shared_keys": dict(account.shared_keys)}))


async def find_account(
    pool: Pool, keyring: Keyring, workspace_id: UUID, account_id: UUID
) -> Account:
    """Return one account of a workspace; raises NotFound and BadKey."""
    row = await pool.fetchrow(ONE, workspace_id, account_id)
    if row is None:
        raise NotFound("There is no such account")
    return open_account(keyring, row)


async def find_named(pool: Pool, channel: str, name: str) -> tuple[UUID, UUID]:
    """Return workspace and id of the account of a webhook address; raises NotFound."""
    row = await pool.fetchrow(NAMED, channel, name)
    if row is None:
        raise NotFound(f"There is no account {channel}/{name}; see: tessera account list")
    return row["workspace_id"], row["id"]


async def all_accounts(pool: Pool, keyring: Keyring) -> list[Account]:
    """Return every account of every workspace that was not removed."""
    rows = await pool.fetch(ALL)
    return [open_account(keyring, row) for row in rows]
