"""Workspaces, their members, sessions and stores. Seen only by this package's actions and queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.ids import uuid7
from runtime.models import StrictModel
from team.sign_in_models import (
    Invitation,
    PasswordLink,
    RecoveryCode,
    SecondStep,
    SignInLink,
    SignInStep,
)
from team.webhook_models import Webhook, WebhookAttempt, WebhookCursor, WebhookEvent

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Invitation",
    "Member",
    "MemberStore",
    "PasswordLink",
    "RecoveryCode",
    "SecondStep",
    "Session",
    "SignInLink",
    "SignInStep",
    "Store",
    "Throttle",
    "Webhook",
    "WebhookAttempt",
    "WebhookCursor",
    "WebhookEvent",
    "Workspace",
]


class Workspace(StrictModel):
    """A merchant's business: the border of everything a member may see.

    `two_steps`: everybody who signs in by password must use a second step.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(max_length=120)
    zone = fields.CharField(max_length=64, default="Asia/Taipei")
    language = fields.CharField(max_length=16, default="zh-Hant")
    features: Any = fields.JSONField(default=dict)
    picture_key = fields.CharField(max_length=80, default="", db_default="")
    two_steps = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "workspace"


class Automation(StrictModel):
    """What happens by itself in a workspace's inbox; a workspace without a row has nothing of it.

    `hours` is team.hours.Hours as JSON; empty words are not sent. `idle_minutes` of the customer's silence
    after an answer send `idle_text` (when there is one), `close_minutes` more close; null: never.
    `assign_rules` are team.automation.KeywordRule, `assign_roles` whom else waiting conversations go to,
    `assign_turns` when each member was last given one. `assignee_only`: somebody's conversation is answered by
    them alone.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.OneToOneRelation[Workspace] = fields.OneToOneField("team.Workspace")
    workspace_id: UUID
    hours_on = fields.BooleanField(default=False, db_default=False)
    hours: Any = fields.JSONField(default=dict)
    away_text = fields.CharField(max_length=1000, default="", db_default="")
    idle_minutes: int | None = fields.IntField(null=True)
    idle_text = fields.CharField(max_length=1000, default="", db_default="")
    close_minutes: int | None = fields.IntField(null=True)
    assign_on = fields.BooleanField(default=False, db_default=False)
    assign_roles: Any = fields.JSONField(default=list)
    assign_rules: Any = fields.JSONField(default=list)
    assign_turns: Any = fields.JSONField(default=dict)
    assignee_only = fields.BooleanField(default=False, db_default=False)

    class Meta(Model.Meta):
        table = "automation"


class Store(StrictModel):
    """A shop where coupons are redeemed."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    name = fields.CharField(max_length=120)
    address = fields.CharField(max_length=300, default="")
    phone = fields.CharField(max_length=40, default="")
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)

    class Meta(Model.Meta):
        table = "store"
        unique_together = (("workspace_id", "name"),)


class Member(StrictModel):
    """A person on the staff. `email` is stored in lower case and unique everywhere: it signs in.

    `notify`: their browser tells of new messages while nobody looks, with a sound if `notify_sound`, and with
    the customer's words if `notify_words`. `inbox_choice`: the query of the inbox's list as they last chose it,
    "" for all of it.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=120)
    role = fields.CharField(max_length=20)
    password_hash = fields.CharField(max_length=255, default="")
    language = fields.CharField(max_length=16, default="")
    active = fields.BooleanField(default=True)
    notify = fields.BooleanField(default=False, db_default=False)
    notify_sound = fields.BooleanField(default=True, db_default=True)
    notify_words = fields.BooleanField(default=True, db_default=True)
    inbox_choice = fields.CharField(max_length=400, default="", db_default="")
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "member"


class MemberStore(StrictModel):
    """A store a seller or verifier works in."""

    id = fields.BigIntField(primary_key=True, generated=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("team.Member")
    member_id: UUID
    store: fields.ForeignKeyRelation[Store] = fields.ForeignKeyField("team.Store")
    store_id: UUID

    class Meta(Model.Meta):
        table = "member_store"
        unique_together = (("member_id", "store_id"),)


class Session(StrictModel):
    """A signed-in browser. Only the hash of its cookie's token is stored.

    `address` is the network address it came from; `via` is how: password, or the link of a verifier.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    token_hash = fields.BinaryField()
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("team.Member")
    member_id: UUID
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)
    user_agent = fields.CharField(max_length=200, default="")
    address = fields.CharField(max_length=64, default="", db_default="")
    via = fields.CharField(max_length=10, default="password", db_default="password")

    class Meta(Model.Meta):
        table = "session"
        unique_together = (("token_hash",),)


class ApiToken(StrictModel):
    """What a till or an integration signs in with. Only the hash is stored; `scopes` are team.tokens.SCOPES.

    A token of a store redeems there and nowhere else; one with `expires_at` works until then.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    name = fields.CharField(max_length=60)
    token_hash = fields.BinaryField()
    scopes: Any = fields.JSONField(default=list)
    store: fields.ForeignKeyNullableRelation[Store] = fields.ForeignKeyField(
        "team.Store", null=True, on_delete=fields.OnDelete.CASCADE
    )
    store_id: UUID | None
    created_at = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)
    expires_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "api_token"
        unique_together = (("token_hash",), ("workspace_id", "name"))


class AuditEntry(StrictModel):
    """Who changed what, and when. Rows are only ever added. The migrations file their words, too."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    member: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "team.Member", null=True
    )
    member_id: UUID | None
    action = fields.CharField(max_length=60)
    subject = fields.CharField(max_length=120, default="")
    detail: Any = fields.JSONField(default=dict)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "audit_entry"
        indexes = [
            ("workspace_id", "at", "id"),
            ("workspace_id", "member_id", "at", "id"),
            ("workspace_id", "action", "at", "id"),
            ("workspace_id", "subject", "at", "id"),
        ]


class Throttle(StrictModel):
    """Failed tries of one subject (an address, an e-mail, a claim); slows the next ones down."""

    subject = fields.CharField(max_length=160, primary_key=True)
    failures = fields.IntField()
    first_at = fields.DatetimeField()
    blocked_until: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "throttle"
