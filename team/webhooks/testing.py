"""The test event: what the button of an address sends, whatever kinds it asked for."""

from __future__ import annotations

from datetime import datetime

from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change, publish
from team.audit import Entry, record
from team.webhooks.kinds import Kind
from team.webhooks.log import hook
from team.webhooks.manage import Which
from team.webhooks.payload import Facts, Told, frozen
from team.webhooks.queue import Address, put


class ProbeTold(Told, frozen=True, kw_only=True):
    """Facts of a test: the name of the address, and a word."""

    address: str
    message: str


async def send_test(tx: Connection, which: Which, now: datetime) -> None:
    """Queue a test event for the address; raises NotFound. A paused one gets it once it is resumed."""
    found = await hook(tx, which.workspace_id, which.id)
    data = ProbeTold(address=found.name, message="This is a test")
    facts = Facts(
        workspace_id=which.workspace_id,
        kind=Kind.TEST,
        key=uuid7().hex,
        at=now,
        since=now,
        about=which.id,
        data=data,
    )
    address = Address(which.id, which.workspace_id, {Kind.TEST: now.isoformat()})
    await put(tx, [address], [frozen(facts)], now)
    entry = Entry(
        workspace_id=which.workspace_id,
        member_id=which.by,
        action="webhook.tested",
        subject=found.name,
    )
    await record(tx, entry, now)
    await publish(tx, [Change(which.workspace_id, "webhook", which.id)], now)
