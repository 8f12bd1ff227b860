"""The ids of answers: a form of a member makes one message, however often it is posted."""

from __future__ import annotations

from uuid import UUID, uuid5

# The bytes a UUID of an answer is made of begin with this, so that it meets no other id of ours.
ANSWERS = UUID("5b0f3a0e-6f0c-4c0f-9a53-0a2f7d0c4e11")


def answer_id(member_id: UUID, conversation_id: UUID, form_id: str) -> UUID:
    """Return the id of the message that this form of this member makes."""
    return uuid5(ANSWERS, f"{member_id}:{conversation_id}:{form_id}")
