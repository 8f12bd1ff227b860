"""What a workspace writes down once for its people: fields of a contact, and replies worth keeping."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Member, Workspace


class Attribute(StrictModel):
    """A field that contacts may have; its value stands under `key` in `contact.attributes`.

    `type` is text, number, date or yes_no (conversations/attributes.py) and never changes.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    key = fields.CharField(max_length=40)
    label = fields.CharField(max_length=60)
    type = fields.CharField(max_length=8)
    position = fields.IntField()

    class Meta(Model.Meta):
        table = "attribute"
        unique_together = (("workspace_id", "key"), ("workspace_id", "label"))


class SavedReply(StrictModel):
    """Words to be used again; `member_id` is whose they are, None for everybody's.

    A shortcut is unique among everybody's, and among one member's (an index of the migration).
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    member: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "team.Member", null=True
    )
    member_id: UUID | None
    shortcut = fields.CharField(max_length=30)
    title = fields.CharField(max_length=80)
    text = fields.TextField()
    changed_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "saved_reply"
