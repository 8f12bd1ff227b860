"""The reply windows: how long after a customer's last word a platform still lets the account write."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from runtime.clock import to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.accounts import Account, Customer
    from simulator.faults import Faults
    from simulator.world import World

STANDARD = timedelta(hours=24)
HUMAN_AGENT = timedelta(days=7)


async def open_until(world: World, customer_id: int, span: timedelta = STANDARD) -> datetime | None:
    """Return the instant the window closes; None when this customer never wrote."""
    last = await world.pool.fetchval(
        "SELECT last_inbound_at FROM simulator.customer WHERE id = $1", customer_id
    )
    return None if last is None else last + span


async def is_open(world: World, customer_id: int, on: Faults, span: timedelta = STANDARD) -> bool:
    """Tell whether the account may write now, by the platform's own clock."""
    until = await open_until(world, customer_id, span)
    return until is not None and world.clock.now() + on.shift < until


async def describe(
    world: World, account: Account, customer: Customer, on: Faults
) -> dict[str, Any]:
    """Return what the phone's header says about the window."""
    if account.channel == "line":
        return {"kind": "always"}
    until = await open_until(world, customer.id)
    still_open = await is_open(world, customer.id, on)
    return {
        "kind": "day",
        "open": still_open,
        "until": None if until is None else to_ms(until - on.shift),
    }
