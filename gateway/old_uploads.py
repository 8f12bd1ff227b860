"""Throws away files that were attached and never sent, and what a stop left half written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.uploads import rows
from runtime.clock import Clock
from runtime.database import Database
from runtime.media import MediaStore
from runtime.tasks import Supervisor

EVERY_S = 600.0
# Longer than any file takes to come or to be fetched.
HALF_WRITTEN = timedelta(hours=24)


@dataclass(frozen=True)
class UploadSweeper:
    """Looks every ten minutes; any number of processes may."""

    db: Database
    store: MediaStore
    clock: Clock
    supervisor: Supervisor

    def start(self) -> None:
        """Begin."""
        self.supervisor.repeat("uploads", self.sweep, EVERY_S)

    async def sweep(self) -> None:
        """Delete the files first and their rows afterwards: a stop in between is made good next time."""
        now = self.clock.now()
        found = rows.STEP
        while found == rows.STEP and not self.supervisor.stopping.is_set():
            async with self.db.transaction(self.db.sends) as tx:
                old = await rows.expire(tx, now)
            for one in old:
                for key in filter(None, (one.storage_key, one.preview_key)):
                    await asyncio.to_thread(self.store.delete, key)
            async with self.db.transaction(self.db.sends) as tx:
                await rows.forget(tx, [one.id for one in old])
            found = len(old)
        await asyncio.to_thread(self._half_written, now)

    def _half_written(self, now: datetime) -> None:
        oldest = (now - HALF_WRITTEN).timestamp()
        for path in self.store.folder.glob(".new-*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
