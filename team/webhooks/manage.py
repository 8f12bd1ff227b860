"""Add, change, pause, resume and remove addresses, and give them new secrets. Each is audited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.ids import uuid7
from runtime.keys import Keyring
from runtime.live import Change, publish
from team.audit import Entry, record
from team.webhooks.addresses import checked
from team.webhooks.kinds import CHOICES
from team.webhooks.signing import new_secret

# How long the secret before signs beside the new one, so that a receiver can change it without losing events.
OVERLAP = timedelta(hours=24)
MOST = 20
NO_NAME = mark("Write a name first")
LONG_NAME = mark("That is too long: 60 characters at most")
TAKEN = mark("There is already one of this name")
NO_KIND = mark("Choose at least one kind of event")
TOO_MANY = mark("There are 20 addresses already: remove one first")

COUNT = "SELECT count(*) FROM webhook WHERE workspace_id = $1"
ADD = """
INSERT INTO webhook (id, workspace_id, name, url, kinds, secret, state, state_reason, failures, due_at, epoch,
  created_at)
VALUES ($1, $2, $3, $4, $5, $6, 'active', '', 0, $7, 0, $7)
"""
LOCK = "SELECT name, url, kinds, secret, state FROM webhook WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
CHANGE = "UPDATE webhook SET name = $2, url = $3, kinds = $4 WHERE id = $1"
ROTATE = "UPDATE webhook SET secret = $2, old_secret = $3, old_secret_until = $4 WHERE id = $1"
STATE = """
UPDATE webhook SET state = $2, state_reason = $3, failures = 0, failing_since = NULL, due_at = $4 WHERE id = $1
"""
# What waited during the pause is not lost at once: it is tried again from now on.
DUE_NOW = "UPDATE webhook_event SET next_try_at = NULL WHERE webhook_id = $1 AND state = 0"
REMOVE = "DELETE FROM webhook WHERE id = $1"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a form says of an address. `exempt`: origins the operator allows (addresses.checked)."""

    name: str
    url: str
    kinds: Sequence[str]
    exempt: Collection[str] = ()


class Which(msgspec.Struct, frozen=True):
    """An address of a workspace, and the member who changes it."""

    workspace_id: UUID
    id: UUID
    by: UUID | None


class Added(msgspec.Struct, frozen=True):
    """A new address, and its secret, which cannot be read again."""

    id: UUID
    secret: str


async def add(
    tx: Connection, keyring: Keyring, workspace_id: UUID, wanted: Wanted, now: datetime, *, by: UUID
) -> Added:  # fmt: skip
    """Add an address; raises Invalid naming the field."""
    name, url, kinds = _checked(wanted)
    # Two who add at once count one after the other.
    await tx.execute("SELECT 1 FROM workspace WHERE id = $1 FOR UPDATE", workspace_id)
    if await tx.fetchval(COUNT, workspace_id) >= MOST:
        raise Invalid("name", TOO_MANY)
    added = Added(uuid7(), new_secret())
    since = dict.fromkeys(kinds, now.isoformat())
    sealed = keyring.encrypt(added.secret.encode())
    try:
        await tx.execute(ADD, added.id, workspace_id, name, url, since, sealed, now)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("name", TAKEN) from error
    detail = {"url": url, "kinds": kinds}
    await _tell(tx, Which(workspace_id, added.id, by), "webhook.added", name, detail, now)
    return added


async def change(tx: Connection, which: Which, wanted: Wanted, now: datetime) -> None:
    """Change name, address and kinds; a kind that stays is told without a gap. Raises NotFound, Invalid."""
    before = await _lock(tx, which)
    name, url, kinds = _checked(wanted)
    since = {kind: before["kinds"].get(kind, now.isoformat()) for kind in kinds}
    try:
        await tx.execute(CHANGE, which.id, name, url, since)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("name", TAKEN) from error
    old = {"name": before["name"], "url": before["url"], "kinds": sorted(before["kinds"])}
    new = {"name": name, "url": url, "kinds": kinds}
    changed = {key: {"from": old[key], "to": new[key]} for key in new if old[key] != new[key]}
    if changed:
        await _tell(tx, which, "webhook.changed", name, changed, now)


async def rotate(tx: Connection, keyring: Keyring, which: Which, now: datetime) -> str:
    """Give the address a new secret and return it; the one before signs too for OVERLAP. Raises NotFound."""
    before = await _lock(tx, which)
    secret = new_secret()
    sealed = keyring.encrypt(secret.encode())
    await tx.execute(ROTATE, which.id, sealed, before["secret"], now + OVERLAP)
    await _tell(tx, which, "webhook.secret_rotated", before["name"], {}, now)
    return secret


async def pause(tx: Connection, which: Which, now: datetime) -> None:
    """Tell the address nothing more; what waits stays. Raises NotFound."""
    before = await _lock(tx, which)
    if before["state"] != "paused":
        await tx.execute(STATE, which.id, "paused", "member", now)
        await _tell(tx, which, "webhook.paused", before["name"], {"because": "member"}, now)


async def resume(tx: Connection, which: Which, now: datetime) -> None:
    """Tell the address again, what waits first, but not what happened during the pause; raises NotFound."""
    before = await _lock(tx, which)
    if before["state"] != "active":
        await tx.execute(STATE, which.id, "active", "", now)
        await tx.execute(DUE_NOW, which.id)
        if before["state"] == "paused":
            since = dict.fromkeys(before["kinds"], now.isoformat())
            await tx.execute(CHANGE, which.id, before["name"], before["url"], since)
        await _tell(tx, which, "webhook.resumed", before["name"], {}, now)


async def remove(tx: Connection, which: Which, now: datetime) -> None:
    """Forget the address, what waits for it and its log; raises NotFound."""
    before = await _lock(tx, which)
    await tx.execute(REMOVE, which.id)
    await _tell(tx, which, "webhook.removed", before["name"], {"url": before["url"]}, now)


async def _lock(tx: Connection, which: Which) -> Any:  # noqa: ANN401 (a database record)
    row = await tx.fetchrow(LOCK, which.workspace_id, which.id)
    if row is None:
        raise NotFound("There is no such address")
    return row


def _checked(wanted: Wanted) -> tuple[str, str, list[str]]:
    name = " ".join(wanted.name.split())
    if not name:
        raise Invalid("name", NO_NAME)
    if len(name) > 60:
        raise Invalid("name", LONG_NAME)
    kinds = [str(kind) for kind in CHOICES if kind in set(wanted.kinds)]
    if not kinds:
        raise Invalid("kinds", NO_KIND)
    return name, checked(wanted.url, wanted.exempt), sorted(kinds)


async def _tell(
    tx: Connection, which: Which, action: str, name: str, detail: dict[str, Any], now: datetime
) -> None:
    entry = Entry(
        workspace_id=which.workspace_id,
        member_id=which.by,
        action=action,
        subject=name,
        detail=detail,
    )
    await record(tx, entry, now)
    await publish(tx, [Change(which.workspace_id, "webhook", which.id)], now)
