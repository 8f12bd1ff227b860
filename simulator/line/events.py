"""LINE webhook events in their true shapes. Pure: ids and instants come in."""

from __future__ import annotations

from typing import Any

from simulator import shapes


def event(kind: str, source: dict[str, str], at_ms: int, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    """Return an event without its deliveryContext, which each delivery adds."""
    return {
        "type": kind,
        "mode": "active",
        "timestamp": at_ms,
        "source": source,
        "webhookEventId": shapes.ulid(at_ms),
        **rest,
    }


def source(user: str, group: str = "") -> dict[str, str]:
    """Return who it comes from."""
    if group:
        return {"type": "group", "groupId": group, "userId": user}
    return {"type": "user", "userId": user}


def text(message_id: str, words: str) -> dict[str, Any]:
    """Return a text message."""
    return {
        "id": message_id,
        "type": "text",
        "quoteToken": shapes.hex32(),
        "markAsReadToken": shapes.hex32(),
        "text": words,
    }


def image(message_id: str) -> dict[str, Any]:
    """Return a photo, whose bytes the content endpoint serves."""
    return {
        "id": message_id,
        "type": "image",
        "quoteToken": shapes.hex32(),
        "markAsReadToken": shapes.hex32(),
        "contentProvider": {"type": "line"},
    }


def sticker(message_id: str) -> dict[str, Any]:
    """Return a sticker of LINE's own."""
    return {
        "id": message_id,
        "type": "sticker",
        "quoteToken": shapes.hex32(),
        "markAsReadToken": shapes.hex32(),
        "packageId": "446",
        "stickerId": "1988",
        "stickerResourceType": "STATIC",
        "keywords": ["Hi", "Hello", "Greetings"],
    }


def location(message_id: str, place: dict[str, Any]) -> dict[str, Any]:
    """Return a place; `place` has title, address, latitude, longitude."""
    return {"id": message_id, "type": "location", "markAsReadToken": shapes.hex32(), **place}
