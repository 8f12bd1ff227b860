"""Customers, how each channel knows them, and their tags."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from conversations.models.account import ChannelAccount
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Workspace


class Contact(StrictModel):
    """A customer of the workspace, whatever channels they write on. While `blocked_at` stands they are not
    answered; of one with `erased_at` nothing is left but the row that claims point to.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    name = fields.CharField(max_length=200, default="")
    phone = fields.CharField(max_length=40, default="")
    email = fields.CharField(max_length=254, default="")
    language = fields.CharField(max_length=16, default="")
    picture_url = fields.TextField(default="")
    attributes: Any = fields.JSONField(default=dict)
    created_at = fields.DatetimeField()
    blocked_at: datetime | None = fields.DatetimeField(null=True)
    erased_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "contact"
        indexes = [("workspace_id", "id")]


class ChannelIdentity(StrictModel):
    """A contact as one account knows them. `external_id` is opaque: a WhatsApp person has one row for
    the phone number and one for the business-scoped user id, both of one contact.

    `name` and `picture_url` are what this platform tells. `origin_id` is the contact under whom the chats of
    this address began, once it was merged into another (docs/decisions/0026); None: `contact_id`.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    account: fields.ForeignKeyRelation[ChannelAccount] = fields.ForeignKeyField(
        "conversations.ChannelAccount"
    )
    account_id: UUID
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField("conversations.Contact")
    contact_id: UUID
    origin_id: UUID | None = fields.UUIDField(null=True)
    external_id = fields.CharField(max_length=160)
    name = fields.CharField(max_length=200, default="", db_default="")
    picture_url = fields.TextField(default="", db_default="")
    reachable = fields.BooleanField(default=True)
    profile_at: datetime | None = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "channel_identity"
        unique_together = (("account_id", "external_id"),)


class Tag(StrictModel):
    """A word put on contacts."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    name = fields.CharField(max_length=60)

    class Meta(Model.Meta):
        table = "tag"
        unique_together = (("workspace_id", "name"),)


class MergedTag(StrictModel):
    """A tag that is no more, and the one that stands for it; gone with that one."""

    gone_id = fields.UUIDField(primary_key=True)
    into: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField(
        "conversations.Tag", on_delete=fields.OnDelete.CASCADE
    )
    into_id: UUID

    class Meta(Model.Meta):
        table = "merged_tag"


class ContactTag(StrictModel):
    """A tag on a contact, and what put it there (member, claim, open, redeem)."""

    id = fields.BigIntField(primary_key=True, generated=True)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField("conversations.Contact")
    contact_id: UUID
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField("conversations.Tag")
    tag_id: UUID
    source = fields.CharField(max_length=40, default="")
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "contact_tag"
        unique_together = (("contact_id", "tag_id"),)


class ContactMerge(StrictModel):
    """A contact that was merged into another, kept so that it can be taken out again exactly as it went in.

    `gone_id` was merged into `into_id`; `kept` is who stands for both now (`into_id`, or whom that one was
    merged into). `facts` holds the row of the contact that went, the names of the fields it filled, its tags, and
    what other packages need to take their part back. Goes with the contact that stays.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    gone_id = fields.UUIDField(unique=True)
    into_id = fields.UUIDField()
    kept: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField("conversations.Contact")
    kept_id: UUID
    by_id: UUID | None = fields.UUIDField(null=True)
    at: datetime = fields.DatetimeField()
    facts: Any = fields.JSONField()

    class Meta(Model.Meta):
        table = "contact_merge"
        indexes = [("kept_id",)]
