"""Begin the sends of a transaction in the statement that adds them, rather than queue them and fetch them back.

Whoever opens `departing` makes the calls once the transaction has committed. The rows are as `outbox.begin` would
have left them: an attempt committed before its call, under a lease. So whoever is killed in between leaves what a
killed deliverer leaves, and it is settled in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import msgspec

from conversations.channel import Channel
from conversations.content import Content
from conversations.outbox import BOT, SENDING, Attempt, Row
from conversations.window import is_fresh
from runtime.database import Connection
from runtime.ids import uuid7

# How many more calls may begin for an account now, those in the counter of whoever asks taken off.
Room: TypeAlias = Callable[[UUID], int]
# How many calls have been begun for each account, but not made yet.
Begun: TypeAlias = Counter[UUID]


class Departures(msgspec.Struct):
    """What departs with one transaction: `calls` to make once it has committed. `queued`: other rows were left
    for the deliverer to fetch.
    """

    tx: Connection
    room: Room
    begun: Begun
    lease: timedelta
    calls: list[Attempt] = []
    queued: bool = False


class Going(msgspec.Struct, frozen=True):
    """How the rows of one conversation would go in one call: by the free reply where there is a token."""

    retry_key: UUID
    token: str = ""
    token_at: datetime | None = None

    @property
    def method(self) -> str:
        """The method of the call."""
        return "reply" if self.token else "push"


class Part(msgspec.Struct, kw_only=True):
    """A row to be added to the outbox; `going` while it may be begun. `whole`: it says all that its message does.
    `token`: the conversation's free reply.
    """

    delivery_id: UUID
    message_id: UUID
    conversation_id: UUID
    account_id: UUID
    channel: str
    position: int
    queue: str
    content: Content
    address: str
    sender_name: str
    human: bool
    deadline: datetime
    request_id: str
    encoded: str
    whole: bool
    token: str = ""
    token_at: datetime | None = None
    going: Going | None = None


_departures: ContextVar[Departures | None] = ContextVar("departures", default=None)


@contextmanager
def departing(tx: Connection, room: Room, begun: Begun, lease: timedelta) -> Iterator[Departures]:
    """Let what is posted on `tx` meanwhile be begun, as far as `room` goes, and count it in `begun`; drop
    `calls` when it rolls back.
    """
    departures = Departures(tx, room, begun, lease)
    mark = _departures.set(departures)
    try:
        yield departures
    finally:
        _departures.reset(mark)


def departures_of(tx: Connection) -> Departures | None:
    """Return what departs with the transaction, None when nothing may."""
    departures = _departures.get()
    return departures if departures is not None and departures.tx is tx else None


def plan(
    departures: Departures, parts: Sequence[Part], channels: Mapping[str, Channel], now: datetime
) -> None:
    """Say of each part how it would go, if its conversation has nothing before it."""
    heads: dict[UUID, tuple[Part, int]] = {}
    for part in parts:
        channel = channels[part.channel]
        head, count = heads.get(part.conversation_id, (part, 0))
        heads[part.conversation_id] = (head, count + 1)
        if count == 0:
            if _may_go(departures, part, channel):
                departures.begun[part.account_id] += 1
                part.going = _going(part, channel, now)
        elif head.going and count < channel.abilities.messages_per_call and _joins(head, part):
            if channel.shape(part.content) is None:
                part.going = head.going
            else:
                heads[part.conversation_id] = (head, channel.abilities.messages_per_call)


def _may_go(departures: Departures, part: Part, channel: Channel) -> bool:
    """Leave to the deliverer what a person wrote, and what needs a template that must be looked for."""
    return (
        part.queue == BOT
        and not part.human
        and channel.shape(part.content) is None
        and departures.room(part.account_id) > 0
    )


def _going(part: Part, channel: Channel, now: datetime) -> Going:
    if is_fresh(part.token, part.token_at, channel.abilities, now):
        return Going(uuid7(), part.token, part.token_at)
    return Going(uuid7())


def _joins(head: Part, part: Part) -> bool:
    """Say whether a row may travel with the one before it."""
    return (part.queue, part.sender_name, part.human) == (head.queue, head.sender_name, head.human)


def depart(
    departures: Departures, parts: Sequence[Part], ids: Mapping[UUID, int], now: datetime
) -> None:
    """Note the calls of the parts that were begun: `ids` gives their rows by delivery."""
    calls: dict[UUID, list[Part]] = {}
    for part in parts:
        if part.delivery_id in ids and part.going is not None:
            calls.setdefault(part.going.retry_key, []).append(part)
    departures.queued |= len(ids) < len(parts)
    departures.calls += [_attempt(rows, ids, now) for rows in calls.values()]


def _attempt(parts: Sequence[Part], ids: Mapping[UUID, int], now: datetime) -> Attempt:
    going = parts[0].going
    assert going is not None  # noqa: S101 (chosen by the caller)
    return Attempt(
        rows=tuple(_row(part, going, ids[part.delivery_id], now) for part in parts),
        method=going.method,
        retry_key=going.retry_key,
        reply_token=going.token,
        reply_token_at=going.token_at,
        taken=bool(going.token),
        contents=tuple(part.content for part in parts),
    )


def _row(part: Part, going: Going, row_id: int, now: datetime) -> Row:
    return Row(
        id=row_id,
        delivery_id=part.delivery_id,
        conversation_id=part.conversation_id,
        account_id=part.account_id,
        queue=part.queue,
        content=part.encoded,
        address=part.address,
        sender_name=part.sender_name,
        human=part.human,
        state=SENDING,
        attempts=1,
        epoch=1,
        method=going.method,
        retry_key=going.retry_key,
        reply_token=going.token,
        reply_token_at=going.token_at,
        not_before=now,
        deadline=part.deadline,
        attempted_at=now,
        request_id=part.request_id,
    )
