"""De-duplication keys and the customer of a messaging item."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from channels.meta_graph.facts import instant_ms, mapping, text, word

if TYPE_CHECKING:
    from collections.abc import Callable

Item = dict[str, Any]
Parts = tuple[str | None, ...]


def sender(item: Item) -> str | None:
    """Return the sender's id; an opt-in may name none."""
    return word(mapping(item.get("sender")).get("id"))


def contact(item: Item, account_id: str) -> str | None:
    """Return the customer's id: the recipient of what the account itself sent, else the sender."""
    is_echo = mapping(item.get("message")).get("is_echo") is True
    if is_echo or sender(item) == account_id:
        return word(mapping(item.get("recipient")).get("id"))
    return sender(item)


def _time(item: Item) -> str | None:
    return text(instant_ms(item.get("timestamp")))


def _sender_time(item: Item) -> Parts:
    return sender(item), _time(item)


def _message(item: Item) -> Parts:
    message = mapping(item.get("message"))
    mid = word(message.get("mid"))
    # Unsending repeats the mid of the message: under the same key it would be swallowed as a duplicate.
    return (mid, "deleted") if message.get("is_deleted") is True else (mid,)


def _postback(item: Item) -> Parts:
    return (word(mapping(item.get("postback")).get("mid")),)


def _template(item: Item) -> Parts:
    return (*_sender_time(item), text(mapping(item.get("template")).get("payload")) or "")


def _delivery(item: Item) -> Parts:
    return sender(item), text(mapping(item.get("delivery")).get("watermark"))


def _read(item: Item) -> Parts:
    read = mapping(item.get("read"))
    return sender(item), text(read.get("watermark")) or word(read.get("mid"))


def _reaction(item: Item) -> Parts:
    reaction = mapping(item.get("reaction"))
    return word(reaction.get("mid")), sender(item), word(reaction.get("action")), _time(item)


def _edit(item: Item) -> Parts:
    edit = mapping(item.get("message_edit"))
    return word(edit.get("mid")), text(edit.get("num_edit"))


def _optin(item: Item) -> Parts:
    optin = mapping(item.get("optin"))
    named = (
        word(optin.get("notification_messages_token"))
        or word(optin.get("one_time_notif_token"))
        or word(optin.get("user_ref"))
        or word(mapping(item.get("sender")).get("user_ref"))
    )
    if named is None:
        return _sender_time(item)
    # Stopping and resuming carry the token of the opt-in they change.
    status = word(optin.get("notification_messages_status"))
    return (named, status) if status else (named,)


KEYS: dict[str, Callable[[Item], Parts]] = {
    "message": _message,
    "postback": _postback,
    "referral": _sender_time,
    "template": _template,
    "delivery": _delivery,
    "read": _read,
    "reaction": _reaction,
    "message_edit": _edit,
    "account_linking": _sender_time,
    "optin": _optin,
}
# Their ids begin with the sender, so two kinds can share one: a read receipt usually repeats the
# watermark of the delivery receipt before it.
SHARED = frozenset({"referral", "template", "delivery", "read", "account_linking"})


def name_of(item: Item) -> str | None:
    """Return which of the known keys makes this item what it is."""
    for name in KEYS:
        if name in item:
            return name
    return None


def event_id(item: Item, raw: bytes) -> str:
    """Return the item's own id; an item without the parts of one is named by its bytes."""
    return _event_id(name_of(item), item, raw)


def _event_id(name: str | None, item: Item, raw: bytes) -> str:
    parts = KEYS[name](item) if name else (None,)
    if None in parts:
        return "sha256:" + sha256(raw).hexdigest()
    return ":".join(part for part in parts if part is not None)


def key(item: Item, raw: bytes) -> str:
    """Return the de-duplication key: the id, with the kind before it where kinds share ids."""
    name = name_of(item)
    found = _event_id(name, item, raw)
    return f"{name}:{found}" if name in SHARED else found
