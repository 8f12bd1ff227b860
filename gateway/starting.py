"""Begins attempts: pops due heads within each account's pace, plans their calls, commits them as sending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from conversations import content as contents
from conversations import outbox
from conversations.channel import Abilities, Account, Shape
from conversations.content import Buttons, Card
from conversations.outbox import BROADCAST, Ask, Attempt, Due, Row
from conversations.outcomes import OnMessages, Verdict, finish
from conversations.templates import Key, template_ids
from gateway import attempts
from gateway.clients import Clients
from gateway.pacing import Bucket, Pacer
from runtime.clock import Clock
from runtime.database import Connection, Database

# Rows of an account that cannot send now are looked at again after this.
PARK = timedelta(seconds=30)
PARKED_AT_ONCE = 64
# Another process may still park rows of an account that may send again, until it has looked too.
UNPARK_ROUNDS = 3
MOST_TEMPLATES = 10_000
# Removed ones too: what waits for them is closed as too late.
ACCOUNTS = "SELECT id, state = 'reconnect' OR paused_at IS NOT NULL AS halted FROM channel_account ORDER BY id"


class Started(msgspec.Struct, frozen=True):
    """What a round did: calls to make now (with platform templates by delivery), whether it found rows,
    whether it left some that may be due, and whether it closed some.
    """

    calls: Sequence[Attempt] = ()
    templates: Mapping[UUID, str] = {}
    found: bool = False
    again: bool = False
    closed: bool = False


@dataclass
class Starter:
    """Everything between the outbox and a call, for one process."""

    db: Database
    clients: Clients
    clock: Clock
    time: Callable[[], float]
    rates: Mapping[str, int]
    rng: Random
    lease: timedelta
    on_rejected: OnMessages
    _pacer: Pacer = field(init=False)
    _accounts: list[UUID] = field(default_factory=list)
    _paused: set[UUID] = field(default_factory=set)
    _freed: dict[UUID, int] = field(default_factory=dict)
    _turn: int = 0
    _templates: dict[Key, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with full buckets."""
        self._pacer = Pacer(self.time)

    async def refresh(self) -> bool:
        """Learn which accounts there are, and which wait for new credentials or are
        paused.

        Returns whether some may send again just now: what they had parked is due again.
        """
        records = await self.db.sends.fetch(ACCOUNTS)
        paused = {record["id"] for record in records if record["halted"]}
        left = {key: rounds - 1 for key, rounds in self._freed.items() if rounds > 1}
        self._freed = left | dict.fromkeys(self._paused - paused, UNPARK_ROUNDS)
        self._accounts = [record["id"] for record in records]
        self._paused = paused
        freed = sorted(self._freed)
        await outbox.unpark(self.db.sends, freed, self.clock.now(), PARK)
        return bool(freed)

    def pause(self, account_id: UUID) -> None:
        """Let the sends of an account wait: its credentials were refused."""
        self._paused.add(account_id)

    def hold(self, account_id: UUID, seconds: float) -> None:
        """Let an account rest: the platform asked for it."""
        account = self.clients.account_of(account_id)
        if account is not None:
            self._bucket(account).hold(seconds)

    def accounts(self) -> Sequence[UUID]:
        """Return the accounts as last learnt, those that must not send included."""
        return self._accounts

    def wait_s(self, queue: str, least: float, most: float) -> float | None:
        """Return when a call that is now held back by its account's pace may start, in seconds; None when
        none is.
        """
        accounts = [self.clients.account_of(a) for a in self._accounts]
        waits = [self._bucket(a).wait_s(reserve=queue == BROADCAST) for a in accounts if a]
        return min((min(most, max(least, wait)) for wait in waits if wait > 0), default=None)

    async def start(self, queue: str, capacity: int) -> Started:
        """Pop heads of `queue` and commit up to `capacity` calls as sending."""
        rooms = self._rooms(queue, capacity)
        if not rooms:
            return Started()
        async with self.db.transaction(self.db.sends) as tx:
            now = self.clock.now()
            due = await outbox.pop(tx, self._ask(queue, rooms, capacity), now)
            if not due.heads:
                return Started()
            idle = {head.id: self._idle(head, now) for head in due.heads}
            planned = [
                self._plan(head, due, now)
                for head in due.heads
                if idle[head.id] is None and head.conversation_id in due.talks
            ]
            templates = await self._find_templates(tx, planned, now)
            calls = await outbox.begin(tx, planned, now, self.lease)
            verdicts = [verdict for verdict in idle.values() if verdict]
            more = await finish(tx, verdicts, now, self.on_rejected)
        for call in calls:
            self.take(call)
        closed = any(verdict.kind == "failed" for verdict in verdicts)
        again = more or len(planned) + len(verdicts) < len(due.heads) or full(due, rooms, capacity)
        return Started(calls, templates, found=True, again=again, closed=closed)

    def _rooms(self, queue: str, capacity: int) -> dict[UUID, int]:
        """Return how many rows each account may start, another account first each time."""
        self._turn += 1
        cut = self._turn % max(len(self._accounts), 1)
        order = self._accounts[cut:] + self._accounts[:cut]
        rooms = {key: min(capacity, self._room(key, queue)) for key in order}
        return {key: room for key, room in rooms.items() if room > 0}

    def _room(self, account_id: UUID, queue: str) -> int:
        account = self.clients.account_of(account_id)
        if account is None or account_id in self._paused:
            return PARKED_AT_ONCE
        return self._bucket(account).room(reserve=queue == BROADCAST)

    def room(self, account_id: UUID) -> int:
        """Return how many calls may begin for an account now, none while it must not send."""
        account = self.clients.account_of(account_id)
        if account is None or account_id in self._paused:
            return 0
        return self._bucket(account).room()

    def take(self, call: Attempt) -> None:
        """Count a call that begins."""
        account = self.clients.account_of(call.rows[0].account_id)
        if account is not None:
            self._bucket(account).take(1)

    def _bucket(self, account: Account) -> Bucket:
        own = self.clients.channel(account).abilities.rate_per_s
        return self._pacer.bucket(account.id, self.rates.get(account.channel, own))

    def _idle(self, head: Row, now: datetime) -> Verdict | None:
        """Return the verdict of a head that is not to be sent now, None when it is."""
        if now >= head.deadline:
            return attempts.expired(head)
        unknown = self.clients.account_of(head.account_id) is None
        if unknown or head.account_id in self._paused:
            return Verdict(id=head.id, epoch=head.epoch, kind="queue", at=now + PARK)
        return None

    def _ask(self, queue: str, rooms: Mapping[UUID, int], capacity: int) -> Ask:
        known = [self.clients.account_of(key) for key in rooms]
        able = {a.id: self.clients.channel(a).abilities for a in known if a is not None}
        return Ask(
            queue=queue,
            rooms=rooms,
            limit=capacity,
            tokens=[key for key, each in able.items() if each.reply_token_s is not None],
            joining=[key for key, each in able.items() if each.messages_per_call > 1],
            joined=max((each.messages_per_call for each in able.values()), default=1),
        )

    def _plan(self, head: Row, due: Due, now: datetime) -> Attempt:
        """Choose rows and method of a call."""
        able = self._abilities(head.account_id)
        behind = due.behind.get(head.conversation_id, ())
        rows = attempts.join(head, behind, able.messages_per_call, now)
        return attempts.plan(rows, due.talks[head.conversation_id], able, now, self._retry_key())

    def _abilities(self, account_id: UUID) -> Abilities:
        account = self.clients.account_of(account_id)
        if account is None:
            raise LookupError(f"account {account_id} is gone")
        return self.clients.channel(account).abilities

    def _retry_key(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    async def find_templates(self, calls: Sequence[Attempt], now: datetime) -> Mapping[UUID, str]:
        """Return the platform's templates for the rows of `calls`, by delivery."""
        async with self.db.transaction(self.db.sends) as tx:
            return await self._find_templates(tx, calls, now)

    async def _find_templates(
        self, tx: Connection, calls: Sequence[Attempt], now: datetime
    ) -> dict[UUID, str]:
        wanted: dict[UUID, tuple[Key, Shape]] = {}
        for row in (row for call in calls for row in call.rows):
            shape = self._shape(row)
            if shape is not None:
                wanted[row.delivery_id] = ((row.account_id, shape.hash), shape)
        missing = {key: shape for key, shape in wanted.values() if key not in self._templates}
        if missing:
            if len(self._templates) > MOST_TEMPLATES:
                self._templates.clear()
            self._templates |= await template_ids(tx, missing, now)
        found = {delivery: self._templates.get(key) for delivery, (key, _) in wanted.items()}
        return {delivery: template for delivery, template in found.items() if template}

    def _shape(self, row: Row) -> Shape | None:
        account = self.clients.account_of(row.account_id)
        content = contents.decode(row.content)
        if account is None or not isinstance(content, Card | Buttons):
            return None
        return self.clients.channel(account).shape(content)


def full(due: Due, rooms: Mapping[UUID, int], capacity: int) -> bool:
    """Say whether so many heads were found that others may have been left."""
    counts = Counter(head.account_id for head in due.heads)
    return len(due.heads) >= capacity or any(counts[key] >= rooms[key] for key in counts)
