"""What webhooks tell of messages, conversations and contacts: read as they stand when their event is taken in.

No secrets: neither reply tokens nor platforms' addresses of files. A state that was left again before it was
seen is told by what followed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations.actions.receive import NOTED
from conversations.actions.trail import Act
from conversations.webhook_shapes import (
    ContactTold,
    ConversationTold,
    MergeTold,
    MessageTold,
    NewContactTold,
    SeparationTold,
    ToldAct,
    ToldContact,
    ToldConversation,
    ToldError,
    ToldFile,
    ToldMessage,
    ToldNewContact,
)
from runtime.database import Connection
from team.webhooks.kinds import Kind
from team.webhooks.payload import Facts, Told

# Changes of older messages (read receipts, edits) are no news; the queue remembers longer than this.
HORIZON = timedelta(days=3)
# An act is written shortly before its event is; clocks of processes differ a little, too.
MARGIN = timedelta(minutes=5)
LONGEST_TEXT = 5000

PLACE = """
c.id AS conversation_id, c.workspace_id, c.status, c.assignee_id, c.contact_id, c.chat_type, a.channel,
  a.name AS account, p.name AS contact_name, p.created_at AS contact_at
"""
JOINS = """
JOIN conversation c ON c.id = m.conversation_id JOIN channel_account a ON a.id = c.account_id
LEFT JOIN contact p ON p.id = c.contact_id
"""
MESSAGES = f"""
SELECT m.id, m.id AS about, m.direction, m.author, m.member_id, m.kind, m.state, m.error_code, m.error_text, m.claim_id,
  CASE WHEN m.unsent_at IS NULL THEN left(m.text, {LONGEST_TEXT}) ELSE '' END AS text, m.provider_at, m.received_at,
  (SELECT jsonb_agg(jsonb_build_object('type', t.type, 'name', t.name, 'content_type', t.content_type,
    'size', t.size) ORDER BY t.position) FROM attachment t WHERE t.message_id = m.id) AS attachments,
  (SELECT max(d.sent_at) FROM delivery d WHERE d.message_id = m.id) AS sent_at, {PLACE}
FROM message m {JOINS} WHERE m.id = ANY ($1::uuid[]) AND m.received_at > $2 AND m.direction <> 'own' ORDER BY m.seq
"""  # noqa: S608 (constants)
# The trail holds names; who went is known by the audit log, under who stayed.
OTHER = """
CASE WHEN m.trigger = 'merged' THEN (SELECT a.detail ->> 'other' FROM audit_entry a
  WHERE a.workspace_id = c.workspace_id AND a.subject = c.contact_id::text AND a.action = 'contact.merged'
    AND a.at = m.received_at ORDER BY a.id DESC LIMIT 1) END
"""
ACTS = f"""
SELECT m.id, c.id AS about, m.member_id, m.content, m.trigger, {OTHER} AS other_id, m.received_at, {PLACE}
FROM message m {JOINS} WHERE m.conversation_id = ANY ($1::uuid[]) AND m.provider_at > $2 AND m.kind = 'activity'
ORDER BY m.seq
"""  # noqa: S608 (constants)
SENT = frozenset({"sent", "delivered", "read"})
LOST = frozenset({"failed", "unknown"})
TOLD_ACTS: Mapping[str, Kind] = {
    Act.TAKEN_OVER: Kind.CONVERSATION_ASSIGNED,
    Act.ASSIGNED: Kind.CONVERSATION_ASSIGNED,
    Act.UNASSIGNED: Kind.CONVERSATION_ASSIGNED,
    Act.ASSIGNED_BY_RULE: Kind.CONVERSATION_ASSIGNED,
    Act.CLOSED: Kind.CONVERSATION_CLOSED,
    Act.CLOSED_IDLE: Kind.CONVERSATION_CLOSED,
    Act.BLOCKED: Kind.CONTACT_BLOCKED,
    Act.UNBLOCKED: Kind.CONTACT_UNBLOCKED,
    Act.MERGED: Kind.CONTACT_MERGED,
    Act.SEPARATED: Kind.CONTACT_SEPARATED,
}
# Noted in every conversation of the contact, and told once.
OF_CONTACTS = frozenset(
    {
        Kind.CONTACT_BLOCKED,
        Kind.CONTACT_UNBLOCKED,
        Kind.CONTACT_MERGED,
        Kind.CONTACT_SEPARATED,
    }
)


async def message_facts(tx: Connection, ids: Iterable[UUID], now: datetime) -> list[Facts]:
    """Return what has become of these messages, with the contacts that are new with them."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    found: list[Facts] = []
    for row in await tx.fetch(MESSAGES, wanted, now - HORIZON):
        found += _contact(row, now)
        found += _message(row, now)
    return found


async def act_facts(tx: Connection, conversations: Iterable[UUID], since: datetime) -> list[Facts]:
    """Return who was given these conversations and who closed them, from about `since` on."""
    wanted = sorted(set(conversations))
    if not wanted:
        return []
    rows = await tx.fetch(ACTS, wanted, since - MARGIN)
    # What was done outlives the erasing of a conversation as its trigger.
    acts = [_act(row, kind) for row in rows if (kind := TOLD_ACTS.get(row["trigger"]))]
    return [act for act in acts if act]


def _message(row: Any, now: datetime) -> Sequence[Facts]:  # noqa: ANN401 (a database record)
    kind = _kind(row)
    if kind is None:
        return ()
    key = str(row["id"])
    if kind is Kind.MESSAGE_FAILED:
        key += f":{row['state']}"
    message = ToldMessage(
        id=row["id"],
        type=row["kind"],
        text=row["text"],
        attachments=[ToldFile(**one) for one in row["attachments"] or []],
        author=row["author"],
        member_id=row["member_id"],
        claim_id=row["claim_id"],
        state=row["state"],
        error=_error(row),
        at=row["provider_at"],
    )
    data = MessageTold(message=message, conversation=_conversation(row))
    at = row["received_at"] if kind is Kind.MESSAGE_RECEIVED else row["sent_at"] or now
    told = _facts(row, kind, key, row["received_at"], data)
    return [msgspec.structs.replace(told, at=at)]


def _kind(row: Any) -> Kind | None:  # noqa: ANN401 (a database record)
    if row["direction"] == "in":
        return None if row["kind"] in NOTED else Kind.MESSAGE_RECEIVED
    if row["state"] in SENT:
        return Kind.MESSAGE_SENT
    return Kind.MESSAGE_FAILED if row["state"] in LOST else None


def _error(row: Any) -> ToldError | None:  # noqa: ANN401 (a database record)
    if not row["error_code"]:
        return None
    return ToldError(code=row["error_code"], text=row["error_text"])


def _contact(row: Any, now: datetime) -> Sequence[Facts]:  # noqa: ANN401 (a database record)
    if row["contact_id"] is None or row["contact_at"] <= now - HORIZON:
        return ()
    contact = ToldNewContact(
        id=row["contact_id"], name=row["contact_name"], created_at=row["contact_at"]
    )
    data = NewContactTold(contact=contact, conversation=_conversation(row))
    return [_facts(row, Kind.CONTACT_CREATED, str(row["contact_id"]), row["contact_at"], data)]


def _act(row: Any, kind: Kind) -> Facts | None:  # noqa: ANN401 (a database record)
    did = row["content"] or {}
    how = ToldAct(how=row["trigger"], by_member_id=row["member_id"], to=did.get("to", ""))
    at = row["received_at"]
    if kind is Kind.CONTACT_SEPARATED:
        return _separation(row, did, how)
    if kind in OF_CONTACTS:
        contact = ToldContact(id=row["contact_id"], name=row["contact_name"])
        data = ContactTold(contact=contact, act=how)
        if kind is Kind.CONTACT_MERGED:
            data = MergeTold(contact=contact, act=how, merged_id=row["other_id"])
        return _facts(row, kind, f"{row['contact_id']}:{at.timestamp()}", at, data)
    told = ConversationTold(conversation=_conversation(row), act=how)
    return _facts(row, kind, str(row["id"]), at, told)


def _separation(row: Any, did: Mapping[str, str], how: ToldAct) -> Facts | None:  # noqa: ANN401 (a database record)
    """Return who was taken out of whom, from the note that stands in the chats of both; None once one of the two
    is erased, and the note with them.
    """
    if "kept" not in did:
        return None
    at = row["received_at"]
    data = SeparationTold(
        contact=ToldContact(id=UUID(did["kept"]), name=did["other"]),
        separated=ToldContact(id=UUID(did["gone"]), name=did["to"]),
        act=how,
    )
    key = f"{did['kept']}:{did['gone']}:{at.timestamp()}"
    return _facts(row, Kind.CONTACT_SEPARATED, key, at, data)


def _conversation(row: Any) -> ToldConversation:  # noqa: ANN401 (a database record)
    contact = ToldContact(id=row["contact_id"], name=row["contact_name"])
    return ToldConversation(
        id=row["conversation_id"],
        channel=row["channel"],
        account=row["account"],
        chat=row["chat_type"],
        status=row["status"],
        assignee_id=row["assignee_id"],
        contact=contact if row["contact_id"] else None,
    )


def _facts(row: Any, kind: Kind, key: str, at: datetime, data: Told) -> Facts:  # noqa: ANN401 (a record)
    return Facts(
        workspace_id=row["workspace_id"],
        kind=kind,
        key=key,
        at=at,
        since=at,
        about=row["about"],
        data=data,
    )
