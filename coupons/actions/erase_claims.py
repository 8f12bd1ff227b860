"""Take a person out of their claims. The claims stay, for the books count them, and the card in their hand holds."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from runtime.database import Connection, Pool

# An integrator's key may be made of anything; hashed it is still the same key to nobody but us.
KEYS = """
UPDATE claim SET key = 'erased:' || encode(sha256(convert_to(key, 'UTF8')), 'hex')
WHERE contact_id = ANY ($1::uuid[]) AND source = 'api' AND key NOT LIKE 'erased:%'
"""
# Why a redemption was undone is written by hand.
REASONS = """
UPDATE redemption SET reason = '' WHERE reason <> ''
  AND claim_id IN (SELECT id FROM claim WHERE contact_id = ANY ($1::uuid[]))
"""
GUESSES = "SELECT subject FROM pin_guess WHERE subject LIKE ANY ($1::text[])"
FORGET_GUESSES = "DELETE FROM pin_guess WHERE subject = ANY ($1::text[])"


async def find_guesses(db: Pool | Connection, people: Sequence[UUID]) -> list[str]:
    """Find the tries at tills of contacts; only reads, for it looks through all tries."""
    return [row["subject"] for row in await db.fetch(GUESSES, [f"%{one}%" for one in people])]


async def erase_from_claims(tx: Connection, people: Sequence[UUID], guesses: Sequence[str]) -> None:
    """Empty what claims, redemptions and the `guesses` found tell of contacts, in the caller's transaction."""
    await tx.execute(KEYS, list(people))
    await tx.execute(REASONS, list(people))
    await tx.execute(FORGET_GUESSES, list(guesses))
