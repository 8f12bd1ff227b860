"""A coupon's story: each change with who made it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from coupons.models.coupon import Coupon
from runtime.models import StrictModel


class CouponVersion(StrictModel):
    """One change of a coupon; rows are only ever added. `what`: created, edited, published, paused, resumed,
    ended, archived, topped_up, window, validity, voided or duplicated; `changes` holds [before, after] by
    field, as the console shows them (instants in ISO 8601). `member_id` null: the operator did it.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    version = fields.IntField()
    what = fields.CharField(max_length=12)
    changes: Any = fields.JSONField(default=dict)
    member_id: UUID | None = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "coupon_version"
        indexes = [("coupon_id", "id")]
