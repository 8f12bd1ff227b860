"""In a group nothing personal is given; a chat another module holds is left alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from playwright.async_api import expect

from gateway.demo import PRESENCES

TEXT = {"type": "text", "id": "601234567890123408", "quoteToken": "q", "text": "latte"}


async def test_a_keyword_in_a_group_is_answered_with_the_way_into_the_private_chat(
    demo, desk, console
):
    group = desk.phone("line")
    await group.become("Tea friends")
    await group.say("latte")
    await expect(group.got).to_have_count(1)
    link = group.got.locator("a")
    await expect(link).to_have_attribute(
        "href", "https://line.me/R/oaMessage/%40tessera-tea/?latte"
    )
    assert await demo.value("SELECT count(*) FROM claim") == 0
    sue = await console("Sue")
    await expect(sue.row("Group")).to_contain_text("latte")


async def test_what_is_said_while_another_module_answers_starts_no_flow(demo, desk, console):
    await desk.phone("line").say("Hello")
    sue = await console("Sue")
    await expect(sue.row("Mei")).to_contain_text("waiting")
    await sue.open("Mei")
    await sue.head.locator("[data-role=close]").click()
    presence = PRESENCES[0]
    mei = await demo.value("SELECT external_id FROM channel_identity")
    event = {
        "type": "message",
        "message": TEXT,
        "webhookEventId": "01KAPT00000000000000000008",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": int(demo.clock.now().timestamp() * 1000),
        "source": {"type": "user", "userId": mei},
        "mode": "standby",
    }
    body = json.dumps({"destination": presence.external_id, "events": [event]}).encode()
    signed = hmac.digest(presence.secret.encode(), body, hashlib.sha256)
    headers = {"X-Line-Signature": base64.b64encode(signed).decode()}
    async with demo.http.post(
        f"{demo.url}/webhooks/line/demo", data=body, headers=headers
    ) as answer:
        assert answer.status == 200
    await expect(sue.messages.last).to_contain_text("latte")
    assert await demo.value("SELECT count(*) FROM claim") == 0
    assert await demo.value("SELECT count(*) FROM message WHERE direction = 'out'") == 0
