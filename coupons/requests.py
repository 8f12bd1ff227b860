"""What is asked of the doorway (`coupons.actions.claim`), and its answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from conversations.content import Card
from coupons.errors import Refusal


class CardPost(msgspec.Struct, frozen=True, kw_only=True):
    """Post the card into the request's conversation, in the same transaction.

    `queue`, `author`, `sender_name`, `human` are those of `conversations.actions.post.NewMessage`; a member's
    send is `queue="agent", author="member", human=True` with the member's name as `sender_name`.
    `text`, `button`, `image_url` replace the coupon's own on this card where they are not empty. `note` is
    sent as words of their own before the card, "" for none.
    """

    queue: str = "bot"
    author: str = "bot"
    sender_name: str = ""
    human: bool = False
    text: str = ""
    button: str = ""
    image_url: str = ""
    note: str = ""


class ClaimRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One coupon for one contact. `arrived_at`: when the request arrived; windows and periods count from it.

    (`source`, `key`) is the idempotency key, unique in the workspace: flow = run id and step number,
    console = member and form id, api = token, endpoint and header. `member_id` set: a member sends, so
    their role and quota are tested. `post` set: `conversation_id` must be given. `test`: only of a draft.
    """

    workspace_id: UUID
    coupon_id: UUID
    contact_id: UUID
    source: str
    key: str
    arrived_at: datetime
    conversation_id: UUID | None = None
    member_id: UUID | None = None
    trigger: str = ""
    post: CardPost | None = None
    test: bool = False
    request_id: str = ""


class IssuedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that exists. `repeated`: an earlier request under the same key made it."""

    id: UUID
    coupon_id: UUID
    contact_id: UUID
    number: str
    url: str
    card: Card
    message_id: UUID | None = None
    repeated: bool = False


class ClaimResult(msgspec.Struct, frozen=True, kw_only=True):
    """The claim, or why there is none: exactly one of `claim` and `refusal` is set.

    `text` is the refusal as a sentence for the customer, in their language; the coupon's own notice
    with the customer's name where it has one.
    """

    claim: IssuedClaim | None = None
    refusal: Refusal | None = None
    text: str = ""
