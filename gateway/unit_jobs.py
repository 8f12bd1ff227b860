"""What takes long with coupons: making units, withdrawing them, revoking claims."""

from __future__ import annotations

from functools import partial

from coupons.actions.unit_jobs import run_step, waiting_jobs
from coupons.actions.void_remaining import void_step, voiding
from gateway.steps import Step
from runtime.database import Database


async def unit_steps(db: Database) -> list[Step]:
    """Return the next step of every waiting job."""
    making: list[Step] = [partial(run_step, db, coupon) for coupon in await waiting_jobs(db)]
    return making + [partial(void_step, db, coupon) for coupon in await voiding(db)]
