"""Quick replies that a member puts below an answer: checked, and understood again when one is tapped."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from conversations.channel import Abilities
from conversations.content import QuickReply
from runtime.errors import Invalid
from runtime.words import Words, mark

# Some platforms tell of a tap by its data alone, so the data holds the words.
PREFIX = "say:"
LONGEST_PAYLOAD = 200
NONE = mark("%(channel)s has no quick replies: write the choices into your answer.")
TOO_MANY = mark("%(channel)s shows at most %(limit)s quick replies; there are %(count)s.")
TOO_LONG = mark("The quick reply “%(title)s” is too long: at most %(limit)s characters.")


def quick_replies(titles: Sequence[str], abilities: Abilities) -> tuple[QuickReply, ...]:
    """Return the replies for what was entered; empty ones and repetitions are left out.

    Raises Invalid("quick") for more or longer ones than the channel shows.
    """
    wanted = list(dict.fromkeys(filter(None, (" ".join(one.split()) for one in titles))))
    most, longest = abilities.quick_replies, abilities.quick_reply_title
    if wanted and not most:
        raise Invalid("quick", Words(NONE, channel=abilities.label))
    if len(wanted) > most:
        told = {"channel": abilities.label, "limit": most, "count": len(wanted)}
        raise Invalid("quick", Words(TOO_MANY, **told))
    for title in wanted:
        if len(title.encode("utf-16-le", "surrogatepass")) // 2 > longest:
            raise Invalid("quick", Words(TOO_LONG, title=title[:40], limit=longest))
    return tuple(QuickReply(title, payload_of(title)) for title in wanted)


def payload_of(title: str) -> str:
    """Return the data of a tap, at most 200 ASCII characters."""
    return PREFIX + base64.urlsafe_b64encode(title.encode("utf-8", "replace")).decode()


def title_of(payload: str | None) -> str:
    """Return the words that a tap's data holds, "" when it is none of ours."""
    if not payload or not payload.startswith(PREFIX) or len(payload) > LONGEST_PAYLOAD:
        return ""
    try:
        return base64.urlsafe_b64decode(payload.removeprefix(PREFIX)).decode().replace("\x00", "")
    except (binascii.Error, ValueError):
        return ""
