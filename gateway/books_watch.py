"""Adds the books up from time to time and raises an alarm in the log where they do not balance."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from conversations.recount import audit_figures
from coupons.audit import walk
from coupons.figure_totals import audit_totals
from runtime.database import Database
from runtime.follower import alone
from runtime.tasks import Supervisor

EVERY_S = 6 * 3600.0
# A recount of conversations looks at every message there is: once a day.
CHATS_EVERY = 4
LOCK = 0x7E55A0D
UNBALANCED = "the books do not balance"
log = structlog.get_logger("audit")


@dataclass
class BooksWatch:
    """The first round comes after a quiet while, so that a start is not slowed. Of several processes one adds up
    at a time; who finds another at it leaves that round out.
    """

    db: Database
    supervisor: Supervisor
    _rounds: int = 0

    def start(self) -> None:
        """Begin to watch."""
        self.supervisor.start("audit", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            await self.supervisor.pause(EVERY_S)
            if not self.supervisor.stopping.is_set():
                await self.round()

    async def round(self) -> int:
        """Add all books up once and return how many do not balance: of coupons, of workspaces' totals, and every
        so often of figures of conversations. Each is logged as an error.
        """
        async with alone(self.db, LOCK) as mine:
            if not mine:
                return 0
            wrong = await self._totals() + await self._coupons()
            self._rounds += 1
            if (self._rounds - 1) % CHATS_EVERY == 0 and not self.supervisor.stopping.is_set():
                wrong += await self._chats()
            return wrong

    async def _totals(self) -> int:
        faults = await audit_totals(self.db.screens)
        for workspace, fault in faults:
            log.error(UNBALANCED, workspace=workspace, faults=[fault])
        return len(faults)

    async def _coupons(self) -> int:
        wrong = 0
        async for books in walk(self.db.screens):
            if books.faults:
                wrong += 1
                named = {"coupon": str(books.coupon_id), "name": books.name}
                log.error(UNBALANCED, **named, faults=list(books.faults))
            if self.supervisor.stopping.is_set():
                break
        return wrong

    async def _chats(self) -> int:
        try:
            faults = await audit_figures(self.db.screens)
        except TimeoutError:
            log.warning("the recount of conversations took too long and was given up")
            return 0
        for workspace, fault in faults:
            log.error(UNBALANCED, workspace=workspace, faults=[fault])
        return len(faults)
