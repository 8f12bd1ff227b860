"""Channel accounts: the shop's presence on a platform, and the templates kept there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Workspace


class ChannelAccount(StrictModel):
    """One account. `credentials` is encrypted JSON (conversations/accounts.py); `state` is ok,
    degraded or reconnect; only authentication errors set reconnect. While `paused_at` stands nothing is
    sent; a removed account keeps its conversations and nothing else. Channel and name are unique among
    those not removed (an index of the migrations).
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    channel = fields.CharField(max_length=20)
    name = fields.CharField(max_length=60)
    external_id = fields.CharField(max_length=120, default="")
    address = fields.CharField(max_length=120, default="")
    api_base = fields.CharField(max_length=300, default="")
    credentials = fields.BinaryField()
    state = fields.CharField(max_length=12, default="ok")
    state_reason = fields.CharField(max_length=300, default="")
    webhook_at: datetime | None = fields.DatetimeField(null=True)
    checked_at: datetime | None = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    paused_at: datetime | None = fields.DatetimeField(null=True)
    removed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "channel_account"
        indexes = [("channel", "external_id")]


class ContentTemplate(StrictModel):
    """A template made on the platform once for each shape; `template_id` is empty until it exists."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    account: fields.ForeignKeyRelation[ChannelAccount] = fields.ForeignKeyField(
        "conversations.ChannelAccount"
    )
    account_id: UUID
    shape_hash = fields.CharField(max_length=64)
    body: Any = fields.JSONField()
    template_id = fields.CharField(max_length=80, default="")
    tries = fields.IntField(default=0)
    next_try_at = fields.DatetimeField()
    error = fields.CharField(max_length=300, default="")

    class Meta(Model.Meta):
        table = "content_template"
        unique_together = (("account_id", "shape_hash"),)
