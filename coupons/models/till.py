"""What tills take and hold: redemption units, holds, and where PINs are good."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from coupons.models.claim import Claim
from coupons.models.coupon import Coupon
from coupons.models.redemption import StaffPin
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Store, Workspace


class RedemptionUnit(StrictModel):
    """One redemption of a coupon that may be redeemed only so often in all. `state`: free, used (by
    `claim_id`) or withdrawn (the limit was lowered).
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    seq = fields.IntField()
    state = fields.CharField(max_length=10, default="free", db_default="free")
    claim_id: UUID | None = fields.UUIDField(null=True)

    class Meta(Model.Meta):
        table = "redemption_unit"
        unique_together = (("coupon_id", "seq"),)


class TillHold(StrictModel):
    """A till keeps a claim for itself until `expires_at`. `state`: held, confirmed, released or expired;
    `holder` tells tills apart; `key` is the request's own: sent again it finds this row.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    claim: fields.ForeignKeyRelation[Claim] = fields.ForeignKeyField("coupons.Claim")
    claim_id: UUID
    holder = fields.CharField(max_length=120)
    store_id: UUID | None = fields.UUIDField(null=True)
    store_name = fields.CharField(max_length=120, default="", db_default="")
    who = fields.CharField(max_length=120, default="", db_default="")
    member_id: UUID | None = fields.UUIDField(null=True)
    state = fields.CharField(max_length=10, default="held", db_default="held")
    key = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "till_hold"
        unique_together = (("claim_id", "key"),)


class PinStore(StrictModel):
    """A store where a PIN is good, beside its own one."""

    id = fields.BigIntField(primary_key=True, generated=True)
    pin: fields.ForeignKeyRelation[StaffPin] = fields.ForeignKeyField("coupons.StaffPin")
    pin_id: UUID
    store: fields.ForeignKeyRelation[Store] = fields.ForeignKeyField("team.Store")
    store_id: UUID

    class Meta(Model.Meta):
        table = "pin_store"
        unique_together = (("pin_id", "store_id"),)


class PinGuess(StrictModel):
    """Wrong PINs by one contact on one device (`subject` `g:` both), and devices on which a right one was
    entered (`k:` workspace and device).
    """

    subject = fields.CharField(max_length=120, primary_key=True)
    wrong = fields.IntField(default=0, db_default=0)
    waits = fields.IntField(default=0, db_default=0)
    blocked_until: datetime | None = fields.DatetimeField(null=True)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "pin_guess"


class PinHour(StrictModel):
    """How many wrong PINs met one coupon in the hour that began at `hour`."""

    id = fields.BigIntField(primary_key=True, generated=True)
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    hour = fields.DatetimeField()
    wrong = fields.IntField()

    class Meta(Model.Meta):
        table = "pin_hour"
        unique_together = (("coupon_id", "hour"),)
