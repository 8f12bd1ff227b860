"""A running intake: accounts in the database, a server on this machine, a platform that signs."""

from __future__ import annotations

import asyncio
from io import BytesIO

import msgspec
import pytest
from aiohttp import ClientSession, web
from yarl import URL

from channels import registry
from conversations.accounts import Credentials, seal
from conversations.models import ChannelAccount
from gateway.accounts import AccountBook
from gateway.front import put_before
from gateway.health import Health
from gateway.intake import Intake, connector
from gateway.metrics import Metrics
from gateway.sightings import Sightings
from gateway.webhooks import Webhooks
from runtime.ids import uuid7
from team.models import Workspace
from tests.channels.harness import PUBLIC_URL, samples


class Gate:
    """The server under test and the ways to call it."""

    def __init__(self, db, clock, keyring, http):
        self.db, self.clock, self.keyring, self.http = db, clock, keyring, http
        self.channels = registry.load()
        self.metrics = Metrics()
        self.book = AccountBook(db, keyring)
        self.sightings = Sightings()
        self.url = ""

    async def open(self, intake, *, front=True):
        """Serve on a free port of this machine."""
        self.intake = intake
        webhooks = Webhooks(
            book=self.book,
            channels=self.channels,
            intake=intake,
            sightings=self.sightings,
            metrics=self.metrics,
            clock=self.clock,
            public_url=PUBLIC_URL,
        )
        app = web.Application()
        app.add_routes(webhooks.routes())
        app.add_routes(Health(self.db, self.metrics, self.clock, "metrics-token").routes())
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        if front:
            put_before(self.runner, webhooks)
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        intake.start()

    async def close(self):
        """Stop serving, then the writers."""
        await self.runner.cleanup()
        await self.intake.stop()

    async def account(self, channel, name="demo", **changes):
        """Add the sample account of a channel, or one that differs from it, in a workspace of its own."""
        now = self.clock.now()
        space = await Workspace.create(name="tea", created_at=now)
        changes = {"id": uuid7(), "workspace_id": space.id, "name": name, **changes}
        account = msgspec.structs.replace(samples(channel).ACCOUNT, **changes)
        kept = Credentials(
            account.secret, account.token, account.verify_token, dict(account.shared_keys)
        )
        _ = await ChannelAccount.create(
            id=account.id,
            workspace_id=account.workspace_id,
            channel=channel,
            name=name,
            external_id=account.external_id,
            address=account.address,
            credentials=seal(self.keyring, kept),
            created_at=now,
        )
        return account

    async def post(self, account, body, *, signer=None, headers=None, target=None):
        """Post `body` to the account's address as its platform would; return (status, headers, text)."""
        kit = samples(account.channel)
        target_of = getattr(kit, "target_of", None)
        if target is None:
            target = target_of(body) if target_of else f"/webhooks/{account.channel}/demo"
            target = target.replace("/demo", f"/{account.name}")
        signed = kit.sign(body, signer or account, target, PUBLIC_URL)
        return await self.send(
            "POST", target, data=BytesIO(body), headers=signed if headers is None else headers
        )

    async def send(self, method, target, **options):
        """Make any call; the target goes out as it is."""
        url = URL(self.url + target, encoded=True)
        async with self.http.request(method, url, **options) as response:
            return response.status, response.headers, await response.text()

    async def raw(self, request):
        """Send bytes as they are and return all that comes until the server hangs up."""
        port = int(self.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        async with asyncio.timeout(60):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def stored(self):
        """Return (account id, payload) of every inbox row in order."""
        rows = await self.db.screens.fetch("SELECT account_id, payload FROM inbox ORDER BY id")
        return [(row["account_id"], row["payload"]) for row in rows]

    def count(self, name, **labels):
        """Return the value of one of the counters."""
        return self.metrics.registry.get_sample_value(name, labels) or 0


@pytest.fixture
async def gate(db, dsn, clock, keyring):
    async with ClientSession() as http:
        gate = Gate(db, clock, keyring, http)
        await gate.open(Intake(connector(dsn), gate.metrics))
        yield gate
        await gate.close()
