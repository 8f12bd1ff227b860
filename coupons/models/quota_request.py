"""A member's wish to send more of a coupon than their quota allows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from coupons.models.coupon import Coupon
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Member, Workspace


class QuotaRequest(StrictModel):
    """`amount` more, with `words`. `state`: open, granted or declined; `granted`: how many it was in the end;
    `reply`: the words of who decided. A member has at most one open request a coupon (migration 0011).
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("team.Member")
    member_id: UUID
    amount = fields.IntField()
    words = fields.CharField(max_length=300, default="")
    state = fields.CharField(max_length=10, default="open")
    granted = fields.IntField(default=0)
    reply = fields.CharField(max_length=300, default="")
    asked_at: datetime = fields.DatetimeField()
    decided_at: datetime | None = fields.DatetimeField(null=True)
    decided_by: UUID | None = fields.UUIDField(null=True)

    class Meta(Model.Meta):
        table = "quota_request"
        indexes = (("member_id", "coupon_id", "asked_at"),)
