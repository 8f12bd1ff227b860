"""Batches of codes: where they came from, which lines were refused, and units still to be made."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from coupons.models.coupon import Coupon
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Workspace

NIL = UUID(int=0)


class CodeBatch(StrictModel):
    """One file of codes, or one order of codes for printing.

    `kind`: import (claims draw from it) or offline (made for printing, never drawn). `state`: rehearsing,
    ready, committing, generating, loaded, refused (`problem` says why), discarding, discarded, taking_back
    or taken_back. `counts`: refused lines by reason; `sample`: the first good rows; `progress` of `total`:
    rows done in this state; `upto`: the last code's id that has become a unit; `kept`: codes that were in
    use when the rest was taken back. `add_check`: 12 digits become EAN-13. `source`: page or command.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    kind = fields.CharField(max_length=8, default="import", db_default="import")
    state = fields.CharField(max_length=12)
    source = fields.CharField(max_length=8, default="page", db_default="page")
    file_name = fields.CharField(max_length=200, default="", db_default="")
    file_hash = fields.BinaryField(null=True)
    member_id: UUID | None = fields.UUIDField(null=True)
    add_check = fields.BooleanField(default=False, db_default=False)
    encoding = fields.CharField(max_length=12, default="", db_default="")
    rows = fields.IntField(default=0, db_default=0)
    good = fields.IntField(default=0, db_default=0)
    counts: Any = fields.JSONField(default=dict, db_default={})
    sample: Any = fields.JSONField(default=list, db_default=[])
    progress = fields.IntField(default=0, db_default=0)
    total = fields.IntField(default=0, db_default=0)
    problem = fields.CharField(max_length=300, default="", db_default="")
    upto = fields.BigIntField(default=0, db_default=0)
    kept = fields.IntField(default=0, db_default=0)
    created_at = fields.DatetimeField()
    finished_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "code_batch"
        indexes = [("coupon_id", "id")]


class RejectedCode(StrictModel):
    """A line that was not loaded: its number in the file, what stood there, and why."""

    id = fields.BigIntField(primary_key=True, generated=True)
    batch: fields.ForeignKeyRelation[CodeBatch] = fields.ForeignKeyField("coupons.CodeBatch")
    batch_id: UUID
    line = fields.IntField()
    value = fields.CharField(max_length=200)
    reason = fields.CharField(max_length=16)

    class Meta(Model.Meta):
        table = "rejected_code"
        unique_together = (("batch_id", "line"),)


class StockJob(StrictModel):
    """Units of a coupon wait to be made: `made` of `wanted` so far; gone when all are there."""

    coupon: fields.OneToOneRelation[Coupon] = fields.OneToOneField(
        "coupons.Coupon", primary_key=True
    )
    coupon_id: UUID
    made = fields.IntField(default=0, db_default=0)
    wanted = fields.IntField(default=0, db_default=0)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "stock_job"


class VoidJob(StrictModel):
    """A coupon's claims that are not redeemed wait to be revoked: those up to `upto` are, `voided` of them
    so far; gone when all are. `member_id`: who ordered it.
    """

    coupon: fields.OneToOneRelation[Coupon] = fields.OneToOneField(
        "coupons.Coupon", primary_key=True
    )
    coupon_id: UUID
    member_id = fields.UUIDField()
    upto = fields.UUIDField(default=NIL, db_default=str(NIL))
    voided = fields.IntField(default=0, db_default=0)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "void_job"
