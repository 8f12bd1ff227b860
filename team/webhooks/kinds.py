"""What an address may be told of: a closed list, documented with its payloads in docs/webhooks.md."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A kind of event. TEST is told to any address when an admin presses its button."""

    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_FAILED = "message.failed"
    CONVERSATION_ASSIGNED = "conversation.assigned"
    CONVERSATION_CLOSED = "conversation.closed"
    CONTACT_CREATED = "contact.created"
    CONTACT_BLOCKED = "contact.blocked"
    CONTACT_UNBLOCKED = "contact.unblocked"
    CONTACT_MERGED = "contact.merged"
    CONTACT_SEPARATED = "contact.separated"
    CLAIM_ISSUED = "claim.issued"
    CLAIM_OPENED = "claim.opened"
    CLAIM_REDEEMED = "claim.redeemed"
    CLAIM_UNDONE = "claim.undone"
    CLAIM_VOIDED = "claim.voided"
    CLAIM_RELEASED = "claim.released"
    TEST = "webhook.test"


CHOICES = tuple(kind for kind in Kind if kind is not Kind.TEST)
