"""The live feed's table: one row for each change that a screen or a roll-up follows."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from runtime.models import StrictModel


class Feed(StrictModel):
    """A change. A column `xid xid8`, added by a migration, orders rows by commit (live.py): the key is (xid, id)."""

    id = fields.BigIntField(primary_key=True, generated=True)
    workspace_id = fields.UUIDField()
    kind = fields.CharField(max_length=20)
    subject = fields.UUIDField()
    detail: Any = fields.JSONField(default=dict)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "feed"
