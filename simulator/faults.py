"""Switches that make a pretended platform misbehave the way real ones do, per account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from runtime.errors import Invalid

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True)
class Switch:
    """One fault: its words on the page, and the unit of its amount where it has one."""

    name: str
    label: str
    help: str
    unit: str = ""
    default: int = 0
    most: int = 0
    channels: tuple[str, ...] = ("line", "messenger", "instagram", "whatsapp")


SWITCHES = (
    Switch(
        "redeliver", "Redeliver", "Every event comes a second time after it was answered with 200."
    ),
    Switch("duplicate", "Duplicate", "Every event is delivered twice at once."),
    Switch("reorder", "Reorder", "An event waits until the next one has overtaken it."),
    Switch("delay", "Delay", "Events reach the webhook later.", "seconds", 5, 3600),
    Switch("answer_429", "Answer 429", "Sends are refused: too many requests."),
    Switch(
        "monthly_limit",
        "Monthly limit reached",
        "Pushes are refused until next month; replies stay free.",
        channels=("line",),
    ),
    Switch("answer_500", "Answer 500", "Sends fail inside the platform and are not carried out."),
    Switch(
        "timeout_after_accept",
        "Time out after accepting",
        "Sends are carried out, but the answer never comes.",
    ),
    Switch("expired_token", "Expired token", "Every call is refused as if the token had expired."),
    Switch(
        "standby",
        "Another app answers",
        "Events come as standby: another app holds the conversation, bots must keep still.",
        channels=("line", "messenger", "instagram"),
    ),
    Switch(
        "shared_key",
        "Sign with a shared key",
        "Webhooks are signed with the shared key “simulator”, whose secret is “shared-” and the Auth Token.",
        channels=("whatsapp",),
    ),
    Switch("blocked", "Blocked by the customer", "Every customer has blocked this account."),
    Switch(
        "clock_shift",
        "Clock past the window",
        "The platform's clock is ahead, so the reply window or token has passed.",
        "hours",
        25,
        24 * 60,
    ),
)
_BY_NAME = {switch.name: switch for switch in SWITCHES}


@dataclass(frozen=True)
class Faults:
    """The faults that are on for one account: name to amount."""

    amounts: dict[str, int]

    def __contains__(self, name: object) -> bool:
        return name in self.amounts

    @property
    def delay(self) -> timedelta:
        """How late events are delivered."""
        return timedelta(seconds=self.amounts.get("delay", 0))

    @property
    def shift(self) -> timedelta:
        """How far the platform's own clock is ahead."""
        return timedelta(hours=self.amounts.get("clock_shift", 0))


async def read(conn: asyncpg.Connection | asyncpg.Pool, account_id: int) -> Faults:
    """Return the faults that are on."""
    rows = await conn.fetch(
        "SELECT name, amount FROM simulator.fault WHERE account_id = $1", account_id
    )
    return Faults({row["name"]: row["amount"] for row in rows})


async def switch(
    conn: asyncpg.Connection | asyncpg.Pool,
    account_id: int,
    name: str,
    amount: int | None,
    calls: int | None = None,
) -> None:
    """Turn fault `name` on, or off when `amount` is None; `calls` limits it to that many calls.

    Raises Invalid for an unknown name or an amount outside the switch's range.
    """
    known = _BY_NAME.get(name)
    if known is None:
        raise Invalid("name", f"There is no fault {name}; choose one of {', '.join(_BY_NAME)}.")
    if amount is None:
        await conn.execute(
            "WITH gone AS (DELETE FROM simulator.fault WHERE account_id = $1 AND name = $2)"
            " UPDATE simulator.account SET version = version + 1 WHERE id = $1",
            account_id,
            name,
        )
        return
    amount = amount or known.default
    if not 0 <= amount <= known.most or (calls is not None and not 1 <= calls <= 10_000):
        raise Invalid("amount", f"{known.label} takes 1 to {known.most} {known.unit}.")
    await conn.execute(
        "WITH set AS (INSERT INTO simulator.fault (account_id, name, amount, remaining)"
        "  VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, name)"
        "  DO UPDATE SET amount = excluded.amount, remaining = excluded.remaining)"
        " UPDATE simulator.account SET version = version + 1 WHERE id = $1",
        account_id,
        name,
        amount,
        calls,
    )


async def spend(conn: asyncpg.Connection | asyncpg.Pool, account_id: int, name: str) -> bool:
    """Tell whether fault `name` hits this call, and count the call where it hits only a few."""
    row = await conn.fetchrow(
        "UPDATE simulator.fault SET remaining = remaining - 1"
        " WHERE account_id = $1 AND name = $2 AND (remaining IS NULL OR remaining > 0) RETURNING remaining",
        account_id,
        name,
    )
    if row is None:
        return False
    if row["remaining"] == 0:
        await switch(conn, account_id, name, None)
    return True
