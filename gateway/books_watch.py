"""Adds the books of every coupon up from time to time and raises an alarm in the log when one does not balance."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from coupons.audit import walk
from coupons.figure_totals import audit_totals
from runtime.database import Database
from runtime.tasks import Supervisor

EVERY_S = 6 * 3600.0
log = structlog.get_logger("audit")


@dataclass
class BooksWatch:
    """The first round comes after a quiet while, so that a start is not slowed."""

    db: Database
    supervisor: Supervisor

    def start(self) -> None:
        """Begin to watch."""
        self.supervisor.start("audit", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            await self.supervisor.pause(EVERY_S)
            if not self.supervisor.stopping.is_set():
                await self.round()

    async def round(self) -> int:
        """Add all books up once and return how many do not balance, of coupons and of workspaces' totals.

        Each is logged as an error.
        """
        totals = await audit_totals(self.db.screens)
        for workspace, fault in totals:
            log.error("the books do not balance", workspace=workspace, faults=[fault])
        wrong = len(totals)
        async for books in walk(self.db.screens):
            if books.faults:
                wrong += 1
                log.error(
                    "the books do not balance",
                    coupon=str(books.coupon_id),
                    name=books.name,
                    faults=list(books.faults),
                )
            if self.supervisor.stopping.is_set():
                break
        return wrong
