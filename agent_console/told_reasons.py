"""Why a platform did not take a message or an account, said anew: what is stored of it is English."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from conversations.actions.progress import LATE, LATE_MARK
from conversations.channel import Channel
from runtime.words import Words, recalled


def reason_told(channels: Mapping[str, Channel], stored: str) -> str:
    """Return a stored reason as words that can be said in any language; as it is where no channel knows it."""
    if isinstance(stored, Words):
        return stored
    if stored.endswith(LATE_MARK):
        reason = reason_told(channels, stored.removesuffix(LATE_MARK))
        return Words(LATE, reason=Words(reason))
    sentences = chain.from_iterable(one.abilities.sentences for one in channels.values())
    return recalled(stored, sentences)
