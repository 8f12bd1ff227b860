"""A member corrects what is known of a customer: name, phone, e-mail, language, and the workspace's own fields."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations.attributes import AttributeType, read_value
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.live import Change, publish
from team.audit import Entry, record
from team.languages import CUSTOMER_LANGUAGES

LONGEST_NAME, LONGEST_EMAIL = 200, 254
EMAIL = re.compile(r"[^\s@<>()\",;:\\]+@[^\s@<>()\",;:\\]+\.[^\s@<>()\",;:\\]+")
SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]+")
PHONE = re.compile(r"\+?[0-9]{5,15}")
LONG_NAME = mark("That is too long: 200 characters at most")
NO_PHONE = mark("Write a phone number with its digits alone, like +886 912 345 678 or 0912-345-678")
NO_EMAIL = mark("Write an e-mail address like mei@example.com")
NO_LANGUAGE = mark("Choose one of the languages of the list")
GONE = mark("There is no such customer")
NO_FIELD = mark("There is no such field")

LOCK = """
SELECT name, phone, email, language, attributes FROM contact
WHERE id = $1 AND workspace_id = $2 AND erased_at IS NULL FOR NO KEY UPDATE
"""
FIELD = "SELECT key, type FROM attribute WHERE id = $1 AND workspace_id = $2"
SET = {
    "name": "UPDATE contact SET name = $2 WHERE id = $1",
    "phone": "UPDATE contact SET phone = $2 WHERE id = $1",
    "email": "UPDATE contact SET email = $2 WHERE id = $1",
    "language": "UPDATE contact SET language = $2 WHERE id = $1",
}
PUT = "UPDATE contact SET attributes = attributes || jsonb_build_object($2::text, $3::text::jsonb) WHERE id = $1"
DROP = "UPDATE contact SET attributes = attributes - $2::text WHERE id = $1"
CHATS = "SELECT id FROM conversation WHERE contact_id = $1 ORDER BY id"


class ContactEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What a member typed into one field of a contact. `field`: name, phone, email, language, or the id of one of
    the workspace's fields.
    """

    workspace_id: UUID
    contact_id: UUID
    by: UUID
    field: str | UUID
    entered: str


async def edit_contact(tx: Connection, edit: ContactEdit, now: datetime) -> bool:
    """Store `edit` in the caller's transaction; False when that is what stood there already.

    Empty takes the value away. Raises NotFound, and Invalid with what to write instead. The audit log learns
    which field was changed, never what is in it: it outlives the customer's wish to be forgotten.
    """
    row = await tx.fetchrow(LOCK, edit.contact_id, edit.workspace_id)
    if row is None:
        raise NotFound(GONE)
    if isinstance(edit.field, UUID):
        told = await _set_attribute(tx, edit, edit.field, row["attributes"])
    else:
        told = await _set_own(tx, edit, edit.field, row)
    if told is None:
        return False
    entry = Entry(
        workspace_id=edit.workspace_id,
        member_id=edit.by,
        action="contact.edited",
        subject=str(edit.contact_id),
        detail={"field": told},
    )
    await record(tx, entry, now)
    await tell_of_contact(tx, edit.workspace_id, edit.contact_id, now)
    return True


async def tell_of_contact(
    tx: Connection, workspace_id: UUID, contact_id: UUID, now: datetime
) -> None:
    """Tell the feed that a contact changed, and with them the conversations that show them."""
    chats = [row["id"] for row in await tx.fetch(CHATS, contact_id)]
    changes = [Change(workspace_id, "contact", contact_id)]
    detail = {"contact": str(contact_id)}
    changes += [Change(workspace_id, "conversation", chat, detail) for chat in chats]
    await publish(tx, changes, now)


async def _set_own(tx: Connection, edit: ContactEdit, field: str, row: Any) -> str | None:  # noqa: ANN401 (a record)
    if field not in SET:
        raise NotFound(NO_FIELD)
    value = read_own(field, edit.entered, row["language"])
    if value == row[field]:
        return None
    await tx.execute(SET[field], edit.contact_id, value)
    return field


async def _set_attribute(
    tx: Connection, edit: ContactEdit, field: UUID, stored: dict[str, Any]
) -> str | None:
    row = await tx.fetchrow(FIELD, field, edit.workspace_id)
    if row is None:
        raise NotFound(NO_FIELD)
    key: str = row["key"]
    value = read_value(AttributeType(row["type"]), plain(edit.entered))
    if value == stored.get(key) and isinstance(value, bool) == isinstance(stored.get(key), bool):
        return None
    if value is None:
        await tx.execute(DROP, edit.contact_id, key)
    else:
        await tx.execute(PUT, edit.contact_id, key, msgspec.json.encode(value).decode())
    return key


def plain(entered: str) -> str:
    """Return what was typed without what no database holds."""
    return entered.replace("\x00", "").encode("utf-8", "ignore").decode()


def read_own(field: str, entered: str, present_language: str = "") -> str:
    """Return what was typed into name, phone, email or language as it is stored; raises Invalid."""
    text = " ".join(plain(entered).split())
    match field:
        case "name":
            return _name(text)
        case "phone":
            return _phone(text)
        case "email":
            return _email(text)
        case _:
            if text and text not in CUSTOMER_LANGUAGES and text != present_language:
                raise Invalid("value", NO_LANGUAGE)
            return text


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise Invalid("value", LONG_NAME)
    return text


def _phone(text: str) -> str:
    digits = SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits and not PHONE.fullmatch(digits):
        raise Invalid("value", NO_PHONE)
    return digits


def _email(text: str) -> str:
    if text and (len(text) > LONGEST_EMAIL or not EMAIL.fullmatch(text) or not text.isprintable()):
        raise Invalid("value", NO_EMAIL)
    return text
