"""Rows of conversations for tests: a customer, their chat, what was said."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

from runtime.ids import uuid7

CONTACT = "INSERT INTO contact (id, workspace_id, name, created_at) VALUES ($1, $2, $3, $4)"
IDENTITY = """
INSERT INTO channel_identity (id, account_id, contact_id, external_id, created_at)
VALUES ($1, $2, $3, $4, $5)
"""
CONVERSATION = """
INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_key, address, status, assignee_id,
  last_text, last_at, customer_at, unread, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10)
"""
MESSAGE = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, member_id, kind, text,
  content, external_id, reply_to, state, error_code, error_text, provider_at, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11, $12, $13, $14, $15, $16, $16)
"""
ATTACHMENT = """
INSERT INTO attachment (id, message_id, position, type, source, state, name, content_type, size, storage_key,
  tries, next_try_at) VALUES ($1, $2, 0, $3, $4::text::jsonb, $5, $6, $7, $8, $9, 0, now())
"""


async def add_chat(db, name, now, *, account, said="Hello", ago=timedelta(), **facts):
    """Add a customer with one message; returns their ids."""
    contact, conversation = uuid7(), uuid7()
    address = f"U{contact.hex}"
    at = now - ago
    async with db.transaction() as tx:
        await tx.execute(CONTACT, contact, account.workspace_id, name, at)
        await tx.execute(IDENTITY, uuid7(), account.id, contact, address, at)
        await tx.execute(
            CONVERSATION, conversation, account.workspace_id, account.id, contact, f"c:{contact}", address,
            facts.get("status", "bot"), facts.get("assignee"), said, at, at, facts.get("unread", 1),
        )  # fmt: skip
    chat = SimpleNamespace(
        id=conversation, contact=contact, account=account, address=address, at=at, db=db
    )
    if said:
        chat.first = await say(chat, said)
    return chat


async def say(chat, text, *, later=timedelta(), **facts):
    """Add a message to a chat; by default the customer's."""
    key = uuid7()
    content = facts.get("content")
    await chat.db.screens.execute(
        MESSAGE, key, chat.account.workspace_id, chat.id, chat.account.id, facts.get("direction", "in"),
        facts.get("author", "contact"), facts.get("member"), facts.get("kind", "text"), text,
        None if content is None else json.dumps(content), facts.get("external_id"), facts.get("reply_to", ""),
        facts.get("state", ""), facts.get("error_code", ""), facts.get("error_text", ""), chat.at + later,
    )  # fmt: skip
    return key


async def attach(chat, message, kind, *, state="stored", **facts):
    """Attach a file to a message and return its id."""
    key = uuid7()
    await chat.db.screens.execute(
        ATTACHMENT, key, message, kind, json.dumps(facts.get("source", {})), state, facts.get("name", ""),
        facts.get("content_type", ""), facts.get("size", 0), facts.get("storage_key", ""),
    )  # fmt: skip
    return key
