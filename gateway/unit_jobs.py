"""Does what takes long with coupons beside everything else: making units, withdrawing them, revoking claims."""

from __future__ import annotations

from dataclasses import dataclass

from coupons.actions.unit_jobs import run_step, waiting_jobs
from coupons.actions.void_remaining import void_step, voiding
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

POLL_S = 0.5


@dataclass
class UnitWorker:
    """Takes one step of each waiting job in turn, so that no coupon waits for a larger one."""

    db: Database
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor

    def start(self) -> None:
        """Begin to look."""
        self.supervisor.start("coupon units", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            if not await self.round():
                await self.supervisor.pause(POLL_S)

    async def round(self) -> bool:
        """Take one step of every waiting job; return whether any has more to do."""
        more = False
        jobs = [(run_step, coupon) for coupon in await waiting_jobs(self.db)]
        jobs += [(void_step, coupon) for coupon in await voiding(self.db)]
        for step, coupon_id in jobs:
            more |= await step(self.db, coupon_id, self.clock.now())
            self.live.committed()
            if self.supervisor.stopping.is_set():
                return False
        return more
