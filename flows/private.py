"""The way from a group into the 1:1 chat, where coupons are given."""

from __future__ import annotations

from collections.abc import Mapping

from conversations.actions.receive import Handled
from conversations.channel import Channel
from flows.words import in_private


def invitation(
    handled: Handled, word: str, workspace_language: str, channels: Mapping[str, Channel]
) -> str:
    """Return the words that lead into the 1:1 chat, where `word` asks again; "" without an address."""
    account = handled.event.account
    link = channels[account.channel].chat_link(account, word)
    return in_private(link, handled.language, workspace_language) if link else ""
