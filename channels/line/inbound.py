"""LINE webhooks to normalised events: `split` cuts a body into events, `read` reads one. Pure."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from channels.line import events, wire
from channels.line.fields import text_of
from channels.line.wire import Undecodable
from conversations.channel import Entry, Inbound, Kind, UnreadableBody


class _Body(msgspec.Struct, frozen=True):
    events: list[msgspec.Raw]
    destination: str = ""


class _Source(msgspec.Struct, rename="camel", frozen=True):
    group_id: str = ""
    room_id: str = ""
    user_id: str = ""
    type: str = ""


class _Head(msgspec.Struct, rename="camel", frozen=True):
    webhook_event_id: str = ""
    source: _Source = _Source()


_bodies = msgspec.json.Decoder(_Body)
_heads = msgspec.json.Decoder(_Head)


def split(body: bytes) -> list[Entry]:
    """Cut a webhook body into events; raises UnreadableBody.

    The usual body is sliced without decoding its events further than their key and source. Anything
    unusual (a field of another type, a lone surrogate, U+0000) takes the slow way, event by event.
    """
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise UnreadableBody("The body is not UTF-8.") from error
    if wire.NUL not in body:
        try:
            return _split_fast(body)
        except (msgspec.DecodeError, RecursionError):
            pass
    return _split_slowly(body)


def _split_fast(body: bytes) -> list[Entry]:
    root = _bodies.decode(body)
    entries = []
    for raw in root.events:
        head = _heads.decode(raw)
        payload = bytes(raw)
        source = head.source
        lane = _chat_id(source.type, source.group_id, source.room_id) or source.user_id
        entries.append(
            Entry(root.destination, head.webhook_event_id or _digest(payload), lane, payload)
        )
    return entries


def _split_slowly(body: bytes) -> list[Entry]:
    try:
        root = wire.decode(body)
        if not isinstance(root, dict) or not isinstance(root.get("events"), list):
            raise UnreadableBody('The body is not an object with a list of "events".')
        # LINE always names the destination; "" belongs to no account.
        destination = text_of(root, "destination") or ""
        return [_entry(destination, wire.encode(event)) for event in root["events"]]
    except Undecodable as error:
        raise UnreadableBody("The body is not JSON.") from error


def _entry(destination: str, payload: bytes) -> Entry:
    inbound = read(payload)
    lane = inbound.chat.id if inbound.chat else inbound.contact_external_id or ""
    return Entry(destination, inbound.external_event_id, lane, payload)


def read(payload: bytes) -> Inbound:
    """Read one event; whatever cannot be understood becomes kind `unknown`."""
    try:
        event: Any = wire.decode(payload)
    except Undecodable:
        event = None
    if not isinstance(event, dict):
        return Inbound(kind=Kind.UNKNOWN, external_event_id=_digest(payload))
    key = text_of(event, "webhookEventId") or _digest(payload)
    return events.inbound_of(event, key)


def _chat_id(kind: str, group_id: str, room_id: str) -> str:
    if kind == "group":
        return group_id
    return room_id if kind == "room" else ""


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()
