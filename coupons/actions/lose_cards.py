"""Give back the claims whose cards will not be sent: told in the transaction that marks those messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations.outcomes import OnMessages, OutgoingMessage, claims_lost
from coupons.actions.release import release
from runtime.database import Connection


def lose_cards(now: datetime) -> OnMessages:
    """Return what listens to messages lost at `now`: claims that no other card carries return to stock."""

    async def lost(tx: Connection, messages: Sequence[OutgoingMessage]) -> None:
        await release(tx, await claims_lost(tx, messages), now)

    return lost
