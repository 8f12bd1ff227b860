"""A customer who asks for their coupons gets the link to the list, in their own chat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from conversations.actions.post import NewMessage
from conversations.actions.receive import Handled
from conversations.channel import Inbound, Kind
from conversations.content import Text
from conversations.keywords import normalise
from coupons.my_coupons import ASKED, TRIGGER, link_message
from coupons.words import language
from runtime.database import Connection

SPOKEN = "SELECT id, language FROM workspace WHERE id = ANY ($1::uuid[])"
Link = Callable[[UUID, datetime], str]
"""Makes the address for a contact at an instant."""


def asks(inbound: Inbound) -> bool:
    """Say whether the customer asks for their coupons, in words or with a button."""
    if inbound.kind not in {Kind.MESSAGE, Kind.POSTBACK}:
        return False
    return any(normalise(text) in ASKED for text in (inbound.payload, inbound.text) if text)


async def answers(
    tx: Connection, asking: Sequence[Handled], link: Link, now: datetime
) -> list[NewMessage]:
    """Return the words with the link; in a group nobody is told anything."""
    if not asking:
        return []
    rows = await tx.fetch(SPOKEN, list({one.workspace_id for one in asking}))
    spoken = {row["id"]: row["language"] for row in rows}
    return [
        NewMessage(
            conversation_id=one.conversation_id,
            content=Text(
                link_message(
                    link(one.contact_id, now),
                    language(one.language or spoken.get(one.workspace_id, "")),
                )
            ),
            trigger=TRIGGER,
            request_id=one.event.request_id,
        )
        for one in asking
        if one.contact_id is not None
    ]
