"""Cancel what a bot has queued for conversations that a person now answers."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from runtime.database import Connection

# Only rows nobody has begun to send: a started attempt is settled by the deliverer. A coupon card stays,
# for the customer already holds the claim it shows.
CANCEL = """
WITH gone AS (
  DELETE FROM outbox o USING delivery d JOIN message g ON g.id = d.message_id
  WHERE o.delivery_id = d.id AND o.conversation_id = ANY ($1::uuid[]) AND o.queue = 'bot' AND o.state = 0
    AND g.claim_id IS NULL
  RETURNING o.delivery_id, d.message_id
), parts AS (
  UPDATE delivery SET state = 'failed', error_code = 'taken_over' FROM gone WHERE id = gone.delivery_id
)
UPDATE message SET state = 'failed', error_code = 'taken_over'
FROM (SELECT DISTINCT message_id FROM gone) g WHERE id = g.message_id RETURNING id
"""


async def silence_bot(tx: Connection, conversations: Collection[UUID]) -> list[UUID]:
    """Cancel the bot's unsent words to `conversations`, which the caller has locked; returns the messages."""
    if not conversations:
        return []
    return [row["id"] for row in await tx.fetch(CANCEL, sorted(conversations))]
