"""A person answers: the message goes out once, and the conversation is theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations import message_templates
from conversations.actions import answers
from conversations.actions.keep_draft import drop_draft
from conversations.actions.post import STOPPED, NewMessage, post
from conversations.actions.take_over import lock, take_over
from conversations.actions.unseen import require_seen
from conversations.actions.uploads import Owner, content_of, mark_sent, take
from conversations.channel import ApprovedTemplate, Channel, ContentRefused
from conversations.content import Content, QuickReply, Template, Text
from conversations.outcomes import failure_change
from conversations.resending import why_not
from conversations.uploads.rows import UploadRow
from conversations.window import window
from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.live import publish
from runtime.words import mark

STATE = """
SELECT c.assignee_id, c.customer_at, a.channel, CASE WHEN c.shelf <> '' THEN c.shelf
  WHEN a.removed_at IS NOT NULL THEN 'removed'
  WHEN a.paused_at IS NOT NULL THEN 'paused' ELSE a.state END AS account_state,
  coalesce(u.assignee_only, false) AS assignee_only FROM conversation c
JOIN channel_account a ON a.id = c.account_id LEFT JOIN automation u ON u.workspace_id = c.workspace_id WHERE c.id = $1
"""
AGAIN = """
SELECT content, claim_id, state, error_code FROM message
WHERE id = $1 AND conversation_id = $2 AND direction = 'out' FOR UPDATE
"""
CHANNEL = """
SELECT (SELECT a.channel FROM channel_account a WHERE a.id = c.account_id) FROM conversation c WHERE c.id = $1
"""
NOTHING = mark("Write something first")
KNOWN = "SELECT 1 FROM message WHERE id = $1"
RESENT = "UPDATE message SET error_code = 'resent' WHERE id = $1"
NOT_ASSIGNEE = "Somebody else answers this conversation: take it over first"
SHELVES = frozenset({"blocked", "erased"})


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a member answers: files first, then words with quick replies below them.

    `form_id` names the filled-in form: sent twice, it is one answer. `public_url` begins the files' addresses;
    `values` fill a template's variables.
    `seen` is the last message they have seen (unseen.NOTHING in an empty thread); None: it does not matter.
    """

    workspace_id: UUID
    conversation_id: UUID
    member_id: UUID
    member_name: str
    form_id: str
    text: str = ""
    quick_replies: tuple[QuickReply, ...] = ()
    uploads: tuple[UUID, ...] = ()
    public_url: str = ""
    values: Mapping[str, str] = {}
    request_id: str = ""
    seen: UUID | None = None


async def reply(
    tx: Connection, answer: Answer, channels: Mapping[str, Channel], now: datetime
) -> UUID:
    """Send files and words in the caller's transaction, each as a message of its own; returns the first one's id.

    The member's draft is forgotten with it. Raises NotFound, Invalid("text") when empty or over the channel's
    length, Invalid("upload") for a file that is gone or that the channel does not take, Unseen when a colleague
    has answered since what they had seen, and
    Refused("channel_window_closed" | "reconnect" | "account_paused" | "account_removed" | "contact_blocked" |
    "contact_erased") when nothing may be sent, Refused("not_assignee") where only the assignee answers.
    """
    text = clean(answer.text)
    if not text and (answer.quick_replies or not answer.uploads):
        raise Invalid("text", NOTHING)
    await lock(tx, answer.workspace_id, answer.conversation_id)
    if await tx.fetchval(KNOWN, answer_id(answer)):
        return answer_id(answer)
    owner = Owner(answer.workspace_id, answer.conversation_id, answer.member_id)
    files = await take(tx, owner, answer.uploads) if answer.uploads else ()
    contents = await _contents(tx, answer, files, channels) if files else []
    words = [Text(text, answer.quick_replies)] if text else []
    sent = await _post(tx, answer, [*contents, *words], channels, now)
    if files:
        await mark_sent(tx, [(one.id, message_id(answer, n)) for n, one in enumerate(files)])
    return sent


async def send_template(
    tx: Connection,
    answer: Answer,
    template: ApprovedTemplate,
    channels: Mapping[str, Channel],
    now: datetime,
) -> UUID:
    """Send an approved template filled with `answer.values`; the window does not matter to it.

    Returns the message's id. Raises as `reply`, and Invalid("v-NAME") for a variable without a value.
    """
    filled = message_templates.values_of(template, answer.values)
    text = message_templates.fill(template.body, filled)
    await lock(tx, answer.workspace_id, answer.conversation_id)
    if await tx.fetchval(KNOWN, answer_id(answer)):
        return answer_id(answer)
    return await _post(tx, answer, [Template(template.id, filled, text)], channels, now)


async def send_again(
    tx: Connection, answer: Answer, message_id: UUID, channels: Mapping[str, Channel], now: datetime
) -> UUID:
    """Send a failed or unknown message once more, and only once; the member knows the risk.

    The same form posted again returns the message it made. Raises NotFound or Refused.
    """
    await lock(tx, answer.workspace_id, answer.conversation_id)
    row = await tx.fetchrow(AGAIN, message_id, answer.conversation_id)
    if row is None:
        raise NotFound("There is no such message")
    key = answer_id(answer)
    if await tx.fetchval(KNOWN, key):
        return key
    if refusal := why_not(row["state"], row["error_code"], row["claim_id"]):
        raise refusal
    content = msgspec.convert(row["content"], Content)
    sent = await _post(tx, answer, [content], channels, now, claim_id=row["claim_id"])
    await tx.execute(RESENT, message_id)
    await publish(tx, [failure_change(answer.workspace_id, answer.conversation_id)], now)
    return sent


def answer_id(answer: Answer) -> UUID:
    """Return the id of the message that this form of this member makes, however often it is posted."""
    return message_id(answer, 0)


def message_id(answer: Answer, place: int) -> UUID:
    """Return the id of the form's message at `place`, which counts from 0."""
    form = f"{answer.form_id}:{place}" if place else answer.form_id
    return answers.answer_id(answer.member_id, answer.conversation_id, form)


def clean(text: str) -> str:
    """Return what was typed as it is sent: plain line ends, no characters a database cannot hold."""
    plain = text.replace("\r\n", "\n").replace("\x00", "")
    return plain.encode("utf-8", "replace").decode("utf-8").strip()


async def _contents(
    tx: Connection, answer: Answer, files: Sequence[UploadRow], channels: Mapping[str, Channel]
) -> list[Content]:
    channel = channels[await tx.fetchval(CHANNEL, answer.conversation_id)]
    try:
        return [content_of(file, channel.abilities, answer.public_url) for file in files]
    except ContentRefused as error:
        raise Invalid("upload", error.words) from error


async def _post(
    tx: Connection,
    answer: Answer,
    contents: Sequence[Content],
    channels: Mapping[str, Channel],
    now: datetime,
    *,
    claim_id: UUID | None = None,
) -> UUID:
    """Post a new answer. The caller has locked the conversation and knows that it is not there yet."""
    if answer.seen is not None:
        await require_seen(tx, answer.conversation_id, answer.member_id, answer.seen)
    state = await tx.fetchrow(STATE, answer.conversation_id)
    template = all(isinstance(content, Template) for content in contents)
    channel = channels[state["channel"]]
    require_open(state["account_state"], channel, state["customer_at"], now, template=template)
    if state["assignee_only"] and state["assignee_id"] not in {None, answer.member_id}:
        raise Refused("not_assignee", NOT_ASSIGNEE)
    owner = state["assignee_id"] or answer.member_id
    await take_over(tx, answer.workspace_id, answer.conversation_id, owner, now)
    messages = [
        NewMessage(
            id=message_id(answer, place),
            conversation_id=answer.conversation_id,
            content=content,
            queue="agent",
            author="member",
            member_id=answer.member_id,
            sender_name=answer.member_name,
            human=True,
            claim_id=claim_id,
            request_id=answer.request_id,
        )
        for place, content in enumerate(contents)
    ]
    for refusal in (await post(tx, messages, channels, now)).values():
        if refusal.code == "content":
            raise Invalid("text", refusal.text)
        raise Refused(refusal.code, refusal.text)
    if answer.text:
        await drop_draft(tx, answer.workspace_id, answer.conversation_id, answer.member_id, now)
    return answer_id(answer)


def require_open(
    account_state: str,
    channel: Channel,
    customer_at: datetime | None,
    now: datetime,
    *,
    template: bool = False,
) -> None:
    """Raise Refused when a person may not write now: the account is stopped, the contact blocked, or the window
    closed, which does not matter to a `template`.
    """
    stopped = f"contact_{account_state}" if account_state in SHELVES else f"account_{account_state}"
    if stopped in STOPPED:
        raise Refused(stopped, STOPPED[stopped])
    if account_state == "reconnect":
        raise Refused("reconnect", "This channel must be reconnected before it can send")
    if not template and not window(channel.abilities, customer_at).is_open(now, human=True):
        raise Refused("channel_window_closed", "The time to answer on this channel is over")
