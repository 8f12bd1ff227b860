"""What members keep about conversations: how far each has read, what they began to write, who was called by
name in a note.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from conversations.models.conversation import Conversation, Message
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Member


class ReadMark(StrictModel):
    """How much of a conversation's `unread` a member has read (`seen`). Closing removes the marks."""

    id = fields.BigIntField(primary_key=True, generated=True)
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "conversations.Conversation"
    )
    conversation_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("team.Member")
    member_id: UUID
    seen = fields.IntField()

    class Meta(Model.Meta):
        table = "read_mark"
        unique_together = (("conversation_id", "member_id"),)


class Mention(StrictModel):
    """A colleague was called by name in a note; `seen_at` is when they opened the conversation."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "team.Member", related_name="mentions"
    )
    member_id: UUID
    by_id = fields.UUIDField()
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "conversations.Conversation"
    )
    conversation_id: UUID
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("conversations.Message")
    message_id: UUID
    at = fields.DatetimeField()
    seen_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "mention"
        unique_together = (("message_id", "member_id"),)
        indexes = [("member_id", "at"), ("conversation_id",)]


class Draft(StrictModel):
    """An answer that a member has begun, on whatever device. `form` names the filled-in form it stands in and
    `place` how often that form was saved: what comes later than its successor is dropped. An emptied draft stays
    for a while with the text "".
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "team.Member", related_name="drafts"
    )
    member_id: UUID
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "conversations.Conversation", related_name="drafts"
    )
    conversation_id: UUID
    text = fields.TextField()
    form = fields.CharField(max_length=64)
    place = fields.IntField()
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "draft"
        unique_together = (("member_id", "conversation_id"),)
        indexes = [("conversation_id",)]
