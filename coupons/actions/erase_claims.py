"""Take a person out of their claims. The claims stay, for the books count them, and the card in their hand holds."""

from __future__ import annotations

from uuid import UUID

from runtime.database import Connection

# An integrator's key may be made of anything; hashed it is still the same key to nobody but us.
KEYS = """
UPDATE claim SET key = 'erased:' || encode(sha256(convert_to(key, 'UTF8')), 'hex')
WHERE contact_id = $1 AND source = 'api' AND key NOT LIKE 'erased:%'
"""
# Why a redemption was undone is written by hand.
REASONS = """
UPDATE redemption SET reason = '' WHERE reason <> '' AND claim_id IN (SELECT id FROM claim WHERE contact_id = $1)
"""
GUESSES = "DELETE FROM pin_guess WHERE subject LIKE '%' || $1::text || '%'"


async def erase_from_claims(tx: Connection, _workspace_id: UUID, contact_id: UUID) -> None:
    """Empty what claims, redemptions and tries at tills tell of the contact, in the caller's transaction."""
    await tx.execute(KEYS, contact_id)
    await tx.execute(REASONS, contact_id)
    await tx.execute(GUESSES, str(contact_id))
