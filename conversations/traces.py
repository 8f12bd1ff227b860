"""Where a person's ids stand in raw events, and whose event it is."""

from __future__ import annotations

import json
from collections.abc import Collection
from urllib.parse import quote, quote_plus

from conversations.channel import Channel


def needles(names: Collection[str]) -> list[bytes]:
    """Return the bytes by which ids stand in what platforms send: as they are, in JSON, in a form."""
    found: dict[bytes, None] = {}
    for name in names:
        escaped = json.dumps(name)[1:-1]
        for written in (
            name,
            escaped,
            escaped.replace("/", "\\/"),
            quote(name, safe=""),
            quote_plus(name),
        ):
            found[written.encode("utf-8", "surrogatepass")] = None
    return list(found)


def is_theirs(channel: Channel, payload: bytes, names: Collection[str]) -> bool:
    """Say whether the event is of somebody with one of these ids, however often it could not be worked on."""
    try:
        inbound = channel.read(payload)
    except Exception:  # noqa: BLE001 (an event that cannot be read is theirs when it names them)
        return any(needle in payload for needle in needles(names))
    return inbound.contact_external_id in names or inbound.alt_external_id in names
