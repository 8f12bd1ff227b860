"""Messenger webhook bodies to Inbound values: which readers answer for which key of an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.meta_graph import envelope, inbound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversations.channel import Entry, Inbound

PRODUCT = "page"
# Hand-over and policy events are not here: they are of kind unknown.
READERS: Mapping[str, inbound.Reader] = {
    "message": inbound.message,
    "postback": inbound.postback,
    "referral": inbound.referral,
    "template": inbound.template,
    "delivery": inbound.delivery,
    "read": inbound.seen,
    "reaction": inbound.reaction,
    "message_edit": inbound.edit,
    "account_linking": inbound.account_linking,
    "optin": inbound.optin,
}


def split(body: bytes) -> list[Entry]:
    """Cut a verified body into events; raises UnreadableBody."""
    return envelope.split(body, PRODUCT)


def read(payload: bytes) -> Inbound:
    """Read one event. Never raises."""
    return inbound.read(payload, READERS)
