"""Conversations and their messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from conversations.models.account import ChannelAccount
from conversations.models.contact import Contact
from runtime.ids import uuid7
from runtime.models import StrictModel
from team.models import Member, Workspace


class Conversation(StrictModel):
    """All that was said in one chat of one account: a contact's 1:1 chat, or a group.

    `chat_key` is `c:<contact id>` or `g:<group id>`; `address` is where to send (the contact's last used
    external id, or the group's id). Status: bot, waiting, in_progress, snoozed, closed.
    `customer_at` (arrival) opens the reply window; `reply_token` is LINE's, free while fresh.
    `unread` counts what the customer wrote since it was last closed; ReadMark says how much of it a member
    has read. `answered_at`: a person's last answer while the customer is silent since, `warned_at`: they were
    told that it is about to be closed, `away_at`: they were told that nobody is there. `shelf` takes it off the
    list: blocked or erased, as its contact is.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    # Its account is the workspace's already.
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField(
        "team.Workspace", db_constraint=False
    )
    workspace_id: UUID
    account: fields.ForeignKeyRelation[ChannelAccount] = fields.ForeignKeyField(
        "conversations.ChannelAccount"
    )
    account_id: UUID
    contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "conversations.Contact", null=True
    )
    contact_id: UUID | None
    chat_type = fields.CharField(max_length=8, default="direct")
    chat_key = fields.CharField(max_length=180)
    address = fields.CharField(max_length=160)
    status = fields.CharField(max_length=12, default="bot")
    assignee: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "team.Member", null=True
    )
    assignee_id: UUID | None
    last_text = fields.CharField(max_length=200, default="")
    last_at = fields.DatetimeField()
    customer_at: datetime | None = fields.DatetimeField(null=True)
    waiting_since: datetime | None = fields.DatetimeField(null=True)
    reply_token = fields.CharField(max_length=120, default="")
    reply_token_at: datetime | None = fields.DatetimeField(null=True)
    unread = fields.IntField(default=0)
    snoozed_until: datetime | None = fields.DatetimeField(null=True)
    answered_at: datetime | None = fields.DatetimeField(null=True)
    warned_at: datetime | None = fields.DatetimeField(null=True)
    away_at: datetime | None = fields.DatetimeField(null=True)
    shelf = fields.CharField(max_length=8, default="", db_default="")
    version = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "conversation"
        # The key first: the list's index begins with the account, and a plan must not take that one instead.
        unique_together = (("chat_key", "account_id"),)


class Message(StrictModel):
    """One row of a thread. `direction` in or out; `author` contact, bot, member, system or elsewhere
    (typed in the platform's own inbox). The staff's notes and the trail of what was done have the direction
    `own`: they are never sent and never unread.

    `kind` is the form (text, image, …, postback, follow, card); `content` is the sent Content or, on a
    received message, the facts its text does not hold. `state` of an outgoing message is queued,
    sending, sent, delivered, read, failed or unknown. `provider_at` is the platform's time, `received_at`
    ours; threads are ordered by (provider_at, seq).
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    seq = fields.BigIntField()
    workspace_id = fields.UUIDField()
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "conversations.Conversation"
    )
    conversation_id: UUID
    account_id = fields.UUIDField()
    direction = fields.CharField(max_length=3)
    author = fields.CharField(max_length=10)
    member_id: UUID | None = fields.UUIDField(null=True)
    sender_external_id = fields.CharField(max_length=160, default="")
    kind = fields.CharField(max_length=20)
    text = fields.TextField(default="")
    content: Any = fields.JSONField(null=True)
    external_id = fields.CharField(max_length=200, null=True)
    reply_to = fields.CharField(max_length=200, default="")
    state = fields.CharField(max_length=10, default="")
    error_code = fields.CharField(max_length=60, default="")
    error_text = fields.CharField(max_length=300, default="")
    claim_id: UUID | None = fields.UUIDField(null=True)
    trigger = fields.CharField(max_length=120, default="")
    provider_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    edited_at: datetime | None = fields.DatetimeField(null=True)
    unsent_at: datetime | None = fields.DatetimeField(null=True)
    request_id = fields.CharField(max_length=40, default="")

    class Meta(Model.Meta):
        table = "message"
        indexes = [("conversation_id", "provider_at", "seq"), ("account_id", "external_id")]


class Attachment(StrictModel):
    """Something attached to a received message. `state`: waiting, stored, failed, skipped (nothing to
    fetch) or refused (too large, private address); a waiting one is fetched in the background, or
    deleted there when it has a `storage_key` already: its message was unsent.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("conversations.Message")
    message_id: UUID
    position = fields.SmallIntField()
    type = fields.CharField(max_length=20)
    source: Any = fields.JSONField()
    state = fields.CharField(max_length=10, default="waiting")
    name = fields.CharField(max_length=255, default="")
    content_type = fields.CharField(max_length=120, default="")
    size = fields.BigIntField(default=0)
    storage_key = fields.CharField(max_length=120, default="")
    tries = fields.IntField(default=0)
    next_try_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "attachment"


class Reaction(StrictModel):
    """The emoji a customer put on a message; taking it back removes the row."""

    id = fields.BigIntField(primary_key=True, generated=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("conversations.Message")
    message_id: UUID
    actor = fields.CharField(max_length=160)
    emoji = fields.CharField(max_length=40)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "reaction"
        unique_together = (("message_id", "actor"),)
