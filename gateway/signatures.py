"""Is this call signed by the account? A secret changed a moment ago verifies beside its successor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

    from conversations.channel import Account, Channel, WebhookRequest


def holds(channel: Channel, account: Account, request: WebhookRequest, now: datetime) -> bool:
    """Say whether `request` is signed with the account's secret, or, until that ends, the one before."""
    if channel.verify(account, request):
        return True
    until = account.previous_until
    if not account.previous_secret or until is None or now >= until:
        return False
    earlier = msgspec.structs.replace(account, secret=account.previous_secret)
    return channel.verify(earlier, request)
