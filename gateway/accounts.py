"""All channel accounts, in the clear and in memory, kept in step with their table."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from conversations.accounts import all_accounts

if TYPE_CHECKING:
    from conversations.channel import Account
    from runtime.database import Database
    from runtime.keys import Keyring
    from runtime.tasks import Supervisor

POLL_S = 1.0
# A webhook for an account just added (or whose secret was just changed) asks again at once, but a flood
# of forged ones may not ask more often than this.
ASK_AGAIN_S = 0.05

# Only what an Account holds: a changed health state or time of the last webhook is no new version.
VERSION = """
SELECT coalesce(md5(string_agg(md5(ROW(
  id, workspace_id, channel, name, external_id, address, api_base, credentials)::text), '' ORDER BY id)), '')
FROM channel_account WHERE removed_at IS NULL
"""


class AccountBook:
    """Look-ups never touch the database; `start` loads, a loop follows changes made by any process."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._version: str | None = None
        self._by_name: Mapping[tuple[str, str], Account] = {}
        self._by_external_id: Mapping[tuple[str, str], tuple[Account, ...]] = {}
        self._by_id: Mapping[UUID, Account] = {}
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def start(self, supervisor: Supervisor) -> None:
        """Load every account and begin to follow changes; raises what the database raises, and BadKey."""
        await self.refresh()

        async def follow() -> None:
            while not supervisor.stopping.is_set():
                await supervisor.pause(POLL_S)
                await self.refresh()

        supervisor.start("account book", follow)

    def named(self, channel: str, name: str) -> Account | None:
        """Return the account of a webhook path, None when there is none."""
        return self._by_name.get((channel, name))

    def by_id(self, account_id: UUID) -> Account | None:
        """Return an account by its id, None when there is none."""
        return self._by_id.get(account_id)

    def addressed(self, channel: str, external_id: str) -> tuple[Account, ...]:
        """Return the channel's accounts with this id on the platform, of whatever workspace."""
        return self._by_external_id.get((channel, external_id), ())

    def all(self) -> Iterable[Account]:
        """Return every account."""
        return self._by_name.values()

    async def ask_again(self) -> None:
        """Catch up with the table now, unless that was done a moment ago; raises what asyncpg raises."""
        now = asyncio.get_running_loop().time()
        async with self._asking:
            if self._asked_at < now - ASK_AGAIN_S:
                await self.refresh()

    async def refresh(self) -> None:
        """Load the accounts again if any of them changed; raises what asyncpg raises."""
        pool = self._database.screens
        self._asked_at = asyncio.get_running_loop().time()
        version = await pool.fetchval(VERSION)
        if version == self._version:
            return
        self._put(await all_accounts(pool, self._keyring))
        self._version = version

    def _put(self, accounts: Iterable[Account]) -> None:
        by_name: dict[tuple[str, str], Account] = {}
        by_external_id: dict[tuple[str, str], tuple[Account, ...]] = {}
        for account in accounts:
            by_name[account.channel, account.name] = account
            if account.external_id:
                key = (account.channel, account.external_id)
                by_external_id[key] = (*by_external_id.get(key, ()), account)
        self._by_name, self._by_external_id = by_name, by_external_id
        self._by_id = {account.id: account for account in by_name.values()}
