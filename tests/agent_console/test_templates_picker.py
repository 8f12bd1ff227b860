"""After the time to answer: approved templates are listed, filled in and sent; nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from conversations.actions.add_account import NewAccount, add_account
from tests.ports import free_port

READY, DRAFT = "HX" + "1" * 32, "HX" + "2" * 32
WORDS = "Hello {{1}}, your order {{2}} is ready."


def template(sid, status, body=WORDS, name="order_ready"):
    return {
        "sid": sid,
        "friendly_name": name,
        "language": "en",
        "variables": {"1": "Mei", "2": "A-17"},
        "types": {"twilio/text": {"body": body}},
        "approval_requests": {"name": name, "category": "UTILITY", "status": status},
    }


class Twilio:
    """Lists templates, counts how often it is asked, and can be out of order."""

    def __init__(self):
        self.asked, self.status = 0, 200
        self.rows = [template(READY, "approved"), template(DRAFT, "pending", "Not yet", "draft")]

    async def listing(self, request):
        self.asked += 1
        assert request.headers["Authorization"].startswith("Basic ")
        return web.json_response({"contents": self.rows, "meta": {}}, status=self.status)


@pytest.fixture
async def twilio(site):
    made = Twilio()
    app = web.Application()
    app.router.add_get("/v1/ContentAndApprovals", made.listing)
    server = TestServer(app, socket_factory=lambda *_: free_port())
    await server.start_server()
    facts = {"channel": "whatsapp", "name": "wa", "secret": "s" * 32, "token": "t" * 32}
    new = NewAccount(
        workspace_id=site.house,
        external_id="AC" + "0" * 32,
        address="+886911000111",
        api_base=str(server.make_url("")).rstrip("/"),
        **facts,
    )
    made.account = await add_account(site.db, site.keyring, new, site.clock.now())
    yield made
    await server.close()


async def late(site, account, name="Mei Lin", **ago):
    return await site.chat(name, account=account, ago=timedelta(**(ago or {"hours": 25})))


def path(chat, key=""):
    return f"/console/inbox/{chat.id}/templates" + (f"/{key}" if key else "")


async def sent(site, chat):
    return await site.db.screens.fetch(
        "SELECT m.kind, m.text, m.content, m.state, o.deadline FROM message m LEFT JOIN delivery d"
        " ON d.message_id = m.id LEFT JOIN outbox o ON o.delivery_id = d.id"
        " WHERE m.conversation_id = $1 AND m.direction = 'out'",
        chat.id,
    )


async def test_free_words_and_files_are_refused_after_the_window_with_the_reason(site, sue, twilio):
    chat = await late(site, twilio.account)
    answer = await sue.act(f"/console/inbox/{chat.id}/reply", text="Hello", form_id="form-0001")
    assert answer.status == 409
    assert "time to answer on this channel is over" in await answer.text()
    assert await sent(site, chat) == []


async def test_the_composer_turns_to_templates_and_says_so(site, sue, twilio):
    chat = await late(site, twilio.account)
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert 'data-templates="true"' in page
    assert "Only approved templates can be sent" in page
    fresh = await site.chat("Tom", account=twilio.account)
    page = await sue.text(f"/console/inbox/{fresh.id}")
    assert 'data-templates="false"' in page
    assert 'data-countdown="86400"' in page


async def test_only_approved_templates_are_offered_and_asked_for_once_a_minute(site, sue, twilio):
    chat = await late(site, twilio.account)
    shown = await (await sue.part(path(chat))).text()
    assert "order ready" in shown
    assert "Not yet" not in shown
    assert "order ready" in await (await sue.part(path(chat) + "?q=ORDER+en")).text()
    assert "No template fits" in await (await sue.part(path(chat) + "?q=nothing")).text()
    assert twilio.asked == 1
    site.clock.advance(timedelta(minutes=2))
    await sue.part(path(chat))
    assert twilio.asked == 2


async def test_a_filled_in_template_is_sent_though_the_time_is_over(site, sue, twilio):
    chat = await late(site, twilio.account, days=40)
    form = await (await sue.part(path(chat, READY))).text()
    assert WORDS in form
    fields = {"form_id": "form-0001", "v-1": " Mei\nLin ", "v-2": "A-17", "v-9": "ignored"}
    for _ in range(2):
        assert (await sue.act(path(chat, READY), **fields)).status == 200
    [row] = await sent(site, chat)
    assert row["content"]["variables"] == {"1": "Mei Lin", "2": "A-17"}
    assert row["content"]["template_id"] == READY
    assert row["text"] == "Hello Mei Lin, your order A-17 is ready."
    assert row["state"] == "queued"
    assert row["deadline"] > site.clock.now()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"v-1": "Mei", "v-2": "  "}, "Fill in variable 2 first."),
        ({"v-1": "x" * 501, "v-2": "A"}, "Variable 1 has 501 characters"),
    ],
)
async def test_a_missing_or_endless_value_is_told_beside_it_and_nothing_is_sent(
    site, sue, twilio, values, words
):
    chat = await late(site, twilio.account)
    answer = await sue.act(path(chat, READY), form_id="form-0001", **values)
    text = await answer.text()
    assert words in text
    assert 'aria-invalid="true"' in text
    assert "form-0001" in text
    assert await sent(site, chat) == []


@pytest.mark.parametrize("key", [DRAFT, "HX" + "9" * 32, "nonsense"])
async def test_what_is_not_approved_for_this_account_is_not_sent(site, sue, twilio, key):
    chat = await late(site, twilio.account)
    answer = await sue.act(path(chat, key), form_id="form-0001")
    assert answer.status == 404
    assert await sent(site, chat) == []


async def test_a_platform_that_does_not_answer_is_said_and_asked_again(site, sue, twilio):
    chat = await late(site, twilio.account)
    twilio.status = 500
    shown = await (await sue.part(path(chat))).text()
    assert "could not be fetched" in shown
    assert "templates-again" in shown
    twilio.status = 200
    assert "order ready" in await (await sue.part(path(chat))).text()


async def test_another_workspace_sees_and_sends_no_template(site, sue, twilio):
    chat = await late(site, twilio.account)
    await site.member("Eve", "admin", site.rival)
    eve = await site.browser("eve@rival.example")
    assert (await eve.part(path(chat))).status == 404
    assert (await eve.act(path(chat, READY), form_id="form-0001")).status == 404
    assert twilio.asked == 0
    await site.member("Max", "marketer")
    marketer = await site.browser("max@tea.example")
    assert (await marketer.part(path(chat))).status == 403


async def test_a_channel_without_templates_says_what_can_be_done(site, sue):
    account = await site.account("messenger", "page")
    chat = await late(site, account, days=8)
    page = await sue.words(f"/console/inbox/{chat.id}")
    assert "Messenger has no templates: you can answer again once the customer writes." in page
    refused = await sue.act(path(chat, READY), form_id="form-0001")
    assert refused.status == 404
