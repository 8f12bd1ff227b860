"""Promotion links, the logos for their QR codes, and what a member chose last."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from coupons.models import Coupon
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Member, Workspace


class Promotion(StrictModel):
    """One link of a coupon. `name`: the promotion channel in the marketer's words (poster, e-mail); kept on
    claims as `link: poster`. `slug` makes its address. Not `active`: nothing is given out any more.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    name = fields.CharField(max_length=60)
    slug = fields.CharField(max_length=12, unique=True)
    active = fields.BooleanField(default=True)
    created_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "promotion"
        unique_together = (("coupon_id", "name"),)


class PromotionLogo(StrictModel):
    """A picture the workspace uploaded for the middle of its QR codes; `key` names the stored file."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    key = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "promotion_logo"
        unique_together = (("workspace_id", "key"),)


class PromotionChoice(StrictModel):
    """What a member chose last: the promotion channel's name, and the logo ("", `stock:gift`, `own:` and a key)."""

    id = fields.BigIntField(primary_key=True, generated=True)
    member: fields.OneToOneRelation[Member] = fields.OneToOneField("team.Member")
    member_id: UUID
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    name = fields.CharField(max_length=60, default="")
    logo = fields.CharField(max_length=130, default="")
    at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "promotion_choice"
        indexes = [("workspace_id", "at")]
