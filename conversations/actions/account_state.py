"""What sends and silence tell about an account and its contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from conversations.channel import Check
from runtime.arrays import FEW
from runtime.database import Connection
from runtime.live import Change, publish

SET_STATE = """
UPDATE channel_account SET state = $2, state_reason = $3
WHERE id = $1 AND (state <> $2 OR state_reason <> $3) AND (state <> 'reconnect' OR $4)
RETURNING workspace_id
"""
CHECKED = "UPDATE channel_account SET checked_at = $2 WHERE id = $1"
UNREACHABLE = f"""
UPDATE channel_identity i SET reachable = false
FROM (SELECT * FROM unnest($1::uuid[], $2::text[]) AS u (account, external_id) {FEW}) u
WHERE i.account_id = u.account AND i.external_id = u.external_id AND i.reachable
"""  # noqa: S608 (constants)


async def needs_reconnect(tx: Connection, account_id: UUID, reason: str, now: datetime) -> bool:
    """Stop an account's sends until its credentials are renewed; returns whether that is news."""
    return await _set_state(tx, account_id, ("reconnect", reason), now)


async def mark_health(
    tx: Connection, account_id: UUID, state: str, reason: str, now: datetime
) -> bool:
    """Set `ok` or `degraded`, never over `reconnect`; returns whether that is news."""
    return await _set_state(tx, account_id, (state, reason), now)


async def mark_reconnected(tx: Connection, account_id: UUID, now: datetime) -> bool:
    """Let an account send again after a check proved its credentials; returns whether that is news."""
    return await _set_state(tx, account_id, ("ok", ""), now, force=True)


async def note_check(tx: Connection, account_id: UUID, check: Check, now: datetime) -> None:
    """Keep what a platform said of an account's credentials: confirmed ones let it send again, refused
    ones stop it, anything else (no answer, another account) leaves its health as it is.
    """
    await tx.execute(CHECKED, account_id, now)
    if check.ok:
        await mark_reconnected(tx, account_id, now)
    elif check.credentials_bad:
        await needs_reconnect(tx, account_id, "".join(check.advice[:1]), now)


async def _set_state(
    tx: Connection, account_id: UUID, state: tuple[str, str], now: datetime, *, force: bool = False
) -> bool:
    word, reason = state
    workspace = await tx.fetchval(
        SET_STATE, account_id, word, reason[:300], force or word == "reconnect"
    )
    if workspace is None:
        return False
    await publish(tx, [Change(workspace, "account", account_id, {"state": word})], now)
    return True


async def mark_unreachable(tx: Connection, contacts: Sequence[tuple[UUID, str]]) -> None:
    """Remember (account, external id) of customers who blocked us or do not exist."""
    if contacts:
        pairs = sorted(set(contacts))
        await tx.execute(UNREACHABLE, [a for a, _ in pairs], [x for _, x in pairs])
