"""A customer's message, tap or reaction out of the fields Twilio posts. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from channels.whatsapp import form
from conversations.channel import Attachment, Inbound, Kind, MessageType

TIME_FIELD = "_t"
MAX_MEDIA = 20
_BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9._-]{1,150}")
_FORMS = {
    "text": MessageType.TEXT,
    "image": MessageType.IMAGE,
    "video": MessageType.VIDEO,
    "audio": MessageType.AUDIO,
    "voice": MessageType.AUDIO,
    "document": MessageType.FILE,
    "file": MessageType.FILE,
    "sticker": MessageType.STICKER,
    "location": MessageType.LOCATION,
    "contacts": MessageType.CONTACTS,
    "unsupported": MessageType.UNSUPPORTED,
}


def read(fields: Mapping[str, str], sid: str, customer: str) -> Inbound:
    """Read message `sid` of `customer`."""
    attachments = (*_media(fields), *_place(fields))
    tap = _tap(fields)
    body = fields.get("Body", "")
    return Inbound(
        kind=_kind(fields, tap),
        external_event_id=sid,
        external_message_id=sid,
        contact_external_id=customer,
        alt_external_id=other_name(fields, customer),
        profile_name=fields.get("ProfileName") or None,
        message_type=None if tap else _message_type(fields, attachments),
        text=tap[0] or body if tap else body,
        payload=tap[1] if tap else None,
        attachments=attachments,
        params=_answers(fields.get("InteractiveData", "")),
        timestamp_ms=_milliseconds(fields.get(TIME_FIELD, "")),
        **_context(fields),
    )


def _kind(fields: Mapping[str, str], tap: tuple[str, str] | None) -> Kind:
    if tap:
        return Kind.POSTBACK
    return Kind.REACTION if _form_name(fields) == "reaction" else Kind.MESSAGE


def _context(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what the message refers to: an earlier message, or the advertisement it came from."""
    replied = fields.get("OriginalRepliedMessageSid") or None
    if _form_name(fields) == "reaction":
        emoji = fields.get("Body") or None
        action = "react" if emoji else "unreact"
        return {"target_message_id": replied, "emoji": emoji, "action": action}
    source = fields.get("ReferralSourceType") or None
    advert = fields.get("ReferralSourceId") or None
    return {
        "reply_to": replied,
        "ref": fields.get("ReferralSourceUrl") or None,
        "ref_source": source,
        "ad_id": None if source == "post" else advert,
        "ctwa_clid": fields.get("ReferralCtwaClid") or None,
    }


def _tap(fields: Mapping[str, str]) -> tuple[str, str] | None:
    """Return title and payload of a tapped button or list row; None when nothing was tapped."""
    for title, payload in (("ButtonText", "ButtonPayload"), ("ListTitle", "ListId")):
        told = fields.get(title, ""), fields.get(payload, "")
        if any(told):
            return told[0], told[1] or told[0]
    return None


def other_name(fields: Mapping[str, str], customer: str) -> str | None:
    """Return the same person's other address: the business-scoped id of a number, or the reverse."""
    other = form.address(fields.get("ExternalUserId", "")) or ""
    if _BSUID.fullmatch(other) and other != customer:
        return other
    number = fields.get("WaId", "")
    is_number = number.isascii() and number.isdigit()
    return f"+{number}" if is_number and _BSUID.fullmatch(customer) else None


def _form_name(fields: Mapping[str, str]) -> str:
    return fields.get("MessageType", "").lower()


def _message_type(
    fields: Mapping[str, str], attachments: tuple[Attachment, ...]
) -> MessageType | None:
    """Return the form of a message: what is attached decides, then what Twilio calls it."""
    name = _form_name(fields)
    if name == "reaction":
        return None
    if attachments:
        return MessageType(attachments[0].type)
    words = MessageType.TEXT if fields.get("Body") else MessageType.UNKNOWN
    return _FORMS.get(name, words)


def _media(fields: Mapping[str, str]) -> tuple[Attachment, ...]:
    """Return the attached files in order."""
    found = []
    for place in range(MAX_MEDIA):
        url = fields.get(f"MediaUrl{place}", "")
        if not url:
            break
        told = fields.get(f"MediaContentType{place}", "").lower()
        kind = _media_type(told, sticker=_form_name(fields) == "sticker")
        found.append(Attachment(type=kind, url=url, content_type=told or None))
    return tuple(found)


def _media_type(content_type: str, *, sticker: bool) -> str:
    main, _, detail = content_type.partition(";")[0].strip().partition("/")
    if main == "image":
        return MessageType.STICKER if sticker or detail == "webp" else MessageType.IMAGE
    if detail in {"vcard", "x-vcard"}:
        return MessageType.CONTACTS
    return main if main in {"video", "audio"} else MessageType.FILE


def _place(fields: Mapping[str, str]) -> tuple[Attachment, ...]:
    """Return the shared place, if there is one on this planet."""
    lat = form.degrees(fields.get("Latitude", ""), 90)
    lon = form.degrees(fields.get("Longitude", ""), 180)
    if lat is None or lon is None:
        return ()
    told = [fields.get("Label", ""), fields.get("Address", "")]
    title = ", ".join(part for part in told if part) or None
    return (Attachment(type=MessageType.LOCATION, lat=lat, lon=lon, title=title),)


def _answers(told: str) -> dict[str, Any] | None:
    """Return the answers a person gave in a WhatsApp flow."""
    if not told:
        return None
    try:
        answers = form.loads(told)
    except form.Malformed:
        return {"data": told}
    return answers if isinstance(answers, dict) else {"data": answers}


def _milliseconds(told: str) -> int | None:
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 14 else None
