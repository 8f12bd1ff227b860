"""The durable queues: the inbox of received events, the outbox of parts to send, and their lanes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from conversations.models.conversation import Conversation, Message
from runtime.models import StrictModel


class Inbox(StrictModel):
    """One received event: raw bytes, made durable before the webhook is answered.

    `key_hash` is 16 bytes of SHA-256 over the event's key; with the account it is unique, which is the
    de-duplication. `state`: 0 pending, 1 done, 2 set aside as failed.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    account_id = fields.UUIDField()
    key_hash = fields.BinaryField()
    lane = fields.SmallIntField()
    state = fields.SmallIntField(default=0)
    tries = fields.SmallIntField(default=0)
    payload = fields.BinaryField()
    received_at = fields.DatetimeField()
    next_try_at: datetime | None = fields.DatetimeField(null=True)
    error = fields.TextField(null=True)
    request_id = fields.CharField(max_length=40, default="")

    class Meta(Model.Meta):
        table = "inbox"
        unique_together = (("account_id", "key_hash"),)


class Lane(StrictModel):
    """One of 64 lanes; a worker holds its row locked while it works on the lane's events."""

    id = fields.SmallIntField(primary_key=True)

    class Meta(Model.Meta):
        table = "lane"


class Delivery(StrictModel):
    """The story of one platform message: a message has one delivery a part."""

    id = fields.UUIDField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("conversations.Message")
    message_id: UUID
    account_id = fields.UUIDField()
    position = fields.SmallIntField()
    state = fields.CharField(max_length=10, default="queued")
    external_id = fields.CharField(max_length=200, null=True)
    method = fields.CharField(max_length=8, default="")
    attempts = fields.SmallIntField(default=0)
    error_code = fields.CharField(max_length=60, default="")
    error_text = fields.CharField(max_length=300, default="")
    created_at = fields.DatetimeField()
    sent_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "delivery"
        indexes = [("account_id", "external_id"), ("message_id",)]


class Outbox(StrictModel):
    """A delivery waiting to be sent; the row goes once its outcome is settled.

    `queue` is agent, bot or broadcast. `state`: 0 queued, 1 sending (an attempt was committed), 2 settling
    (the outcome of an attempt is unknown). `epoch` rises with each lease: a late writer is refused. `content`: what is
    to be sent, null where that is all that its message says. Delivery and row are made by one statement, and no
    delivery ever goes: nothing is left to check.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    delivery: fields.OneToOneRelation[Delivery] = fields.OneToOneField(
        "conversations.Delivery", db_constraint=False
    )
    delivery_id: UUID
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "conversations.Conversation", db_constraint=False
    )
    conversation_id: UUID
    account_id = fields.UUIDField()
    queue = fields.CharField(max_length=10)
    content: Any = fields.JSONField(null=True)
    address = fields.CharField(max_length=160)
    sender_name = fields.CharField(max_length=80, default="")
    human = fields.BooleanField(default=False)
    state = fields.SmallIntField(default=0)
    attempts = fields.SmallIntField(default=0)
    epoch = fields.IntField(default=0)
    method = fields.CharField(max_length=8, default="")
    retry_key = fields.UUIDField()
    reply_token = fields.CharField(max_length=120, default="")
    reply_token_at: datetime | None = fields.DatetimeField(null=True)
    not_before = fields.DatetimeField()
    deadline = fields.DatetimeField()
    lease_until: datetime | None = fields.DatetimeField(null=True)
    attempted_at: datetime | None = fields.DatetimeField(null=True)
    request_id = fields.CharField(max_length=40, default="")

    class Meta(Model.Meta):
        table = "outbox"
        indexes = [("conversation_id", "id")]
