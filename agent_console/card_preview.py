"""A coupon's card as one channel will show it: the messages it becomes there, as plain values for a page."""

from __future__ import annotations

from typing import Any

import msgspec

from conversations.channel import Channel, ContentRefused
from coupons.cards import preview
from coupons.queries import Offered


class Shown(msgspec.Struct, frozen=True):
    """The messages in order (Content as plain values), or the sentence why there are none."""

    parts: tuple[dict[str, Any], ...] = ()
    refused: str = ""


def preview_on(channel: Channel, offered: Offered, base_url: str) -> Shown:
    """Return what `channel` makes of the coupon's card in the customer's language."""
    card = preview(offered.design, base_url=base_url, lang=offered.lang)
    try:
        parts = channel.parts(card)
    except ContentRefused as error:
        return Shown(refused=str(error))
    return Shown(tuple(_ours_as_path(msgspec.to_builtins(part), base_url) for part in parts))


def _ours_as_path(part: dict[str, Any], base_url: str) -> dict[str, Any]:
    """Let pictures of our own come from wherever the console was opened, not from the public address."""
    local = {
        name: str(part[name]).removeprefix(base_url)
        for name in ("image_url", "url")
        if part.get(name)
    }
    return part | local
