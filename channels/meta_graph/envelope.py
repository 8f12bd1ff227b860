"""Cutting a webhook body into single events, and opening one again. Hot: every call passes here.

The quick way decodes with msgspec and copies each item's bytes as they are. A body it cannot take (a lone
surrogate anywhere, a field of another type) goes the slow way through the standard library, which repairs
text and skips what has the wrong shape.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from channels.meta_graph import keys
from channels.meta_graph.facts import instant_ms, mapping, word
from conversations.channel import Entry, UnreadableBody

UNDECODABLE = (ValueError, RecursionError)
LISTS = ("messaging", "standby", "changes")


class Event(NamedTuple):
    """One item of a body with what of its envelope is needed to read it."""

    account_id: str
    time_ms: int | None
    found_in: str
    raw: bytes
    item: dict[str, Any]


class _Entry(msgspec.Struct):
    id: str
    time: int = 0
    messaging: list[msgspec.Raw] = []
    standby: list[msgspec.Raw] = []
    changes: list[msgspec.Raw] = []


class _Body(msgspec.Struct):
    object: str
    entry: list[_Entry]


class _Wrapped(msgspec.Struct):
    account: str
    time_ms: int | None
    found_in: str
    item: msgspec.Raw


_body = msgspec.json.Decoder(_Body)
_wrapped = msgspec.json.Decoder(_Wrapped)
_any = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


def split(body: bytes, product: str) -> list[Entry]:
    """Cut a verified body of `product` (`page`, `instagram`) into events; another product's gives none.

    Raises UnreadableBody.
    """
    try:
        return [_entry(event) for event in _quick(body, product)]
    except UNDECODABLE:
        pass
    try:
        return [_entry(event) for event in _slow(body, product)]
    except UNDECODABLE as error:
        raise UnreadableBody("the body is not the JSON that Meta sends") from error


def _entry(event: Event) -> Entry:
    is_change = event.found_in == "changes"
    # A change tells of somebody's comment or the like: its ids are none we could write to.
    contact = None if is_change else keys.contact(event.item, event.account_id)
    head = _head(event.account_id, event.time_ms, event.found_in)
    return Entry(event.account_id, key_of(event), contact or "", head + event.raw + b"}")


@lru_cache(maxsize=64)
def _head(account_id: str, time_ms: int | None, found_in: str) -> bytes:
    """Return the beginning of a payload; the items of an entry share it."""
    envelope = _encode({"account": account_id, "time_ms": time_ms, "found_in": found_in})
    return envelope[:-1] + b',"item":'


def key_of(event: Event) -> str:
    """Return the de-duplication key of an event."""
    return keys.key({} if event.found_in == "changes" else event.item, event.raw)


def id_of(event: Event) -> str:
    """Return the event's own id, as people see it."""
    return keys.event_id({} if event.found_in == "changes" else event.item, event.raw)


def _quick(body: bytes, product: str) -> Iterator[Event]:
    root = _body.decode(body)
    if root.object != product:
        return
    for entry in root.entry:
        account_id, time_ms = word(entry.id), instant_ms(entry.time)
        for found_in in LISTS if account_id else ():
            for raw in getattr(entry, found_in):
                item = _any.decode(raw)
                if isinstance(item, dict):
                    yield Event(account_id or "", time_ms, found_in, bytes(raw), item)


def _slow(body: bytes, product: str) -> Iterator[Event]:
    root = _forgiving(body)
    if not isinstance(root, dict) or not isinstance(root.get("entry"), list):
        raise UnreadableBody("the body has no list of entries")
    if not isinstance(root.get("object"), str):
        raise UnreadableBody("the body does not say which product it is about")
    if root["object"] != product:
        return
    for entry in root["entry"]:
        account_id = word(mapping(entry).get("id"))
        if account_id is not None:
            yield from _items(account_id, entry)


def _items(account_id: str, entry: dict[str, Any]) -> Iterator[Event]:
    time_ms = instant_ms(entry.get("time"))
    for found_in in LISTS:
        listed = entry.get(found_in)
        for item in listed if isinstance(listed, list) else []:
            if isinstance(item, dict):
                raw = json.dumps(item, ensure_ascii=False).encode()
                yield Event(account_id, time_ms, found_in, raw, item)


def _forgiving(body: bytes) -> object:
    """Decode JSON that msgspec refuses: lone surrogates become U+FFFD, endless numbers None."""
    decoded = json.loads(body.decode(), parse_float=_finite, parse_constant=_refuse)
    whole = json.dumps(decoded, ensure_ascii=False)
    repaired = whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json.loads(repaired)


def _finite(written: str) -> float | None:
    number = float(written)
    return number if math.isfinite(number) else None


def _refuse(written: str) -> object:
    raise ValueError(f"{written} is not JSON")


def unwrap(payload: bytes) -> Event | None:
    """Open what `split` wrapped; None for anything else."""
    try:
        wrapped = _wrapped.decode(payload)
        item = _any.decode(wrapped.item)
    except UNDECODABLE:
        return None
    raw = bytes(wrapped.item)
    return Event(wrapped.account, wrapped.time_ms, wrapped.found_in, raw, mapping(item))
