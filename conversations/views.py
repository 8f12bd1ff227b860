"""What screens read of conversations: frozen values, made by queries.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

View = Literal["mine", "unassigned", "all"]


class ListPlace(msgspec.Struct, frozen=True):
    """Where a page of the list ends: the next one starts after it. `at` is the instant it is sorted by,
    since when it waits for a person if `waiting`, else the last message's.
    """

    at: datetime
    id: UUID
    waiting: bool = False


class ThreadPlace(msgspec.Struct, frozen=True):
    """Where a page of a thread ends: the next one holds what is older."""

    provider_at: datetime
    seq: int


class ConversationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the conversation list. `name` is "" until the platform told it; `draft`: who looks has begun
    an answer.
    """

    id: UUID
    name: str
    chat_type: str
    channel: str
    account_name: str
    status: str
    assignee_id: UUID | None
    assignee_name: str | None
    last_text: str
    last_at: datetime
    waiting_since: datetime | None
    unread: int
    version: int
    draft: bool = False


class ListPage(msgspec.Struct, frozen=True):
    """Conversations in the order asked for; `after` is None on the last page."""

    rows: Sequence[ConversationRow]
    after: ListPlace | None


class ConversationHead(msgspec.Struct, frozen=True, kw_only=True):
    """What the thread's head and composer need. `customer_at` opens the reply window; `reply_token_at` is when
    a free reply was lent that nobody has used; `unread` and `mentions` are what is new to the viewer;
    since `waiting_since` the customer waits for a person.
    `reserved`: it is somebody else's, and only they may answer.
    `account_state` is that of the account, or what keeps its contact off: blocked or erased.
    """

    id: UUID
    name: str
    chat_type: str
    contact_id: UUID | None
    account_id: UUID
    channel: str
    account_name: str
    account_state: str
    status: str
    assignee_id: UUID | None
    assignee_name: str | None
    customer_at: datetime | None
    reply_token_at: datetime | None
    unread: int
    mentions: int
    snoozed_until: datetime | None
    waiting_since: datetime | None
    version: int
    reachable: bool
    reserved: bool = False


class AttachmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A received file as the thread shows it; only a `stored` one can be opened."""

    id: UUID
    type: str
    state: str
    name: str
    content_type: str
    size: int
    source: Any = None


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `content` is the sent content's JSON, or facts of a received one."""

    id: UUID
    seq: int
    direction: str
    author: str
    member_name: str | None
    kind: str
    text: str
    content: Any
    state: str
    error_code: str
    error_text: str
    claim_id: UUID | None
    trigger: str
    quoted: str | None
    provider_at: datetime
    received_at: datetime
    edited_at: datetime | None
    unsent_at: datetime | None
    attachments: Sequence[AttachmentRow] = ()
    reactions: Sequence[str] = ()


class ThreadPage(msgspec.Struct, frozen=True):
    """Messages, oldest first; `before` is None when nothing is older."""

    rows: Sequence[MessageRow]
    before: ThreadPlace | None


class MediaFile(msgspec.Struct, frozen=True):
    """A stored attachment to serve."""

    storage_key: str
    content_type: str
    name: str
    size: int


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """A channel account as the admin's list shows it; no credentials."""

    id: UUID
    channel: str
    name: str
    external_id: str
    address: str
    state: str
    state_reason: str
    webhook_at: datetime | None
    checked_at: datetime | None
    created_at: datetime
    paused_at: datetime | None
