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
    "blocked": "contact_blocked",
    "erased": "contact_erased",
}


class Composer(msgspec.Struct, frozen=True):
    """`reason` is "" when a person may write, else a refusal's code. `left` is None without a limit.

    `templates`: what the platform approved can be sent though the time is over, on a channel that
    `may_have_templates`. `human_only`: the platform takes a person's answer, but no longer a bot's. `metered`: it
    counts answers, except one given while `free_left` lasts.
    """

    reason: str
    templates: bool
    may_have_templates: bool
    left: timedelta | None
    human_only: bool
    text_limit: int
    text_unit: str
    quick_replies: int
    quick_title: int
    soon: bool
    metered: bool
    free_left: timedelta | None


def composer(head: ConversationHead, abilities: Abilities, now: datetime) -> Composer:
    """Return the composer's state for a conversation."""
    limits = window(abilities, head.customer_at)
    end = limits.human_ends_at
    left = end - now if end and limits.is_open(now, human=True) else None
    reason = _reason(head, open_now=limits.is_open(now, human=True))
    return Composer(
        reason,
        reason == "channel_window_closed" and "template" not in abilities.unsupported,
        "template" not in abilities.unsupported,
        left,
        limits.needs_human_tag(now),
        abilities.text_limit,
        abilities.text_unit,
        abilities.quick_replies,
        abilities.quick_reply_title,
        left is not None and left < timedelta(hours=2),
        abilities.reply_token_s is not None,
        _free_left(head, abilities, now),
    )


def _free_left(head: ConversationHead, abilities: Abilities, now: datetime) -> timedelta | None:
    if abilities.reply_token_s is None or head.reply_token_at is None:
        return None
    left = head.reply_token_at + timedelta(seconds=abilities.reply_token_s) - now
    return left if left > timedelta() else None


def _reason(head: ConversationHead, *, open_now: bool) -> str:
    if head.account_state in STOPPED:
        return STOPPED[head.account_state]
    if not head.reachable:
        return "contact_unreachable"
    if not open_now:
        return "channel_window_closed"
    return "not_assignee" if head.reserved else ""
