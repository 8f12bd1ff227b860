"""The roll-ups: figures by day and kind, what each claim adds to them, and how far the feed was followed."""

from __future__ import annotations

from datetime import date, datetime

from tortoise import fields
from tortoise.models import Model

from runtime.models import StrictModel


class Figure(StrictModel):
    """How many claims of a coupon were claimed, opened, redeemed and voided on a day of the workspace's
    zone, by channel ("" for none), kind of trigger, member who sent (nil UUID: nobody) and store of the
    redemption (nil UUID: none, and for what is not a redemption). Kept by coupons.rollups alone.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    workspace_id = fields.UUIDField()
    coupon_id = fields.UUIDField()
    day = fields.DateField()
    channel = fields.CharField(max_length=20)
    trigger_kind = fields.CharField(max_length=20)
    member_id = fields.UUIDField()
    store_id = fields.UUIDField()
    claimed = fields.BigIntField(default=0)
    opened = fields.BigIntField(default=0)
    redeemed = fields.BigIntField(default=0)
    voided = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "figure"
        unique_together = (
            ("coupon_id", "day", "channel", "trigger_kind", "member_id", "store_id"),
        )


class FigureTotal(StrictModel):
    """Sums of a workspace's figures over its coupons, kinds of trigger and stores: of a day (`grain` 0) or of
    the month that begins on `day` (1). Kept by coupons.rollups alone, together with the figures.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    workspace_id = fields.UUIDField()
    grain = fields.SmallIntField()
    day = fields.DateField()
    channel = fields.CharField(max_length=20)
    member_id = fields.UUIDField()
    claimed = fields.BigIntField(default=0)
    opened = fields.BigIntField(default=0)
    redeemed = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "figure_total"
        unique_together = (("workspace_id", "grain", "day", "channel", "member_id"),)


class CountedClaim(StrictModel):
    """What a claim adds to the figures at present, so that a later state can take it off again."""

    id = fields.UUIDField(primary_key=True)
    coupon_id = fields.UUIDField()
    channel = fields.CharField(max_length=20)
    trigger_kind = fields.CharField(max_length=20)
    member_id = fields.UUIDField()
    store_id = fields.UUIDField()
    claimed_on: date = fields.DateField()
    opened_on: date | None = fields.DateField(null=True)
    redeemed_on: date | None = fields.DateField(null=True)
    voided_on: date | None = fields.DateField(null=True)

    class Meta(Model.Meta):
        table = "counted_claim"
        indexes = [("coupon_id", "claimed_on")]


class FigureCursor(StrictModel):
    """The one row, named claims, that says up to where the feed is in the figures."""

    name = fields.CharField(primary_key=True, max_length=20)
    xid = fields.BigIntField()
    feed_id = fields.BigIntField()
    at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "figure_cursor"


class FigureZone(StrictModel):
    """The zone whose days the figures of a workspace were counted in; another one now: they are rebuilt."""

    workspace_id = fields.UUIDField(primary_key=True)
    zone = fields.CharField(max_length=64)

    class Meta(Model.Meta):
        table = "figure_zone"
