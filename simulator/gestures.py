"""The page's requests by name: which gesture of a phone each one is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from runtime.errors import Invalid
from simulator import phones

if TYPE_CHECKING:
    from simulator.speaker import Speaker

Gesture = Callable[[Any, Mapping[str, Any]], Awaitable[str | None]]


def _word(body: Mapping[str, Any], name: str) -> str:
    return str(body.get(name, ""))


def _tapped(body: Mapping[str, Any]) -> dict[str, Any]:
    action = body.get("tapped")
    if not isinstance(action, dict):
        raise Invalid("tapped", "Name the button that was tapped.")
    return action


GESTURES: Mapping[str, Gesture] = {
    "say": lambda who, body: phones.say(who, _word(body, "text")),
    "photo": lambda who, _: phones.send_photo(who),
    "sticker": lambda who, _: phones.send_sticker(who),
    "location": lambda who, _: phones.send_location(who),
    "start": lambda who, body: phones.start(who, _word(body, "ref")),
    "open_link": lambda who, body: phones.open_link(who, _word(body, "ref")),
    "tap": lambda who, body: phones.tap(who, _word(body, "message"), _tapped(body)),
    "unsend": lambda who, body: phones.unsend(who, _word(body, "message")),
    "edit": lambda who, body: phones.edit(who, _word(body, "message"), _word(body, "text")),
    "react": lambda who, body: phones.react(who, _word(body, "message"), _word(body, "text")),
    "block": lambda who, _: phones.block(who),
    "unblock": lambda who, _: phones.unblock(who),
    "play": lambda who, body: phones.play(who, _word(body, "event")),
    "read": lambda who, _: phones.read(who),
}


async def perform(who: Speaker, body: Mapping[str, Any]) -> str | None:
    """Carry out the gesture `body["action"]`; return the sent message's id where one was sent.

    Raises Invalid for an unknown gesture, and whatever the gesture itself raises.
    """
    name = _word(body, "action")
    gesture = GESTURES.get(name)
    if gesture is None:
        raise Invalid("action", f"Choose one of {', '.join(GESTURES)}.")
    return await gesture(who, body)
