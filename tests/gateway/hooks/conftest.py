"""A workspace with an address that is told things, and the two workers between them."""

from __future__ import annotations

import random
from datetime import timedelta

import aiohttp
import pytest

from gateway.hooks.caller import Caller
from gateway.hooks.gatherer import Gatherer
from gateway.hooks.sender import Pauses, Sender
from runtime.live import LiveFeed
from runtime.netguard import guarded_session
from runtime.tasks import Supervisor
from team.actions.add_member import NewMember, add_member
from team.webhooks.kinds import CHOICES
from team.webhooks.manage import Wanted, Which, add
from tests import feed
from tests.doubles.receiver import Receiver
from tests.factories import Customer, an_account, write


class House:
    """One workspace, one LINE account, one receiver."""

    def __init__(self, db, dsn, clock, keyring):
        self.db, self.dsn, self.clock, self.keyring = db, dsn, clock, keyring
        self.supervisor = Supervisor()
        self.live = LiveFeed(dsn, db.screens, self.supervisor)
        self.receiver = Receiver()

    async def start(self):
        await self.receiver.start()
        self.guarded, self.plain = guarded_session(), aiohttp.ClientSession()
        self.account = await an_account(self.db, self.keyring, self.clock)
        self.workspace = self.account.workspace_id
        facts = {"email": "ann@tea.example", "role": "admin", "name": "Ann"}
        new = NewMember(workspace_id=self.workspace, password="correct horse battery", **facts)
        self.ann = await add_member(self.db, new, self.clock.now())
        self.mei = Customer(self.account)
        self.gatherer = Gatherer(self.db, self.clock, self.live, self.supervisor)
        await self.gatherer.round()
        self.sender = self.another_sender()
        return self

    async def stop(self):
        await self.supervisor.stop(1)
        await self.receiver.stop()
        await self.guarded.close()
        await self.plain.close()

    def another_sender(self, **facts):
        caller = Caller(self.guarded, self.plain, [self.receiver.origin], facts.pop("total_s", 10))
        facts = {
            "pauses": Pauses(jitter=0),
            "rng": random.Random(1),  # noqa: S311 (pauses)
            "elapsed": lambda: 0.0,
        } | facts
        return Sender(
            self.db, self.clock, self.live, self.supervisor, self.keyring, caller, **facts
        )

    async def hook(self, *kinds, name="Till", url=""):
        wanted = Wanted(
            name=name,
            url=url or f"{self.receiver.origin}/hooks",
            kinds=kinds or [str(kind) for kind in CHOICES],
            exempt=[self.receiver.origin],
        )
        async with self.db.transaction() as tx:
            made = await add(
                tx, self.keyring, self.workspace, wanted, self.clock.now(), by=self.ann
            )
        self.secret = made.secret
        return Which(self.workspace, made.id, self.ann)

    async def gather(self):
        """Let the queue hold everything committed so far."""
        await feed.all_visible(self.db)
        while await self.gatherer.round():
            continue

    async def tell(self):
        """Queue and send until nothing is due."""
        await self.gather()
        while await self.sender.round():
            continue

    async def says(self, *texts, who=None):
        """Let a customer write each of the texts."""
        events = [(who or self.mei).says(text, self.clock.now()) for text in texts]
        handled = await write(self.db, self.clock, *events)
        return [one.conversation_id for one in handled]

    async def row(self, query, *values):
        return dict(await self.db.screens.fetchrow(query, *values))

    async def value(self, query, *values):
        return await self.db.screens.fetchval(query, *values)

    async def fail_for(self, span, step=timedelta(minutes=30)):
        """Let every try fail for `span`."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            self.receiver.answers.append(500)
            await self.sender.round()
            self.receiver.answers.clear()
            self.clock.advance(step)


@pytest.fixture
async def house(db, dsn, clock, keyring):
    made = await House(db, dsn, clock, keyring).start()
    yield made
    await made.stop()
