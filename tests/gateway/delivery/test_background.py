"""Work beside the messages: profiles, templates, lost events, silent platforms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels import registry
from conversations import inbox
from conversations.actions.post import NewMessage, post
from conversations.content import Card, LinkButton
from gateway.clients import Clients
from gateway.health_watch import HealthWatch
from gateway.profiles import ProfileWorker
from gateway.repair import RepairWorker
from gateway.templates import TemplateWorker
from gateway.webhooks import event_of
from runtime.ids import uuid7
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.channels.harness import split
from tests.doubles.platform import Answer

CHANNELS = registry.load()
CARD = Card(
    title="Spring tea",
    text="Half price",
    buttons=(LinkButton("Open", "https://shop.example/c/abc"),),
    template_name="spring-en",
)


@pytest.fixture
def clients(shop, http):
    """Clients of the shop's accounts."""
    return Clients(CHANNELS, shop.accounts.get, http)


@pytest.fixture
def live(shop):
    """A feed nobody follows."""
    return LiveFeed(shop.db.dsn, shop.db.screens, Supervisor())


@pytest.fixture
def profiles(shop, clients, live, monkeypatch):
    """A profile worker that runs only when told; the import of a vendor's SDK falls into its first call."""
    monkeypatch.setattr("gateway.profiles.CALL_S", 60.0)
    return ProfileWorker(shop.db, clients, shop.clock, live, Supervisor())


async def contact(shop):
    return await shop.db.screens.fetchrow("SELECT * FROM contact")


async def test_a_new_customer_gets_name_picture_and_language(shop, platform, profiles):
    platform.known["/v2/bot/profile/U1"] = Answer(
        200,
        {
            "userId": "U1",
            "displayName": "Mei",
            "pictureUrl": "https://pic.example/mei.jpg",
            "language": "zh-TW",
        },
    )
    await shop.conversation(await shop.account("line"))
    assert await profiles.round() == 1
    found = await contact(shop)
    assert (found["name"], found["language"]) == ("Mei", "zh-TW")
    assert found["picture_url"] == "https://pic.example/mei.jpg"
    assert await shop.db.screens.fetchval("SELECT kind FROM feed") == "conversation"
    assert await profiles.round() == 0


async def test_a_profile_that_cannot_be_had_is_asked_three_times_at_most(shop, platform, profiles):
    platform.known["/v2/bot/profile/U1"] = Answer(500, {"message": "fault"})
    await shop.conversation(await shop.account("line"))
    asked = 0
    for _ in range(10):
        asked += await profiles.round()
        await shop.pass_time(3600)
    assert asked == 3


async def test_a_customer_without_profile_is_asked_once(shop, platform, profiles):
    platform.known["/v2/bot/profile/U1"] = Answer(404, {"message": "Not found"})
    await shop.conversation(await shop.account("line"))
    assert await profiles.round() == 1
    await shop.pass_time(3600)
    assert await profiles.round() == 0


async def send_card(shop, conversation):
    async with shop.db.transaction() as tx:
        card = NewMessage(conversation_id=conversation, content=CARD)
        await post(tx, [card], CHANNELS, shop.clock.now())


async def test_a_card_goes_as_text_until_its_template_is_made(shop, platform, clients, deliver):
    conversation = await shop.conversation(await shop.account("whatsapp"), "+886900000001")
    await deliver()
    worker = TemplateWorker(shop.db, clients, shop.clock, Supervisor())
    await send_card(shop, conversation)
    await shop.until("sent")
    assert "ContentSid" not in platform.taken[-1].body
    assert "https://shop.example/c/abc" in platform.taken[-1].body["Body"]
    platform.answers.append(Answer(201, {"sid": "HX" + "1" * 32}))
    assert await worker.round()
    assert platform.taken[-1].path == "/v1/Content"
    await send_card(shop, conversation)
    await shop.until("sent", "sent")
    assert platform.taken[-1].body["ContentSid"] == "HX" + "1" * 32
    assert not await worker.round()


async def test_a_refused_template_is_tried_with_growing_waits(shop, platform, clients, deliver):
    conversation = await shop.conversation(await shop.account("whatsapp"), "+886900000001")
    await deliver()
    worker = TemplateWorker(shop.db, clients, shop.clock, Supervisor())
    await send_card(shop, conversation)
    await shop.until("sent")
    for wait in (30, 60):
        platform.answers.append(Answer(400, {"code": 20001, "message": "Invalid template"}))
        assert await worker.round()
        await shop.pass_time(wait - 1)
        assert not await worker.round()
        await shop.pass_time(2)
    kept = await shop.db.screens.fetchrow("SELECT * FROM content_template")
    assert kept["error"]
    assert kept["template_id"] == ""


def listed(sid, body):
    """A message a customer sent, as Twilio lists it."""
    return {
        "sid": sid,
        "body": body,
        "status": "received",
        "direction": "inbound",
        "from": "whatsapp:+886900000001",
        "to": "whatsapp:+15550001111",
        "num_media": "0",
        "date_created": "Mon, 04 May 2026 05:00:01 +0000",
        "date_sent": "Mon, 04 May 2026 05:00:01 +0000",
        "error_code": None,
    }


async def test_messages_lost_on_their_way_are_fetched_once(shop, platform, clients):
    account = await shop.account("whatsapp")
    await shop.db.screens.execute("UPDATE channel_account SET webhook_at = $1", shop.clock.now())
    woken = []
    worker = RepairWorker(
        shop.db, clients, shop.clock, Supervisor(), wake=lambda: woken.append(True)
    )
    platform.listed += [listed("SM" + "1" * 32, "one"), listed("SM" + "2" * 32, "two")]
    body = (
        f"MessageSid=SM{'1' * 32}&AccountSid={account.external_id}&From=whatsapp%3A%2B886900000001"
        "&To=whatsapp%3A%2B15550001111&Body=one&NumMedia=0"
    )
    [entry] = split("whatsapp", body.encode())
    arrived = event_of(account, entry, shop.clock.now(), "r")
    assert await inbox.append(shop.db.screens, [arrived]) == 1
    assert await worker.round() == 1
    assert woken == [True]
    rows = await shop.db.screens.fetch("SELECT lane, payload FROM inbox ORDER BY id")
    assert len({row["lane"] for row in rows}) == 1
    assert CHANNELS["whatsapp"].read(rows[1]["payload"]).text == "two"
    assert await worker.round() == 0


async def test_an_account_that_never_received_anything_is_not_asked(shop, platform, clients):
    await shop.account("whatsapp")
    platform.listed.append(listed("SM" + "1" * 32, "one"))
    assert await RepairWorker(shop.db, clients, shop.clock, Supervisor()).round() == 0


async def test_unusual_silence_degrades_an_account_until_the_next_webhook(shop, live):
    account = await shop.account("line")
    start = shop.clock.now()
    for hour in range(48):
        event = (account.id, uuid7().bytes, start + timedelta(hours=hour))
        await shop.db.screens.execute(
            "INSERT INTO inbox (account_id, key_hash, lane, payload, received_at) VALUES ($1,$2,0,'',$3)",
            *event,
        )
    watch = HealthWatch(shop.db, shop.clock, live, Supervisor())

    async def state():
        await watch.round()
        return await shop.db.screens.fetchval("SELECT state FROM channel_account")

    shop.clock.set(start + timedelta(hours=48))
    await watch.remember()
    assert await state() == "ok"
    await shop.pass_time(1801)
    assert await state() == "degraded"
    await shop.pass_time(9 * 86_400)
    assert await state() == "degraded"
    await shop.db.screens.execute("UPDATE channel_account SET webhook_at = $1", shop.clock.now())
    assert await state() == "ok"
    await shop.db.screens.execute("UPDATE channel_account SET state = 'reconnect'")
    assert await state() == "reconnect"
