"""Stock: codes and the units that are taken, one a claim."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from coupons.models.coupon import Coupon
from runtime.models import StrictModel
from team.models import Workspace


class Code(StrictModel):
    """A merchant's code. `text` is exactly as loaded; `normalised` (coupons.rules.codes) is unique in
    the workspace. `more`: the further codes of its row, when a claim carries several barcodes. `batch_id`:
    the CodeBatch it came with, null when a claim or a unit made it. `claim_id`: the claim it was made for, null
    where a unit or a file brought it. `disabled_at`: it is worth nothing since.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    text = fields.CharField(max_length=100)
    normalised = fields.CharField(max_length=100)
    more: Any = fields.JSONField(default=list, db_default=[])
    batch_id: UUID | None = fields.UUIDField(null=True)
    claim_id: UUID | None = fields.UUIDField(null=True)
    disabled_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "code"
        unique_together = (("workspace_id", "normalised"),)


class Unit(StrictModel):
    """One piece of a coupon's stock. `seq` is dense from 1; `state`: free, issued, void (its code may
    have been seen) or withdrawn (the quantity was lowered).
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    seq = fields.IntField()
    state = fields.CharField(max_length=10, default="free")
    code: fields.ForeignKeyNullableRelation[Code] = fields.ForeignKeyField(
        "coupons.Code", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    code_id: int | None

    class Meta(Model.Meta):
        table = "unit"
        unique_together = (("coupon_id", "seq"), ("code_id",))
