"""The roll-ups of conversations: how much was written, how long customers waited, who answered.

Every row stands under the `generation` it was counted in; the workspace's FigureBook says which one is shown.
`grain` 0 is a day of the book's zone, 1 the month that begins on `day`: a long span is read from months, with
days at its ends. Kept by conversations.rollups alone; docs/rules/figures_of_conversations.md says what counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from runtime.models import StrictModel


class MessageFigure(StrictModel):
    """How many messages there were in an hour of the day (0 to 23), by who wrote them."""

    id = fields.BigIntField(primary_key=True, generated=True)
    workspace_id = fields.UUIDField()
    generation = fields.IntField()
    grain = fields.SmallIntField()
    day = fields.DateField()
    hour = fields.SmallIntField()
    channel = fields.CharField(max_length=20)
    customers = fields.BigIntField(default=0, db_default=0)
    bot = fields.BigIntField(default=0, db_default=0)
    members = fields.BigIntField(default=0, db_default=0)
    elsewhere = fields.BigIntField(default=0, db_default=0)

    class Meta(Model.Meta):
        table = "message_figure"
        unique_together = (("workspace_id", "generation", "grain", "day", "hour", "channel"),)


class TimeFigure(StrictModel):
    """How many waits ended within `bucket` (conversations.durations), by `measure`: 0 a person's first
    answer, 1 the bot's answer, 2 closing, 3 a member's first answer. `member_id` is the nil UUID but for 3.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    workspace_id = fields.UUIDField()
    generation = fields.IntField()
    measure = fields.SmallIntField()
    grain = fields.SmallIntField()
    day = fields.DateField()
    channel = fields.CharField(max_length=20)
    member_id = fields.UUIDField()
    bucket = fields.SmallIntField()
    n = fields.BigIntField()

    class Meta(Model.Meta):
        table = "time_figure"
        unique_together = (
            (
                "workspace_id",
                "generation",
                "measure",
                "grain",
                "day",
                "channel",
                "member_id",
                "bucket",
            ),
        )


class MemberFigure(StrictModel):
    """How many messages a member wrote to customers, and how many conversations they answered in."""

    id = fields.BigIntField(primary_key=True, generated=True)
    workspace_id = fields.UUIDField()
    generation = fields.IntField()
    grain = fields.SmallIntField()
    day = fields.DateField()
    channel = fields.CharField(max_length=20)
    member_id = fields.UUIDField()
    answers = fields.BigIntField(default=0, db_default=0)
    handled = fields.BigIntField(default=0, db_default=0)

    class Meta(Model.Meta):
        table = "member_figure"
        unique_together = (("workspace_id", "generation", "grain", "day", "channel", "member_id"),)


class CountedChat(StrictModel):
    """Up to which `seq` a conversation's messages are counted, and what is open at that point
    (conversations.counting.State).
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    conversation_id = fields.UUIDField()
    generation = fields.IntField()
    workspace_id = fields.UUIDField()
    seq = fields.BigIntField()
    said_at: datetime | None = fields.DatetimeField(null=True)
    said_request = fields.CharField(max_length=40, default="")
    asked_at: datetime | None = fields.DatetimeField(null=True)
    case_at: datetime | None = fields.DatetimeField(null=True)
    members: Any = fields.JSONField(default=list)

    class Meta(Model.Meta):
        table = "counted_chat"
        unique_together = (("conversation_id", "generation"),)
        indexes = [("workspace_id", "generation")]


class FigureBook(StrictModel):
    """Which generation of a workspace's figures is shown, in which zone its days are, and the last begun."""

    workspace_id = fields.UUIDField(primary_key=True)
    generation = fields.IntField()
    begun = fields.IntField()
    zone = fields.CharField(max_length=64)

    class Meta(Model.Meta):
        table = "figure_book"


class ChatFigureCursor(StrictModel):
    """The one row, named chats, that says up to where the feed is in the figures."""

    name = fields.CharField(primary_key=True, max_length=20)
    xid = fields.BigIntField()
    feed_id = fields.BigIntField()
    at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "chat_figure_cursor"
