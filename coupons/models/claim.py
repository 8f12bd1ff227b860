"""The claim, a customer's instance of a coupon, and the rows that count claims against limits."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from conversations.models import Contact
from coupons.models.coupon import Coupon
from coupons.models.stock import Unit
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Workspace


class Claim(StrictModel):
    """A claim. `state`: issued, redeemed, released, voided or given_away; opened and expired follow from
    the instants. `number` is what our QR carries; `token` makes its page's address; `code` is the
    merchant's code as it was given.

    (`source`, `key`) makes a repeated request return this claim; `request_hash` tells a different
    request under the same key. `valid_from` and `valid_until` are set once the span is known (at the claim
    or at the first opening); for fixed dates the coupon's hold. `period_start` is set where the daily limit
    counted it, `quota_period_start` where a member's quota did. `more_codes`: the further codes of a pack
    with several columns.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    # Its coupon is the workspace's already.
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField(
        "team.Workspace", db_constraint=False
    )
    workspace_id: UUID
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField("conversations.Contact")
    contact_id: UUID
    conversation_id: UUID | None = fields.UUIDField(null=True)
    member_id: UUID | None = fields.UUIDField(null=True)
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "coupons.Unit", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    unit_id: int | None
    number = fields.CharField(max_length=12)
    token = fields.CharField(max_length=40, unique=True)
    code = fields.CharField(max_length=100, default="")
    more_codes: Any = fields.JSONField(default=list, db_default=[])
    source = fields.CharField(max_length=20)
    key = fields.CharField(max_length=160)
    request_hash = fields.BinaryField()
    trigger = fields.CharField(max_length=120, default="")
    state = fields.CharField(max_length=10, default="issued")
    test = fields.BooleanField(default=False)
    issued_at = fields.DatetimeField()
    first_opened_at: datetime | None = fields.DatetimeField(null=True)
    delivered_at: datetime | None = fields.DatetimeField(null=True)
    redeemed_at: datetime | None = fields.DatetimeField(null=True)
    released_at: datetime | None = fields.DatetimeField(null=True)
    voided_at: datetime | None = fields.DatetimeField(null=True)
    valid_from: datetime | None = fields.DatetimeField(null=True)
    valid_until: datetime | None = fields.DatetimeField(null=True)
    period_start: datetime | None = fields.DatetimeField(null=True)
    quota_period_start: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "claim"
        # The key first, where no other index could stand in for it and read a whole workspace's claims.
        unique_together = (("workspace_id", "number"), ("key", "source", "workspace_id"))
        indexes = [("coupon_id", "id"), ("contact_id", "id")]


class LimitRow(StrictModel):
    """How many live claims one subject took of a coupon. `subject`: `c:` and a contact's id, `d:` and a
    contact's id with the day's start as `period_start`, `m:` and a member's id; `t` before each for tests.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    subject = fields.CharField(max_length=40)
    period_start = fields.DatetimeField()
    count = fields.IntField()

    class Meta(Model.Meta):
        table = "limit_row"
        unique_together = (("coupon_id", "subject", "period_start"),)
