"""What lets people in beside a password: links good once, and the second step. Re-exported by team.models."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from runtime.ids import uuid7
from runtime.models import StrictModel

if TYPE_CHECKING:
    from team.models import Member, Workspace


class SignInLink(StrictModel):
    """A link that signs a verifier in once. Only the hash of its token is stored."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    token_hash = fields.BinaryField()
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("team.Member")
    member_id: UUID
    made_by: UUID | None = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "sign_in_link"
        unique_together = (("token_hash",),)


class Invitation(StrictModel):
    """A link by which somebody joins the staff, with the role its maker chose. Only its hash is stored."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    token_hash = fields.BinaryField()
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("team.Workspace")
    workspace_id: UUID
    email = fields.CharField(max_length=254)
    role = fields.CharField(max_length=20)
    stores: Any = fields.JSONField(default=list)
    made_by: UUID | None = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta(Model.Meta):
        table = "invitation"
        unique_together = (("token_hash",), ("workspace_id", "email"))


class PasswordLink(StrictModel):
    """A link by which a member sets a new password, made by an admin. Only its hash is stored."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    token_hash = fields.BinaryField()
    member: fields.OneToOneRelation[Member] = fields.OneToOneField("team.Member")
    member_id: UUID
    made_by: UUID | None = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta(Model.Meta):
        table = "password_link"
        unique_together = (("token_hash",),)


class SignInStep(StrictModel):
    """Somebody whose password was right and whose code is awaited. Only its token's hash is stored."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    token_hash = fields.BinaryField()
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("team.Member")
    member_id: UUID
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta(Model.Meta):
        table = "sign_in_step"
        unique_together = (("token_hash",),)


class SecondStep(StrictModel):
    """A member's authenticator: its secret, encrypted; on once a code confirmed it.

    `last_step` is the 30-second step of the newest code accepted: no code is accepted twice.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    member: fields.OneToOneRelation[Member] = fields.OneToOneField("team.Member")
    member_id: UUID
    secret = fields.BinaryField()
    created_at = fields.DatetimeField()
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    last_step = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "second_step"


class RecoveryCode(StrictModel):
    """A code that stands in for the authenticator once. Only its keyed hash is stored."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("team.Member")
    member_id: UUID
    code_hash = fields.BinaryField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "recovery_code"
        unique_together = (("member_id", "code_hash"),)
