"""Carries on what takes long with codes: imports of files."""

from __future__ import annotations

from pathlib import Path

import structlog

from coupons.actions.import_run import Importer
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

POLL_S = 1.0
log = structlog.get_logger("codes")


class CodeImports:
    """Looks for work once a second; what a killed process left behind goes on where it stopped."""

    def __init__(
        self,
        database: Database,
        data_dir: Path,
        clock: Clock,
        live: LiveFeed,
        supervisor: Supervisor,
    ) -> None:
        self._supervisor = supervisor
        self._importer = Importer(
            database, data_dir, clock, live.committed, supervisor.stopping.is_set
        )

    def start(self) -> None:
        """Begin to look."""
        self._supervisor.start("code imports", self._loop)

    async def _loop(self) -> None:
        await self._importer.tidy()
        while not self._supervisor.stopping.is_set():
            for batch_id in await self._importer.waiting():
                try:
                    await self._importer.run(batch_id)
                except Exception:
                    # One batch that fails must not keep the others waiting; it is tried again.
                    log.exception("batch of codes failed", batch=str(batch_id))
            await self._supervisor.pause(POLL_S)
