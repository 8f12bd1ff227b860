"""What webhooks teach about their account, written in the background: when one came, and its address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from runtime.live import Change, gathering, publish

if TYPE_CHECKING:
    from conversations.channel import Account
    from runtime.database import Pool
    from runtime.tasks import Supervisor

EVERY = timedelta(minutes=1)
FLUSH_S = 1.0
ADDRESS_LENGTH = 120

SEEN = """
UPDATE channel_account a SET webhook_at = u.at, address = CASE WHEN a.address = '' THEN u.address ELSE a.address END
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS u (id, at, address) WHERE a.id = u.id
RETURNING a.id, a.workspace_id, a.webhook_at
"""


class Sightings:
    """Collects at most one sighting a minute and account, and the first address of one without."""

    def __init__(self) -> None:
        self._quiet_until: dict[UUID, datetime] = {}
        self._learnt: dict[UUID, str] = {}
        self._new: dict[UUID, datetime] = {}

    def start(self, supervisor: Supervisor, pool: Pool) -> None:
        """Write what was seen, every second."""

        async def flush() -> None:
            while not supervisor.stopping.is_set():
                await supervisor.pause(FLUSH_S)
                await self.flush(pool)

        supervisor.start("account sightings", flush)

    def note(self, account: Account, address: str | None, now: datetime) -> None:
        """Note a durable event of `account`, sent to `address`."""
        if address and not account.address and account.id not in self._learnt:
            self._learnt[account.id] = address[:ADDRESS_LENGTH].replace("\0", "")
        elif now < self._quiet_until.get(account.id, now):
            return
        self._quiet_until[account.id] = now + EVERY
        self._new[account.id] = now

    async def flush(self, pool: Pool) -> None:
        """Write what is new and tell the screens; raises what asyncpg raises, and then nothing is forgotten."""
        if not self._new:
            return
        new = dict(self._new)
        ids = sorted(new)
        addresses = [self._learnt.get(account, "") for account in ids]
        async with pool.acquire() as connection, connection.transaction(), gathering(connection):
            rows = await connection.fetch(SEEN, ids, [new[account] for account in ids], addresses)
            for row in rows:
                change = Change(row["workspace_id"], "account", row["id"], {"heard": True})
                await publish(connection, [change], row["webhook_at"])
        for account, at in new.items():
            if self._new.get(account) == at:
                del self._new[account]
