"""The page's own endpoints: what it shows, who may use it, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import json

import pytest

from simulator import phones
from simulator.plays import PLAYS

JSON = {"Content-Type": "application/json"}


async def test_the_page_has_four_phones_with_their_hooks(stage):
    answer = await stage.call("GET", "/")
    html = answer.body.decode()
    for channel in ("line", "messenger", "instagram", "whatsapp"):
        assert f'data-phone="{channel}"' in html
    for role in ("text", "send", "customer", "chat"):
        assert html.count(f'data-role="{role}"') == 4
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<script>" not in html
    assert "style=" not in html


async def test_without_accounts_the_page_says_what_to_do(open_stage, pool):
    async with open_stage() as empty:
        html = (await empty.call("GET", "/")).body.decode()
    assert "No LINE account yet" in html


async def test_the_address_without_a_slash_leads_to_the_page(stage):
    answer = await stage.call("GET", "", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "/simulator/")


@pytest.mark.parametrize("name", ["page.js", "page.css", "icon.svg", "like.png"])
async def test_assets_are_served(stage, name):
    assert (await stage.call("GET", f"/assets/{name}")).status == 200


@pytest.mark.parametrize("path", ["/", "/api/accounts", "/line/v2/bot/info", "/assets/page.js"])
async def test_a_foreign_host_name_is_refused(stage, path):
    answer = await stage.call("GET", path, headers={"Host": "evil.example"})
    assert answer.status == 403
    assert b"TESSERA_DEMO_PUBLIC" in answer.body


async def test_a_public_demo_answers_under_any_name(open_stage, stage):
    async with open_stage(demo_public=True) as public:
        assert (await public.call("GET", "/", headers={"Host": "demo.example"})).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://a.example"},
    ],
)
async def test_posts_from_other_sites_are_refused(stage, headers):
    who = await stage.who("line")
    body = {"customer": who.customer.external_id, "action": "say", "text": "hi"}
    path = f"/api/accounts/{who.account.id}/do"
    assert (await stage.call("POST", path, body, headers=headers)).status == 403
    assert await stage.chat("line") == []
    assert (
        await stage.call("POST", path, body, headers={"Sec-Fetch-Site": "same-origin"})
    ).status == 200


async def test_a_post_that_is_not_json_is_refused(stage):
    account = await stage.account("line")
    path = f"/api/accounts/{account.id}/do"
    answer = await stage.call("POST", path, data="action=say")
    assert (answer.status, answer.body["field"]) == (400, "body")


async def test_secrets_and_tokens_are_never_shown(stage):
    await phones.say(await stage.who("line"), "hi")
    await stage.call("GET", "/meta/v26.0/me?access_token=a-token-for-tests")
    seen = [(await stage.call("GET", "/")).body.decode()]
    for account in (await stage.call("GET", "/api/accounts")).body:
        for part in ("phone", "wire"):
            answer = await stage.call("GET", f"/api/accounts/{account['id']}/{part}")
            seen.append(json.dumps(answer.body))
    assert not any("a-token-for-tests" in text or "a secret for tests" in text for text in seen)


async def test_the_wire_log_shows_request_signature_and_answer(stage, hook):
    who = await stage.who("line")
    await phones.say(who, "latte")
    await stage.deliver()
    body = {"to": who.customer.external_id, "messages": []}
    await stage.call("POST", "/line/v2/bot/message/push", body)
    api, webhook = (await stage.call("GET", f"/api/accounts/{who.account.id}/wire")).body
    assert (webhook["direction"], webhook["status"]) == ("webhook", 200)
    assert webhook["signature"] == hook.calls[0].headers["x-line-signature"]
    assert "latte" in webhook["request"]
    assert (api["direction"], api["status"]) == ("api", 400)
    assert "Size must be between 1 and 5" in api["answer"]


async def test_an_account_is_added_by_the_form_with_customers(stage):
    body = {
        "channel": "line",
        "name": "second",
        "secret": "s",
        "token": "t2",
        "webhook_url": f"{stage.hook_url}/line",
    }
    added = await stage.call("POST", "/api/accounts", body)
    assert added.status == 201
    phone = await stage.call("GET", f"/api/accounts/{added.body['id']}/phone")
    assert [one["name"] for one in phone.body["customers"]] == ["Mei", "Kenji", "Ploy"]
    for field, value in (("channel", "fax"), ("name", " "), ("webhook_url", "shop")):
        refused = await stage.call("POST", "/api/accounts", {**body, field: value})
        assert (refused.status, refused.body["field"]) == (400, field)


async def test_strangers_in_a_public_demo_cannot_choose_webhooks(open_stage, stage):
    body = {
        "channel": "line",
        "name": "x",
        "secret": "s",
        "token": "t",
        "webhook_url": "http://10.0.0.1/",
    }
    async with open_stage(demo_public=True) as public:
        refused = await public.call("POST", "/api/accounts", body)
        assert (refused.status, refused.body["code"]) == (409, "public_demo")
        assert "Add an account" not in (await public.call("GET", "/")).body.decode()


async def test_a_site_that_knows_a_token_cannot_use_a_browser_to_send(stage):
    path = "/meta/v26.0/me/messages?access_token=a-token-for-tests"
    answer = await stage.call("POST", path, {}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


async def test_new_customers_can_be_added_and_write(stage, hook):
    account = await stage.account("whatsapp")
    path = f"/api/accounts/{account.id}"
    person = (await stage.call("POST", f"{path}/customers", {"name": "Zoë"})).body
    body = {"customer": person["external_id"], "action": "say", "text": "hi"}
    assert (await stage.call("POST", f"{path}/do", body)).status == 200
    assert (await stage.call("POST", f"{path}/customers", {"name": " "})).status == 400


async def test_mistakes_are_answered_with_a_sentence(stage):
    who = await stage.who("line")
    path = f"/api/accounts/{who.account.id}/do"
    me = {"customer": who.customer.external_id}
    fly = await stage.call("POST", path, {**me, "action": "fly"})
    assert (fly.status, fly.body["field"]) == (400, "action")
    assert (
        await stage.call("POST", path, {"customer": "U1", "action": "say", "text": "a"})
    ).status == 404
    assert (await stage.call("POST", path, {**me, "action": "say", "text": " "})).status == 400
    assert (await stage.call("GET", "/api/accounts/999/phone")).status == 404
    await stage.call("POST", path, {**me, "action": "block"})
    blocked = await stage.call("POST", path, {**me, "action": "say", "text": "hi"})
    assert (blocked.status, blocked.body["code"]) == (409, "blocked")


async def test_text_that_no_database_can_hold_is_mended(stage):
    who = await stage.who("line")
    path = f"/api/accounts/{who.account.id}/do"
    raw = json.dumps({"customer": who.customer.external_id, "action": "say", "text": "a\0b\ud83d"})
    assert (await stage.call("POST", path, data=raw, headers=JSON)).status == 200
    assert (await stage.chat("line"))[0]["body"]["text"] == "ab\ufffd"


async def test_a_photo_can_be_uploaded_and_other_files_not(stage):
    who = await stage.who("line")
    path = f"/api/accounts/{who.account.id}/photo?customer={who.customer.external_id}"
    taken = await stage.call(
        "POST", path, data=b"\x89PNG\r\n", headers={"Content-Type": "image/png"}
    )
    assert taken.status == 200
    shown = (await stage.chat("line"))[0]["body"]["media"]
    served = await stage.call("GET", f"/media/{shown}")
    assert (served.headers["Content-Type"], served.body) == ("image/png", b"\x89PNG\r\n")
    refused = await stage.call(
        "POST", path, data=b"<script>", headers={"Content-Type": "text/html"}
    )
    assert refused.status == 400


async def test_open_pages_are_told_what_changed(stage):
    who = await stage.who("line")
    async with asyncio.timeout(60), stage.http.get(f"{stage.url}/api/live") as stream:
        before = await _versions(stream)
        await phones.say(who, "hi")
        after = await _versions(stream)
    changed = {account for account in after if after[account] > before[account]}
    assert changed == {str(who.account.id)}


async def _versions(stream):
    async for line in stream.content:
        if line.startswith(b"data: "):
            return json.loads(line.removeprefix(b"data: "))
    raise AssertionError("the stream ended")


async def test_verify_greets_the_webhook_as_each_console_does(stage, hook):
    for channel in ("line", "messenger", "instagram", "whatsapp"):
        account = await stage.account(channel)
        answer = await stage.call("POST", f"/api/accounts/{account.id}/verify", {})
        assert answer.body["ok"], channel
    line, messenger, _ = hook.calls
    assert json.loads(line.body)["events"] == []
    assert dict(messenger.query)["hub.verify_token"] == "verify me"
    hook.status = 401
    account = await stage.account("line")
    answer = await stage.call("POST", f"/api/accounts/{account.id}/verify", {})
    assert answer.body == {"ok": False, "text": "The webhook answered 401."}


async def test_a_fault_is_switched_on_and_off_from_the_page(stage):
    account = await stage.account("messenger")
    path = f"/api/accounts/{account.id}/faults"
    on = await stage.call("PUT", f"{path}/delay", {"on": True, "amount": 9})
    assert on.body == {"faults": {"delay": 9}}
    assert (await stage.call("PUT", f"{path}/delay", {"on": False})).body == {"faults": {}}
    assert (await stage.call("PUT", f"{path}/gravity", {"on": True})).status == 400
    assert (await stage.call("PUT", f"{path}/delay", {"on": True, "amount": "soon"})).status == 400


async def test_every_event_of_a_channel_stands_in_its_phones_menu(stage):
    async with stage.http.get(f"{stage.url}/") as answer:
        page = await answer.text()
    for channel, known in PLAYS.items():
        phone = page.split(f'data-phone="{channel}"')[1].split("</section>")[0]
        for name, play in known.items():
            assert f'<option value="{name}">' in phone, (channel, name)
            assert play.label.replace("'", "&#39;") in phone
