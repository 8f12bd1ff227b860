"""What webhooks tell of messages, conversations and contacts: the shapes of their bodies, which the API describes."""

from __future__ import annotations

from uuid import UUID

from runtime.instant import Instant
from team.webhooks.payload import Told


class ToldFile(Told, frozen=True, kw_only=True):
    """A file of a message; `size` in bytes, 0 while it is not known."""

    type: str
    name: str
    content_type: str
    size: int


class ToldError(Told, frozen=True, kw_only=True):
    """Why a message was not sent: our word for it, and the platform's."""

    code: str
    text: str


class ToldMessage(Told, frozen=True, kw_only=True, rename={"author": "from"}):
    """`from` is contact, member, bot, system or elsewhere (the platform's own inbox); `text` has 5,000
    characters at most.
    """

    id: UUID
    type: str
    text: str
    attachments: list[ToldFile]
    author: str
    member_id: UUID | None
    claim_id: UUID | None
    state: str
    error: ToldError | None
    at: Instant


class ToldContact(Told, frozen=True, kw_only=True):
    """A customer; `name` is empty until the platform told it."""

    id: UUID
    name: str


class ToldNewContact(ToldContact, frozen=True, kw_only=True):
    """A customer who wrote for the first time."""

    created_at: Instant


class ToldConversation(Told, frozen=True, kw_only=True):
    """`chat` is direct, group or room; `contact` is null in groups, `assignee_id` where nobody has it."""

    id: UUID
    channel: str
    account: str
    chat: str
    status: str
    assignee_id: UUID | None
    contact: ToldContact | None


class ToldAct(Told, frozen=True, kw_only=True):
    """What was done, by which member (null: by itself), and the name of the colleague it was given to."""

    how: str
    by_member_id: UUID | None
    to: str


class MessageTold(Told, frozen=True, kw_only=True):
    """Facts of an event about a message."""

    message: ToldMessage
    conversation: ToldConversation


class ConversationTold(Told, frozen=True, kw_only=True):
    """Facts of an event about a conversation."""

    conversation: ToldConversation
    act: ToldAct


class NewContactTold(Told, frozen=True, kw_only=True):
    """Facts of somebody's first words."""

    contact: ToldNewContact
    conversation: ToldConversation


class ContactTold(Told, frozen=True, kw_only=True):
    """Facts of an event about a customer."""

    contact: ToldContact
    act: ToldAct


class MergeTold(ContactTold, frozen=True, kw_only=True):
    """`contact` stays, and now is who `merged_id` was, too."""

    merged_id: UUID | None


class SeparationTold(ContactTold, frozen=True, kw_only=True):
    """`separated` is a customer of their own again, taken out of `contact`."""

    separated: ToldContact
