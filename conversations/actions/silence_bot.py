"""Cancel what a bot has queued for conversations that a person now answers."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from runtime.database import Connection

# Only rows nobody has begun to send: a started attempt is settled by the deliverer. A coupon card stays,
# for the customer already holds the claim it shows.
# By arrays of ids, and the state once more below the row's lock: planned while the outbox was empty, a join to it
# would begin with all that waits for any bot.
CANCEL = """
WITH gone AS (
  DELETE FROM outbox WHERE id = ANY (ARRAY(
      SELECT o.id FROM outbox o
      WHERE o.conversation_id = ANY ($1::uuid[]) AND (o.queue = 'bot' AND o.state = 0) IS TRUE
        AND (SELECT (SELECT g.claim_id FROM message g WHERE g.id = d.message_id)
          FROM delivery d WHERE d.id = o.delivery_id) IS NULL))
    AND (state = 0) IS TRUE RETURNING delivery_id
), parts AS (
  UPDATE delivery SET state = 'failed', error_code = 'taken_over' WHERE id = ANY (ARRAY(SELECT delivery_id FROM gone))
  RETURNING message_id
)
UPDATE message SET state = 'failed', error_code = 'taken_over' WHERE id = ANY (ARRAY(SELECT message_id FROM parts))
RETURNING id
"""


async def silence_bot(tx: Connection, conversations: Collection[UUID]) -> list[UUID]:
    """Cancel the bot's unsent words to `conversations`, which the caller has locked; returns the messages."""
    if not conversations:
        return []
    return [row["id"] for row in await tx.fetch(CANCEL, sorted(conversations))]
