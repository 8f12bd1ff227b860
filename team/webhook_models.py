"""Addresses that are told what happens, what they are to be told, and how telling them went."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.ids import uuid7
from runtime.models import StrictModel


class Webhook(StrictModel):
    """An https address of a workspace. `kinds`: since when each kind of event (team.webhooks.kinds) is told,
    in ISO 8601. `secret` and `old_secret` are encrypted; the old one signs too until `old_secret_until`.

    `state`: active, failing or paused; `state_reason` says what paused it (member or failures). `failures`
    counts tries since the last success, the first of them at `failing_since`. One process at a time sends
    to an address: `lease_until` by the database's clock, `epoch` rises with each lease. Nothing is due
    before `due_at`.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    name = fields.CharField(max_length=60)
    url = fields.CharField(max_length=500)
    kinds: Any = fields.JSONField(default=dict)
    secret = fields.BinaryField()
    old_secret = fields.BinaryField(null=True)
    old_secret_until: datetime | None = fields.DatetimeField(null=True)
    state = fields.CharField(max_length=10, default="active")
    state_reason = fields.CharField(max_length=20, default="")
    failures = fields.IntField(default=0)
    failing_since: datetime | None = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField()
    lease_until: datetime | None = fields.DatetimeField(null=True)
    epoch = fields.IntField(default=0)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "webhook"
        unique_together = (("workspace_id", "name"),)


class WebhookEvent(StrictModel):
    """One event for one address, its `body` frozen when it happened. `key` makes it unique for the address.

    `event_id` stands in body and header, the same for every address. `state`: 0 waiting, 1 delivered,
    2 given up. Waiting ones are sent in the order of `seq`.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    seq = fields.BigIntField()
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField("team.Webhook")
    webhook_id: UUID
    event_id = fields.UUIDField()
    kind = fields.CharField(max_length=40)
    key = fields.CharField(max_length=120)
    body = fields.TextField()
    state = fields.SmallIntField(default=0)
    attempts = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    next_try_at: datetime | None = fields.DatetimeField(null=True)
    give_up_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "webhook_event"
        unique_together = (("webhook_id", "key"),)
        indexes = [("webhook_id", "created_at", "id"), ("created_at",)]


class WebhookAttempt(StrictModel):
    """One try. `status` is what the address answered, null when it did not; `error` says why in a stable word.

    `excerpt` is the beginning of its answer.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    event: fields.ForeignKeyRelation[WebhookEvent] = fields.ForeignKeyField("team.WebhookEvent")
    event_id: UUID
    at = fields.DatetimeField()
    duration_ms = fields.IntField()
    status = fields.IntField(null=True)
    error = fields.CharField(max_length=40, default="")
    excerpt = fields.CharField(max_length=1000, default="")

    class Meta(Model.Meta):
        table = "webhook_attempt"
        indexes = [("event_id", "id")]


class WebhookCursor(StrictModel):
    """The one row, named webhooks, that says up to where the feed has been turned into events."""

    name = fields.CharField(max_length=20, primary_key=True)
    xid = fields.BigIntField()
    feed_id = fields.BigIntField()
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "webhook_cursor"
