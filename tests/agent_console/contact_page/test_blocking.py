"""Blocking a customer in the console: who may, what the composer says, and where the conversation goes."""

from __future__ import annotations

import pytest

from conversations.overview import open_now
from coupons.errors import Refusal
from coupons.requests import ClaimRequest
from runtime.ids import uuid7
from tests.agent_console.site import plain


async def block(browser, chat, deed="block"):
    return await browser.post(f"/console/contacts/{chat.contact}/{deed}")


async def test_a_blocked_customer_is_off_the_list_and_found_among_the_blocked(site, ken):
    chat = await site.chat("Mei Lin")
    await site.chat("Tom")
    assert (await block(ken, chat)).status == 303
    assert "Mei Lin" not in await ken.words("/console/inbox")
    page = await ken.words("/console/inbox?blocked=1")
    assert "Mei Lin" in page
    assert "Tom" not in page
    listed = await ken.words("/console/contacts?blocked=1")
    assert "Mei Lin" in listed
    assert "Tom" not in listed
    assert "Blocked since" in await ken.words(f"/console/contacts/{chat.contact}")
    await block(ken, chat, "unblock")
    assert "Mei Lin" in await ken.words("/console/inbox?view=all")


async def test_nobody_can_write_to_them_and_the_page_says_why(site, ken):
    chat, coupon = await site.chat("Mei Lin"), await site.coupon()
    await block(ken, chat)
    path, why = (
        f"/console/inbox/{chat.id}",
        "This customer is blocked: unblock them to write to them.",
    )
    assert why in await ken.words(path)
    assert why in plain(await (await ken.part(f"{path}/coupons")).text())
    said = await ken.act(f"{path}/reply", text="hello", form_id="form-12345")
    assert said.status == 409
    assert why in await said.text()
    sent = await ken.act(f"{path}/coupons", coupon=str(coupon), form_id="form-12345")
    assert sent.status == 409
    refused = await site.claims.claim(
        ClaimRequest(
            workspace_id=site.house, coupon_id=coupon, contact_id=chat.contact, source="t", key="1",
            arrived_at=site.clock.now(),
        )
    )  # fmt: skip
    assert refused.refusal is Refusal.NOT_ELIGIBLE
    assert await site.db.screens.fetchval("SELECT count(*) FROM outbox") == 0
    assert await site.db.screens.fetchval("SELECT count(*) FROM claim") == 0


@pytest.mark.parametrize(
    ("shelf", "why"),
    [
        ("blocked", "This customer is blocked: unblock them to write to them."),
        ("erased", "This customer's data was erased: nothing can be sent to them."),
    ],
)
async def test_on_a_page_that_is_out_of_date_nobody_takes_them_on(site, ken, shelf, why):
    chat = await site.chat("Mei Lin")
    shelve = "UPDATE conversation SET shelf = $1, status = 'closed'"
    await site.db.screens.execute(shelve, shelf)
    me = await site.db.screens.fetchval("SELECT id FROM member WHERE name = 'Ken'")
    for deed, fields in (
        ("take-over", {}),
        ("assign", {"member": str(me)}),
        ("snooze", {"for": "hour"}),
    ):
        answer = await ken.act(f"/console/inbox/{chat.id}/{deed}", **fields)
        assert (deed, answer.status) == (deed, 409)
        assert why in plain(await answer.text())
    row = await site.db.screens.fetchrow("SELECT status, assignee_id FROM conversation")
    assert tuple(row) == ("closed", None)
    await site.db.screens.execute("UPDATE conversation SET status = 'waiting'")
    assert (await open_now(site.db.screens, site.house)).open == 0


async def test_only_who_has_the_right_blocks_and_only_their_own_customers(site, ken):
    chat = await site.chat("Mei Lin")
    theirs = await site.chat("Stranger", account=await site.account("line", "r", site.rival))
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    assert (await block(sue, chat)).status == 403
    assert 'data-role="block"' not in await sue.text(f"/console/contacts/{chat.contact}")
    assert (await block(ken, theirs)).status == 404
    assert (await ken.post(f"/console/contacts/{uuid7()}/block")).status == 404
    assert not await site.db.screens.fetchval(
        "SELECT count(*) FROM contact WHERE blocked_at IS NOT NULL"
    )


async def test_the_button_beside_the_thread_shows_the_conversation_anew(site, ken):
    chat = await site.chat("Mei Lin")
    page = await ken.act(f"/console/contacts/{chat.contact}/block", chat=str(chat.id))
    text = await page.text()
    assert 'data-role="unblock"' in text
    assert 'data-act="blocked"' in text
