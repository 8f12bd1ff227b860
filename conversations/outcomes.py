"""What became of a send: close or keep its outbox row, and carry the story to delivery and message.

States only move forward. A message shows the least advanced of its parts; one failed or unknown part
shows as such. Its rejection is told once the part with the words (the last) has failed for good.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import msgspec

from conversations.outbox import QUEUED, SETTLING
from runtime.arrays import FEW, beside
from runtime.database import Connection
from runtime.live import Change, publish

TEXT_LIMIT = 300
CODE_LIMIT = 60

# What the platform reports locks rows in the order of their ids, too: the order in which they lie would be another.
HELD = "held AS (SELECT id FROM outbox WHERE id = ANY ({}::bigint[]) ORDER BY id + 0 FOR UPDATE)"
# A message of one part has its state from that part, in the same statement; the others come back by their id
# alone. `more`: other rows of the conversation were waiting.
CLOSE = f"""
WITH {HELD.format("$1")}, gone AS (
  DELETE FROM outbox o
  WHERE o.id = ANY (ARRAY(SELECT id FROM held)) AND o.epoch = {beside("o.id", "$1::bigint[]", "$2::int[]")}
  RETURNING o.delivery_id, o.method, o.attempts, o.attempted_at, array_position($1, o.id) AS place,
    (SELECT true FROM outbox e WHERE e.conversation_id = o.conversation_id AND (e.id > o.id) IS TRUE
      LIMIT 1) IS TRUE AS more
), told AS (
  SELECT *, ($3::text[])[place] AS state, ($4::text[])[place] AS external_id, ($5::text[])[place] AS code,
    ($6::text[])[place] AS reason
  FROM gone {FEW}
), moved AS (
  UPDATE delivery d SET
    state = CASE WHEN d.state IN ('queued', 'sending', 'unknown') THEN g.state ELSE d.state END,
    external_id = coalesce(nullif(g.external_id, ''), d.external_id), method = g.method, attempts = g.attempts,
    error_code = CASE WHEN d.state IN ('queued', 'sending', 'unknown') THEN g.code ELSE d.error_code END,
    error_text = CASE WHEN d.state IN ('queued', 'sending', 'unknown') THEN g.reason ELSE d.error_text END,
    sent_at = coalesce(d.sent_at, g.attempted_at)
  FROM told g WHERE d.id = g.delivery_id
  RETURNING d.id, d.message_id, d.state, d.external_id, d.error_code, d.error_text, g.more,
    (SELECT true FROM delivery e WHERE e.message_id = d.message_id AND e.id <> d.id LIMIT 1) IS TRUE AS parts
), shown AS (
  UPDATE message m SET state = v.state, error_code = v.error_code, error_text = v.error_text,
    external_id = coalesce(m.external_id, nullif(v.external_id, ''))
  FROM moved v WHERE m.id = v.message_id AND NOT v.parts
  RETURNING m.id, m.workspace_id, m.conversation_id, m.account_id, m.claim_id, m.state, m.error_code,
    m.state = 'failed' AS lost, v.more
)
SELECT * FROM shown
UNION ALL SELECT message_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, more FROM moved WHERE parts
"""  # noqa: S608 (constants)
KEEP = f"""
WITH {HELD.format("$1")}
UPDATE outbox o SET lease_until = NULL,
  (state, not_before, reply_token, attempts) = (
    SELECT state, CASE WHEN state = 0 THEN least(at, o.deadline) ELSE at END,
      CASE WHEN drop_token THEN '' ELSE o.reply_token END, o.attempts + (state = 2)::int
    FROM (
      SELECT ($3::smallint[])[place] AS state, ($4::timestamptz[])[place] AS at, ($5::bool[])[place] AS drop_token
      FROM (SELECT array_position($1::bigint[], o.id) AS place OFFSET 0) u OFFSET 0) u)
WHERE o.id = ANY (ARRAY(SELECT id FROM held)) AND o.epoch = {beside("o.id", "$1::bigint[]", "$2::int[]")}
"""  # noqa: S608 (constants)
SUMMARISE = """
UPDATE message m SET state = s.state, error_code = s.code, error_text = s.reason,
  external_id = coalesce(m.external_id, s.external_id)
FROM (
  SELECT d.message_id,
    CASE WHEN bool_or(d.state = 'failed') THEN 'failed' WHEN bool_or(d.state = 'unknown') THEN 'unknown'
      ELSE (ARRAY['queued', 'sending', 'sent', 'delivered', 'read'])[
        min(array_position(ARRAY['queued', 'sending', 'sent', 'delivered', 'read'], d.state::text))] END AS state,
    coalesce((array_agg(d.error_code ORDER BY d.position DESC) FILTER (WHERE d.error_code <> ''))[1], '') AS code,
    coalesce((array_agg(d.error_text ORDER BY d.position DESC) FILTER (WHERE d.error_text <> ''))[1], '') AS reason,
    (array_agg(d.external_id ORDER BY d.position) FILTER (WHERE d.external_id <> ''))[1] AS external_id,
    (array_agg(d.state ORDER BY d.position DESC))[1] = 'failed' AS lost
  FROM delivery d WHERE d.message_id = ANY ($1::uuid[]) GROUP BY d.message_id
) s
WHERE m.id = s.message_id
RETURNING m.id, m.workspace_id, m.conversation_id, m.account_id, m.claim_id, m.state, m.error_code, s.lost
"""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one outbox row leased as `epoch`.

    `sent`, `failed` and `unknown` close it; `queue` sends it again at `at`; `settle` looks again at `at`.
    """

    id: int
    epoch: int
    kind: Literal["sent", "failed", "unknown", "queue", "settle"]
    external_id: str = ""
    code: str = ""
    text: str = ""
    at: datetime | None = None
    drop_token: bool = False


def newest_first(verdict: Verdict) -> tuple[int, int]:
    """Order verdicts by row; of one row that of the last lease comes first, for no other can still count."""
    return verdict.id, -verdict.epoch


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message whose story moved on. `lost`: the part that carries its words failed for good."""

    id: UUID
    workspace_id: UUID
    conversation_id: UUID
    account_id: UUID
    claim_id: UUID | None
    state: str
    error_code: str
    lost: bool

    @property
    def change(self) -> Change:
        """The change that screens follow."""
        return Change(self.workspace_id, "message", self.conversation_id, {"message": str(self.id)})


def failure_change(workspace_id: UUID, conversation_id: UUID) -> Change:
    """Return what the list of failed and unknown sends follows: one came, or one was sent again."""
    return Change(workspace_id, "failure", conversation_id)


def changes_of(messages: Sequence[OutgoingMessage], settled: Collection[UUID] = ()) -> list[Change]:
    """Return what screens follow of messages whose story moved on; `settled`: those whose fate was unknown
    before, which leave the list of failures.
    """
    failed = [m for m in messages if m.state in {"failed", "unknown"} or m.id in settled]
    told = [failure_change(m.workspace_id, m.conversation_id) for m in failed]
    return [message.change for message in messages] + told


# Called in the transaction that marks messages as failed for good, or as delivered.
OnMessages: TypeAlias = Callable[[Connection, Sequence[OutgoingMessage]], Awaitable[None]]


CARRIED = """
SELECT DISTINCT claim_id FROM message
WHERE claim_id = ANY ($1::uuid[]) AND direction = 'out' AND state NOT IN ('failed', '') AND id <> ALL ($2::uuid[])
"""


async def claims_lost(tx: Connection, messages: Sequence[OutgoingMessage]) -> list[UUID]:
    """Return the claims of rejected messages that no other message carries: a card may have been sent again."""
    claims = {message.claim_id for message in messages if message.claim_id}
    if not claims:
        return []
    rows = await tx.fetch(CARRIED, sorted(claims), [message.id for message in messages])
    return sorted(claims - {row["claim_id"] for row in rows})


async def nobody(_: Connection, __: Sequence[OutgoingMessage]) -> None:
    """Stand in where nobody listens."""


async def finish(
    tx: Connection, verdicts: Sequence[Verdict], now: datetime, on_rejected: OnMessages = nobody
) -> bool:
    """Write what became of many rows; a verdict under an old epoch changes nothing.

    Returns whether other rows may be sent now. Wake the live feed after the commit.
    """
    verdicts = sorted(verdicts, key=newest_first)
    kept = [v for v in verdicts if v.kind in {"queue", "settle"}]
    await _keep(tx, kept, now)
    again = any(v.kind == "queue" for v in kept)
    closed = [v for v in verdicts if v.kind not in {"queue", "settle"}]
    if not closed:
        return again
    records = await tx.fetch(
        CLOSE,
        [v.id for v in closed],
        [v.epoch for v in closed],
        [v.kind for v in closed],
        [v.external_id[:200] for v in closed],
        [v.code[:CODE_LIMIT] for v in closed],
        [v.text[:TEXT_LIMIT] for v in closed],
    )
    messages = [_message(record) for record in records if record["state"] is not None]
    messages += await summarise(tx, {r["id"] for r in records if r["state"] is None})
    await publish(tx, changes_of(messages), now)
    lost = [message for message in messages if message.lost]
    if lost:
        await on_rejected(tx, lost)
    return again or any(record["more"] for record in records)


async def _keep(tx: Connection, kept: Sequence[Verdict], now: datetime) -> None:
    if kept:
        await tx.execute(
            KEEP,
            [v.id for v in kept],
            [v.epoch for v in kept],
            [QUEUED if v.kind == "queue" else SETTLING for v in kept],
            [v.at or now for v in kept],
            [v.drop_token for v in kept],
        )


async def summarise(tx: Connection, messages: set[UUID]) -> list[OutgoingMessage]:
    """Derive the state of messages from their parts and return them."""
    if not messages:
        return []
    return [_message(record) for record in await tx.fetch(SUMMARISE, sorted(messages))]


def _message(record: Any) -> OutgoingMessage:  # noqa: ANN401 (a database record)
    return OutgoingMessage(
        id=record["id"],
        workspace_id=record["workspace_id"],
        conversation_id=record["conversation_id"],
        account_id=record["account_id"],
        claim_id=record["claim_id"],
        state=record["state"],
        error_code=record["error_code"],
        lost=record["lost"],
    )
