"""What the composer must know: may a person write now, until when, how much."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from conversations.channel import Abilities
from conversations.views import ConversationHead
from conversations.window import window

STOPPED = {
    "reconnect": "reconnect",
    "paused": "account_paused",
    "removed": "account_removed",
}


class Composer(msgspec.Struct, frozen=True):
    """`reason` is "" when a person may write, else a refusal's code. `left` is None without a limit.

    `human_only`: the platform takes a person's answer, but no longer a bot's.
    """

    reason: str
    left: timedelta | None
    human_only: bool
    text_limit: int
    soon: bool


def composer(head: ConversationHead, abilities: Abilities, now: datetime) -> Composer:
    """Return the composer's state for a conversation."""
    limits = window(abilities, head.customer_at)
    end = limits.human_ends_at
    left = end - now if end and limits.is_open(now, human=True) else None
    return Composer(
        _reason(head, open_now=limits.is_open(now, human=True)),
        left,
        limits.needs_human_tag(now),
        abilities.text_limit,
        left is not None and left < timedelta(hours=2),
    )


def _reason(head: ConversationHead, *, open_now: bool) -> str:
    if head.account_state in STOPPED:
        return STOPPED[head.account_state]
    if not head.reachable:
        return "contact_unreachable"
    return "" if open_now else "channel_window_closed"
