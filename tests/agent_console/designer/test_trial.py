"""Trying a draft: test claims are marked, count nowhere, and go when the coupon is published."""

from __future__ import annotations

import re

from tests.agent_console.coupon_forms import published, saved
from tests.agent_console.site import plain


async def issue(browser, where, chat, send="card", form_id="form-12345"):
    fields = {"conversation": str(chat.id), "send": send, "form_id": form_id}
    return await browser.act(f"{where}/test", **fields)


async def count(site, what):
    return await site.db.screens.fetchval(f"SELECT count(*) FROM {what}")  # noqa: S608 (our own words)


async def test_a_draft_is_sent_as_a_test_to_a_chosen_customer(site, mia):
    """S1-44: drafts can be tested before going live."""
    where, chat = await saved(mia), await site.chat("Mei Lin")
    listed = await (await mia.part(f"{where}/test?q=mei")).text()
    assert "Mei Lin" in listed
    assert str(chat.id) in listed
    answer = plain(await (await issue(mia, where, chat)).text())
    assert "Sent to Mei Lin as a test" in answer
    assert await count(site, "claim WHERE test") == 1
    assert await count(site, "message WHERE claim_id IS NOT NULL") == 1
    again = await issue(mia, where, chat)
    assert again.status == 200
    assert await count(site, "claim") == 1


async def test_a_tests_page_can_be_looked_at_without_a_message(site, mia):
    """S1-44: only the page, through a link."""
    where, chat = await saved(mia), await site.chat()
    answer = await (await issue(mia, where, chat, send="link")).text()
    assert re.search(r'href="http://localhost:8080/c/[\w-]+"', answer)
    assert await count(site, "message WHERE claim_id IS NOT NULL") == 0


async def test_publishing_wipes_the_tests_and_takes_nothing_from_the_stock(site, mia):
    """S1-46: test records are wiped at publish."""
    where, chat = await saved(mia), await site.chat()
    await issue(mia, where, chat)
    await mia.post(f"{where}/publish")
    assert await count(site, "claim") == 0
    assert await count(site, "unit WHERE state = 'free'") == 100


async def test_only_a_draft_is_tested_and_only_with_our_own_customers(site, mia):
    where, chat = await published(mia), await site.chat()
    assert "Only a draft can be tested" in await (await issue(mia, where, chat)).text()
    theirs = await site.chat("Stranger", account=await site.account("line", "rival", site.rival))
    draft = await saved(mia, name="Draft")
    assert (await issue(mia, draft, theirs)).status == 404
    assert "Stranger" not in await (await mia.part(f"{draft}/test?q=")).text()
    assert (await mia.act(f"{draft}/test", conversation="x")).status == 422
