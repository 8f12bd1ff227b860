"""The only writer of outgoing messages and of the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from conversations import content as contents
from conversations.channel import Channel, ContentRefused
from conversations.content import Content, Template
from conversations.departing import Part, depart, departures_of, plan
from conversations.outcomes import failure_change
from conversations.window import window
from runtime.arrays import array, every, once, sparse
from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change, publish

AGENT_DEADLINE = timedelta(minutes=10)
BOT_DEADLINE = timedelta(hours=24)

TARGETS = """
SELECT c.id, c.workspace_id, c.account_id, c.address, c.customer_at, a.channel,
  CASE WHEN c.shelf <> '' THEN 'contact_' || c.shelf WHEN a.removed_at IS NOT NULL THEN 'account_removed'
    WHEN a.paused_at IS NOT NULL THEN 'account_paused' ELSE '' END AS stopped, c.reply_token, c.reply_token_at
FROM conversation c JOIN channel_account a ON a.id = c.account_id
WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id FOR UPDATE OF c
"""
# One statement: on a quiet day most of a message's cost is the way to the database and back. What is to depart at
# once (`how`) is begun, unless its conversation, which is locked, has something waiting. A part without a `body` is the
# whole of its message.
ADD = f"""
WITH m AS (
  SELECT id, {every("w", "$3::uuid[]")}, c, {every("a", "$5::uuid[]")}, {every("author", "$6::text[]")}, member,
    {every("kind", "$8::text[]")}, {every("txt", "$9::text[]")}, body, {every("state", "$11::text[]")},
    {every("code", "$12::text[]")}, {every("reason", "$13::text[]")}, claim, {every("why", "$15::text[]")}, request, n
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[], $15::text[], $16::text[]) WITH ORDINALITY
    AS u (id, w, c, a, author, member, kind, txt, body, state, code, reason, claim, why, request, n)
), messages AS (
  INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, member_id, kind, text, content,
    state, error_code, error_text, claim_id, trigger, provider_at, received_at, request_id)
  SELECT id, w, c, a, 'out', author, member, kind, txt, body::jsonb, state, code, reason, claim, why, $1, $1, request
  FROM m ORDER BY n DESC
), p AS (
  SELECT *, how <> '' AND (SELECT true FROM outbox e WHERE e.conversation_id = c AND e.queue <> 'broadcast' LIMIT 1)
    IS NULL AS begun
  FROM (
    SELECT d, m, c, {every("a", "$20::uuid[]")}, {every("position", "$21::smallint[]")},
      {every("queue", "$22::text[]")}, body, address, {every("sender", "$25::text[]")}, {every("human", "$26::bool[]")},
      {every("deadline", "$27::timestamptz[]")}, request, {every("how", "$30::text[]")}, call, token, token_at, n
    FROM unnest($17::uuid[], $18::uuid[], $19::uuid[], $20::uuid[], $21::smallint[], $22::text[], $23::text[],
      $24::text[], $25::text[], $26::bool[], $27::timestamptz[], $28::text[], $30::text[], $31::uuid[], $32::text[],
      $33::text::timestamptz[]) WITH ORDINALITY
      AS u (d, m, c, a, position, queue, body, address, sender, human, deadline, request, how, call, token, token_at, n)
  ) u
), touched AS (
  UPDATE conversation c SET last_at = $1, version = version + 1,
    (last_text, answered_at, warned_at, reply_token, reply_token_at) = (
      SELECT left(txt, 200), CASE WHEN answer THEN $1 ELSE c.answered_at END,
        CASE WHEN answer THEN NULL ELSE c.warned_at END, CASE WHEN taken THEN '' ELSE c.reply_token END,
        CASE WHEN taken THEN NULL ELSE c.reply_token_at END
      FROM (
        SELECT coalesce(($9::text[])[place], ($9::text[])[1]) AS txt,
          coalesce(($6::text[])[place], ($6::text[])[1]) = 'member'
            AND coalesce(($11::text[])[place], ($11::text[])[1]) <> 'failed' AS answer,
          c.id IN (SELECT p.c FROM p WHERE begun AND token <> '') AS taken
        FROM (SELECT array_position($4::uuid[], c.id) AS place OFFSET 0) u
      ) u)
  WHERE c.id = ANY ($4)
), deliveries AS (
  INSERT INTO delivery (id, message_id, account_id, position, created_at)
  SELECT d, m, a, position, $1 FROM p
), added AS (
  INSERT INTO outbox (delivery_id, conversation_id, account_id, queue, content, address, sender_name, human,
    retry_key, not_before, deadline, request_id, state, attempts, epoch, method, reply_token, reply_token_at,
    attempted_at, lease_until)
  SELECT d, c, a, queue, body::jsonb, address, sender, human, coalesce(call, gen_random_uuid()), $1, deadline, request,
    begun::int, begun::int, begun::int, CASE WHEN begun THEN how ELSE '' END, CASE WHEN begun THEN token ELSE '' END,
    CASE WHEN begun THEN token_at END, CASE WHEN begun THEN $1 END,
    CASE WHEN begun THEN clock_timestamp() + $29::interval END
  FROM p ORDER BY n RETURNING delivery_id, id, state
)
SELECT delivery_id, id FROM added WHERE state = 1
"""  # noqa: S608 (columns of our own; every value is a parameter)


class Target(msgspec.Struct, frozen=True):
    """A conversation as `post` needs it, read and locked: the columns of TARGETS. `stopped` says why
    nothing at all is sent (its account is paused or removed, its contact blocked or erased), "" when it is.
    """

    id: UUID
    workspace_id: UUID
    account_id: UUID
    address: str
    customer_at: datetime | None
    channel: str
    stopped: str = ""
    reply_token: str = ""
    reply_token_at: datetime | None = None


STOPPED = {
    "account_paused": "This channel account is paused: nothing is sent from it",
    "account_removed": "This channel account was removed: nothing can be sent from it",
    "contact_blocked": "This customer is blocked: unblock them to write to them",
    "contact_erased": "This customer's data was erased: nothing can be sent to them",
}
Targets: TypeAlias = Mapping[UUID, Target]
NONE: Targets = {}


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message to send. `queue`: agent, bot or broadcast; `author`: bot, member or system.

    `human` says that a person answers, which some platforms allow for longer than a bot. `pieces`: what the
    channel cut the content into, where the caller has asked it already.
    """

    conversation_id: UUID
    content: Content
    queue: str = "bot"
    author: str = "bot"
    member_id: UUID | None = None
    sender_name: str = ""
    human: bool = False
    claim_id: UUID | None = None
    trigger: str = ""
    request_id: str = ""
    pieces: tuple[Content, ...] = ()
    id: UUID = msgspec.field(default_factory=uuid7)


class Refusal(msgspec.Struct, frozen=True):
    """Why a message could not even be queued; it is kept in the thread as failed."""

    code: str
    text: str


async def post(
    tx: Connection,
    rows: Sequence[NewMessage],
    channels: Mapping[str, Channel],
    now: datetime,
    locked: Targets = NONE,
) -> dict[UUID, Refusal]:
    """Write messages, deliveries and outbox rows in the caller's transaction, locking conversations.

    Returns the refusals by message id: content the channel cannot send, a closed window, an account that is
    paused or removed. Every
    row becomes a message in its thread either way. `locked`: conversations that the caller has read and
    locked in this transaction. Wake the live feed after the commit.
    """
    if not rows:
        return {}
    targets = await _targets(tx, {row.conversation_id for row in rows}, locked)
    parts: list[Part] = []
    refused: dict[UUID, Refusal] = {}
    encoded = [contents.encode(row.content).decode() for row in rows]
    for row, whole in zip(rows, encoded, strict=True):
        target = targets[row.conversation_id]
        outcome = _cut(row, whole, target, channels[target.channel], now)
        if isinstance(outcome, Refusal):
            refused[row.id] = outcome
        else:
            parts += outcome
    # The last first, so that the first of a conversation that ADD finds is its latest.
    messages = _messages(rows[::-1], encoded[::-1], targets, refused)
    await _add(tx, messages, parts, channels, now)
    changes = [
        Change(
            targets[row.conversation_id].workspace_id,
            "message",
            row.conversation_id,
            {"message": str(row.id)},
        )
        for row in rows
    ]
    await publish(tx, changes + _failures(rows, targets, refused), now)
    return refused


def _failures(
    rows: Sequence[NewMessage], targets: Targets, refused: Mapping[UUID, Refusal]
) -> list[Change]:
    failed = {row.conversation_id for row in rows if row.id in refused}
    return [failure_change(targets[key].workspace_id, key) for key in sorted(failed)]


async def _targets(tx: Connection, wanted: AbstractSet[UUID], locked: Targets) -> Targets:
    if wanted <= locked.keys():
        return locked
    return {record["id"]: Target(*record) for record in await tx.fetch(TARGETS, sorted(wanted))}


def _cut(
    row: NewMessage, encoded: str, target: Target, channel: Channel, now: datetime
) -> list[Part] | Refusal:
    if target.stopped:
        return Refusal(target.stopped, STOPPED[target.stopped])
    limits = window(channel.abilities, target.customer_at)
    # What the platform approved may be sent at any time.
    timeless = isinstance(row.content, Template) and "template" not in channel.abilities.unsupported
    if not timeless and not limits.is_open(now, human=row.human):
        return Refusal("channel_window_closed", "The time to answer on this channel is over")
    try:
        pieces = row.pieces or channel.parts(row.content)
    except ContentRefused as error:
        return Refusal("content", error.words)
    deadline = now + (AGENT_DEADLINE if row.queue == "agent" else BOT_DEADLINE)
    end = limits.human_ends_at if row.human else limits.ends_at
    if end is not None and not timeless:
        deadline = min(deadline, end)
    if len(pieces) == 1 and pieces[0] == row.content:
        return [_part(row, target, row.content, 0, deadline, encoded, whole=True)]
    return [
        _part(row, target, piece, n, deadline, contents.encode(piece).decode())
        for n, piece in enumerate(pieces)
    ]


def _part(  # noqa: PLR0913 (each is a column)
    row: NewMessage,
    target: Target,
    piece: Content,
    position: int,
    deadline: datetime,
    encoded: str,
    *,
    whole: bool = False,
) -> Part:
    return Part(
        delivery_id=uuid7(),
        message_id=row.id,
        conversation_id=row.conversation_id,
        account_id=target.account_id,
        channel=target.channel,
        position=position,
        queue=row.queue,
        content=piece,
        encoded=encoded,
        whole=whole,
        address=target.address,
        sender_name=row.sender_name,
        human=row.human,
        deadline=deadline,
        request_id=row.request_id,
        token=target.reply_token,
        token_at=target.reply_token_at,
    )


async def _add(
    tx: Connection,
    messages: Sequence[Sequence[Any]],
    parts: Sequence[Part],
    channels: Mapping[str, Channel],
    now: datetime,
) -> None:
    """Write messages and their parts, and begin those that may depart with this transaction."""
    departures = departures_of(tx)
    lease = timedelta(0)
    if departures is not None:
        plan(departures, parts, channels, now)
        lease = departures.lease
    begun = await tx.fetch(ADD, now, *messages, *_columns(parts), lease, *_goings(parts))
    if departures is not None:
        depart(departures, parts, dict(begun), now)


def _messages(
    rows: Sequence[NewMessage],
    encoded: list[str],
    targets: Targets,
    refused: Mapping[UUID, Refusal],
) -> tuple[list[Any], ...]:
    none = Refusal("", "")
    reasons = [refused.get(row.id, none) for row in rows]
    return (
        [row.id for row in rows],
        once([targets[row.conversation_id].workspace_id for row in rows]),
        [row.conversation_id for row in rows],
        once([targets[row.conversation_id].account_id for row in rows]),
        once([row.author for row in rows]),
        sparse([row.member_id for row in rows]),
        once([type(row.content).__struct_config__.tag for row in rows]),
        once([contents.preview(row.content) for row in rows]),
        encoded,
        once(["failed" if row.id in refused else "queued" for row in rows]),
        once([reason.code for reason in reasons]),
        once([reason.text[:300] for reason in reasons]),
        sparse([row.claim_id for row in rows]),
        once([row.trigger[:120] for row in rows]),
        [row.request_id for row in rows],
    )


def _columns(parts: Sequence[Part]) -> tuple[list[Any], ...]:
    return (
        [part.delivery_id for part in parts],
        [part.message_id for part in parts],
        [part.conversation_id for part in parts],
        once([part.account_id for part in parts]),
        once([part.position for part in parts]),
        once([part.queue for part in parts]),
        sparse([None if part.whole else part.encoded for part in parts]),
        [part.address for part in parts],
        once([part.sender_name for part in parts]),
        once([part.human for part in parts]),
        once([part.deadline for part in parts]),
        [part.request_id for part in parts],
    )


def _goings(parts: Sequence[Part]) -> tuple[list[Any] | str, ...]:
    goings = [part.going for part in parts]
    return (
        once([going.method if going else "" for going in goings]),
        sparse([going.retry_key if going else None for going in goings]),
        [going.token if going else "" for going in goings],
        array([going.token_at if going else None for going in goings]),
    )
