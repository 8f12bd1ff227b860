"""Why a channel refused a message, said anew: what is stored with the message is English."""

from __future__ import annotations

from typing import Any

import msgspec

from conversations.channel import Channel, ContentRefused
from conversations.content import Content


def refusal(channel: Channel | None, content: Any, stored: str) -> str:  # noqa: ANN401 (stored JSON)
    """Return the channel's sentence for this content, which can be said in any language; `stored` when it no
    longer refuses it.
    """
    if channel is None:
        return stored
    try:
        channel.parts(msgspec.convert(content, Content))
    except ContentRefused as error:
        return error.words
    except msgspec.ValidationError:
        return stored
    return stored
