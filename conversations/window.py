"""Until when a platform lets us answer: pure arithmetic over a conversation's last customer message and reply token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from conversations.channel import Abilities

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Window(msgspec.Struct, frozen=True):
    """When bots (`ends_at`) and people (`human_ends_at`) may no longer write; None means no limit."""

    ends_at: datetime | None
    human_ends_at: datetime | None

    def is_open(self, now: datetime, *, human: bool) -> bool:
        """Say whether a message may be sent now; the end instant itself is closed."""
        end = self.human_ends_at if human else self.ends_at
        return end is None or now < end

    def needs_human_tag(self, now: datetime) -> bool:
        """Say whether only a person's answer still passes."""
        return self.ends_at is not None and now >= self.ends_at


def window(abilities: Abilities, customer_at: datetime | None) -> Window:
    """Return the window after a customer's message at `customer_at` (None: they never wrote)."""
    if abilities.window_s is None:
        return Window(None, None)
    if customer_at is None:
        return Window(LONG_AGO, LONG_AGO)
    longest = max(abilities.window_s, abilities.human_agent_window_s or 0)
    return Window(
        customer_at + timedelta(seconds=abilities.window_s),
        customer_at + timedelta(seconds=longest),
    )


def is_fresh(token: str, at: datetime | None, abilities: Abilities, now: datetime) -> bool:
    """Say whether a reply token received at `at` still opens the free reply."""
    if not token or at is None or abilities.reply_token_s is None:
        return False
    return now < at + timedelta(seconds=abilities.reply_token_s)
