"""Connect a channel account to a workspace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec
from typing_extensions import override

from conversations.accounts import sealed
from conversations.channel import Account
from runtime.database import Connection, Database
from runtime.errors import Invalid
from runtime.ids import uuid7
from runtime.keys import Keyring
from runtime.live import Change, publish
from team.audit import Entry, record

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
ADD = """
INSERT INTO channel_account (id, workspace_id, channel, name, external_id, address, api_base, credentials, state,
  state_reason, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ok', '', $9)
"""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What an admin enters; see docs/architecture.md for each field's meaning on each channel."""

    workspace_id: UUID
    channel: str
    name: str
    secret: str
    token: str
    external_id: str = ""
    verify_token: str = ""
    shared_keys: Mapping[str, str] = {}
    address: str = ""
    api_base: str = ""

    @override
    def __repr__(self) -> str:
        """Name the account without its credentials."""
        return f"NewAccount({self.channel}/{self.name})"


async def add_account(
    database: Database,
    keyring: Keyring,
    new: NewAccount,
    now: datetime,
    *,
    by: UUID | None = None,
) -> Account:
    """Store the account with encrypted credentials; `by` None is the operator. Raises Invalid."""
    check(new)
    account = Account(
        id=uuid7(),
        workspace_id=new.workspace_id,
        channel=new.channel,
        name=new.name,
        external_id=new.external_id,
        secret=new.secret,
        token=new.token,
        verify_token=new.verify_token,
        shared_keys=new.shared_keys,
        address=new.address.removeprefix("whatsapp:"),
        api_base=new.api_base.rstrip("/"),
    )
    values = (
        *(account.external_id, account.address, account.api_base),
        *(sealed(keyring, account), now),
    )
    try:
        async with database.transaction() as tx:
            await tx.execute(
                ADD, account.id, account.workspace_id, account.channel, account.name, *values
            )
            await _tell(tx, account, now, by)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("name", f"There is already an account {new.channel}/{new.name}") from error
    return account


async def _tell(tx: Connection, account: Account, now: datetime, by: UUID | None) -> None:
    entry = Entry(
        workspace_id=account.workspace_id,
        member_id=by,
        action="account.added",
        subject=f"{account.channel}/{account.name}",
    )
    await record(tx, entry, now)
    change = Change(account.workspace_id, "account", account.id, {"state": "added"})
    await publish(tx, [change], now)


def check(new: NewAccount) -> None:
    """Raise Invalid, naming the field, unless the account can work."""
    if not NAME.fullmatch(new.name):
        raise Invalid(
            "name", "A name has letters, digits, - and _ (60 at most): it stands in an address"
        )
    if not new.secret.strip() or not new.token.strip():
        raise Invalid(
            "secret", "Secret and token may not be empty: without them nothing can be verified"
        )
    base = urlsplit(new.api_base)
    if new.api_base and (base.scheme not in {"http", "https"} or not base.hostname):
        raise Invalid("api-base", "The API base is an address like https://api.example.com")
