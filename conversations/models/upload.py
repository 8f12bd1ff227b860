"""Files that members chose for customers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from conversations.models.conversation import Conversation
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Member


class Upload(StrictModel):
    """A file waiting in a member's composer, or sent: then `message_id` is set and `token` opens it to anybody.

    `state` is storing until its bytes are kept, ready, or removed: taken out again, or too old. `storage_key`
    and `preview_key` (a small JPEG, or "") name its files from the first moment on, so that none is ever lost.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace_id = fields.UUIDField()
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "conversations.Conversation"
    )
    conversation_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("team.Member")
    member_id: UUID
    token = fields.CharField(max_length=32, unique=True)
    state = fields.CharField(max_length=8, default="storing")
    kind = fields.CharField(max_length=8, default="")
    name = fields.CharField(max_length=120)
    content_type = fields.CharField(max_length=120, default="")
    size = fields.BigIntField(default=0)
    duration_ms = fields.IntField(default=0)
    storage_key = fields.CharField(max_length=120)
    preview_key = fields.CharField(max_length=120, default="")
    message_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "upload"
        indexes = [("member_id", "created_at"), ("conversation_id",)]
