"""What search looks through: a copy of the words in one form, filed by pairs of characters.

Both tables have a column `grams bigint[]` under a GIN index, made by the migration (conversations/search_index.py
says what it holds). Rows go with the contact they are about; messages stay, and are erased with their rows.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from conversations.models.contact import Contact
from conversations.models.conversation import Message
from runtime.models import StrictModel


class SearchMessage(StrictModel):
    """The words of a message or note. `seq` is the message's."""

    message: fields.OneToOneRelation[Message] = fields.OneToOneField(
        "conversations.Message", primary_key=True, db_constraint=False
    )
    message_id: UUID
    seq = fields.BigIntField()
    workspace_id = fields.UUIDField()
    conversation_id = fields.UUIDField()
    body = fields.TextField()

    class Meta(Model.Meta):
        table = "search_message"
        indexes = [("workspace_id", "seq")]


class SearchContact(StrictModel):
    """One line about a contact. `source` says what it is: name, phone, email."""

    id = fields.BigIntField(primary_key=True, generated=True)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField("conversations.Contact")
    contact_id: UUID
    workspace_id = fields.UUIDField()
    source = fields.CharField(max_length=12)
    body = fields.TextField()

    class Meta(Model.Meta):
        table = "search_contact"
        unique_together = (("contact_id", "source"),)


class SearchCursor(StrictModel):
    """The one row, named words, that says up to where the feed has been looked through."""

    name = fields.CharField(primary_key=True, max_length=20)
    xid = fields.BigIntField()
    feed_id = fields.BigIntField()
    at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "search_cursor"
