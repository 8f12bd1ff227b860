"""Works through the inbox in blocks: up to 128 events, one transaction from event to outbox.

A block locks free lanes, reads their events, splits them into waves of one event a chat, and writes
everything they cause together with their acknowledgement: exactly once, whatever is killed when.
A block that fails is halved until the bad event stands alone; alone it fails five times, then it is set
aside and its contact goes on (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from uuid import UUID

import asyncpg
import structlog

from conversations import inbox
from conversations.actions.amend import KINDS as AMENDING
from conversations.actions.amend import amend
from conversations.actions.progress import Listeners, apply
from conversations.actions.receive import Received, left_over, receive
from conversations.bounds import bounded
from conversations.channel import Account, Channel
from conversations.departing import Begun, departing
from conversations.evidence import KINDS as PROGRESS
from conversations.inbox import Pending
from conversations.lane_marks import LaneMarks
from conversations.outbox import BOT, Attempt
from coupons.requests import ClaimRequest, ClaimResult
from flows.links import Settle
from flows.my_coupons import Link
from flows.runner import answer
from gateway.rhythm import BLOCK, MANY, Rhythm
from gateway.sends import NoSends, Sends
from runtime.clock import Clock
from runtime.database import Connection, Database
from runtime.live import FEED, gathering, publish
from runtime.tasks import Supervisor

WORKERS = 2
IDLE_S = 0.25
# What another process stored, and what waits for its next try, is looked for this often.
ALL_LANES_S = 0.2
# A topic of the live feed: another process put events into the inbox.
INBOX = "inbox"
# A wave of so few events costs as much as one of all: what is left of a large block waits for the next.
FEW = 6
TRIES = 5
BACK_OFF_S = (1, 5, 25, 125)
RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

log = structlog.get_logger("blocks")


@dataclass(frozen=True)
class Wiring:
    """What a block needs of other packages. `committed` is told what a commit wrote (see LiveFeed.committed),
    `count` every claim's answer once it is committed.
    """

    channels: Mapping[str, Channel]
    account: Callable[[UUID], Account | None]
    settle: Settle
    listeners: Listeners
    committed: Callable[[str], None]
    count: Callable[[Sequence[ClaimResult]], None] = lambda _: None
    list_link: Link | None = None
    sends: Sends = field(default_factory=NoSends)


@dataclass
class Share:
    """The lanes one loop works on (any process's loop of the same number competes for them), and where in them
    something is known to wait: asking each of 64 lanes costs a small block more than its work.
    """

    lanes: range
    marks: LaneMarks = field(default_factory=LaneMarks)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _told: set[int] = field(default_factory=set)
    _all_at: float = 0.0

    def tell(self, lanes: Iterable[int] | None) -> None:
        """Wake the loop: events were put into `lanes` (None: nobody knows which)."""
        if lanes is None:
            self._all_at = 0.0
        else:
            self._told.update(lane for lane in lanes if lane in self.lanes)
        self.wake.set()

    def next(self, at: float) -> Collection[int]:
        """Return the lanes to look at: those told of, now and then all of them."""
        told, self._told = self._told, set()
        if at < self._all_at:
            return told
        self._all_at = at + ALL_LANES_S
        return self.lanes

    def done(self, events: Sequence[Pending], at: float) -> None:
        """Note a block that has committed; a lane that gave much may have more."""
        self.marks.done(events, at)
        counts = Counter(event.lane for event in events)
        self._told.update(lane for lane, n in counts.items() if n >= inbox.LEAST_EACH)
        if len(events) >= BLOCK:
            self._all_at = 0.0


@dataclass
class Outcome:
    """What a block's transaction did that others must hear of: claims answered, calls begun, and whether other
    messages were queued. `acknowledged`: rows of the inbox that were marked as done with what they caused; `left`:
    those that the next block begins with.
    """

    claims: list[ClaimResult] = field(default_factory=list)
    calls: list[Attempt] = field(default_factory=list)
    queued: bool = False
    acknowledged: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)


class UnknownAccount(Exception):
    """The event's account is not known (yet, or any more)."""


class BlockWorkers:
    """The loops that empty the inbox of one process."""

    def __init__(
        self,
        database: Database,
        wiring: Wiring,
        clock: Clock,
        supervisor: Supervisor,
        time: Callable[[], float] = monotonic,
        processors: int = 2,
    ) -> None:
        """`time`: seconds that only ever grow; `processors`: how many this process may use."""
        self._time = time
        self._database = database
        self._wiring = wiring
        self._clock = clock
        self._supervisor = supervisor
        self.shares = [Share(range(n, inbox.LANES, WORKERS)) for n in range(WORKERS)]
        self._everything = Share(range(inbox.LANES))
        self._rhythm = Rhythm(time, processors)

    def start(self) -> None:
        """Start the loops."""
        self._supervisor.wakes(self._everything.wake, *(share.wake for share in self.shares))
        for number in range(WORKERS):
            self._supervisor.start(f"blocks {number}", partial(self._loop, number))

    def is_behind(self) -> bool:
        """Say whether customers write faster than blocks take it in."""
        return self._rhythm.is_behind()

    def wake(self, lanes: Collection[int] | None = None) -> None:
        """Tell the loops that events have arrived, in `lanes` when that is known."""
        for share in (self._everything, *self.shares):
            share.tell(lanes)

    async def _loop(self, number: int) -> None:
        """Work on a share of the lanes in a crowd; else the first loop works on all, the others wait."""
        while not self._supervisor.stopping.is_set():
            crowded = self._rhythm.is_crowded()
            if number and not crowded:
                await self._supervisor.pause(IDLE_S)
                continue
            share = self.shares[number] if crowded else self._everything
            share.wake.clear()
            begun_at = self._rhythm.begin(number)
            done: int | None = 0
            try:
                done = await self.step(share)
            finally:
                gather_s = self._rhythm.end(number, begun_at, done or 0)
            if gather_s:
                await self._supervisor.pause(gather_s)
            elif done == 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await share.wake.wait()

    async def step(self, share: Share) -> int | None:
        """Work on one block; return how many events it had, None when a rival got in its way."""
        at = self._time()
        lanes = share.next(at)
        if not lanes:
            return 0
        try:
            events = await self._block(share, lanes, at, BLOCK)
        except RETRIED:
            share.tell(None)
            return None
        except (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            raise
        except Exception:
            log.exception("block failed; halving")
            share.tell(None)
            events = await self._halve(share, at)
        share.done(events, at)
        return len(events)

    async def _block(
        self, share: Share, lanes: Collection[int], at: float, limit: int
    ) -> list[Pending]:
        outcome = Outcome()
        with self._wiring.sends.expecting() as begun:
            async with self._database.transaction(self._database.lanes) as tx:
                events = await self._take(tx, share, lanes, at, limit)
                if events:
                    outcome = await self._work(tx, events, begun)
            if events:
                self._tell(outcome)
        if outcome.left:
            share.tell({event.lane for event in events if event.id in outcome.left})
        return events

    def _tell(self, outcome: Outcome) -> None:
        self._wiring.sends.fly(outcome.calls)
        self._wiring.committed(BOT if outcome.queued else FEED)
        self._wiring.count(outcome.claims)

    async def _take(
        self, tx: Connection, share: Share, lanes: Collection[int], at: float, limit: int
    ) -> list[Pending]:
        now = self._clock.now()
        positions = share.marks.positions(lanes, at)
        held = await inbox.claim_lanes(tx, positions, now, sure=lanes is not share.lanes)
        if not held:
            return []
        return await inbox.pending(tx, {lane: positions[lane] for lane in held}, now, limit)

    async def _work(self, tx: Connection, events: Sequence[Pending], begun: Begun) -> Outcome:
        """Do everything that follows from `events`; `begun` counts the calls that are to be made."""
        outcome = Outcome()
        received = [self._read(event) for event in events]
        sends = self._wiring.sends
        with departing(tx, sends.room, begun, sends.lease) as departures:
            await self._waves(tx, received, outcome)
        outcome.calls, outcome.queued = departures.calls, departures.queued
        done = outcome.acknowledged | outcome.left
        rest = [event.id for event in events if event.id not in done]
        if rest:
            await inbox.acknowledge(tx, rest)
        return outcome

    async def _waves(self, tx: Connection, received: Sequence[Received], outcome: Outcome) -> None:
        async with gathering(tx):
            waiting = deque(waves(received))
            while waiting:
                left = await self._wave(tx, waiting.popleft(), outcome)
                if left:
                    waiting.appendleft(left)
                if len(received) >= MANY and sum(map(len, waiting)) <= FEW:
                    outcome.left.update(event.inbox_id for wave in waiting for event in wave)
                    break

    def _read(self, event: Pending) -> Received:
        account = self._wiring.account(event.account_id)
        if account is None:
            raise UnknownAccount(f"account {event.account_id} does not exist")
        return Received(
            inbox_id=event.id,
            account=account,
            inbound=bounded(self._wiring.channels[account.channel].read(event.payload)),
            received_at=event.received_at,
            request_id=event.request_id,
        )

    async def _wave(
        self, tx: Connection, wave: Sequence[Received], outcome: Outcome
    ) -> list[Received]:
        """Handle a wave; return what was left over because its chat had an event in this wave already."""

        async def settle(
            tx: Connection, requests: Sequence[ClaimRequest], now: datetime
        ) -> list[ClaimResult]:
            results = await self._wiring.settle(tx, requests, now)
            outcome.claims += results
            return results

        now = self._clock.now()
        wiring = self._wiring
        reports = [
            (event.account, event.inbound) for event in wave if event.inbound.kind in PROGRESS
        ]
        if reports:
            changes = await apply(tx, reports, wiring.channels, now, wiring.listeners)
            await publish(tx, changes, now)
        customers = [event for event in wave if event.inbound.kind not in PROGRESS]
        handled = await receive(tx, customers, now)
        outcome.acknowledged.update(one.event.inbox_id for one in handled if one.acknowledged)
        await amend(tx, [one for one in handled if one.event.inbound.kind in AMENDING], now)
        await answer(tx, handled, wiring.channels, settle, now, wiring.list_link)
        return left_over(customers, handled)

    async def _halve(self, share: Share, at: float) -> list[Pending]:
        """Try the failed block again in ever smaller pieces; what fails alone is put off or set aside."""
        limit = BLOCK // 2
        while limit > 1:
            try:
                return await self._block(share, share.lanes, at, limit)
            except RETRIED:
                continue
            except (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
                raise
            except Exception as error:  # noqa: BLE001 (whatever one event causes must not stop the others)
                log.warning("piece failed", size=limit, error=repr(error))
            limit //= 2
        return await self._one(share, at)

    async def _one(self, share: Share, at: float) -> list[Pending]:
        with self._wiring.sends.expecting() as begun:
            async with self._database.transaction(self._database.lanes) as tx:
                events = await self._take(tx, share, share.lanes, at, 1)
                outcome = Outcome()
                for event in events:
                    outcome = await self._try(tx, event, begun)
            self._tell(outcome)
        return events

    async def _try(self, tx: Connection, event: Pending, begun: Begun) -> Outcome:
        """Work on an event that may fail; its failure is noted."""
        try:
            async with tx.transaction():
                return await self._work(tx, [event], begun)
        except RETRIED:
            raise
        except Exception as error:
            log.exception("event failed", inbox_id=event.id, tries=event.tries + 1)
            await self._put_off(tx, event, error)
            return Outcome()

    async def _put_off(self, tx: Connection, event: Pending, error: Exception) -> None:
        tries = event.tries + 1
        wait = BACK_OFF_S[min(tries, len(BACK_OFF_S)) - 1]
        again = None if tries >= TRIES else self._clock.now() + timedelta(seconds=wait)
        await inbox.fail(tx, event.id, repr(error), tries, again)


def waves(events: Sequence[Received]) -> list[list[Received]]:
    """Split a block into waves of at most one event of each chat, keeping every chat's order."""
    result: list[list[Received]] = []
    depth: dict[tuple[UUID, str], int] = {}
    for event in events:
        inbound = event.inbound
        subject = inbound.chat.id if inbound.chat else inbound.contact_external_id or ""
        # An alias may arrive first: both addresses of a person count as one chat.
        names = [(event.account.id, name) for name in (subject, inbound.alt_external_id or subject)]
        level = max(depth.get(name, 0) for name in names)
        for name in names:
            depth[name] = level + 1
        if level == len(result):
            result.append([])
        result[level].append(event)
    return result
