"""The coupon (design), the stores it holds in, and who may send how many."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Store, Workspace


class Coupon(StrictModel):
    """A design. `purpose`: service, sales or marketing; `state`: draft, preparing, published, paused,
    ended or archived. `benefit`: discount (`benefit_value` percent), cash_value (that much money off from
    `minimum_spend` on, for one `product`), gift, group_buy, points, cash, generic or external.

    `code_mode`: fixed (one `fixed_code` for all), pack (imported), generated (made beforehand) or random
    (made at the claim); the last two follow `code_shape` (coupons.rules.code_shape). A pack's row has
    `code_columns` codes, 1 to 4. `pack_kind`: general or line_points.

    `quantity`: claims in total, null for no limit (of a pack: as many as it has codes). The sending
    window and the validity are half-open instants. `validity_mode`: fixed (`valid_from` to `valid_until`),
    claim or open (from then for `lasts_minutes`, or calendar days `starts_after_days`, `lasts_days`);
    `valid_until` caps those too. Limits and the quota: null means none, 0 means nobody. `quota_period`: what
    a member's quota counts for: total, day, week or month. `redemption_limit`s count at the till.
    `code_format`: how the code is drawn beside its text ("" for not at all); `code_display`: which of
    them the page shows: both, barcode, text or none. `redeem_mode`: none, self (the customer's button) or pin.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    name = fields.CharField(max_length=120)
    purpose = fields.CharField(max_length=12)
    state = fields.CharField(max_length=12, default="draft")
    benefit = fields.CharField(max_length=12, default="generic", db_default="generic")
    benefit_value = fields.DecimalField(max_digits=12, decimal_places=2, null=True)
    minimum_spend = fields.DecimalField(max_digits=12, decimal_places=2, null=True)
    product = fields.CharField(max_length=120, default="", db_default="")
    code_mode = fields.CharField(max_length=12, default="fixed", db_default="fixed")
    code_shape: Any = fields.JSONField(default=dict, db_default={})
    code_columns = fields.IntField(default=1, db_default=1)
    pack_kind = fields.CharField(max_length=12, default="general", db_default="general")
    code_display = fields.CharField(max_length=8, default="both", db_default="both")
    fixed_code = fields.CharField(max_length=100, default="")
    code_format = fields.CharField(max_length=12, default="")
    quantity = fields.IntField(null=True)
    send_from: datetime | None = fields.DatetimeField(null=True)
    send_until: datetime | None = fields.DatetimeField(null=True)
    validity_mode = fields.CharField(max_length=8, default="fixed")
    valid_from: datetime | None = fields.DatetimeField(null=True)
    valid_until: datetime | None = fields.DatetimeField(null=True)
    starts_after_days = fields.IntField(default=0)
    lasts_days = fields.IntField(null=True)
    lasts_minutes = fields.IntField(null=True)
    per_contact_limit = fields.IntField(null=True)
    per_contact_daily_limit = fields.IntField(null=True)
    redemption_limit = fields.IntField(null=True)
    per_contact_redemption_limit = fields.IntField(null=True)
    default_quota = fields.IntField(null=True)
    quota_period = fields.CharField(max_length=8, default="total", db_default="total")
    card_text = fields.CharField(max_length=300, default="")
    rules = fields.CharField(max_length=1000, default="")
    image_key = fields.CharField(max_length=120, default="")
    image_url = fields.CharField(max_length=600, default="")
    brand_image_key = fields.CharField(max_length=120, default="")
    colour_page = fields.CharField(max_length=7, default="")
    colour_border = fields.CharField(max_length=7, default="")
    colour_button = fields.CharField(max_length=7, default="")
    colour_button_text = fields.CharField(max_length=7, default="")
    button_text = fields.CharField(max_length=40, default="")
    button_url = fields.CharField(max_length=600, default="")
    copy_button = fields.BooleanField(default=True)
    redeem_mode = fields.CharField(max_length=8, default="pin", db_default="pin")
    notice_limit = fields.CharField(max_length=500, default="")
    notice_sold_out = fields.CharField(max_length=500, default="")
    tag_on_claim = fields.CharField(max_length=60, default="")
    tag_on_open = fields.CharField(max_length=60, default="")
    tag_on_redeem = fields.CharField(max_length=60, default="")
    allow_code_in_chat = fields.BooleanField(default=False)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    published_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "coupon"
        indexes = [("workspace_id", "state", "id")]


class CouponStore(StrictModel):
    """A store where the coupon may be redeemed; a coupon without rows holds in every store."""

    id = fields.BigIntField(primary_key=True, generated=True)
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    store: fields.ForeignKeyRelation[Store] = fields.ForeignKeyField("team.Store")
    store_id: UUID

    class Meta(Model.Meta):
        table = "coupon_store"
        unique_together = (("coupon_id", "store_id"),)


class QuotaValue(StrictModel):
    """How many of a coupon one member, or each member of a role, may send. `who` is a member's id or a
    role's name; `value` null means no limit, 0 means none.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    coupon: fields.ForeignKeyRelation[Coupon] = fields.ForeignKeyField("coupons.Coupon")
    coupon_id: UUID
    who = fields.CharField(max_length=40)
    value = fields.IntField(null=True)

    class Meta(Model.Meta):
        table = "quota_value"
        unique_together = (("coupon_id", "who"),)
