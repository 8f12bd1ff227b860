"""Instagram webhook bodies to Inbound values: which readers answer for which key of an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.meta_graph import envelope, inbound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversations.channel import Entry, Inbound

PRODUCT = "instagram"
# Comments and mentions come as `changes`, hand-over as keys that are not here: all of kind unknown.
# Echoes and unsent messages come as `message`; there is no delivery receipt.
READERS: Mapping[str, inbound.Reader] = {
    "message": inbound.message,
    "postback": inbound.postback,
    "referral": inbound.referral,
    "read": inbound.seen,
    "reaction": inbound.reaction,
    "message_edit": inbound.edit,
    "optin": inbound.optin,
}


def split(body: bytes) -> list[Entry]:
    """Cut a verified body into events; raises UnreadableBody."""
    return envelope.split(body, PRODUCT)


def read(payload: bytes) -> Inbound:
    """Read one event. Never raises."""
    return inbound.read(payload, READERS)
