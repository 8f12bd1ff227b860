"""Attachments are fetched in the background, each with one clear end."""

from __future__ import annotations

import io
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from channels import registry
from conversations.actions.amend import amend
from conversations.actions.receive import Received, receive
from conversations.channel import Inbound, Kind
from gateway.clients import Clients
from gateway.media import MediaWorker
from runtime.clock import to_ms
from runtime.ids import uuid7
from runtime.live import LiveFeed
from runtime.media import Fetcher, MediaStore
from runtime.netguard import guarded_session
from runtime.tasks import Supervisor

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 900
LINE_MEDIA = {"type": "image", "id": "100001"}


class Host:
    """A platform's file host: what it says to each path, in turn; the last answer stays."""

    def __init__(self):
        self.answers = {}
        self.before = None
        self.asked = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        self.server = TestServer(app)

    async def answer(self, request):
        self.asked.append((request.path, request.headers.get("Authorization")))
        if self.before:
            await self.before()
        told = self.answers.get(request.path, [JPEG])
        said = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(said, int):
            return web.Response(status=said)
        return web.Response(body=said)


@pytest.fixture
async def host():
    """A file host on loopback."""
    made = Host()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
async def worker(shop, http, tmp_path):
    """A media worker that runs only when told."""
    supervisor = Supervisor()
    async with guarded_session() as guarded:
        clients = Clients(registry.load(), shop.accounts.get, http)
        fetcher = Fetcher(MediaStore(tmp_path), guarded, http, most_bytes=5000)
        live = LiveFeed(shop.db.dsn, shop.db.screens, supervisor)
        yield MediaWorker(shop.db, clients, fetcher, shop.clock, live, supervisor)


async def attach(shop, host, source, channel="line", kind="image"):
    """Add a received message with one waiting attachment."""
    account = await shop.account(channel, api_base=str(host.server.make_url("")).rstrip("/"))
    conversation, message = await shop.conversation(account), uuid7()
    now = shop.clock.now()
    await shop.db.screens.execute(
        "INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, kind, content,"
        " external_id, provider_at, received_at) VALUES ($1,$2,$3,$4,'in','contact',$5,$6,'100001',$7,$7)",
        *(message, shop.workspace, conversation, account.id, kind, {"message_type": kind}, now),
    )
    await shop.db.screens.execute(
        "INSERT INTO attachment (id, message_id, position, type, source, next_try_at)"
        " VALUES ($1, $2, 0, $3, $4::text::jsonb, $5)",
        *(uuid7(), message, source["type"], json.dumps(source), now),
    )


async def row(shop):
    return await shop.db.screens.fetchrow("SELECT * FROM attachment")


async def test_a_picture_is_kept_under_the_type_its_bytes_prove(shop, host, worker, tmp_path):
    await attach(shop, host, LINE_MEDIA)
    assert await worker.round()
    kept = await row(shop)
    assert (kept["state"], kept["content_type"], kept["size"]) == (
        "stored",
        "image/jpeg",
        len(JPEG),
    )
    assert (tmp_path / "media" / kept["storage_key"]).read_bytes() == JPEG
    assert host.asked == [("/v2/bot/message/100001/content", "Bearer a-token")]
    assert await shop.db.screens.fetchval("SELECT count(*) FROM feed") == 1
    assert not await worker.round()


async def test_a_film_is_fetched_once_the_platform_has_prepared_it(shop, host, worker):
    status = "/v2/bot/message/100001/content/transcoding"
    host.answers[status] = [b'{"status":"processing"}', b'{"status":"succeeded"}']
    await attach(shop, host, {"type": "video", "id": "100001"}, kind="video")
    await worker.round()
    assert (await row(shop))["state"] == "waiting"
    assert not await worker.round()
    await shop.pass_time(4)
    await worker.round()
    assert (await row(shop))["state"] == "stored"


async def test_a_busy_host_is_asked_again_until_it_is_given_up(shop, host, worker):
    host.answers["/v2/bot/message/100001/content"] = [503]
    await attach(shop, host, LINE_MEDIA)
    for _ in range(6):
        assert (await row(shop))["state"] == "waiting"
        assert await worker.round()
        await shop.pass_time(3600)
    assert (await row(shop))["state"] == "failed"


@pytest.mark.parametrize(
    ("answer", "state"), [(404, "failed"), (b"x" * 6000, "refused"), (b"<html>", "stored")]
)
async def test_what_cannot_or_may_not_be_kept_says_so(shop, host, worker, answer, state):
    host.answers["/v2/bot/message/100001/content"] = [answer]
    await attach(shop, host, LINE_MEDIA)
    await worker.round()
    assert (await row(shop))["state"] == state


async def test_an_address_inside_our_network_is_refused(shop, host, worker):
    await attach(shop, host, {"type": "image", "url": "https://127.0.0.1:9/x"}, channel="messenger")
    await worker.round()
    assert (await row(shop))["state"] == "refused"


async def test_an_address_nobody_can_look_up_ends_its_fetch_and_stops_no_other(shop, host, worker):
    await attach(shop, host, {"type": "image", "url": f"https://{'a' * 70}.example/x"}, "messenger")
    assert await worker.round()
    assert (await row(shop))["state"] == "refused"


async def test_a_story_is_never_stored(shop, host, worker):
    source = {"type": "story_mention", "url": str(host.server.make_url("/story"))}
    await attach(shop, host, source, channel="instagram", kind="story_mention")
    await worker.round()
    assert (await row(shop))["state"] == "skipped"
    assert host.asked == []


async def test_what_was_unsent_on_its_way_is_thrown_away(shop, host, worker, tmp_path):
    await attach(shop, host, LINE_MEDIA)

    async def unsend():
        await shop.db.screens.execute("UPDATE attachment SET state = 'skipped', source = '{}'")

    host.before = unsend
    await worker.round()
    assert len(host.asked) == 1
    assert (await row(shop))["state"] == "skipped"
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


async def test_what_is_unsent_after_it_came_is_deleted(shop, host, worker, tmp_path):
    await attach(shop, host, LINE_MEDIA)
    await worker.round()
    assert (tmp_path / "media" / (await row(shop))["storage_key"]).is_file()
    unsent = Inbound(
        kind=Kind.UNSEND,
        external_event_id="u",
        target_message_id="100001",
        contact_external_id="U1",
        timestamp_ms=to_ms(shop.clock.now()),
    )
    [account] = shop.accounts.values()
    now = shop.clock.now()
    event = Received(inbox_id=1, account=account, inbound=unsent, received_at=now)
    async with shop.db.transaction() as tx:
        await amend(tx, await receive(tx, [event], now), now)
    assert await worker.round()
    gone = await row(shop)
    assert (gone["state"], gone["storage_key"], gone["source"]) == ("skipped", "", {})
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    assert not await worker.round()


async def test_the_exemption_ends_at_the_exact_origin(shop, host, worker):
    near = str(host.server.make_url("/pic")).replace("127.0.0.1", "localhost")
    await attach(shop, host, {"type": "image", "url": near}, channel="messenger")
    await worker.round()
    assert (await row(shop))["state"] == "refused"
    assert host.asked == []


async def test_a_pictures_size_is_known_before_it_is_shown(shop, host, worker):
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30)).save(drawn, "PNG")
    host.answers["/v2/bot/message/100001/content"] = [drawn.getvalue()]
    await attach(shop, host, LINE_MEDIA)
    await worker.round()
    source = (await row(shop))["source"]
    assert (source["width"], source["height"], source["id"]) == (40, 30, "100001")


async def test_a_contact_card_tells_its_people(shop, host, worker):
    host.answers["/card"] = [b"BEGIN:VCARD\r\nFN:Mei Lin\r\nEND:VCARD\r\n"]
    source = {"type": "contacts", "url": str(host.server.make_url("/card"))}
    await attach(shop, host, source, channel="whatsapp", kind="contacts")
    await worker.round()
    assert (await row(shop))["source"]["people"] == [{"name": "Mei Lin"}]
