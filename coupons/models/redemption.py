"""The till: who may redeem by PIN, what was redeemed, and wrong tries."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from coupons.models.claim import Claim
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Store, Workspace


class StaffPin(StrictModel):
    """A named code a shop's staff enter on the customer's phone; only its keyed hash is stored. It is good
    in its own store and in those of PinStore.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    store: fields.ForeignKeyRelation[Store] = fields.ForeignKeyField("team.Store")
    store_id: UUID
    name = fields.CharField(max_length=60)
    pin_hash = fields.BinaryField()
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "staff_pin"
        unique_together = (("workspace_id", "pin_hash"),)


class Redemption(StrictModel):
    """The ledger; rows are only ever added. `kind`: redeem or undo; `who` and `store_name` as they were
    then. `key` is the tap's own: the same tap sent again adds no row. `via`: pin, self, shop or pos;
    `reason` and `undoes` (the row it takes back) belong to an undo.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    claim: fields.ForeignKeyRelation[Claim] = fields.ForeignKeyField("coupons.Claim")
    claim_id: UUID
    kind = fields.CharField(max_length=8)
    store_id: UUID | None = fields.UUIDField(null=True)
    store_name = fields.CharField(max_length=120, default="")
    member_id: UUID | None = fields.UUIDField(null=True)
    pin_id: UUID | None = fields.UUIDField(null=True)
    who = fields.CharField(max_length=120, default="")
    key = fields.CharField(max_length=80)
    at = fields.DatetimeField()
    via = fields.CharField(max_length=8, default="", db_default="")
    reason = fields.CharField(max_length=200, default="", db_default="")
    undoes: UUID | None = fields.UUIDField(null=True)

    class Meta(Model.Meta):
        table = "redemption"
        unique_together = (("claim_id", "key"),)
        indexes = [("workspace_id", "at")]


class PinAttempt(StrictModel):
    """Wrong PINs on one claim: `wrong` since the last wait, `waits` served, `blocked_until`."""

    id = fields.BigIntField(primary_key=True, generated=True)
    claim: fields.OneToOneRelation[Claim] = fields.OneToOneField("coupons.Claim")
    claim_id: UUID
    wrong = fields.IntField(default=0)
    waits = fields.IntField(default=0)
    blocked_until: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "pin_attempt"
