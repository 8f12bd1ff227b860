"""Platform ids and numbers that fit the columns which hold them: plain functions.

Platforms do not promise how long an id is. One that is too long becomes its beginning and a hash of the
whole: always the same for the same id, so that repetition, edits, receipts and reactions still meet.
"""

from __future__ import annotations

import hashlib

import msgspec

from conversations.channel import Attachment, Chat, Inbound

ADDRESS = 160
MESSAGE_ID = 200
REPLY_TOKEN = 120
EMOJI = 40
HASH = 32
LARGEST = 2**63 - 1


def short_id(text: str, width: int) -> str:
    """Return `text` when it fits `width` characters, else its beginning and 32 hex digits of its hash."""
    if len(text) <= width:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[: width - HASH - 1]}~{digest[:HASH]}"


def message_id(text: str) -> str:
    """Return the platform's id of a message as our columns hold it."""
    return short_id(text, MESSAGE_ID)


def bounded(inbound: Inbound) -> Inbound:
    """Return `inbound` with ids that fit; itself when nothing is too long.

    A reply token that is too long is dropped: a part of it opens nothing.
    """
    changes = {
        name: short_id(value, width)
        for name, width in WIDTHS.items()
        if (value := getattr(inbound, name)) is not None and len(value) > width
    }
    facts = changes | _of_lists(inbound)
    if inbound.reply_token is not None and len(inbound.reply_token) > REPLY_TOKEN:
        facts["reply_token"] = None
    return msgspec.structs.replace(inbound, **facts) if facts else inbound


WIDTHS = {
    "contact_external_id": ADDRESS,
    "alt_external_id": ADDRESS,
    "external_message_id": MESSAGE_ID,
    "target_message_id": MESSAGE_ID,
    "reply_to": MESSAGE_ID,
}


def _of_lists(inbound: Inbound) -> dict[str, object]:
    facts: dict[str, object] = {}
    if inbound.chat is not None and len(inbound.chat.id) > ADDRESS:
        facts["chat"] = Chat(inbound.chat.type, short_id(inbound.chat.id, ADDRESS))
    if any(len(mid) > MESSAGE_ID for mid in inbound.mids):
        facts["mids"] = tuple(message_id(mid) for mid in inbound.mids)
    if any(not _fits(each) for each in inbound.attachments):
        facts["attachments"] = tuple(_attachment(each) for each in inbound.attachments)
    return facts


def _fits(attachment: Attachment) -> bool:
    return 0 <= (attachment.size or 0) <= LARGEST


def _attachment(attachment: Attachment) -> Attachment:
    """Return the attachment without a size that no file has."""
    return attachment if _fits(attachment) else msgspec.structs.replace(attachment, size=None)
