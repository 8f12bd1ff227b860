"""The deliverer: takes due rows from the outbox, calls the platforms, settles what it cannot know.

Agent, bot and broadcast rows are popped by loops of their own. An attempt is committed before its call;
nothing outside is called in a transaction. A process killed in mid-call leaves a lease behind; when that
ends, any process settles the call by the rules of settling.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random, SystemRandom
from uuid import UUID

import structlog
from aiohttp import ClientSession

from conversations import outbox
from conversations.channel import Account, Call, Channel, SendError, Sent
from conversations.departing import Begun
from conversations.outbox import BOT, Attempt
from conversations.outcomes import OnMessages, Verdict, nobody, summarise
from gateway import attempts, settling
from gateway.clients import AccountOf, Clients
from gateway.finishing import Finisher, Report
from gateway.lookout import POLL_S, SLOW, Lookout
from gateway.settling import Step
from gateway.starting import PARK, Started, Starter
from runtime.clock import Clock, to_ms
from runtime.database import Database
from runtime.live import FEED, LiveFeed, publish
from runtime.tasks import Supervisor

AT_ONCE: Mapping[str, int] = {"agent": 64, "bot": 256, "broadcast": 192}
# A short rest between pops lets rows gather, so that one transaction begins many calls.
REST_S: Mapping[str, float] = {"agent": 0.004, "bot": 0.01, "broadcast": 0.01}
SWEEP_S = 1.0
SETTLE_S = 0.5
SETTLE_AT_ONCE = 50
# A platform's long wait holds the row it refused; the whole account rests no longer than this.
MOST_HOLD_S = 30.0
CALL_S = 15.0
LEASE = timedelta(seconds=20)
CRASHED = SendError(
    code="error", agent_text="Something went wrong while sending", unknown=True, alert=True
)
TIMED_OUT = SendError(
    code="timeout", agent_text="The platform did not answer in time", unknown=True
)
log = structlog.get_logger("delivery")


def uncounted(_: str, __: str, ___: int) -> None:
    """Count nothing."""


@dataclass
class Deliverer:
    """Sends the outbox of one database; any number of processes may each run one.

    `rates` gives calls a second for each account of a channel, by the channel's name; others take the
    channel's own. `on_rejected` runs in the transaction that marks messages as failed for good.
    `public_url` is the base of the addresses where platforms report progress. `count` is told channel,
    outcome (sent, queue, settle, unknown, failed) and number of rows. `call_s`: how long a platform may
    take to answer.
    """

    db: Database
    channels: Mapping[str, Channel]
    account_of: AccountOf
    http: ClientSession
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    on_rejected: OnMessages = nobody
    rates: Mapping[str, int] = field(default_factory=dict)
    rng: Random = field(default_factory=SystemRandom)
    public_url: str = ""
    graph_version: str = ""
    lease: timedelta = LEASE
    call_s: float = CALL_S
    at_once: Mapping[str, int] = field(default_factory=lambda: AT_ONCE)
    count: Callable[[str, str, int], None] = uncounted

    def __post_init__(self) -> None:
        """Prepare what the loops share."""
        self._clients = Clients(self.channels, self.account_of, self.http, self.graph_version)
        self._starter = Starter(
            self.db,
            self._clients,
            self.clock,
            asyncio.get_running_loop().time,
            self.rates,
            self.rng,
            self.lease,
            self.on_rejected,
        )
        self._finisher = Finisher(
            self.db,
            self.clock,
            self.live,
            self.supervisor,
            self.on_rejected,
            idle=lambda: not self._open,
            wrote=self.wake,
        )
        self._wakes = {queue: asyncio.Event() for queue in AT_ONCE}
        self._lookout = Lookout(
            self.db, self.clock, self.supervisor, self._starter.accounts, self._wakes
        )
        self._flying = dict.fromkeys(AT_ONCE, 0)
        self._open = 0
        self._expected: list[Begun] = []

    def start(self) -> None:
        """Begin to send."""
        lookout = self._lookout
        self.supervisor.wakes(*self._wakes.values(), lookout.unsettled, lookout.slow)
        self.supervisor.start("deliver: look", lookout.run)
        self.supervisor.start("deliver: finish", self._finisher.run)
        self.supervisor.start("deliver: accounts", self._account_loop)
        self.supervisor.start("deliver: slow", self._slow_loop)
        self.supervisor.start("deliver: settle", self._settle_loop)
        for queue in AT_ONCE:
            self.supervisor.start(f"deliver: {queue}", partial(self._pop_loop, queue))

    def listen(self) -> None:
        """Wake when anybody posts to one of the queues; what others tell of is mostly something else."""
        for queue, event in self._wakes.items():
            self.live.listen(event.set, queue, afar=self._lookout.hear)

    def room(self, account_id: UUID) -> int:
        """Return how many calls a bot may begin for an account now, without being fetched from the outbox."""
        if self.supervisor.stopping.is_set():
            return 0
        free = (
            self.at_once[BOT] - self._flying[BOT] - sum(begun.total() for begun in self._expected)
        )
        promised = sum(begun[account_id] for begun in self._expected)
        return max(0, min(free, self._starter.room(account_id) - promised))

    @contextlib.contextmanager
    def expecting(self) -> Iterator[Begun]:
        """Keep the finisher from ending, and room for what has begun, until `fly` may have been called."""
        self._open += 1
        begun: Begun = Counter()
        self._expected.append(begun)
        try:
            yield begun
        finally:
            self._expected = [one for one in self._expected if one is not begun]
            self._open -= 1

    def fly(self, calls: Sequence[Attempt]) -> None:
        """Make calls that were begun elsewhere, which has been committed."""
        for call in calls:
            self._starter.take(call)
            self._fly(BOT, call, {})

    def wake(self) -> None:
        """Look at the outbox now: rows were posted, or a conversation's head has gone."""
        for event in self._wakes.values():
            event.set()

    async def _pop_loop(self, queue: str) -> None:
        await self._starter.refresh()
        wake = self._wakes[queue]
        while not self.supervisor.stopping.is_set():
            wake.clear()
            started = await self._round(queue)
            if started.found:
                await self.supervisor.pause(REST_S[queue])
            if started.again:
                continue
            # Nothing held back: the lookout wakes when anything is due.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._starter.wait_s(queue, REST_S[queue], POLL_S)):
                    await wake.wait()

    async def _round(self, queue: str) -> Started:
        """Begin what is due and let its calls fly."""
        capacity = self.at_once[queue] - self._flying[queue]
        if capacity <= 0:
            return Started()
        self._open += 1
        try:
            started = await self._starter.start(queue, capacity)
            if started.closed:
                self.live.committed(FEED)
            if self.supervisor.stopping.is_set():
                await self._give_back(started.calls)
                return Started()
            for attempt in started.calls:
                self._fly(queue, attempt, started.templates)
        finally:
            self._open -= 1
        return started

    async def _give_back(self, calls: Sequence[Attempt]) -> None:
        async with self.db.transaction(self.db.sends) as tx:
            await outbox.release(tx, calls)

    def _fly(self, queue: str, attempt: Attempt, templates: Mapping[UUID, str]) -> None:
        self._open += 1
        self._flying[queue] += 1
        task = self.supervisor.once("send", self._send(attempt, templates))
        task.add_done_callback(lambda _: self._landed(queue))

    def _landed(self, queue: str) -> None:
        self._open -= 1
        if self._flying[queue] >= self.at_once[queue]:
            self._wakes[queue].set()
        self._flying[queue] -= 1

    async def _send(self, attempt: Attempt, templates: Mapping[UUID, str]) -> None:
        """Make a first call and hand its outcome over."""
        head = attempt.rows[0]
        account = self.account_of(head.account_id)
        now = self.clock.now()
        if account is None:
            self._finisher.add(Report(verdicts=attempts.queued(attempt, now + PARK)))
            return
        answer = await self._call(account, self._call_of(account, attempt, templates))
        now = self.clock.now()
        if isinstance(answer, Sent):
            verdicts = attempts.sent(attempt, answer)
        elif answer.unknown:
            abilities = self.channels[account.channel].abilities
            look = settling.first_look(attempt, abilities, now, self.rng)
            verdicts = attempts.settle(attempt, look)
        else:
            verdicts = attempts.judge(attempt, answer, now, self.rng)
        self._report(account, attempt, answer, verdicts)

    def _call_of(self, account: Account, attempt: Attempt, templates: Mapping[UUID, str]) -> Call:
        status_url = f"{self.public_url}/webhooks/{account.channel}/{account.name}"
        return attempts.call_of(attempt, templates, status_url if self.public_url else None)

    async def _call(self, account: Account, call: Call) -> Sent | SendError:
        try:
            async with asyncio.timeout(self.call_s):
                return await self._clients.client(account).send(call)
        except TimeoutError:
            return TIMED_OUT
        except Exception:
            # Whether it went out cannot be known, so it is settled like a time-out.
            log.exception("send crashed", account=repr(account))
            return CRASHED

    def _report(
        self,
        account: Account,
        attempt: Attempt,
        answer: Sent | SendError | None,
        verdicts: list[Verdict],
    ) -> None:
        self.count(account.channel, verdicts[0].kind, len(verdicts))
        unreachable = reconnect = None
        if isinstance(answer, SendError):
            self._note(account, attempt, answer)
            if answer.unreachable:
                unreachable = (account.id, attempt.rows[0].address)
            if answer.credentials_bad:
                reconnect = (account.id, answer.agent_text)
        self._finisher.add(Report(verdicts=verdicts, unreachable=unreachable, reconnect=reconnect))

    def _note(self, account: Account, attempt: Attempt, error: SendError) -> None:
        log.log(
            40 if error.alert else 20,
            "send failed",
            account=f"{account.channel}/{account.name}",
            code=error.code,
            detail=error.detail,
            request_id=attempt.rows[0].request_id,
        )
        if error.credentials_bad:
            self._starter.pause(account.id)
        if error.retry and error.retry_after_s:
            self._starter.hold(account.id, min(error.retry_after_s, MOST_HOLD_S))

    async def _settle_loop(self) -> None:
        while await self._needed(self._lookout.unsettled):
            async with self.db.transaction(self.db.sends) as tx:
                now = self.clock.now()
                leased = await outbox.lease_unsettled(tx, now, self.lease, SETTLE_AT_ONCE)
            templates = await self._starter.find_templates(leased, now) if leased else {}
            for attempt in leased:
                self._open += 1
                task = self.supervisor.once("settle", self._settle(attempt, templates))
                task.add_done_callback(self._settled)
            await self.supervisor.pause(SETTLE_S)

    def _settled(self, _: object) -> None:
        self._open -= 1

    async def _settle(self, attempt: Attempt, templates: Mapping[UUID, str]) -> None:
        """Find out what became of a call of unknown outcome, or say that nobody knows."""
        account = self.account_of(attempt.rows[0].account_id)
        now = self.clock.now()
        if account is None:
            over = now >= attempt.rows[0].deadline
            verdicts = settling.unknown(attempt) if over else attempts.settle(attempt, now + PARK)
            self._finisher.add(Report(verdicts=verdicts))
            return
        abilities = self.channels[account.channel].abilities
        step = settling.step(attempt, abilities, now)
        call = self._call_of(account, attempt, templates)
        answer: Sent | SendError | None = None
        if step is Step.REPEAT:
            answer = await self._call(account, call)
            now = self.clock.now()
            verdicts = settling.judge_repeat(attempt, answer, abilities, now, self.rng)
        elif step is Step.ASK:
            answer = await self._evidence(account, call, attempt)
            now = self.clock.now()
            verdicts = settling.judge_evidence(attempt, answer, abilities, now)
        else:
            verdicts = settling.unknown(attempt)
        self._report(account, attempt, answer, verdicts)

    async def _evidence(
        self, account: Account, call: Call, attempt: Attempt
    ) -> Sent | SendError | None:
        begun = attempt.rows[0].attempted_at or attempt.rows[0].not_before
        try:
            async with asyncio.timeout(self.call_s):
                return await self._clients.client(account).evidence(call, to_ms(begun))
        except TimeoutError:
            return None
        except Exception:
            log.exception("evidence not found", account=repr(account))
            return None

    async def _needed(self, event: asyncio.Event) -> bool:
        """Wait until there is something to do; False once stopping."""
        await event.wait()
        event.clear()
        return not self.supervisor.stopping.is_set()

    async def _account_loop(self) -> None:
        """Follow the accounts."""
        while not self.supervisor.stopping.is_set():
            if await self._starter.refresh():
                self.wake()
            await self.supervisor.pause(SWEEP_S)

    async def _slow_loop(self) -> None:
        """Show sends that take long as sending."""
        while await self._needed(self._lookout.slow):
            now = self.clock.now()
            async with self.db.transaction(self.db.sends) as tx:
                slow = await outbox.show_slow(tx, now - SLOW)
                messages = await summarise(tx, set(slow))
                await publish(tx, [message.change for message in messages], now)
            if slow:
                self.live.committed(FEED)
            await self.supervisor.pause(SWEEP_S)
