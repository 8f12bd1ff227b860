"""Decline a request for more quota, with words."""

from __future__ import annotations

from datetime import datetime

from coupons.actions.settle_request import Decision, settle_request
from runtime.database import Connection
from runtime.errors import Invalid


async def decline_quota(tx: Connection, decision: Decision, now: datetime) -> None:
    """Close the request without changing anything; the words say why and must be there.

    Raises NotFound, Invalid, and Refused when somebody decided already. Whatever is raised, roll the
    transaction back.
    """
    await settle_request(tx, decision, "declined", now)
    if not decision.words.strip():
        raise Invalid("words", "Write why, so that they know")
