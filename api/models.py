"""What the API remembers: its answers, for a day, so that a repeated request gets the same one."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.models import StrictModel
from team.models import ApiToken


class ApiAnswer(StrictModel):
    """An answer given to (token, endpoint, Idempotency-Key); `request_hash` tells a different request."""

    id = fields.BigIntField(primary_key=True, generated=True)
    token: fields.ForeignKeyRelation[ApiToken] = fields.ForeignKeyField("team.ApiToken")
    token_id: UUID
    endpoint = fields.CharField(max_length=40)
    key = fields.CharField(max_length=120)
    request_hash = fields.BinaryField()
    status = fields.SmallIntField()
    body = fields.BinaryField()
    at = fields.DatetimeField(db_index=True)

    class Meta(Model.Meta):
        table = "api_answer"
        unique_together = (("token_id", "endpoint", "key"),)
