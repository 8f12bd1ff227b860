"""Rows for tests, made by the product's own actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from channels import registry
from conversations.actions.add_account import NewAccount, add_account
from conversations.actions.receive import Received, receive
from conversations.channel import Account, Inbound, Kind, MessageType
from runtime.clock import to_ms
from runtime.ids import uuid7
from team.actions.add_workspace import add_workspace

CHANNELS = registry.load()
EXTERNAL = {
    "line": "U" + "0" * 32,
    "messenger": "1048576",
    "instagram": "1784140",
    "whatsapp": "AC" + "0" * 32,
}
ADDRESS = {"line": "@tea", "messenger": "tea", "instagram": "tea", "whatsapp": "+886225550100"}


async def a_workspace(db, clock, name: str = "Tea house"):
    """Return the id of a new workspace in Taipei."""
    return await add_workspace(db, name, clock.now())


async def an_account(db, keyring, clock, channel: str = "line", **other: Any) -> Account:
    """Return a new account; `workspace_id` is made unless given."""
    workspace = other.pop("workspace_id", None) or await a_workspace(db, clock)
    facts: dict[str, Any] = {
        "name": "demo",
        "secret": f"{channel} secret",
        "token": f"{channel} token",
        "external_id": EXTERNAL[channel],
        "address": ADDRESS[channel],
        **other,
    }
    new = NewAccount(workspace_id=workspace, channel=channel, **facts)
    return await add_account(db, keyring, new, clock.now())


class Customer:
    """Somebody who writes to an account; each event gets a fresh inbox id."""

    def __init__(self, account: Account, external_id: str = "mei", **always: Any) -> None:
        self.account = account
        self.external_id = external_id
        self.always = always
        self.count = 0

    def event(self, at: datetime, kind: Kind = Kind.MESSAGE, **facts: Any) -> Received:
        """Return an event of this customer at `at`."""
        self.count += 1
        name = f"{self.external_id}-{self.count}"
        if kind is Kind.MESSAGE:
            facts = {"message_type": MessageType.TEXT, "external_message_id": f"m-{name}", **facts}
        facts = {
            "timestamp_ms": to_ms(at),
            "external_event_id": f"e-{name}",
            **self.always,
            **facts,
        }
        inbound = Inbound(kind=kind, contact_external_id=self.external_id, **facts)
        arrival = facts.get("arrived", at)
        return Received(
            inbox_id=uuid7().int & 0x7FFFFFFF,
            account=self.account,
            inbound=inbound,
            received_at=arrival,
        )

    def says(self, text: str, at: datetime, **facts: Any) -> Received:
        """Return a text message."""
        return self.event(at, text=text, **facts)


async def write(db, clock, *events: Received):
    """Receive events one wave each, and return what was handled."""
    handled = []
    async with db.transaction() as tx:
        for event in events:
            handled += await receive(tx, [event], clock.now())
    return handled
