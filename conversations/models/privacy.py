"""What is being done about a person's data: erasing goes on in steps until its row is gone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.models import StrictModel


class EraseJob(StrictModel):
    """A contact is being erased. `addresses` are [account id, external id] pairs, known here alone by then;
    `step` is what is being done, `upto` how far; `last_event` is the newest inbox row it looks at.
    `merged` are the ids of contacts that were merged into this one, which logs may name.
    """

    contact_id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    member_id: UUID | None = fields.UUIDField(null=True)
    addresses: Any = fields.JSONField(default=list)
    step = fields.CharField(max_length=10, default="files")
    upto = fields.CharField(max_length=40, default="")
    merged: Any = fields.JSONField(null=True)
    last_event = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "erase_job"
