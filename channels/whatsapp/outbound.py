"""A call becomes the form fields of Twilio's Messages API. Pure: no network, no database, no clock."""

from __future__ import annotations

import json
from typing import assert_never

from channels.whatsapp import templates, wording
from channels.whatsapp.form import PREFIX
from channels.whatsapp.parts import parts
from conversations.channel import Account, Call, Part
from conversations.content import (
    Audio,
    Buttons,
    Card,
    Carousel,
    File,
    Image,
    Location,
    Template,
    Text,
    Video,
)

__all__ = ["form", "parts", "said_text"]


def form(account: Account, call: Call) -> dict[str, str]:
    """Return the fields of POST /2010-04-01/Accounts/{AC}/Messages.json for a call of one part."""
    [part] = call.parts
    sender = account.address.removeprefix(PREFIX)
    service = sender.startswith("MG")
    fields = {
        "To": PREFIX + call.to,
        "MessagingServiceSid" if service else "From": sender if service else PREFIX + sender,
        **_said(part),
    }
    if call.status_url:
        fields["StatusCallback"] = _callback(call.status_url, str(part.delivery_id))
    return fields


def _callback(url: str, delivery: str) -> str:
    """Put our delivery id into the query, before a fragment of connection settings."""
    address, mark, fragment = url.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}m={delivery}{mark}{fragment}"


def _said(part: Part) -> dict[str, str]:
    """Return the fields of what is said: a filled template where there is one, else text or media."""
    if part.template_id is not None and (shape := templates.shape(part.content)) is not None:
        return _template(part.template_id, shape.variables)
    match part.content:
        case Image(url=url) | Video(url=url) | Audio(url=url) | File(url=url):
            return {"MediaUrl": url}
        case Template(template_id=template_id, variables=variables):
            return _template(template_id, variables)
        case Location() as place:
            return {"Body": wording.words(place), "PersistentAction": _place_action(place)}
        case Text() | Card() | Carousel() | Buttons():
            return {"Body": wording.words(part.content)}
        case _:
            assert_never(part.content)


def _template(sid: str, variables: dict[str, str]) -> dict[str, str]:
    fields = {"ContentSid": sid}
    if variables:
        fields["ContentVariables"] = json.dumps(variables, ensure_ascii=False)
    return fields


def said_text(part: Part) -> str | None:
    """Return the text under which Twilio lists this message; None where that cannot be known.

    A message with media and no words is listed with an empty text.
    """
    if isinstance(part.content, Template):
        return None
    if part.template_id is not None and (shape := templates.shape(part.content)) is not None:
        return templates.shown(shape)
    return wording.words(part.content)


def _place_action(place: Location) -> str:
    label = " ".join(f"{place.title} {place.address}".replace("|", " ").split())
    point = f"geo:{place.latitude:.6f},{place.longitude:.6f}"
    return f"{point}|{label}" if label else point
