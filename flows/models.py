"""Rules a bot answers by, and what ran. Seen only by this package's actions and queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Workspace


class Rule(StrictModel):
    """What a bot does when: `kind` keyword, follow, get_started or referral.

    `keywords` are compared as conversations.keywords.normalise leaves them, whole unless `contains`. With a
    `coupon_id` the coupon is issued, else `text` is sent; `lead_text` goes before its card, and goes even
    when the card is withheld. `refusal_texts` maps a refusal code (or "*")
    to the words sent instead of a card; {name} stands for the contact's name.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    position = fields.IntField(default=0)
    kind = fields.CharField(max_length=20)
    keywords: Any = fields.JSONField(default=list)
    contains = fields.BooleanField(default=False)
    coupon_id: UUID | None = fields.UUIDField(null=True)
    text = fields.TextField(default="")
    lead_text = fields.CharField(max_length=1000, default="", db_default="")
    refusal_texts: Any = fields.JSONField(default=dict)
    active = fields.BooleanField(default=True)

    class Meta(Model.Meta):
        table = "flow_rule"
        indexes = [("workspace_id", "position")]


class Run(StrictModel):
    """A rule answered an event of a conversation; claims are keyed by run and step."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    rule: fields.ForeignKeyRelation[Rule] = fields.ForeignKeyField("flows.Rule")
    rule_id: UUID
    conversation_id = fields.UUIDField()
    trigger = fields.CharField(max_length=120)
    at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "flow_run"
